"""The ledger's tables built empty, and grown by doubling; kernels write in them in place."""

from __future__ import annotations

from typing import TypeVar

import numpy as np

from liqscape.ledger.book import Book
from liqscape.ledger.columns import MARKET_BITS, NEVER_MS, NO_ROW, Count, Person, Pool, Position, Side, SideValue, Value
from liqscape.units import Float64Array, Int64Array

FIRST_ROWS = 1024
"""Capacity of a new table; a power of two."""
MOST_SIDES = 1 << 20
"""Sides of prints kept at most; about 100 MB."""
KEEP_MS = 600_000
"""Sides older than this, by venue time, make room."""
SLACK = 8
"""The ring grows where letting go leaves less than this part of it free: or every batch would look for room."""

Table = TypeVar("Table", Float64Array, Int64Array)


def new_book() -> Book:
    """Nothing known."""
    count = np.zeros(Count.WIDTH, np.int64)
    count[[Count.FREE_POOL, Count.FREE_POSITION]] = NO_ROW
    count[[Count.NEWEST_MS, Count.DUE_MS, Count.FORGOTTEN_MS]] = NEVER_MS
    count[[Count.SIDE_END, Count.SIDE_START]] = 1
    return Book(
        counter=count,
        person=_table(FIRST_ROWS, Person.WIDTH),
        traded=np.zeros(FIRST_ROWS),
        state_ms=np.full((FIRST_ROWS, 1), NEVER_MS, np.int64),
        changed=np.zeros(FIRST_ROWS, np.int64),
        pool=_table(FIRST_ROWS, Pool.WIDTH),
        cash=np.zeros(FIRST_ROWS),
        position=_table(FIRST_ROWS, Position.WIDTH),
        value=np.zeros((FIRST_ROWS, Value.WIDTH)),
        key=np.full(2 * FIRST_ROWS, NO_ROW, np.int64),
        key_row=np.full(2 * FIRST_ROWS, NO_ROW, np.int64),
        side=_table(FIRST_ROWS, Side.WIDTH),
        side_value=np.zeros((FIRST_ROWS, SideValue.WIDTH)),
        bucket=np.zeros(FIRST_ROWS, np.int64),
        due=np.zeros(0),
        forgotten=np.zeros(0, np.int64),
    )


def with_room(book: Book, *, persons: int = 0, pools: int = 0, positions: int = 0, sides: int = 0) -> Book:
    """The same book with room for so many more rows of each kind; tables that have it stay the same objects."""
    count = book.counter.tolist()
    if count[Count.PERSONS] + persons > len(book.person):
        size = _doubled(len(book.person), count[Count.PERSONS] + persons)
        book = book._replace(
            person=_grown(book.person, size, 0),
            traded=_grown(book.traded, size, 0),
            state_ms=_grown(book.state_ms, size, NEVER_MS),
            changed=_grown(book.changed, size, 0),
        )
    if count[Count.POOL_END] + pools > len(book.pool):
        size = _doubled(len(book.pool), count[Count.POOL_END] + pools)
        book = book._replace(pool=_grown(book.pool, size, 0), cash=_grown(book.cash, size, 0))
    if count[Count.POSITION_END] + positions > len(book.position):
        size = _doubled(len(book.position), count[Count.POSITION_END] + positions)
        book = book._replace(position=_grown(book.position, size, 0), value=_grown(book.value, size, 0))
    if 2 * (count[Count.KEYS] + positions) > len(book.key):
        book = _with_keys(book, positions)
    if count[Count.SIDE_END] - count[Count.SIDE_START] + sides > len(book.side):
        book = _with_sides(book, sides)
    return book


def with_dexs(book: Book, dexs: int) -> Book:
    """Room for the states of so many dexs; what an address holds on a new one is not known."""
    known = book.state_ms.shape[1]
    if dexs <= known:
        return book
    state_ms = np.full((len(book.state_ms), dexs), NEVER_MS, np.int64)
    state_ms[:, :known] = book.state_ms
    return book._replace(state_ms=state_ms)


def with_markets(book: Book, markets: int) -> Book:
    """Room for the funding and the memory of so many markets."""
    if markets >= 1 << MARKET_BITS or markets <= len(book.due):
        return book
    return book._replace(due=_grown(book.due, markets, 0), forgotten=_grown(book.forgotten, markets, NEVER_MS))


def without_sides(book: Book) -> None:
    """Forget every side that is remembered: none of that time can be told from a new one any more."""
    newest_ms = int(book.counter[Count.NEWEST_MS])
    book.counter[Count.SIDE_START] = book.counter[Count.SIDE_END]
    book.counter[Count.FORGOTTEN_MS] = newest_ms
    book.forgotten[:] = newest_ms


def _with_keys(book: Book, positions: int) -> Book:
    """Only keys of positions that are there, with room for more."""
    from liqscape.ledger.kernels.keys import put_all_keys

    live = int(book.counter[Count.POSITION_END])
    size = _doubled(len(book.key) // 2, 2 * (live + positions))
    key, key_row = np.full(size, NO_ROW, np.int64), np.full(size, NO_ROW, np.int64)
    fresh = book._replace(key=key, key_row=key_row)
    put_all_keys(fresh)
    return fresh


def _with_sides(book: Book, sides: int) -> Book:
    from liqscape.ledger.kernels.recent import free_sides, move_sides

    while free_sides(book, KEEP_MS) < max(sides, len(book.side) // SLACK) and len(book.side) < MOST_SIDES:
        size = 2 * len(book.side)
        fresh = book._replace(
            side=np.empty((size, Side.WIDTH), np.int64),
            side_value=np.empty((size, SideValue.WIDTH)),
            bucket=np.zeros(size, np.int64),
        )
        move_sides(book, fresh)
        book = fresh
    return book


def _table(rows: int, width: int) -> Int64Array:
    return np.zeros((rows, width), np.int64)


def _doubled(size: int, wanted: int) -> int:
    while size < wanted:
        size *= 2
    return size


def _grown(table: Table, rows: int, fill: int) -> Table:
    more = np.full((rows, *table.shape[1:]), fill, table.dtype)
    more[: len(table)] = table
    return more
