"""Cash that moves without a trade, into the pool it is of (docs/tracking.md, "Cash that moves")."""

from __future__ import annotations

import numpy as np

from liqscape.ledger.book import Book, Terms
from liqscape.ledger.columns import NEVER_MS, NO_ROW, Count, Market, Person, Pool, Position
from liqscape.ledger.kernels.holdings import note_change
from liqscape.ledger.kernels.recent import add_side
from liqscape.model.liquidations import LiquidationMethod
from liqscape.risk.kernels.jit import compiled, merged
from liqscape.units import Float64Array, Int64Array, PoolMode

NO_TRADE = -1
NOT_FORCED = int(LiquidationMethod.NONE)


@compiled
def move_told(
    book: Book,
    terms: Terms,
    user: Int64Array,
    dex: Int64Array,
    time_ms: Int64Array,
    amount: Float64Array,
    whole: Float64Array,
) -> None:
    """C movements as they come (CashMovements): remembered, and applied where the state is older."""
    for row in range(len(user)):
        person = user[row]
        add_side(book, time_ms[row], NO_TRADE, -1 - dex[row], person, amount[row], whole[row], 0.0, 1, NOT_FORCED)
        state_ms = book.state_ms[person, dex[row]]
        if state_ms >= time_ms[row]:
            continue  # it is in the state already
        book.person[person, Person.MOVED_MS] = max(book.person[person, Person.MOVED_MS], time_ms[row])
        if state_ms == NEVER_MS:
            continue
        outcome = move_cash(book, terms, person, dex[row], amount[row], whole[row], time_ms[row])
        book.counter[Count.CASH_MOVED] += outcome > 0
        book.counter[Count.CASH_UNCLEAR] += outcome < 0


@merged
def move_cash(book: Book, terms: Terms, person: int, dex: int, amount: float, whole: float, time_ms: int) -> int:
    """Move the pool behind a person's cross positions on a dex; 1 moved, 0 nothing to move, -1 the person is unsure."""
    pool, is_certain = _pool_behind(book, terms, person, dex)
    if pool == NO_ROW:
        return 0
    moved, mode = amount, book.pool[pool, Pool.MODE]
    if mode == PoolMode.UNIFIED or mode == PoolMode.PORTFOLIO:
        moved = whole if is_certain or whole == 0.0 else np.nan
    elif mode != PoolMode.CROSS and amount != whole:
        moved = np.nan
    if np.isnan(moved):
        book.person[person, Person.UNSURE_MS] = max(book.person[person, Person.UNSURE_MS], time_ms)
        return -1
    if moved == 0.0:
        return 0
    book.cash[pool] += moved
    note_change(book, pool)
    return 1


@merged
def _pool_behind(book: Book, terms: Terms, person: int, dex: int) -> tuple[int, bool]:
    """(pool; NO_ROW where none is known, whether it is that one).

    A unified account has a pool for every collateral token: the one that holds positions on the dex is it, one that
    holds nothing may be; of another it is not known which token it is of.
    """
    found, is_certain = NO_ROW, False
    pool = book.person[person, Person.FIRST_POOL]
    while pool != NO_ROW and not is_certain:
        mode = book.pool[pool, Pool.MODE]
        if mode == PoolMode.UNIFIED:
            is_certain = book.pool[pool, Pool.POSITIONS] == 0 or _holds_on(book, terms, pool, dex)
            if is_certain or found == NO_ROW:
                found = pool
        elif mode == PoolMode.PORTFOLIO or (mode != PoolMode.ISOLATED and book.pool[pool, Pool.DEX] == dex):
            found, is_certain = pool, True
        pool = book.pool[pool, Pool.NEXT]
    return found, is_certain


@merged
def _holds_on(book: Book, terms: Terms, pool: int, dex: int) -> bool:
    row = book.pool[pool, Pool.FIRST]
    while row != NO_ROW:
        if terms.market[book.position[row, Position.MARKET], Market.DEX] == dex:
            return True
        row = book.position[row, Position.NEXT]
    return False
