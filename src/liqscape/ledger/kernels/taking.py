"""One leg of a trade moves size and cash of one address (docs/tracking.md, eq. 1 to 4).

The rules are those of the exchange (exchange/kernels/ledger.py): a trade moves size * price from cash; the opening
part of an isolated position brings its margin from the shared pool, the closing part takes its share back.
"""

from __future__ import annotations

import numpy as np

from liqscape.ledger.columns import (
    NO_ROW,
    Count,
    LedgerAccountColumn,
    LedgerMarketColumn,
    LedgerPoolColumn,
    LedgerPositionColumn,
    MarketValueColumn,
    PoolValueColumn,
    PositionValueColumn,
)
from liqscape.ledger.kernels.holdings import (
    add_pool,
    add_position,
    note_change,
    remove_pool,
    remove_position,
    shared_pool,
)
from liqscape.ledger.kernels.state_times import state_time
from liqscape.ledger.tables import LedgerTables, Terms
from liqscape.model.liquidations import LiquidationMethod
from liqscape.risk.kernels.jit import merged
from liqscape.units import HOUR_MS, MarginSource, PoolMode

GRID_SLACK = 1e-6
"""A sum of sizes closer than this to the coin's grid, in lots, is on it: only float noise parts them."""


@merged
def take_leg(
    tables: LedgerTables,
    terms: Terms,
    account: int,
    market: int,
    row: int,
    size: float,
    price: float,
    fee: float,
    time_ms: int,
    forced: int,
) -> None:
    """Buy (size > 0) or sell at a price.

    row     the account's position in the market, as `find_position` gives it.
    forced  LiquidationMethod of a fill that closes this position.
    """
    pool = _pool_for(tables, terms, account, market, row)
    held = 0.0 if row == NO_ROW else tables.value[row, PositionValueColumn.SIZE]
    after = on_grid(held + size, terms.market_value[market, MarketValueColumn.SCALE])
    tables.pool_value[pool, PoolValueColumn.CASH] -= size * price + fee
    if row == NO_ROW:
        row = add_position(tables, pool, market, 0.0)
    if time_ms <= tables.counter[Count.DUE_MS]:
        _pay_late(tables, row, pool, size)
    is_flip = held * after < 0.0
    if abs(after) > abs(held) or is_flip:
        tables.position[row, LedgerPositionColumn.TABLE] = terms.market[market, LedgerMarketColumn.TABLE]
        entry = tables.value[row, PositionValueColumn.ENTRY]
        if held == 0.0 or is_flip:
            tables.value[row, PositionValueColumn.ENTRY] = price
        else:
            tables.value[row, PositionValueColumn.ENTRY] = (entry * held + price * (after - held)) / after
    if np.isnan(tables.value[row, PositionValueColumn.LEVERAGE]) and held == 0.0:
        tables.value[row, PositionValueColumn.LEVERAGE] = terms.market_value[market, MarketValueColumn.LEVERAGE]
        if tables.pool[pool, LedgerPoolColumn.MODE] == PoolMode.ISOLATED:
            # No trade tells the leverage, and the margin of a pocket is what it makes of it: a guess until it is read.
            tables.account[account, LedgerAccountColumn.UNSURE_MS] = max(
                tables.account[account, LedgerAccountColumn.UNSURE_MS], time_ms
            )
    tables.value[row, PositionValueColumn.SIZE] = after
    if tables.pool[pool, LedgerPoolColumn.MODE] == PoolMode.ISOLATED:
        _settle_isolated(tables, terms, pool, row, market, held, size, after, price, forced)
    note_change(tables, pool)
    if after == 0.0:
        remove_position(tables, row)
        if tables.pool[pool, LedgerPoolColumn.POSITIONS] == 0:
            if tables.pool[pool, LedgerPoolColumn.MODE] == PoolMode.ISOLATED:
                remove_pool(tables, pool)
            elif forced == LiquidationMethod.BACKSTOP:
                tables.pool_value[pool, PoolValueColumn.CASH] = 0.0


@merged
def doubt_opening(tables: LedgerTables, terms: Terms, account: int, market: int, row: int) -> None:
    """Before a print: who holds nothing in a coin by a state older than its last gap may have opened it in the gap.

    row: the position, as `find_position` gives it.
    """
    missed_ms = terms.market[market, LedgerMarketColumn.MISSED_MS]
    if missed_ms <= state_time(tables, account, terms.market[market, LedgerMarketColumn.DEX]):
        return
    if row == NO_ROW:
        tables.account[account, LedgerAccountColumn.UNSURE_MS] = max(
            tables.account[account, LedgerAccountColumn.UNSURE_MS], missed_ms
        )
        tables.account[account, LedgerAccountColumn.MOVED_MS] = max(
            tables.account[account, LedgerAccountColumn.MOVED_MS], missed_ms
        )


@merged
def on_grid(size: float, scale: float) -> float:
    """The size the venue holds: the nearest multiple of the coin's smallest size, where only float noise parts them."""
    lots = np.rint(size * scale)
    return lots / scale if abs(size * scale - lots) <= GRID_SLACK * max(1.0, abs(lots) * 1e-6) else size


@merged
def _pool_for(tables: LedgerTables, terms: Terms, account: int, market: int, row: int) -> int:
    """Pool of the position, or for one to be opened: the shared pool, a new one where the market is isolated only."""
    if row != NO_ROW:
        return tables.position[row, LedgerPositionColumn.POOL]
    dex = terms.market[market, LedgerMarketColumn.DEX]
    if terms.market[market, LedgerMarketColumn.IS_ISOLATED_ONLY] != 0:
        return add_pool(tables, account, dex, PoolMode.ISOLATED, 0.0, MarginSource.TRACKED)
    pool = shared_pool(tables, account, dex)
    if pool == NO_ROW:
        pool = add_pool(tables, account, dex, PoolMode.CROSS, np.nan, MarginSource.UNKNOWN)
    return pool


@merged
def _settle_isolated(
    tables: LedgerTables,
    terms: Terms,
    pool: int,
    row: int,
    market: int,
    held: float,
    size: float,
    after: float,
    price: float,
    forced: int,
) -> None:
    """Margin of an isolated pool after a trade; its own liquidation leaves the margin until the position is gone."""
    if forced != LiquidationMethod.NONE and (after != 0.0 or forced == LiquidationMethod.BACKSTOP):
        return
    closed = min(abs(held), abs(size)) if held * size < 0.0 else 0.0
    opened = abs(after) if held * after <= 0.0 else abs(size) - closed
    moved = 0.0
    if after == 0.0:
        moved = -max(0.0, tables.pool_value[pool, PoolValueColumn.CASH])
    elif closed > 0.0 and held * after > 0.0:
        moved = -max(0.0, tables.pool_value[pool, PoolValueColumn.CASH] + after * price) * closed / abs(held)
    else:
        if closed > 0.0:  # a flip: what the old position left goes home first
            moved = -max(0.0, tables.pool_value[pool, PoolValueColumn.CASH] + after * price)
        leverage = tables.value[row, PositionValueColumn.LEVERAGE]
        if np.isnan(leverage):
            leverage = terms.market_value[market, MarketValueColumn.LEVERAGE]
        moved += opened * price / leverage
    tables.pool_value[pool, PoolValueColumn.CASH] += moved
    home = shared_pool(tables, tables.pool[pool, LedgerPoolColumn.ACCOUNT], tables.pool[pool, LedgerPoolColumn.DEX])
    if home != NO_ROW:
        tables.pool_value[home, PoolValueColumn.CASH] -= moved
        note_change(tables, home)


@merged
def _pay_late(tables: LedgerTables, row: int, pool: int, size: float) -> None:
    """A trade from before the hour that comes after it was paid: what it held pays, too."""
    due_ms = tables.counter[Count.DUE_MS]
    hour = due_ms // HOUR_MS
    is_this_hour = tables.position[row, LedgerPositionColumn.FUNDED_HOUR] == hour
    if is_this_hour and np.isnan(tables.value[row, PositionValueColumn.FUNDED]):
        return
    account = tables.position[row, LedgerPositionColumn.ACCOUNT]
    due = tables.due[tables.position[row, LedgerPositionColumn.MARKET]]
    if np.isnan(due):
        tables.account[account, LedgerAccountColumn.UNSURE_MS] = max(
            tables.account[account, LedgerAccountColumn.UNSURE_MS], due_ms
        )
        return
    amount = -size * due
    tables.pool_value[pool, PoolValueColumn.CASH] += amount
    tables.value[row, PositionValueColumn.FUNDED] = amount + (
        tables.value[row, PositionValueColumn.FUNDED] if is_this_hour else 0.0
    )
    tables.position[row, LedgerPositionColumn.FUNDED_HOUR] = hour
