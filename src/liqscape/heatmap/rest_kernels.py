"""Compiled sums of heatmap/rest.py. Import only inside functions: Numba takes long to load."""

from __future__ import annotations

import numpy as np

from liqscape.risk.kernels.jit import compiled
from liqscape.risk.liquidation import HIGHEST_PRICE
from liqscape.units import BoolArray, Float64Array, Int32Array, Int64Array, UInt8Array

UNKNOWN, NO_LEVEL, BELOW, ABOVE = 0, 1, 2, 3
"""Places of workspace.REST_REASONS."""


@compiled
def sum_positions(
    offsets: Int64Array,
    margin_source: UInt8Array,
    is_exempt: BoolArray,
    market_index: Int32Array,
    size: Float64Array,
    root: Float64Array,
    lowest: Float64Array,
    highest: Float64Array,
    rest_size: Float64Array,
    rest_count: Int64Array,
    exempt_size: Float64Array,
    exempt_count: Int64Array,
    position_size: Float64Array,
    position_count: Int64Array,
    margin_source_size: Float64Array,
) -> None:
    """Add every position to the sums of its market and side, and to the rest where it is in no band.

    lowest, highest (M,): edges of the window, the upper one out of it; NaN where the mark is unknown.
    rest_size (M, 4, 2, 5) by margin source, added up in the order of the rows; rest_count (M, 4, 2).
    """
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
            rest_size[market, reason, side, code] += coins
            rest_count[market, reason, side] += 1
