"""One side of a trade moves size and cash of one address (docs/tracking.md, eq. 1 to 4).

The rules are those of the exchange (exchange/kernels/ledger.py): a trade moves size * price from cash; the opening
part of an isolated position brings its margin from the shared pool, the closing part takes its share back.
"""

from __future__ import annotations

import numpy as np

from liqscape.ledger.book import Book, Terms
from liqscape.ledger.columns import NO_ROW, Count, Market, MarketValue, Person, Pool, Position, Value
from liqscape.ledger.kernels.holdings import (
    add_pool,
    add_position,
    note_change,
    remove_pool,
    remove_position,
    shared_pool,
)
from liqscape.ledger.kernels.keys import find_position
from liqscape.model.liquidations import LiquidationMethod
from liqscape.risk.kernels.jit import merged
from liqscape.units import HOUR_MS, PoolMode, Quality

GRID_SLACK = 1e-6
"""A sum of sizes closer than this to the coin's grid, in lots, is on it: only float noise parts them."""


@merged
def take_side(
    book: Book, terms: Terms, person: int, market: int, size: float, price: float, fee: float, time_ms: int, forced: int
) -> None:
    """Buy (size > 0) or sell at a price. `forced`: LiquidationMethod of a fill that closes this person's position."""
    row = find_position(book, person, market)
    pool = _pool_for(book, terms, person, market, row)
    held = 0.0 if row == NO_ROW else book.value[row, Value.SIZE]
    after = on_grid(held + size, terms.market_value[market, MarketValue.SCALE])
    book.cash[pool] -= size * price + fee
    if row == NO_ROW:
        row = add_position(book, pool, market, 0.0)
    if time_ms <= book.counter[Count.DUE_MS]:
        _pay_late(book, row, pool, size)
    is_flip = held * after < 0.0
    if abs(after) > abs(held) or is_flip:
        book.position[row, Position.TABLE] = terms.market[market, Market.TABLE]
        entry = book.value[row, Value.ENTRY]
        if held == 0.0 or is_flip:
            book.value[row, Value.ENTRY] = price
        else:
            book.value[row, Value.ENTRY] = (entry * held + price * (after - held)) / after
    if np.isnan(book.value[row, Value.LEVERAGE]) and held == 0.0:
        book.value[row, Value.LEVERAGE] = terms.market_value[market, MarketValue.LEVERAGE]
        if book.pool[pool, Pool.MODE] == PoolMode.ISOLATED:
            # No trade tells the leverage, and the margin of a pocket is what it makes of it: a guess until it is read.
            book.person[person, Person.UNSURE_MS] = max(book.person[person, Person.UNSURE_MS], time_ms)
    book.value[row, Value.SIZE] = after
    if book.pool[pool, Pool.MODE] == PoolMode.ISOLATED:
        _settle_isolated(book, terms, pool, row, market, held, size, after, price, forced)
    note_change(book, pool)
    if after == 0.0:
        remove_position(book, row)
        if book.pool[pool, Pool.POSITIONS] == 0:
            if book.pool[pool, Pool.MODE] == PoolMode.ISOLATED:
                remove_pool(book, pool)
            elif forced == LiquidationMethod.BACKSTOP:
                book.cash[pool] = 0.0


@merged
def doubt_opening(book: Book, terms: Terms, person: int, market: int) -> None:
    """Before a print: who holds nothing in a coin by a state older than its last gap may have opened it in the gap."""
    missed_ms = terms.market[market, Market.MISSED_MS]
    if missed_ms <= book.state_ms[person, terms.market[market, Market.DEX]]:
        return
    if find_position(book, person, market) == NO_ROW:
        book.person[person, Person.UNSURE_MS] = max(book.person[person, Person.UNSURE_MS], missed_ms)
        book.person[person, Person.MOVED_MS] = max(book.person[person, Person.MOVED_MS], missed_ms)


@merged
def on_grid(size: float, scale: float) -> float:
    """The size the venue holds: the nearest multiple of the coin's smallest size, where only float noise parts them."""
    lots = np.rint(size * scale)
    return lots / scale if abs(size * scale - lots) <= GRID_SLACK * max(1.0, abs(lots) * 1e-6) else size


@merged
def _pool_for(book: Book, terms: Terms, person: int, market: int, row: int) -> int:
    """Pool of the position, or for one to be opened: the shared pool, a new one where the market is isolated only."""
    if row != NO_ROW:
        return book.position[row, Position.POOL]
    dex = terms.market[market, Market.DEX]
    if terms.market[market, Market.IS_ISOLATED_ONLY] != 0:
        return add_pool(book, person, dex, PoolMode.ISOLATED, 0.0, Quality.TRACKED)
    pool = shared_pool(book, person, dex)
    if pool == NO_ROW:
        pool = add_pool(book, person, dex, PoolMode.CROSS, np.nan, Quality.UNKNOWN)
    return pool


@merged
def _settle_isolated(
    book: Book,
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
        moved = -max(0.0, book.cash[pool])
    elif closed > 0.0 and held * after > 0.0:
        moved = -max(0.0, book.cash[pool] + after * price) * closed / abs(held)
    else:
        if closed > 0.0:  # a flip: what the old position left goes home first
            moved = -max(0.0, book.cash[pool] + after * price)
        leverage = book.value[row, Value.LEVERAGE]
        if np.isnan(leverage):
            leverage = terms.market_value[market, MarketValue.LEVERAGE]
        moved += opened * price / leverage
    book.cash[pool] += moved
    home = shared_pool(book, book.pool[pool, Pool.PERSON], book.pool[pool, Pool.DEX])
    if home != NO_ROW:
        book.cash[home] -= moved
        note_change(book, home)


@merged
def _pay_late(book: Book, row: int, pool: int, size: float) -> None:
    """A trade from before the hour that comes after it was paid: what it held pays, too."""
    due_ms = book.counter[Count.DUE_MS]
    hour = due_ms // HOUR_MS
    is_this_hour = book.position[row, Position.FUNDED_HOUR] == hour
    if is_this_hour and np.isnan(book.value[row, Value.FUNDED]):
        return
    person = book.position[row, Position.PERSON]
    due = book.due[book.position[row, Position.MARKET]]
    if np.isnan(due):
        book.person[person, Person.UNSURE_MS] = max(book.person[person, Person.UNSURE_MS], due_ms)
        return
    amount = -size * due
    book.cash[pool] += amount
    book.value[row, Value.FUNDED] = amount + (book.value[row, Value.FUNDED] if is_this_hour else 0.0)
    book.position[row, Position.FUNDED_HOUR] = hour
