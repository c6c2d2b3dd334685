"""From (person, market) to the row of a position: open addressing, linear steps; keys stay when positions go."""

from __future__ import annotations

import numpy as np

from liqscape.ledger.book import Book
from liqscape.ledger.columns import MARKET_BITS, MOST_DEX_BITS, NO_ROW, Count, Person, Pool, Position
from liqscape.risk.kernels.jit import compiled, merged


@merged
def bit_of(dex: int) -> int:
    """Of a dex in a column of bits; none where it is beyond their number."""
    return np.int64(1) << np.int64(dex) if dex < MOST_DEX_BITS else np.int64(0)


@merged
def _place(book: Book, key: int) -> int:
    """Where a key is, or the empty place it belongs."""
    mask = len(book.key) - 1
    spread = key * 0x9E3779B97F4A7C1
    place = (spread ^ (spread >> 29)) & mask
    while book.key[place] != NO_ROW and book.key[place] != key:
        place = (place + 1) & mask
    return place


@merged
def find_position(book: Book, person: int, market: int) -> int:
    """Row of a person's position in a market; NO_ROW where there is none."""
    return book.key_row[_place(book, (person << MARKET_BITS) | market)]


@merged
def put_key(book: Book, person: int, market: int, row: int) -> None:
    """Say where a position stands."""
    key = (person << MARKET_BITS) | market
    place = _place(book, key)
    if book.key[place] == NO_ROW:
        book.key[place] = key
        book.counter[Count.KEYS] += 1
    book.key_row[place] = row


@merged
def drop_key(book: Book, person: int, market: int, row: int) -> None:
    """The position is gone; nothing happens where the key has come to stand for another one."""
    place = _place(book, (person << MARKET_BITS) | market)
    if book.key_row[place] == row:
        book.key_row[place] = NO_ROW


@compiled
def put_all_keys(book: Book) -> None:
    """Fill empty key tables from the positions there are."""
    book.counter[Count.KEYS] = 0
    for person in range(book.counter[Count.PERSONS]):
        pool = book.person[person, Person.FIRST_POOL]
        while pool != NO_ROW:
            row = book.pool[pool, Pool.FIRST]
            while row != NO_ROW:
                put_key(book, person, book.position[row, Position.MARKET], row)
                row = book.position[row, Position.NEXT]
            pool = book.pool[pool, Pool.NEXT]
