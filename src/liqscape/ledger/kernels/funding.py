"""Funding: by rate when the hour is full, or as a node tells what was paid; never both (docs/tracking.md, eq. 4)."""

from __future__ import annotations

import numpy as np

from liqscape.ledger.book import Book, Terms
from liqscape.ledger.columns import (
    NEVER_MS,
    NO_ROW,
    Count,
    Market,
    Person,
    Pool,
    Position,
    Side,
    SideValue,
    Value,
)
from liqscape.ledger.kernels.holdings import note_change, shared_pool
from liqscape.ledger.kernels.keys import find_position
from liqscape.risk.kernels.jit import compiled, merged
from liqscape.units import HOUR_MS, Float64Array, Int32Array, Int64Array


@merged
def pay_pool(book: Book, terms: Terms, pool: int) -> None:
    """Every position of a pool pays for the hour DUE_MS, unless a newer state or a payment has it."""
    due_ms = book.counter[Count.DUE_MS]
    hour = due_ms // HOUR_MS
    person = book.pool[pool, Pool.PERSON]
    row = book.pool[pool, Pool.FIRST]
    while row != NO_ROW:
        market = book.position[row, Position.MARKET]
        state_ms = book.state_ms[person, terms.market[market, Market.DEX]]
        if book.position[row, Position.FUNDED_HOUR] < hour and state_ms <= due_ms:
            due = book.due[market]
            if np.isnan(due):
                book.person[person, Person.UNSURE_MS] = max(book.person[person, Person.UNSURE_MS], due_ms)
            else:
                amount = -book.value[row, Value.SIZE] * due
                book.cash[pool] += amount
                book.value[row, Value.FUNDED] = amount
                book.position[row, Position.FUNDED_HOUR] = hour
                note_change(book, pool)
            book.person[person, Person.MOVED_MS] = max(book.person[person, Person.MOVED_MS], due_ms)
        row = book.position[row, Position.NEXT]


@compiled
def pay_due(book: Book, terms: Terms) -> None:
    """Everybody pays for the hour DUE_MS."""
    for person in range(book.counter[Count.PERSONS]):
        pool = book.person[person, Person.FIRST_POOL]
        while pool != NO_ROW:
            pay_pool(book, terms, pool)
            pool = book.pool[pool, Pool.NEXT]
    due_ms = book.counter[Count.DUE_MS]
    number = book.counter[Count.SIDE_END] - 1
    while number >= book.counter[Count.SIDE_START]:
        side = number & (len(book.side) - 1)
        if book.side[side, Side.STAMP_MS] <= due_ms:
            break
        if book.side[side, Side.TIME_MS] > due_ms and book.side[side, Side.MARKET] >= 0:
            _pay_back(book, terms, side)
        number -= 1


@merged
def _pay_back(book: Book, terms: Terms, side: int) -> None:
    """A trade from after the hour came before it was paid: what it moved was not held when the hour was full."""
    due_ms = book.counter[Count.DUE_MS]
    person, market = book.side[side, Side.PERSON], book.side[side, Side.MARKET]
    dex, due = terms.market[market, Market.DEX], book.due[market]
    state_ms = book.state_ms[person, dex]
    if state_ms == NEVER_MS or state_ms > due_ms or np.isnan(due):
        return
    hour = due_ms // HOUR_MS
    row = find_position(book, person, market)
    amount = book.side_value[side, SideValue.SIZE] * due
    if row == NO_ROW:
        if book.person[person, Person.TOLD_HOUR] == hour:
            return
        pool = shared_pool(book, person, dex)
        if pool == NO_ROW:
            return
    else:
        if np.isnan(book.value[row, Value.FUNDED]):
            return
        pool = book.position[row, Position.POOL]
        book.value[row, Value.FUNDED] += amount
    book.cash[pool] += amount
    note_change(book, pool)


@compiled
def pay_told(
    book: Book,
    terms: Terms,
    time_ms: int,
    user: Int64Array,
    market_index: Int32Array,
    amount: Float64Array,
    size: Float64Array,
) -> None:
    """Q payments as they were made; what was paid by rate for the same hour is taken back."""
    hour = time_ms // HOUR_MS
    for payment in range(len(user)):
        person, market = user[payment], market_index[payment]
        state_ms = book.state_ms[person, terms.market[market, Market.DEX]]
        if state_ms == NEVER_MS or state_ms >= time_ms:
            continue
        book.person[person, Person.MOVED_MS] = max(book.person[person, Person.MOVED_MS], time_ms)
        book.person[person, Person.TOLD_HOUR] = hour
        row = find_position(book, person, market)
        if row == NO_ROW:
            book.person[person, Person.UNSURE_MS] = max(book.person[person, Person.UNSURE_MS], time_ms)
            pool = shared_pool(book, person, terms.market[market, Market.DEX])
            if pool != NO_ROW and book.counter[Count.DUE_MS] // HOUR_MS < hour:
                book.cash[pool] += amount[payment]
                note_change(book, pool)
            continue
        funded_hour = book.position[row, Position.FUNDED_HOUR]
        funded = book.value[row, Value.FUNDED]
        if funded_hour > hour or (funded_hour == hour and np.isnan(funded)):
            continue
        pool = book.position[row, Position.POOL]
        book.cash[pool] += amount[payment] - (funded if funded_hour == hour else 0.0)
        book.position[row, Position.FUNDED_HOUR] = hour
        book.value[row, Value.FUNDED] = np.nan
        note_change(book, pool)
        if abs(size[payment] - book.value[row, Value.SIZE]) > 1e-9 * abs(book.value[row, Value.SIZE]):
            book.person[person, Person.UNSURE_MS] = max(book.person[person, Person.UNSURE_MS], time_ms)
