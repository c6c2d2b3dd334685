"""Compiled passes over the accounts (heatmap/plan.py). Import only inside functions: Numba takes long to load."""

from __future__ import annotations

import numpy as np

from liqscape.heatmap.columns import HolderColumns, OrderColumns, TotalColumns
from liqscape.heatmap.exact_kernels import lots_of
from liqscape.risk.kernels.jit import compiled
from liqscape.units import Float64Array, Int64Array

LAYERS = 32
"""Codes of (side, margin_source): a long has the bit 16, the lower four bits are the margin source."""


@compiled
def plan_positions(
    holders: HolderColumns,
    lots_per_coin: Float64Array,
    plan: OrderColumns,
    layer_of: Int64Array,
    exempt: Int64Array,
    totals: TotalColumns,
) -> tuple[int, int]:
    """Counting sort of the positions by market, stable, and sums that depend on accounts alone.

    Fills the plan (Q,), exempt (X,) and the totals; layer_of (LAYERS,) becomes the number of each code that occurs,
    -1 for the others. Returns (Q, X).
    """
    offsets, margin_source, is_exempt = holders.offsets, holders.margin_source, holders.is_exempt
    market_index, size = holders.market_index, holders.size
    place, market_start, lots, layer = plan.place, plan.market_start, plan.lots, plan.layer
    position_size, position_count, margin_source_size = (
        totals.position_size,
        totals.position_count,
        totals.margin_source_size,
    )
    market_start[:] = 0
    for pool in range(len(offsets) - 1):
        code, is_kept = np.int64(margin_source[pool]), not is_exempt[pool]
        for row in range(offsets[pool], offsets[pool + 1]):
            market, amount = market_index[row], size[row]
            side = 1 if amount < 0.0 else 0
            position_size[market, side] += abs(amount)
            position_count[market, side] += 1
            margin_source_size[code, market] += abs(amount)
            if is_kept:
                market_start[market + 1] += 1
                layer_of[code | (16 if amount > 0.0 else 0)] = 0
    number = 0
    for code in range(LAYERS):
        if layer_of[code] >= 0:
            layer_of[code] = number
            number += 1
    for market in range(len(market_start) - 1):
        market_start[market + 1] += market_start[market]
    following = market_start[:-1].copy()
    kept = market_start[len(market_start) - 1]
    exempt_count = 0
    for pool in range(len(offsets) - 1):
        code, is_kept = np.int64(margin_source[pool]), not is_exempt[pool]
        for row in range(offsets[pool], offsets[pool + 1]):
            if not is_kept:
                place[row] = kept
                exempt[exempt_count] = row
                exempt_count += 1
                continue
            market, amount = market_index[row], size[row]
            at = following[market]
            following[market] += 1
            place[row] = at
            lots[at] = lots_of(abs(amount), lots_per_coin[market])
            layer[at] = layer_of[code | (16 if amount > 0.0 else 0)]
    return kept, exempt_count
