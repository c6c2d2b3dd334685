"""Sums and books of an exchange in plain loops, compiled, so that 100,000 blocks can be checked in seconds."""

from __future__ import annotations

from numba import njit

from liqscape.exchange.columns import ClockColumn, FlowColumn, LevelColumn, MarketColumn, PoolColumn, PositionColumn
from liqscape.units import Int64Array

BROKEN = {
    1: "an empty position",
    2: "a negative entry",
    3: "sizes of a market do not sum to zero",
    4: "open interest is not the sum of longs",
    5: "money changed by an undeclared flow",
    6: "a level without lots or orders",
    7: "levels out of order",
    8: "a crossed book",
    9: "one pool, one market, two positions",
}
POOL_COUNT = int(ClockColumn.POOL_COUNT)
DEPOSITED, FEES, ROUNDING = int(FlowColumn.DEPOSITED), int(FlowColumn.FEES), int(FlowColumn.FUNDING_ROUNDING)
OPEN_LOTS, BIDS = int(MarketColumn.OPEN_LOTS), int(MarketColumn.BIDS)
CASH, START, COUNT = int(PoolColumn.CASH), int(PoolColumn.START), int(PoolColumn.COUNT)
MARKET, LOTS, ENTRY = int(PositionColumn.MARKET), int(PositionColumn.LOTS), int(PositionColumn.ENTRY)
LEVEL_PRICE, LEVEL_LOTS, LEVEL_ORDERS = int(LevelColumn.PRICE), int(LevelColumn.LOTS), int(LevelColumn.ORDERS)


@njit(cache=True)
def first_broken(
    clock: Int64Array, flow: Int64Array, market: Int64Array, pool: Int64Array, position: Int64Array, level: Int64Array
) -> int:
    """Key of BROKEN of the first rule that does not hold, 0 if all do."""
    cash = 0
    for row in range(clock[POOL_COUNT]):
        cash += pool[row, CASH]
    if cash != flow[DEPOSITED] - flow[FEES] - flow[ROUNDING]:
        return 5
    for coin in range(market.shape[0]):
        net, longs = 0, 0
        for row in range(clock[POOL_COUNT]):
            found = 0
            for at in range(pool[row, START], pool[row, START] + pool[row, COUNT]):
                lots = position[at, LOTS]
                if lots == 0:
                    return 1
                if position[at, ENTRY] < 0:
                    return 2
                if position[at, MARKET] == coin:
                    found += 1
                    net += lots
                    longs += max(lots, 0)
            if found > 1:
                return 9
        if net != 0:
            return 3
        if longs != market[coin, OPEN_LOTS]:
            return 4
        for side in range(2):
            sign = 1 - 2 * side
            for at in range(market[coin, BIDS + side]):
                if level[coin, side, at, LEVEL_LOTS] <= 0 or level[coin, side, at, LEVEL_ORDERS] <= 0:
                    return 6
                if at and sign * (level[coin, side, at, LEVEL_PRICE] - level[coin, side, at - 1, LEVEL_PRICE]) <= 0:
                    return 7
        bids, asks = market[coin, BIDS], market[coin, BIDS + 1]
        if bids and asks and level[coin, 0, bids - 1, LEVEL_PRICE] >= level[coin, 1, asks - 1, LEVEL_PRICE]:
            return 8
    return 0
