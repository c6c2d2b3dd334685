"""Compiled sums of heatmap/rest.py. Import only inside functions: Numba takes long to load."""

from __future__ import annotations

import numpy as np

from liqscape.heatmap.columns import HolderColumns, RestColumns, TotalColumns
from liqscape.heatmap.exact_kernels import lots_of
from liqscape.risk.kernels.jit import compiled
from liqscape.risk.liquidation import HIGHEST_PRICE
from liqscape.units import Float64Array

UNKNOWN, NO_LEVEL, BELOW, ABOVE = 0, 1, 2, 3
"""Places of bands.REST_REASONS."""


@compiled
def sum_positions(
    holders: HolderColumns,
    root: Float64Array,
    lowest: Float64Array,
    highest: Float64Array,
    lots_per_coin: Float64Array,
    rest: RestColumns,
    totals: TotalColumns,
) -> None:
    """Add every position to the sums of its market and side, and to the rest where it is in no band.

    lowest, highest (M,): edges of the window, the upper one out of it; NaN where the mark is unknown.
    Sizes are added up in the order of the rows, those of the rest in lots (exact_sums.py).
    """
    offsets, margin_source, is_exempt = holders.offsets, holders.margin_source, holders.is_exempt
    market_index, size = holders.market_index, holders.size
    rest_size, rest_count = rest.rest_size, rest.rest_count
    exempt_size, exempt_count = rest.exempt_size, rest.exempt_count
    position_size, position_count, margin_source_size = (
        totals.position_size,
        totals.position_count,
        totals.margin_source_size,
    )
    for pool in range(len(offsets) - 1):
        code, is_kept = np.int64(margin_source[pool]), not is_exempt[pool]
        for row in range(offsets[pool], offsets[pool + 1]):
            market, amount = market_index[row], size[row]
            coins = abs(amount)
            side = 1 if amount < 0.0 else 0
            position_size[market, side] += coins
            position_count[market, side] += 1
            margin_source_size[code, market] += coins
            if not is_kept:
                exempt_size[market, side] += coins
                exempt_count[market, side] += 1
                continue
            price = root[row]
            if price >= lowest[market] and price < highest[market] and price <= HIGHEST_PRICE:
                continue
            if np.isnan(price) or np.isnan(lowest[market]):
                reason = UNKNOWN
            elif not 0.0 < price <= HIGHEST_PRICE:
                reason = NO_LEVEL
            else:
                reason = BELOW if price < lowest[market] else ABOVE
            rest_size[market, reason, side, code] += lots_of(coins, lots_per_coin[market])
            rest_count[market, reason, side] += 1
