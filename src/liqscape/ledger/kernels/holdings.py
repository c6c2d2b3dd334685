"""Pools and positions: found, added, removed; the lists of a person's pools and a pool's positions."""

from __future__ import annotations

import numpy as np

from liqscape.ledger.book import Book
from liqscape.ledger.columns import NO_ROW, Count, Person, Pool, Position, Value
from liqscape.ledger.kernels.keys import drop_key, put_key
from liqscape.risk.kernels.jit import merged
from liqscape.units import PoolMode, Quality


@merged
def add_pool(book: Book, person: int, dex: int, mode: int, cash: float, quality: int) -> int:
    """A pool without positions at the end of a person's list."""
    row = book.counter[Count.FREE_POOL]
    if row == NO_ROW:
        row = book.counter[Count.POOL_END]
        book.counter[Count.POOL_END] = row + 1
    else:
        book.counter[Count.FREE_POOL] = book.pool[row, Pool.NEXT]
    last = book.person[person, Person.LAST_POOL]
    pool = book.pool[row]
    pool[:] = 0
    pool[Pool.PERSON] = person
    pool[Pool.DEX] = dex
    pool[Pool.QUALITY] = quality
    pool[Pool.MODE] = mode
    pool[Pool.IS_EXEMPT] = book.person[person, Person.IS_EXEMPT]
    pool[Pool.OBSERVED_MS] = book.state_ms[person, dex]
    pool[Pool.FIRST] = NO_ROW
    pool[Pool.LAST] = NO_ROW
    pool[Pool.PREVIOUS] = last
    pool[Pool.NEXT] = NO_ROW
    book.cash[row] = cash
    if last == NO_ROW:
        book.person[person, Person.FIRST_POOL] = row
    else:
        book.pool[last, Pool.NEXT] = row
    book.person[person, Person.LAST_POOL] = row
    _list_changed(book, person)
    return row


@merged
def remove_pool(book: Book, row: int) -> None:
    """Take a pool and its positions away."""
    while book.pool[row, Pool.FIRST] != NO_ROW:
        remove_position(book, book.pool[row, Pool.FIRST])
    person, before, after = book.pool[row, Pool.PERSON], book.pool[row, Pool.PREVIOUS], book.pool[row, Pool.NEXT]
    if before == NO_ROW:
        book.person[person, Person.FIRST_POOL] = after
    else:
        book.pool[before, Pool.NEXT] = after
    if after == NO_ROW:
        book.person[person, Person.LAST_POOL] = before
    else:
        book.pool[after, Pool.PREVIOUS] = before
    book.pool[row, Pool.NEXT] = book.counter[Count.FREE_POOL]
    book.counter[Count.FREE_POOL] = row
    _list_changed(book, person)


@merged
def add_position(book: Book, pool: int, market: int, size: float) -> int:
    """A position at the end of a pool's list, everything but its size unknown."""
    row = book.counter[Count.FREE_POSITION]
    if row == NO_ROW:
        row = book.counter[Count.POSITION_END]
        book.counter[Count.POSITION_END] = row + 1
    else:
        book.counter[Count.FREE_POSITION] = book.position[row, Position.NEXT]
    last = book.pool[pool, Pool.LAST]
    person = book.pool[pool, Pool.PERSON]
    book.position[row, Position.PERSON] = person
    book.position[row, Position.POOL] = pool
    book.position[row, Position.MARKET] = market
    book.position[row, Position.TABLE] = 0
    book.position[row, Position.PUBLISHED] = 0
    book.position[row, Position.PREVIOUS] = last
    book.position[row, Position.NEXT] = NO_ROW
    book.position[row, Position.FUNDED_HOUR] = NO_ROW
    book.value[row] = np.nan
    book.value[row, Value.SIZE] = size
    book.value[row, Value.FUNDED] = 0.0
    if last == NO_ROW:
        book.pool[pool, Pool.FIRST] = row
    else:
        book.position[last, Position.NEXT] = row
    book.pool[pool, Pool.LAST] = row
    book.pool[pool, Pool.POSITIONS] += 1
    put_key(book, person, market, row)
    _list_changed(book, person)
    return row


@merged
def remove_position(book: Book, row: int) -> None:
    """Take a position away; its pool stays."""
    pool, before, after = (
        book.position[row, Position.POOL],
        book.position[row, Position.PREVIOUS],
        book.position[row, Position.NEXT],
    )
    if before == NO_ROW:
        book.pool[pool, Pool.FIRST] = after
    else:
        book.position[before, Position.NEXT] = after
    if after == NO_ROW:
        book.pool[pool, Pool.LAST] = before
    else:
        book.position[after, Position.PREVIOUS] = before
    book.pool[pool, Pool.POSITIONS] -= 1
    person = book.position[row, Position.PERSON]
    drop_key(book, person, book.position[row, Position.MARKET], row)
    book.position[row, Position.NEXT] = book.counter[Count.FREE_POSITION]
    book.counter[Count.FREE_POSITION] = row
    _list_changed(book, person)


@merged
def shared_pool(book: Book, person: int, dex: int) -> int:
    """The pool behind a person's cross positions on a dex; NO_ROW where none is known."""
    pool = book.person[person, Person.FIRST_POOL]
    while pool != NO_ROW:
        mode = book.pool[pool, Pool.MODE]
        is_of_all_dexs = mode == PoolMode.UNIFIED or mode == PoolMode.PORTFOLIO
        if is_of_all_dexs or (mode != PoolMode.ISOLATED and book.pool[pool, Pool.DEX] == dex):
            break
        pool = book.pool[pool, Pool.NEXT]
    return pool


@merged
def note_change(book: Book, pool: int) -> None:
    """Cash or sizes of a pool are no longer as observed."""
    book.pool[pool, Pool.IS_MOVED] = 1
    if not np.isnan(book.cash[pool]):
        book.pool[pool, Pool.QUALITY] = Quality.TRACKED
    _list_changed(book, book.pool[pool, Pool.PERSON])


@merged
def _list_changed(book: Book, person: int) -> None:
    """What a person holds is no longer as it was published."""
    if book.person[person, Person.IS_CHANGED] == 0:
        book.person[person, Person.IS_CHANGED] = 1
        book.changed[book.counter[Count.CHANGED]] = person
        book.counter[Count.CHANGED] += 1
