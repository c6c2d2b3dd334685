"""Levels of single positions, to tell a liquidation from an ordinary close (docs/liquidation.md, eq. 2)."""

from __future__ import annotations

import numpy as np

from liqscape.ledger.book import Book, Terms
from liqscape.ledger.columns import NO_ROW, MarketValue, Pool, Position, Value
from liqscape.risk.kernels.jit import merged


@merged
def level_of(book: Book, terms: Terms, row: int) -> float:
    """Mark at which the pool of a position reaches maintenance, as it comes; NaN where something is not known."""
    pool = book.position[row, Position.POOL]
    total = book.cash[pool]
    other = book.pool[pool, Pool.FIRST]
    while other != NO_ROW:
        if other != row:
            exposure = (
                book.value[other, Value.SIZE]
                * terms.market_value[book.position[other, Position.MARKET], MarketValue.MARK]
            )
            total += exposure - _maintenance(terms, book.position[other, Position.TABLE], abs(exposure))
        other = book.position[other, Position.NEXT]
    size, table = book.value[row, Value.SIZE], book.position[row, Position.TABLE]
    side = 1.0 if size > 0.0 else -1.0
    scaled = -np.inf
    for tier in range(terms.rate.shape[1]):
        scaled = max(scaled, -(total + terms.deduction[table, tier]) / (1.0 - side * terms.rate[table, tier]))
    return np.nan if np.isnan(total) else scaled / size


@merged
def is_reached(level: float, size: float, mark: float, tolerance: float) -> bool:
    """The mark is at the level or beyond, or short of it by no more than the tolerated share; False where unknown."""
    if np.isnan(level) or np.isnan(mark):
        return False
    return mark <= level * (1.0 + tolerance) if size > 0.0 else mark >= level * (1.0 - tolerance)


@merged
def account_value(book: Book, terms: Terms, pool: int) -> float:
    """USD of a pool at the newest marks; NaN where something is not known."""
    total = book.cash[pool]
    row = book.pool[pool, Pool.FIRST]
    while row != NO_ROW:
        total += book.value[row, Value.SIZE] * terms.market_value[book.position[row, Position.MARKET], MarketValue.MARK]
        row = book.position[row, Position.NEXT]
    return total


@merged
def _maintenance(terms: Terms, table: int, notional: float) -> float:
    most = notional * terms.rate[table, 0]
    for tier in range(1, terms.rate.shape[1]):
        most = max(most, notional * terms.rate[table, tier] - terms.deduction[table, tier])
    return most
