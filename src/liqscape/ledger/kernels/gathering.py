"""From the book's lists to the columns of Accounts, and flags over all that hold a market."""

from __future__ import annotations

import numpy as np

from liqscape.ledger.book import Book, Terms
from liqscape.ledger.columns import NEVER_MS, NO_ROW, Count, Market, Person, Pool, Position, Value
from liqscape.risk.kernels.jit import compiled
from liqscape.units import BoolArray, Float64Array, Int32Array, Int64Array, UInt8Array


@compiled
def gather(
    book: Book,
    known: Int64Array,
    pools: Int64Array,
    positions: Int64Array,
    address_row: Int32Array,
    raw_usd: Float64Array,
    quality: UInt8Array,
    mode: UInt8Array,
    is_exempt: BoolArray,
    observed_ms: Int64Array,
    offsets: Int64Array,
    market_index: Int32Array,
    size: Float64Array,
    table_row: Int32Array,
    entry_price: Float64Array,
    leverage: Float64Array,
    observed_mark: Float64Array,
    published: UInt8Array,
    published_price: Float64Array,
) -> tuple[int, int]:
    """All columns of Accounts, in one pass over the lists, and the book's rows behind them; returns (A, P).

    known (N,): persons by address row. The columns have room for every row of the book.
    """
    person_table, pool_table, position_table, value_table = book.person, book.pool, book.position, book.value
    cash_table = book.cash
    pool_count, position_count = 0, 0
    offsets[0] = 0
    for address in range(len(known)):
        pool = person_table[known[address], Person.FIRST_POOL]
        while pool != NO_ROW:
            if pool_table[pool, Pool.POSITIONS] > 0 or pool_table[pool, Pool.IS_SHOWN] != 0:
                pools[pool_count] = pool
                address_row[pool_count] = address
                raw_usd[pool_count] = cash_table[pool]
                quality[pool_count] = pool_table[pool, Pool.QUALITY]
                mode[pool_count] = pool_table[pool, Pool.MODE]
                is_exempt[pool_count] = pool_table[pool, Pool.IS_EXEMPT] != 0
                observed_ms[pool_count] = pool_table[pool, Pool.OBSERVED_MS]
                is_moved = pool_table[pool, Pool.IS_MOVED] != 0
                pool_count += 1
                row = pool_table[pool, Pool.FIRST]
                while row != NO_ROW:
                    positions[position_count] = row
                    market_index[position_count] = position_table[row, Position.MARKET]
                    size[position_count] = value_table[row, Value.SIZE]
                    table_row[position_count] = position_table[row, Position.TABLE]
                    entry_price[position_count] = value_table[row, Value.ENTRY]
                    leverage[position_count] = value_table[row, Value.LEVERAGE]
                    observed_mark[position_count] = value_table[row, Value.OBSERVED_MARK]
                    published[position_count] = 0 if is_moved else position_table[row, Position.PUBLISHED]
                    published_price[position_count] = np.nan if is_moved else value_table[row, Value.PUBLISHED_PRICE]
                    position_count += 1
                    row = position_table[row, Position.NEXT]
                offsets[pool_count] = position_count
            pool = pool_table[pool, Pool.NEXT]
    return pool_count, position_count


@compiled
def fill_moving(
    book: Book,
    pools: Int64Array,
    positions: Int64Array,
    raw_usd: Float64Array,
    quality: UInt8Array,
    size: Float64Array,
    table_row: Int32Array,
    entry_price: Float64Array,
    published: UInt8Array,
    published_price: Float64Array,
) -> None:
    """Columns that trades and funding change."""
    pool_table, position_table, value_table, cash_table = book.pool, book.position, book.value, book.cash
    first = 0
    for index in range(len(pools)):
        pool = pools[index]
        raw_usd[index] = cash_table[pool]
        quality[index] = pool_table[pool, Pool.QUALITY]
        is_moved = pool_table[pool, Pool.IS_MOVED] != 0
        last = first + pool_table[pool, Pool.POSITIONS]
        for place in range(first, last):
            row = positions[place]
            size[place] = value_table[row, Value.SIZE]
            table_row[place] = position_table[row, Position.TABLE]
            entry_price[place] = value_table[row, Value.ENTRY]
            published[place] = 0 if is_moved else position_table[row, Position.PUBLISHED]
            published_price[place] = np.nan if is_moved else value_table[row, Value.PUBLISHED_PRICE]
        first = last


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
