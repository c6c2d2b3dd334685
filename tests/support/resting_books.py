"""Made-up order books as a folder holds them: depth in the notes of minutes, and days of archived books."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
from resting_twin import Book

from liqscape.model.minute_notes import MinuteNotes
from liqscape.store.books import BookRows, DayFile, write_day
from liqscape.store.books.schema import ASK, BID
from liqscape.units import DAY_MS, MINUTE_MS

EVERY_MS = 5 * MINUTE_MS


def depth(mid: float, bids: tuple[float, ...], asks: tuple[float, ...]) -> MinuteNotes:
    """Notes of BTC alone."""
    names = [f"{side}_usd_{share}pct" for side in ("bid", "ask") for share in ("0_5", "1", "2")]
    coins = {name: np.array([usd]) for name, usd in zip(names, (*bids, *asks), strict=True)}
    coins |= {"market_index": np.array([0], np.int32), "mid_last": np.array([mid])}
    return MinuteNotes(coins=coins | {"since_ms": np.array([0]), "known_at_ms": np.array([0])})


def made_up_books(first_ms: int, count: int, price: float = 70_000.0) -> dict[int, Book]:
    """Books about five minutes apart, with gaps, of 20 levels a side or fewer."""
    chance = random.Random(3)
    books: dict[int, Book] = {}
    for number in range(count):
        if number % 7 == 5:
            continue
        mid = price * (1.0 + 0.0006 * number)
        sides = [
            [
                (mid * (1.0 + way * 5e-5 * (1 + 11 * step)), chance.uniform(0.01, 4.0))
                for step in range(chance.randint(3, 20))
            ]
            for way in (-1, 1)
        ]
        books[first_ms + number * EVERY_MS + chance.randrange(EVERY_MS)] = (sides[0], sides[1])
    return books


def write_books(folder: Path, books: dict[int, Book], coin: str = "BTC") -> None:
    for day_ms in sorted({time_ms // DAY_MS * DAY_MS for time_ms in books}):
        rows = [
            (time_ms, side, price, size, 1)
            for time_ms in sorted(books)
            if day_ms <= time_ms < day_ms + DAY_MS
            for side, levels in zip((BID, ASK), books[time_ms], strict=True)
            for price, size in levels
        ]
        day = DayFile(
            coin=coin,
            every_ms=EVERY_MS,
            from_ms=day_ms,
            until_ms=day_ms + DAY_MS,
            is_whole=True,
            books=len({row[0] for row in rows}),
        )
        write_day(folder, day, BookRows.of(rows))
