"""Cash that moves without a trade, into the pool it is of (docs/tracking.md, "Cash that moves")."""

from __future__ import annotations

import numpy as np

from liqscape.ledger.batches import MovementColumns
from liqscape.ledger.columns import (
    NEVER_MS,
    NO_ROW,
    Count,
    LedgerAccountColumn,
    LedgerMarketColumn,
    LedgerPoolColumn,
    LedgerPositionColumn,
    PoolValueColumn,
)
from liqscape.ledger.kernels.holdings import note_change
from liqscape.ledger.kernels.recent import add_leg
from liqscape.ledger.kernels.state_times import state_time
from liqscape.ledger.tables import LedgerTables, Terms
from liqscape.model.liquidations import LiquidationMethod
from liqscape.risk.kernels.jit import compiled, merged
from liqscape.units import Float64Array, PoolMode

NO_TRADE = -1
NOT_FORCED = int(LiquidationMethod.NONE)


@compiled
def move_reported(tables: LedgerTables, terms: Terms, movements: MovementColumns, moved: Float64Array) -> None:
    """C movements as they come (CashMovements): remembered, and applied where the state is older.

    Fills moved (C,) with the USD that each is of its pool, applied or not; NaN: ambiguous.
    """
    user, dex, time_ms = movements.user, movements.dex, movements.time_ms
    amount, whole = movements.amount, movements.whole
    for row in range(len(user)):
        account = user[row]
        add_leg(tables, time_ms[row], NO_TRADE, -1 - dex[row], account, amount[row], whole[row], 0.0, 1, NOT_FORCED)
        state_ms = state_time(tables, account, dex[row])
        _, moved[row] = _pool_and_amount(tables, terms, account, dex[row], amount[row], whole[row])
        if state_ms >= time_ms[row]:
            continue  # it is in the state already
        tables.account[account, LedgerAccountColumn.MOVED_MS] = max(
            tables.account[account, LedgerAccountColumn.MOVED_MS], time_ms[row]
        )
        if state_ms == NEVER_MS:
            continue
        outcome = move_cash(tables, terms, account, dex[row], amount[row], whole[row], time_ms[row])
        tables.counter[Count.CASH_MOVED] += outcome > 0
        tables.counter[Count.CASH_AMBIGUOUS] += outcome < 0


@merged
def move_cash(
    tables: LedgerTables, terms: Terms, account: int, dex: int, amount: float, whole: float, time_ms: int
) -> int:
    """Move the pool behind an account's cross positions on a dex; 1 moved, 0 nothing to move, -1 it is unsure."""
    pool, moved = _pool_and_amount(tables, terms, account, dex, amount, whole)
    if np.isnan(moved):
        tables.account[account, LedgerAccountColumn.UNSURE_MS] = max(
            tables.account[account, LedgerAccountColumn.UNSURE_MS], time_ms
        )
        return -1
    if moved == 0.0:
        return 0
    tables.pool_value[pool, PoolValueColumn.CASH] += moved
    note_change(tables, pool)
    return 1


@merged
def _pool_and_amount(
    tables: LedgerTables, terms: Terms, account: int, dex: int, amount: float, whole: float
) -> tuple[int, float]:
    """(pool behind an account's cross positions on a dex, USD a movement is of it): 0 where none is known."""
    pool, is_certain = _pool_behind(tables, terms, account, dex)
    if pool == NO_ROW:
        return pool, 0.0
    mode = tables.pool[pool, LedgerPoolColumn.MODE]
    if mode == PoolMode.UNIFIED or mode == PoolMode.PORTFOLIO:
        return pool, whole if is_certain or whole == 0.0 else np.nan
    return pool, amount if mode == PoolMode.CROSS or amount == whole else np.nan


@merged
def _pool_behind(tables: LedgerTables, terms: Terms, account: int, dex: int) -> tuple[int, bool]:
    """(pool; NO_ROW where none is known, whether it is that one).

    A unified account has a pool for every collateral token: the one that holds positions on the dex is it, one that
    holds nothing may be; of another it is not known which token it is of.
    """
    found, is_certain = NO_ROW, False
    pool = tables.account[account, LedgerAccountColumn.FIRST_POOL]
    while pool != NO_ROW and not is_certain:
        mode = tables.pool[pool, LedgerPoolColumn.MODE]
        if mode == PoolMode.UNIFIED:
            is_certain = tables.pool[pool, LedgerPoolColumn.POSITIONS] == 0 or _holds_on(tables, terms, pool, dex)
            if is_certain or found == NO_ROW:
                found = pool
        elif mode == PoolMode.PORTFOLIO or (
            mode != PoolMode.ISOLATED and tables.pool[pool, LedgerPoolColumn.DEX] == dex
        ):
            found, is_certain = pool, True
        pool = tables.pool[pool, LedgerPoolColumn.NEXT]
    return found, is_certain


@merged
def _holds_on(tables: LedgerTables, terms: Terms, pool: int, dex: int) -> bool:
    row = tables.pool[pool, LedgerPoolColumn.FIRST]
    while row != NO_ROW:
        if terms.market[tables.position[row, LedgerPositionColumn.MARKET], LedgerMarketColumn.DEX] == dex:
            return True
        row = tables.position[row, LedgerPositionColumn.NEXT]
    return False
