"""Pools and positions: found, added, removed; the lists of an account's pools and a pool's positions."""

from __future__ import annotations

import numpy as np

from liqscape.ledger.columns import (
    NO_ROW,
    Count,
    LedgerAccountColumn,
    LedgerPoolColumn,
    LedgerPositionColumn,
    PoolTimeColumn,
    PoolValueColumn,
    PositionValueColumn,
)
from liqscape.ledger.kernels.keys import drop_key, put_key
from liqscape.ledger.kernels.state_times import state_time
from liqscape.ledger.tables import LedgerTables
from liqscape.risk.kernels.jit import merged
from liqscape.units import MarginSource, PoolMode


@merged
def add_pool(tables: LedgerTables, account: int, dex: int, mode: int, cash: float, margin_source: int) -> int:
    """A pool without positions at the end of an account's list."""
    row = tables.counter[Count.FREE_POOL]
    if row == NO_ROW:
        row = tables.counter[Count.POOL_END]
        tables.counter[Count.POOL_END] = row + 1
    else:
        tables.counter[Count.FREE_POOL] = tables.pool[row, LedgerPoolColumn.NEXT]
    last = tables.account[account, LedgerAccountColumn.LAST_POOL]
    pool = tables.pool[row]
    pool[:] = 0
    pool[LedgerPoolColumn.ACCOUNT] = account
    pool[LedgerPoolColumn.DEX] = dex
    pool[LedgerPoolColumn.MARGIN_SOURCE] = margin_source
    pool[LedgerPoolColumn.MODE] = mode
    pool[LedgerPoolColumn.IS_EXEMPT] = tables.account[account, LedgerAccountColumn.IS_EXEMPT]
    pool[LedgerPoolColumn.FIRST] = NO_ROW
    pool[LedgerPoolColumn.LAST] = NO_ROW
    pool[LedgerPoolColumn.PREVIOUS] = last
    pool[LedgerPoolColumn.NEXT] = NO_ROW
    tables.pool_time[row, PoolTimeColumn.OBSERVED_MS] = state_time(tables, account, dex)
    tables.pool_value[row, PoolValueColumn.CASH] = cash
    if last == NO_ROW:
        tables.account[account, LedgerAccountColumn.FIRST_POOL] = row
    else:
        tables.pool[last, LedgerPoolColumn.NEXT] = row
    tables.account[account, LedgerAccountColumn.LAST_POOL] = row
    _list_changed(tables, account)
    return row


@merged
def remove_pool(tables: LedgerTables, row: int) -> None:
    """Take a pool and its positions away."""
    while tables.pool[row, LedgerPoolColumn.FIRST] != NO_ROW:
        remove_position(tables, tables.pool[row, LedgerPoolColumn.FIRST])
    account, before, after = (
        tables.pool[row, LedgerPoolColumn.ACCOUNT],
        tables.pool[row, LedgerPoolColumn.PREVIOUS],
        tables.pool[row, LedgerPoolColumn.NEXT],
    )
    if before == NO_ROW:
        tables.account[account, LedgerAccountColumn.FIRST_POOL] = after
    else:
        tables.pool[before, LedgerPoolColumn.NEXT] = after
    if after == NO_ROW:
        tables.account[account, LedgerAccountColumn.LAST_POOL] = before
    else:
        tables.pool[after, LedgerPoolColumn.PREVIOUS] = before
    tables.pool[row, LedgerPoolColumn.NEXT] = tables.counter[Count.FREE_POOL]
    tables.counter[Count.FREE_POOL] = row
    _list_changed(tables, account)


@merged
def add_position(tables: LedgerTables, pool: int, market: int, size: float) -> int:
    """A position at the end of a pool's list, everything but its size unknown."""
    row = tables.counter[Count.FREE_POSITION]
    if row == NO_ROW:
        row = tables.counter[Count.POSITION_END]
        tables.counter[Count.POSITION_END] = row + 1
    else:
        tables.counter[Count.FREE_POSITION] = tables.position[row, LedgerPositionColumn.NEXT]
    last = tables.pool[pool, LedgerPoolColumn.LAST]
    account = tables.pool[pool, LedgerPoolColumn.ACCOUNT]
    tables.position[row, LedgerPositionColumn.ACCOUNT] = account
    tables.position[row, LedgerPositionColumn.POOL] = pool
    tables.position[row, LedgerPositionColumn.MARKET] = market
    tables.position[row, LedgerPositionColumn.TABLE] = 0
    tables.position[row, LedgerPositionColumn.PUBLISHED] = 0
    tables.position[row, LedgerPositionColumn.PREVIOUS] = last
    tables.position[row, LedgerPositionColumn.NEXT] = NO_ROW
    tables.position[row, LedgerPositionColumn.FUNDED_HOUR] = NO_ROW
    tables.value[row, PositionValueColumn.SIZE] = size
    tables.value[row, PositionValueColumn.ENTRY] = np.nan
    tables.value[row, PositionValueColumn.LEVERAGE] = np.nan
    tables.value[row, PositionValueColumn.FUNDED] = 0.0
    tables.stated[row] = np.nan
    if last == NO_ROW:
        tables.pool[pool, LedgerPoolColumn.FIRST] = row
    else:
        tables.position[last, LedgerPositionColumn.NEXT] = row
    tables.pool[pool, LedgerPoolColumn.LAST] = row
    tables.pool[pool, LedgerPoolColumn.POSITIONS] += 1
    put_key(tables, account, market, row)
    _list_changed(tables, account)
    return row


@merged
def remove_position(tables: LedgerTables, row: int) -> None:
    """Take a position away; its pool stays."""
    pool, before, after = (
        tables.position[row, LedgerPositionColumn.POOL],
        tables.position[row, LedgerPositionColumn.PREVIOUS],
        tables.position[row, LedgerPositionColumn.NEXT],
    )
    if before == NO_ROW:
        tables.pool[pool, LedgerPoolColumn.FIRST] = after
    else:
        tables.position[before, LedgerPositionColumn.NEXT] = after
    if after == NO_ROW:
        tables.pool[pool, LedgerPoolColumn.LAST] = before
    else:
        tables.position[after, LedgerPositionColumn.PREVIOUS] = before
    tables.pool[pool, LedgerPoolColumn.POSITIONS] -= 1
    account = tables.position[row, LedgerPositionColumn.ACCOUNT]
    drop_key(tables, account, tables.position[row, LedgerPositionColumn.MARKET], row)
    tables.position[row, LedgerPositionColumn.NEXT] = tables.counter[Count.FREE_POSITION]
    tables.counter[Count.FREE_POSITION] = row
    _list_changed(tables, account)


@merged
def shared_pool(tables: LedgerTables, account: int, dex: int) -> int:
    """The pool behind an account's cross positions on a dex; NO_ROW where none is known."""
    pool = tables.account[account, LedgerAccountColumn.FIRST_POOL]
    while pool != NO_ROW:
        mode = tables.pool[pool, LedgerPoolColumn.MODE]
        is_of_all_dexs = mode == PoolMode.UNIFIED or mode == PoolMode.PORTFOLIO
        if is_of_all_dexs or (mode != PoolMode.ISOLATED and tables.pool[pool, LedgerPoolColumn.DEX] == dex):
            break
        pool = tables.pool[pool, LedgerPoolColumn.NEXT]
    return pool


@merged
def note_change(tables: LedgerTables, pool: int) -> None:
    """Cash or sizes of a pool are no longer as observed."""
    tables.pool[pool, LedgerPoolColumn.IS_MOVED] = 1
    if not np.isnan(tables.pool_value[pool, PoolValueColumn.CASH]):
        tables.pool[pool, LedgerPoolColumn.MARGIN_SOURCE] = MarginSource.TRACKED
    _list_changed(tables, tables.pool[pool, LedgerPoolColumn.ACCOUNT])


@merged
def _list_changed(tables: LedgerTables, account: int) -> None:
    """What an account holds is no longer as it was published."""
    if tables.account[account, LedgerAccountColumn.IS_CHANGED] == 0:
        tables.account[account, LedgerAccountColumn.IS_CHANGED] = 1
        tables.changed[tables.counter[Count.CHANGED]] = account
        tables.counter[Count.CHANGED] += 1
