"""Liquidation prices of pools (risk/liquidation.py, eq. 2)."""

from __future__ import annotations

import numpy as np

from liqscape.risk.kernels.jit import compiled, inlined
from liqscape.units import Float64Array, Int8Array, Int32Array, Int64Array, UInt8Array

HIGHEST_PRICE = 1e15
OK, NO_LEVEL, UNKNOWN, INSOLVENT = 0, 1, 2, 3


@inlined
def position_net(
    size: float, mark: float, row: int, rate: Float64Array, deduction: Float64Array
) -> float:
    """Exposure minus maintenance of one position, USD."""
    exposure = size * mark
    notional = abs(exposure)
    maintenance = notional * rate[row, 0] - deduction[row, 0]
    for tier in range(1, rate.shape[1]):
        maintenance = max(maintenance, notional * rate[row, tier] - deduction[row, tier])
    return exposure - maintenance


@inlined
def level_price(size: float, others: float, row: int, rate: Float64Array, deduction: Float64Array) -> float:
    """Eq. 2; not positive where no positive mark does it."""
    side = 1.0 if size > 0.0 else -1.0
    best = -(others + deduction[row, 0]) / (1.0 - side * rate[row, 0])
    for tier in range(1, rate.shape[1]):
        best = max(best, -(others + deduction[row, tier]) / (1.0 - side * rate[row, tier]))
    return best / size


@compiled
def solve_levels(
    offsets: Int64Array,
    raw_usd: Float64Array,
    market_index: Int32Array,
    size: Float64Array,
    table_row: Int32Array,
    mark: Float64Array,
    rate: Float64Array,
    deduction: Float64Array,
    lower_bound: Float64Array,
    price: Float64Array,
    status: UInt8Array,
    tier: Int8Array,
) -> None:
    """Fill price, status and tier of every position."""
    net = np.empty(64)
    for pool in range(len(raw_usd)):
        start, stop = offsets[pool], offsets[pool + 1]
        count = stop - start
        if count > len(net):
            net = np.empty(2 * count)
        total = raw_usd[pool]
        if count > 1:
            for row in range(start, stop):
                value = position_net(size[row], mark[market_index[row]], table_row[row], rate, deduction)
                net[row - start] = value
                total += value
        for row in range(start, stop):
            # A lone position's own mark does not enter its price, so it need not be known either.
            others = total - net[row - start] if count > 1 else total
            level = level_price(size[row], others, table_row[row], rate, deduction)
            if level > 0.0 and level <= HIGHEST_PRICE:
                price[row] = level
                status[row] = OK
                notional = abs(size[row]) * level
                reached = 0
                for column in range(1, rate.shape[1]):
                    if notional >= lower_bound[table_row[row], column]:
                        reached = column
                tier[row] = reached
                continue
            price[row] = np.nan
            tier[row] = -1
            if level != level:
                status[row] = UNKNOWN
            elif size[row] < 0.0 and level <= 0.0:
                status[row] = INSOLVENT
            else:
                status[row] = NO_LEVEL
