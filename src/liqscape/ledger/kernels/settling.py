"""Positions of a delisted coin: settled all at once, without a print (docs/tracking.md, "Delisted coins")."""

from __future__ import annotations

import numpy as np

from liqscape.ledger.columns import (
    NO_ROW,
    Count,
    LedgerAccountColumn,
    LedgerPoolColumn,
    LedgerPositionColumn,
    MarketValueColumn,
    PositionValueColumn,
)
from liqscape.ledger.kernels.taking import take_leg
from liqscape.ledger.tables import LedgerTables, Terms
from liqscape.model.liquidations import LiquidationMethod
from liqscape.risk.kernels.jit import compiled, merged
from liqscape.units import BoolArray

NOT_FORCED = int(LiquidationMethod.NONE)
MIN_USD = 1
"""Of a position whose mark is not known: its holder is to be read all the same."""


@compiled
def settle_markets(tables: LedgerTables, terms: Terms, is_settled: BoolArray, time_ms: int) -> int:
    """Close every position in these markets (M,) at the mark last known; returns how many accounts held one.

    At which price and when it was settled is not reported, so each is unsure until a state newer than `time_ms`.
    """
    count = 0
    for account in range(tables.counter[Count.ACCOUNTS]):
        row, is_holder = _next_settled(tables, account, is_settled), False
        while row != NO_ROW:
            is_holder = True
            market, size = (
                tables.position[row, LedgerPositionColumn.MARKET],
                tables.value[row, PositionValueColumn.SIZE],
            )
            mark = terms.market_value[market, MarketValueColumn.MARK]
            usd = abs(size) * mark
            tables.account[account, LedgerAccountColumn.SETTLED_USD] += (
                MIN_USD if np.isnan(usd) else max(MIN_USD, int(usd))
            )
            take_leg(tables, terms, account, market, row, -size, mark, 0.0, time_ms, NOT_FORCED)
            row = _next_settled(tables, account, is_settled)
        if is_holder:
            count += 1
            tables.account[account, LedgerAccountColumn.UNSURE_MS] = max(
                tables.account[account, LedgerAccountColumn.UNSURE_MS], time_ms
            )
            tables.account[account, LedgerAccountColumn.MOVED_MS] = max(
                tables.account[account, LedgerAccountColumn.MOVED_MS], time_ms
            )
    return count


@merged
def _next_settled(tables: LedgerTables, account: int, is_settled: BoolArray) -> int:
    """A position of an account in one of the markets; NO_ROW without."""
    pool = tables.account[account, LedgerAccountColumn.FIRST_POOL]
    while pool != NO_ROW:
        row = tables.pool[pool, LedgerPoolColumn.FIRST]
        while row != NO_ROW:
            if is_settled[tables.position[row, LedgerPositionColumn.MARKET]]:
                return row
            row = tables.position[row, LedgerPositionColumn.NEXT]
        pool = tables.pool[pool, LedgerPoolColumn.NEXT]
    return NO_ROW
