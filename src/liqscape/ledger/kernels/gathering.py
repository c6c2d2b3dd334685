"""From the ledger's lists to the columns of Accounts, and flags over all that hold a market."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from liqscape.ledger.batches import ChangedAddresses
from liqscape.ledger.columns import (
    NEVER_MS,
    NO_ROW,
    Count,
    LedgerAccountColumn,
    LedgerMarketColumn,
    LedgerPoolColumn,
    LedgerPositionColumn,
    PoolTimeColumn,
    PoolValueColumn,
    PositionValueColumn,
    StatedColumn,
)
from liqscape.ledger.kernels.state_times import state_time
from liqscape.ledger.tables import LedgerTables, Terms
from liqscape.risk.kernels.jit import compiled, merged
from liqscape.units import BoolArray, Float64Array, Int32Array, Int64Array, UInt8Array


class Gathered(NamedTuple):
    """The columns of Accounts (model/accounts.py), and the rows of the ledger's position table behind them."""

    address_row: Int32Array
    raw_usd: Float64Array
    margin_source: UInt8Array
    mode: UInt8Array
    is_exempt: BoolArray
    observed_ms: Int64Array
    offsets: Int64Array
    positions: Int32Array
    market_index: Int32Array
    size: Float64Array
    table_row: Int32Array
    entry_price: Float64Array
    leverage: Float64Array
    observed_mark: Float64Array
    published: UInt8Array
    published_price: Float64Array


@compiled
def gather(tables: LedgerTables, known: Int64Array, into: Gathered) -> tuple[int, int]:
    """All columns of Accounts, in one pass over the lists; returns (A, P).

    known (N,): accounts by address row. The columns have room for every row of the pool and position tables.
    """
    pool_count, position_count = 0, 0
    into.offsets[0] = 0
    for address in range(len(known)):
        pool_count, position_count = _gather_account(tables, known[address], address, into, pool_count, position_count)
    return pool_count, position_count


@compiled
def copy_changed(
    before: Gathered, stood: ChangedAddresses, fresh: Gathered, stand: ChangedAddresses, into: Gathered
) -> tuple[int, int]:
    """What `gather` would give, where only some addresses changed since `before`: theirs are pools of `fresh`, all
    others are copied in long runs. Returns (A, P).

    stood, stand  the same addresses with their pools in `before` and in `fresh`.
    """
    pool_count, position_count, done = 0, 0, 0
    into.offsets[0] = 0
    for number in range(len(stood.row)):
        first, last = stand.first_pool[number], stand.last_pool[number]
        pool_count, position_count = _copy(before, done, stood.first_pool[number], into, pool_count, position_count)
        pool_count, position_count = _copy(fresh, first, last, into, pool_count, position_count)
        done = stood.last_pool[number]
    return _copy(before, done, len(before.raw_usd), into, pool_count, position_count)


@merged
def _gather_account(
    tables: LedgerTables, account: int, address: int, into: Gathered, pool_count: int, position_count: int
) -> tuple[int, int]:
    """Pools of one account from row `pool_count` on, positions from `position_count` on; returns the next free rows."""
    pool_table, position_table, value_table = tables.pool, tables.position, tables.value
    pool = tables.account[account, LedgerAccountColumn.FIRST_POOL]
    while pool != NO_ROW:
        if pool_table[pool, LedgerPoolColumn.POSITIONS] > 0 or pool_table[pool, LedgerPoolColumn.IS_SHOWN] != 0:
            into.address_row[pool_count] = address
            into.raw_usd[pool_count] = tables.pool_value[pool, PoolValueColumn.CASH]
            into.margin_source[pool_count] = pool_table[pool, LedgerPoolColumn.MARGIN_SOURCE]
            into.mode[pool_count] = pool_table[pool, LedgerPoolColumn.MODE]
            into.is_exempt[pool_count] = pool_table[pool, LedgerPoolColumn.IS_EXEMPT] != 0
            into.observed_ms[pool_count] = tables.pool_time[pool, PoolTimeColumn.OBSERVED_MS]
            is_moved = pool_table[pool, LedgerPoolColumn.IS_MOVED] != 0
            pool_count += 1
            row = pool_table[pool, LedgerPoolColumn.FIRST]
            while row != NO_ROW:
                into.positions[position_count] = row
                into.market_index[position_count] = position_table[row, LedgerPositionColumn.MARKET]
                into.size[position_count] = value_table[row, PositionValueColumn.SIZE]
                into.table_row[position_count] = position_table[row, LedgerPositionColumn.TABLE]
                into.entry_price[position_count] = value_table[row, PositionValueColumn.ENTRY]
                into.leverage[position_count] = value_table[row, PositionValueColumn.LEVERAGE]
                into.observed_mark[position_count] = tables.stated[row, StatedColumn.OBSERVED_MARK]
                into.published[position_count] = 0 if is_moved else position_table[row, LedgerPositionColumn.PUBLISHED]
                into.published_price[position_count] = (
                    np.nan if is_moved else tables.stated[row, StatedColumn.PUBLISHED_PRICE]
                )
                position_count += 1
                row = position_table[row, LedgerPositionColumn.NEXT]
            into.offsets[pool_count] = position_count
        pool = pool_table[pool, LedgerPoolColumn.NEXT]
    return pool_count, position_count


@merged
def _copy(
    before: Gathered, first: int, last: int, into: Gathered, pool_count: int, position_count: int
) -> tuple[int, int]:
    """Pools `first` to `last` of `before` with their positions; returns the next free rows."""
    if first == last:
        return pool_count, position_count
    start, stop = before.offsets[first], before.offsets[last]
    step = pool_count - first
    for pool in range(first, last):
        into.address_row[pool + step] = before.address_row[pool]
        into.raw_usd[pool + step] = before.raw_usd[pool]
        into.margin_source[pool + step] = before.margin_source[pool]
        into.mode[pool + step] = before.mode[pool]
        into.is_exempt[pool + step] = before.is_exempt[pool]
        into.observed_ms[pool + step] = before.observed_ms[pool]
        into.offsets[pool + step + 1] = before.offsets[pool + 1] + position_count - start
    step = position_count - start
    for row in range(start, stop):
        into.positions[row + step] = before.positions[row]
        into.market_index[row + step] = before.market_index[row]
        into.size[row + step] = before.size[row]
        into.table_row[row + step] = before.table_row[row]
        into.entry_price[row + step] = before.entry_price[row]
        into.leverage[row + step] = before.leverage[row]
        into.observed_mark[row + step] = before.observed_mark[row]
        into.published[row + step] = before.published[row]
        into.published_price[row + step] = before.published_price[row]
    return pool_count + last - first, position_count + stop - start


@compiled
def forget_changed(tables: LedgerTables) -> None:
    """What changed so far is published."""
    for number in range(tables.counter[Count.CHANGED]):
        tables.account[tables.changed[number], LedgerAccountColumn.IS_CHANGED] = 0
    tables.counter[Count.CHANGED] = 0


@compiled
def doubt_holders(tables: LedgerTables, terms: Terms, is_meant: BoolArray, time_ms: int) -> int:
    """Who holds one of these markets (M,) is unsure up to a time, unless its state is newer; returns how many."""
    account_table, pool_table, position_table = tables.account, tables.pool, tables.position
    count = 0
    for account in range(tables.counter[Count.ACCOUNTS]):
        is_holder = False
        pool = account_table[account, LedgerAccountColumn.FIRST_POOL]
        while pool != NO_ROW and not is_holder:
            row = pool_table[pool, LedgerPoolColumn.FIRST]
            while row != NO_ROW and not is_holder:
                market = position_table[row, LedgerPositionColumn.MARKET]
                state_ms = state_time(tables, account, terms.market[market, LedgerMarketColumn.DEX])
                is_holder = is_meant[market] and NEVER_MS < state_ms < time_ms
                row = position_table[row, LedgerPositionColumn.NEXT]
            pool = pool_table[pool, LedgerPoolColumn.NEXT]
        if is_holder:
            count += 1
            account_table[account, LedgerAccountColumn.UNSURE_MS] = max(
                account_table[account, LedgerAccountColumn.UNSURE_MS], time_ms
            )
            account_table[account, LedgerAccountColumn.MOVED_MS] = max(
                account_table[account, LedgerAccountColumn.MOVED_MS], time_ms
            )
    return count
