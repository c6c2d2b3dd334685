"""From the book's lists to the columns of Accounts, and flags over all that hold a market."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from liqscape.ledger.book import Book, Terms
from liqscape.ledger.columns import NEVER_MS, NO_ROW, Count, Market, Person, Pool, Position, Value
from liqscape.risk.kernels.jit import compiled, merged
from liqscape.units import BoolArray, Float64Array, Int32Array, Int64Array, UInt8Array


class Gathered(NamedTuple):
    """The columns of Accounts (model/accounts.py), and the book's rows behind them."""

    pools: Int64Array
    positions: Int64Array
    address_row: Int32Array
    raw_usd: Float64Array
    quality: UInt8Array
    mode: UInt8Array
    is_exempt: BoolArray
    observed_ms: Int64Array
    offsets: Int64Array
    market_index: Int32Array
    size: Float64Array
    table_row: Int32Array
    entry_price: Float64Array
    leverage: Float64Array
    observed_mark: Float64Array
    published: UInt8Array
    published_price: Float64Array


@compiled
def gather(book: Book, known: Int64Array, into: Gathered) -> tuple[int, int]:
    """All columns of Accounts, in one pass over the lists; returns (A, P).

    known (N,): persons by address row. The columns have room for every row of the book.
    """
    pool_count, position_count = 0, 0
    into.offsets[0] = 0
    for address in range(len(known)):
        pool_count, position_count = _gather_person(book, known[address], address, into, pool_count, position_count)
    return pool_count, position_count


@compiled
def gather_changed(
    book: Book,
    known: Int64Array,
    before: Gathered,
    changed: Int64Array,
    first_pool: Int64Array,
    last_pool: Int64Array,
    into: Gathered,
) -> tuple[int, int]:
    """The same as `gather`, where only some addresses changed since `before`: the others are copied in long runs.

    changed (K,): address rows, rising; their pools stood at before[first_pool:last_pool].
    """
    pool_count, position_count, done = 0, 0, 0
    into.offsets[0] = 0
    for number in range(len(changed)):
        address = changed[number]
        pool_count, position_count = _copy(before, done, first_pool[number], into, pool_count, position_count)
        pool_count, position_count = _gather_person(book, known[address], address, into, pool_count, position_count)
        done = last_pool[number]
    return _copy(before, done, len(before.raw_usd), into, pool_count, position_count)


@merged
def _gather_person(
    book: Book, person: int, address: int, into: Gathered, pool_count: int, position_count: int
) -> tuple[int, int]:
    """Pools of one person from row `pool_count` on, positions from `position_count` on; returns the next free rows."""
    pool_table, position_table, value_table = book.pool, book.position, book.value
    pool = book.person[person, Person.FIRST_POOL]
    while pool != NO_ROW:
        if pool_table[pool, Pool.POSITIONS] > 0 or pool_table[pool, Pool.IS_SHOWN] != 0:
            into.pools[pool_count] = pool
            into.address_row[pool_count] = address
            into.raw_usd[pool_count] = book.cash[pool]
            into.quality[pool_count] = pool_table[pool, Pool.QUALITY]
            into.mode[pool_count] = pool_table[pool, Pool.MODE]
            into.is_exempt[pool_count] = pool_table[pool, Pool.IS_EXEMPT] != 0
            into.observed_ms[pool_count] = pool_table[pool, Pool.OBSERVED_MS]
            is_moved = pool_table[pool, Pool.IS_MOVED] != 0
            pool_count += 1
            row = pool_table[pool, Pool.FIRST]
            while row != NO_ROW:
                into.positions[position_count] = row
                into.market_index[position_count] = position_table[row, Position.MARKET]
                into.size[position_count] = value_table[row, Value.SIZE]
                into.table_row[position_count] = position_table[row, Position.TABLE]
                into.entry_price[position_count] = value_table[row, Value.ENTRY]
                into.leverage[position_count] = value_table[row, Value.LEVERAGE]
                into.observed_mark[position_count] = value_table[row, Value.OBSERVED_MARK]
                into.published[position_count] = 0 if is_moved else position_table[row, Position.PUBLISHED]
                into.published_price[position_count] = np.nan if is_moved else value_table[row, Value.PUBLISHED_PRICE]
                position_count += 1
                row = position_table[row, Position.NEXT]
            into.offsets[pool_count] = position_count
        pool = pool_table[pool, Pool.NEXT]
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
        into.pools[pool + step] = before.pools[pool]
        into.address_row[pool + step] = before.address_row[pool]
        into.raw_usd[pool + step] = before.raw_usd[pool]
        into.quality[pool + step] = before.quality[pool]
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
def forget_changed(book: Book) -> None:
    """What changed so far is published."""
    for number in range(book.counter[Count.CHANGED]):
        book.person[book.changed[number], Person.IS_CHANGED] = 0
    book.counter[Count.CHANGED] = 0


@compiled
def doubt_holders(book: Book, terms: Terms, is_meant: BoolArray, time_ms: int) -> int:
    """Who holds one of these markets (M,) is unsure up to a time, unless its state is newer; returns how many."""
    person_table, pool_table, position_table, state_ms_table = book.person, book.pool, book.position, book.state_ms
    count = 0
    for person in range(book.counter[Count.PERSONS]):
        is_holder = False
        pool = person_table[person, Person.FIRST_POOL]
        while pool != NO_ROW and not is_holder:
            row = pool_table[pool, Pool.FIRST]
            while row != NO_ROW and not is_holder:
                market = position_table[row, Position.MARKET]
                state_ms = state_ms_table[person, terms.market[market, Market.DEX]]
                is_holder = is_meant[market] and NEVER_MS < state_ms < time_ms
                row = position_table[row, Position.NEXT]
            pool = pool_table[pool, Pool.NEXT]
        if is_holder:
            count += 1
            person_table[person, Person.UNSURE_MS] = max(person_table[person, Person.UNSURE_MS], time_ms)
            person_table[person, Person.MOVED_MS] = max(person_table[person, Person.MOVED_MS], time_ms)
    return count
