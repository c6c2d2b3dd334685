"""Archived order books, sampled: of every span of time the last book, and of a day all of them.

A file holds an hour of one coin: `market_data/20251027/9/l2Book/BTC.lz4`, the hour without a leading zero. That is a
book a second or so, far more than a map of minutes asks for; only the lines that are kept are parsed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from liqscape.errors import FeedError, InputError, RemoteWireError
from liqscape.sources.archive.hours import ArchiveDamage
from liqscape.sources.archive.lines import split_lines, unpack_chunks
from liqscape.sources.archive.object_store import ObjectStore
from liqscape.units import HOUR_MS
from liqscape.wire.answer import parse_answer
from liqscape.wire.archive.l2_book import ArchivedBook
from liqscape.wire.archive.paths import l2_book_path
from liqscape.wire.book_depth import check_book
from liqscape.wire.info.l2_book import BookLevel, L2Book

BOOK_TIME = re.compile(rb'"time":\s*([0-9]{1,15})[,}\s]')
"""The envelope's time is text; the first number is the book's."""
BID, ASK = 1, -1

Level = tuple[int, int, float, float, int]
"""time ms, side (BID or ASK), price USD, size coins, orders."""


@dataclass(frozen=True)
class SampledBooks:
    """rows: by time, then bids, then asks, best first. malformed: lines that were kept and are no book."""

    rows: list[Level]
    malformed: int
    is_whole: bool


def read_books(
    store: ObjectStore, coin: str, from_ms: int, to_ms: int, every_ms: int, on_damage: Callable[[ArchiveDamage], None]
) -> SampledBooks:
    """Books of the times in [from, to): of each span ((k - 1) * every_ms, k * every_ms] the last one.

    At the end of a span the newest book is so never older than the span.

    Hours that are missing or damaged are told and passed over.
    """
    kept: dict[int, tuple[int, bytes, str]] = {}
    is_whole = True
    for hour in range(from_ms // HOUR_MS * HOUR_MS, to_ms, HOUR_MS):
        path = l2_book_path(coin, hour)
        reached = max(hour, from_ms)
        if not store.size(path):
            on_damage(ArchiveDamage(path, "is not there: no book of this hour", reached, hour + HOUR_MS))
            is_whole = False
            continue
        try:
            for number, line in enumerate(split_lines(unpack_chunks(store.read(path), path), path), start=1):
                found = BOOK_TIME.search(line)
                time_ms = hour if found is None else int(found[1])
                reached = min(max(reached, time_ms), hour + HOUR_MS)
                span = -(-time_ms // every_ms)
                if from_ms <= time_ms < to_ms and (span not in kept or kept[span][0] <= time_ms):
                    kept[span] = (time_ms, line, f"{path}:{number}")
        except (RemoteWireError, FeedError, InputError) as error:
            on_damage(ArchiveDamage(path, str(error).removeprefix(f"{path}: "), reached, hour + HOUR_MS))
            is_whole = False
    rows: list[Level] = []
    malformed = 0
    for span in sorted(kept):
        time_ms, line, source = kept[span]
        try:
            book = parse_answer(line, ArchivedBook, source).raw.data
            if book.time != time_ms:
                raise RemoteWireError(f"{source}: two times, {time_ms} and {book.time}", source=source)
            rows += levels_of(book, coin, source)
        except RemoteWireError:
            malformed += 1
    return SampledBooks(rows, malformed, is_whole)


def levels_of(book: L2Book, coin: str, source: str) -> list[Level]:
    """Rows of one book. Raises RemoteWireError for a book of another coin, crossed, out of order, or with a price or
    size that is not above 0."""
    check_book(book, coin, source)
    bids, asks = book.levels
    return [*_rows(book.time, BID, bids), *_rows(book.time, ASK, asks)]


def _rows(time_ms: int, side: int, levels: tuple[BookLevel, ...]) -> list[Level]:
    return [(time_ms, side, level.px, level.sz, level.n) for level in levels]
