"""States of accounts replace what was held, and what was printed since goes on top (docs/tracking.md, "States")."""

from __future__ import annotations

import numpy as np

from liqscape.ledger.book import Book, Terms
from liqscape.ledger.columns import (
    NEVER_MS,
    NO_ROW,
    Compared,
    ComparedValue,
    Count,
    Market,
    Person,
    Pool,
    Position,
    Side,
    SideValue,
    Value,
)
from liqscape.ledger.kernels.cash import move_cash
from liqscape.ledger.kernels.funding import pay_pool
from liqscape.ledger.kernels.holdings import add_pool, add_position, remove_pool
from liqscape.ledger.kernels.keys import bit_of, find_position
from liqscape.ledger.kernels.taking import doubt_opening, take_side
from liqscape.risk.kernels.jit import compiled, inlined, merged
from liqscape.units import HOUR_MS, BoolArray, Float64Array, Int32Array, Int64Array, UInt8Array


@compiled
def count_touched(book: Book, persons: Int64Array, time_ms: Int64Array) -> tuple[int, int]:
    """(positions the persons hold now, sides newer than their states): what has to be made room for."""
    held, newer = 0, 0
    for row in range(len(persons)):
        pool = book.person[persons[row], Person.FIRST_POOL]
        while pool != NO_ROW:
            held += book.pool[pool, Pool.POSITIONS]
            pool = book.pool[pool, Pool.NEXT]
        number = book.person[persons[row], Person.LAST_SIDE]
        while number >= book.counter[Count.SIDE_START]:
            side = number & (len(book.side) - 1)
            if book.side[side, Side.STAMP_MS] <= time_ms[row]:
                break
            newer += 1
            number = book.side[side, Side.BEFORE]
    return held, newer


@compiled
def forget_unnamed(book: Book, persons: Int64Array, latest_ms: int) -> None:
    """Who is not named and has no state newer than `latest_ms` is not known any more; all rows begin anew."""
    for person in range(book.counter[Count.PERSONS]):
        book.person[person, Person.IS_NAMED] = 0
        book.person[person, Person.KNOWN_ROW] = NO_ROW
    for person in persons:
        book.person[person, Person.IS_NAMED] = 1
    for person in range(book.counter[Count.PERSONS]):
        state_ms = book.person[person, Person.STATE_MS]
        if book.person[person, Person.IS_NAMED] == 0 and NEVER_MS < state_ms <= latest_ms:
            while book.person[person, Person.FIRST_POOL] != NO_ROW:
                remove_pool(book, book.person[person, Person.FIRST_POOL])
            book.state_ms[person, :] = NEVER_MS
            book.person[person, Person.UNREAD_DEXS] = 0
            book.person[person, Person.STATE_MS] = NEVER_MS


@compiled
def observe(
    book: Book,
    terms: Terms,
    persons: Int64Array,
    time_ms: Int64Array,
    is_covered: BoolArray,
    home_dex: int,
    is_newest_kept: bool,
    pool_start: Int64Array,
    pool_order: Int64Array,
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
    is_taken: BoolArray,
    age_ms: Int64Array,
    is_unsure: BoolArray,
    compared_start: Int64Array,
    compared: Int64Array,
    compared_value: Float64Array,
) -> None:
    """States of K persons; pools of person k are `pool_order[pool_start[k]:pool_start[k + 1]]`.

    is_covered (D,): dexs the states are of. is_newest_kept: a state older than the one held is left alone.
    Fills is_taken (K,), and what was held before: age_ms, is_unsure (K,) and the comparison tables, those of person k
    from row compared_start[k] to compared_start[k + 1]. They have no row where nothing is to be compared.
    """
    compared_start[0] = 0
    for index in range(len(persons)):
        person, at_ms = persons[index], time_ms[index]
        newest_ms = NEVER_MS
        for dex in range(len(is_covered)):
            if is_covered[dex]:
                newest_ms = max(newest_ms, book.state_ms[person, dex])
        is_taken[index] = not is_newest_kept or at_ms >= newest_ms
        compared_start[index + 1] = compared_start[index]
        if not is_taken[index]:
            continue
        age_ms[index] = at_ms - newest_ms if newest_ms != NEVER_MS else NEVER_MS
        is_unsure[index] = book.person[person, Person.UNSURE_MS] > newest_ms
        if len(compared) > 0 and newest_ms != NEVER_MS:
            compared_start[index + 1] = _note_tracked(
                book, terms, person, compared_start[index], is_covered, compared, compared_value
            )
        _remove_covered(book, terms, person, is_covered)
        for dex in range(len(is_covered)):
            if is_covered[dex]:
                book.state_ms[person, dex] = at_ms
                book.person[person, Person.UNREAD_DEXS] &= ~bit_of(dex)
        newest_ms = NEVER_MS
        for dex in range(book.state_ms.shape[1]):
            newest_ms = max(newest_ms, book.state_ms[person, dex])
        book.person[person, Person.STATE_MS] = newest_ms
        book.person[person, Person.SETTLED_USD] = 0
        for number in range(pool_start[index], pool_start[index + 1]):
            given = pool_order[number]
            start, stop = offsets[given], offsets[given + 1]
            dex = home_dex if start == stop else terms.market[market_index[start], Market.DEX]
            pool = add_pool(book, person, dex, mode[given], raw_usd[given], quality[given])
            book.pool[pool, Pool.IS_EXEMPT] = is_exempt[given]
            book.person[person, Person.IS_EXEMPT] = is_exempt[given]
            book.pool[pool, Pool.OBSERVED_MS] = observed_ms[given]
            book.pool[pool, Pool.IS_SHOWN] = start == stop
            for position in range(start, stop):
                row = add_position(book, pool, market_index[position], size[position])
                book.position[row, Position.TABLE] = table_row[position]
                book.position[row, Position.PUBLISHED] = published[position]
                book.position[row, Position.FUNDED_HOUR] = (at_ms - 1) // HOUR_MS
                book.value[row, Value.ENTRY] = entry_price[position]
                book.value[row, Value.LEVERAGE] = leverage[position]
                book.value[row, Value.OBSERVED_MARK] = observed_mark[position]
                book.value[row, Value.PUBLISHED_PRICE] = published_price[position]
                book.value[row, Value.FUNDED] = np.nan
            if at_ms <= book.counter[Count.DUE_MS]:
                pay_pool(book, terms, pool)


@compiled
def replay(
    book: Book, terms: Terms, persons: Int64Array, time_ms: Int64Array, is_taken: BoolArray, is_covered: BoolArray
) -> None:
    """Put what was printed, and what cash moved, after the states of K persons on top of them."""
    for index in range(len(persons)):
        if is_taken[index]:
            _replay(book, terms, persons[index], time_ms[index], is_covered)


@compiled
def compare(
    book: Book,
    terms: Terms,
    persons: Int64Array,
    is_covered: BoolArray,
    age_ms: Int64Array,
    is_unsure: BoolArray,
    compared_start: Int64Array,
    compared: Int64Array,
    compared_value: Float64Array,
) -> int:
    """Put what is held now beside what was held; positions nobody knew of are new rows. Returns how many rows."""
    last = compared_start[len(persons)]
    for index in range(len(persons)):
        if age_ms[index] != NEVER_MS:
            last = _note_true(
                book, terms, persons[index], age_ms[index], is_unsure[index], compared_start[index],
                compared_start[index + 1], last, is_covered, compared, compared_value,
            )  # fmt: skip
    for index in range(len(persons)):
        for row in range(compared_start[index], compared_start[index + 1]):
            compared[row, Compared.AGE_MS] = age_ms[index]
            compared[row, Compared.IS_UNSURE] = is_unsure[index]
    return last


@merged
def _is_pool_covered(book: Book, terms: Terms, pool: int, is_covered: BoolArray) -> bool:
    """A pool belongs to the dexs of its markets, an empty one to the dex it was made for."""
    row = book.pool[pool, Pool.FIRST]
    if row == NO_ROW:
        return is_covered[book.pool[pool, Pool.DEX]]
    while row != NO_ROW:
        if is_covered[terms.market[book.position[row, Position.MARKET], Market.DEX]]:
            return True
        row = book.position[row, Position.NEXT]
    return False


@merged
def _remove_covered(book: Book, terms: Terms, person: int, is_covered: BoolArray) -> None:
    """What a pool over several dexs held in others than the covered ones goes with it: it is to be read there."""
    pool = book.person[person, Person.FIRST_POOL]
    while pool != NO_ROW:
        after = book.pool[pool, Pool.NEXT]
        if _is_pool_covered(book, terms, pool, is_covered):
            row = book.pool[pool, Pool.FIRST]
            while row != NO_ROW:
                dex = terms.market[book.position[row, Position.MARKET], Market.DEX]
                book.person[person, Person.UNREAD_DEXS] |= bit_of(dex)
                row = book.position[row, Position.NEXT]
            remove_pool(book, pool)
        pool = after


@inlined
def _replay(book: Book, terms: Terms, person: int, at_ms: int, is_covered: BoolArray) -> None:
    """Put sides newer than the state on top, in order of (time, trade id, market)."""
    count = 0
    number = book.person[person, Person.LAST_SIDE]
    while number >= book.counter[Count.SIDE_START]:
        row = number & (len(book.side) - 1)
        if book.side[row, Side.STAMP_MS] <= at_ms:
            break
        count += 1
        number = book.side[row, Side.BEFORE]
    if 0 < number < book.counter[Count.SIDE_START] and at_ms < book.counter[Count.FORGOTTEN_MS]:
        # Newer sides may have left the ring: the state is older than what we remember.
        newest_ms = book.counter[Count.NEWEST_MS]
        book.person[person, Person.UNSURE_MS] = max(book.person[person, Person.UNSURE_MS], newest_ms)
    if count == 0:
        return
    rows = np.empty(count, np.int64)
    number = book.person[person, Person.LAST_SIDE]
    for step in range(count):
        rows[count - 1 - step] = number & (len(book.side) - 1)
        number = book.side[rows[count - 1 - step], Side.BEFORE]
    for step in range(1, count):  # insertion: they came nearly in order
        row, place = rows[step], step
        while place > 0 and _is_before(book, row, rows[place - 1]):
            rows[place] = rows[place - 1]
            place -= 1
        rows[place] = row
    for row in rows:
        market = book.side[row, Side.MARKET]
        is_cash = market < 0
        dex = -1 - market if is_cash else terms.market[market, Market.DEX]
        if book.side[row, Side.TIME_MS] <= at_ms or not is_covered[dex]:
            continue
        book.counter[Count.REPLAYED] += 1
        if is_cash:
            amount, whole = book.side_value[row, SideValue.SIZE], book.side_value[row, SideValue.PRICE]
            move_cash(book, terms, person, dex, amount, whole, book.side[row, Side.TIME_MS])
            continue
        if book.side[row, Side.IS_TOLD] == 0:
            doubt_opening(book, terms, person, market)
        take_side(
            book,
            terms,
            person,
            market,
            book.side_value[row, SideValue.SIZE],
            book.side_value[row, SideValue.PRICE],
            book.side_value[row, SideValue.FEE],
            book.side[row, Side.TIME_MS],
            book.side[row, Side.FORCED],
        )


@merged
def _is_before(book: Book, row: int, other: int) -> bool:
    for column in (Side.TIME_MS, Side.TRADE_ID, Side.MARKET):
        if book.side[row, column] != book.side[other, column]:
            return book.side[row, column] < book.side[other, column]
    return False


@merged
def _note_tracked(
    book: Book,
    terms: Terms,
    person: int,
    number: int,
    is_covered: BoolArray,
    compared: Int64Array,
    compared_value: Float64Array,
) -> int:
    """What was held just before the state came, from row `number` on; returns the next row."""
    pool = book.person[person, Person.FIRST_POOL]
    while pool != NO_ROW:
        if _is_pool_covered(book, terms, pool, is_covered):
            row = book.pool[pool, Pool.FIRST]
            while row != NO_ROW:
                compared[number, Compared.PERSON] = person
                compared[number, Compared.MARKET] = book.position[row, Position.MARKET]
                compared_value[number, ComparedValue.TRACKED_SIZE] = book.value[row, Value.SIZE]
                compared_value[number, ComparedValue.TRACKED_RAW_USD] = book.cash[pool]
                number += 1
                row = book.position[row, Position.NEXT]
        pool = book.pool[pool, Pool.NEXT]
    return number


@merged
def _note_true(
    book: Book,
    terms: Terms,
    person: int,
    age_ms: int,
    is_unsure: bool,
    first: int,
    stop: int,
    last: int,
    is_covered: BoolArray,
    compared: Int64Array,
    compared_value: Float64Array,
) -> int:
    """What is held with the state and what came after it; returns the next free row."""
    for number in range(first, stop):
        row = find_position(book, person, compared[number, Compared.MARKET])
        is_gone = row == NO_ROW
        compared_value[number, ComparedValue.TRUE_SIZE] = 0.0 if is_gone else book.value[row, Value.SIZE]
        compared_value[number, ComparedValue.TRUE_RAW_USD] = (
            np.nan if is_gone else book.cash[book.position[row, Position.POOL]]
        )
    pool = book.person[person, Person.FIRST_POOL]
    while pool != NO_ROW:
        if _is_pool_covered(book, terms, pool, is_covered):
            row = book.pool[pool, Pool.FIRST]
            while row != NO_ROW:
                market = book.position[row, Position.MARKET]
                number = first
                while number < stop and compared[number, Compared.MARKET] != market:
                    number += 1
                if number == stop:
                    compared[last, Compared.PERSON] = person
                    compared[last, Compared.MARKET] = market
                    compared[last, Compared.AGE_MS] = age_ms
                    compared[last, Compared.IS_UNSURE] = is_unsure
                    compared_value[last, ComparedValue.TRACKED_SIZE] = 0.0
                    compared_value[last, ComparedValue.TRUE_SIZE] = book.value[row, Value.SIZE]
                    compared_value[last, ComparedValue.TRACKED_RAW_USD] = np.nan
                    compared_value[last, ComparedValue.TRUE_RAW_USD] = book.cash[pool]
                    last += 1
                row = book.position[row, Position.NEXT]
        pool = book.pool[pool, Pool.NEXT]
    return last
