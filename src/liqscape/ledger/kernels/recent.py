"""The ring of recent sides: what was printed already, and what has to be put on top of a state that is older."""

from __future__ import annotations

from liqscape.ledger.book import Book
from liqscape.ledger.columns import Count, Person, Side, SideValue
from liqscape.risk.kernels.jit import compiled, merged


@merged
def _bucket_of(book: Book, time_ms: int, trade_id: int, market: int, person: int) -> int:
    spread = (time_ms ^ (trade_id * 0x9E3779B97F4A7C1)) + market * 0x632BE59BD9B4E01 + person * 0x58C7A4C3A5D31F3
    return (spread ^ (spread >> 31)) & (len(book.bucket) - 1)


@merged
def find_side(book: Book, time_ms: int, trade_id: int, market: int, person: int, is_buy: bool) -> int:
    """Number of a side that came before; 0 where it is new. Without a trade id it is always new."""
    if trade_id < 0:
        return 0
    number = book.bucket[_bucket_of(book, time_ms, trade_id, market, person)]
    while number >= book.counter[Count.SIDE_START]:
        row = number & (len(book.side) - 1)
        if (
            book.side[row, Side.TRADE_ID] == trade_id
            and book.side[row, Side.TIME_MS] == time_ms
            and book.side[row, Side.PERSON] == person
            and book.side[row, Side.MARKET] == market
            and (book.side_value[row, SideValue.SIZE] > 0.0) == is_buy
        ):
            return number
        number = book.side[row, Side.LINK]
    return 0


@merged
def has_forgotten(book: Book, person: int) -> bool:
    """Whether a side of this person has left the ring."""
    number = book.person[person, Person.LAST_SIDE]
    while number >= book.counter[Count.SIDE_START]:
        number = book.side[number & (len(book.side) - 1), Side.BEFORE]
    return number > 0


@merged
def add_side(
    book: Book,
    time_ms: int,
    trade_id: int,
    market: int,
    person: int,
    size: float,
    price: float,
    fee: float,
    is_told: int,
    forced: int,
) -> None:
    """Note a side; the oldest makes room."""
    number = book.counter[Count.SIDE_END]
    book.counter[Count.SIDE_END] = number + 1
    book.counter[Count.NEWEST_MS] = max(book.counter[Count.NEWEST_MS], time_ms)
    row = number & (len(book.side) - 1)
    if number - book.counter[Count.SIDE_START] >= len(book.side):
        if book.side[row, Side.MARKET] >= 0:
            book.forgotten[book.side[row, Side.MARKET]] = book.side[row, Side.STAMP_MS]
        book.counter[Count.FORGOTTEN_MS] = book.side[row, Side.STAMP_MS]
        book.counter[Count.SIDE_START] += 1
    bucket = _bucket_of(book, time_ms, trade_id, market, person)
    book.side[row, Side.TIME_MS] = time_ms
    book.side[row, Side.TRADE_ID] = trade_id
    book.side[row, Side.MARKET] = market
    book.side[row, Side.PERSON] = person
    book.side[row, Side.STAMP_MS] = book.counter[Count.NEWEST_MS]
    book.side[row, Side.BEFORE] = book.person[person, Person.LAST_SIDE]
    book.side[row, Side.LINK] = book.bucket[bucket]
    book.side[row, Side.IS_TOLD] = is_told
    book.side[row, Side.FORCED] = forced
    book.side_value[row, SideValue.SIZE] = size
    book.side_value[row, SideValue.PRICE] = price
    book.side_value[row, SideValue.FEE] = fee
    book.bucket[bucket] = number
    book.person[person, Person.LAST_SIDE] = number


@compiled
def free_sides(book: Book, keep_ms: int) -> int:
    """Room in the ring once what is older than `keep_ms` has been let go.

    Of each coin the stamp of the last one to go is noted: stamps never fall, and no side is newer than its own.
    """
    start, end = book.counter[Count.SIDE_START], book.counter[Count.SIDE_END]
    oldest_ms = book.counter[Count.NEWEST_MS] - keep_ms
    forgotten_ms = book.counter[Count.FORGOTTEN_MS]
    while start < end:
        row = start & (len(book.side) - 1)
        stamp_ms, market = book.side[row, Side.STAMP_MS], book.side[row, Side.MARKET]
        if stamp_ms >= oldest_ms:
            break
        if market >= 0:  # cash that moved has no coin
            book.forgotten[market] = stamp_ms
        forgotten_ms = stamp_ms
        start += 1
    book.counter[Count.SIDE_START], book.counter[Count.FORGOTTEN_MS] = start, forgotten_ms
    return len(book.side) - (end - start)


@compiled
def move_sides(book: Book, fresh: Book) -> None:
    """Put the sides of one ring into a larger one, under their numbers."""
    for number in range(book.counter[Count.SIDE_START], book.counter[Count.SIDE_END]):
        old, row = number & (len(book.side) - 1), number & (len(fresh.side) - 1)
        for column in range(Side.WIDTH):
            fresh.side[row, column] = book.side[old, column]
        for column in range(SideValue.WIDTH):
            fresh.side_value[row, column] = book.side_value[old, column]
        bucket = _bucket_of(
            fresh,
            fresh.side[row, Side.TIME_MS],
            fresh.side[row, Side.TRADE_ID],
            fresh.side[row, Side.MARKET],
            fresh.side[row, Side.PERSON],
        )
        fresh.side[row, Side.LINK] = fresh.bucket[bucket]
        fresh.bucket[bucket] = number
