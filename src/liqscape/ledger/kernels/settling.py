"""Positions of a delisted coin: settled all at once, without a print (docs/tracking.md, "Delisted coins")."""

from __future__ import annotations

import numpy as np

from liqscape.ledger.book import Book, Terms
from liqscape.ledger.columns import NO_ROW, Count, MarketValue, Person, Pool, Position, Value
from liqscape.ledger.kernels.taking import take_side
from liqscape.model.liquidations import LiquidationMethod
from liqscape.risk.kernels.jit import compiled, merged
from liqscape.units import BoolArray

NOT_FORCED = int(LiquidationMethod.NONE)
LEAST_USD = 1
"""Of a position whose mark is not known: its holder is to be read all the same."""


@compiled
def settle_markets(book: Book, terms: Terms, is_settled: BoolArray, time_ms: int) -> int:
    """Close every position in these markets (M,) at the mark last known; returns how many persons held one.

    At which price and when it was settled is not told, so each of them is unsure until a state newer than `time_ms`.
    """
    count = 0
    for person in range(book.counter[Count.PERSONS]):
        row, is_holder = _next_settled(book, person, is_settled), False
        while row != NO_ROW:
            is_holder = True
            market, size = book.position[row, Position.MARKET], book.value[row, Value.SIZE]
            mark = terms.market_value[market, MarketValue.MARK]
            usd = abs(size) * mark
            book.person[person, Person.SETTLED_USD] += LEAST_USD if np.isnan(usd) else max(LEAST_USD, int(usd))
            take_side(book, terms, person, market, -size, mark, 0.0, time_ms, NOT_FORCED)
            row = _next_settled(book, person, is_settled)
        if is_holder:
            count += 1
            book.person[person, Person.UNSURE_MS] = max(book.person[person, Person.UNSURE_MS], time_ms)
            book.person[person, Person.MOVED_MS] = max(book.person[person, Person.MOVED_MS], time_ms)
    return count


@merged
def _next_settled(book: Book, person: int, is_settled: BoolArray) -> int:
    """A position of a person in one of the markets; NO_ROW without."""
    pool = book.person[person, Person.FIRST_POOL]
    while pool != NO_ROW:
        row = book.pool[pool, Pool.FIRST]
        while row != NO_ROW:
            if is_settled[book.position[row, Position.MARKET]]:
                return row
            row = book.position[row, Position.NEXT]
        pool = book.pool[pool, Pool.NEXT]
    return NO_ROW
