"""Compiled passes over the accounts (heatmap/plan.py). Import only inside functions: Numba takes long to load."""

from __future__ import annotations

import numpy as np

from liqscape.risk.kernels.jit import compiled
from liqscape.units import BoolArray, Float64Array, Int32Array, Int64Array, UInt8Array

LAYERS = 32
"""Codes of (side, margin_source): a long has the bit 16, the lower four bits are the margin source."""


@compiled
def plan_positions(
    offsets: Int64Array,
    margin_source: UInt8Array,
    is_exempt: BoolArray,
    market_index: Int32Array,
    size: Float64Array,
    order: Int32Array,
    market_start: Int64Array,
    plan_size: Float64Array,
    layer: UInt8Array,
    layer_of: Int64Array,
    exempt: Int64Array,
    position_size: Float64Array,
    position_count: Int64Array,
    margin_source_size: Float64Array,
) -> tuple[int, int]:
    """Counting sort of the positions by market, stable, and sums that depend on accounts alone.

    Fills order, plan_size, layer (Q,), market_start (M + 1,), exempt (X,), position_size and position_count (M, 2),
    margin_source_size (5, M); layer_of (LAYERS,) becomes the number of each code that occurs, -1 for the others.
    Returns (Q, X).
    """
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
    place = market_start[:-1].copy()
    exempt_count = 0
    for pool in range(len(offsets) - 1):
        code, is_kept = np.int64(margin_source[pool]), not is_exempt[pool]
        for row in range(offsets[pool], offsets[pool + 1]):
            if not is_kept:
                exempt[exempt_count] = row
                exempt_count += 1
                continue
            market, amount = market_index[row], size[row]
            at = place[market]
            place[market] += 1
            order[at] = row
            plan_size[at] = abs(amount)
            layer[at] = layer_of[code | (16 if amount > 0.0 else 0)]
    return market_start[len(market_start) - 1], exempt_count
