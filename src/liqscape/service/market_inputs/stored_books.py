"""Stored order books for a simulation: of every market the newest one that is not after the moment."""

from __future__ import annotations

from pathlib import Path

from liqscape.cascade import BookSource, RealBook
from liqscape.errors import CorruptSegment
from liqscape.model.markets import MarketSnapshot
from liqscape.store.books import BookReader
from liqscape.units import MINUTE_MS

MAX_AGE_MS = 10 * MINUTE_MS
"""An older book says less of the depth than the day's volume does; ten sampling spans of an import."""


def stored_books(reader: BookReader, snapshot: MarketSnapshot) -> tuple[tuple[BookSource, ...], tuple[str, ...]]:
    """(M,) books, None where none is stored, its file is damaged, or one side of it is empty; and what a reader must
    know of them.

    Raises SchemaMismatch for books of another version.
    """
    books: list[BookSource] = []
    ages_ms: dict[str, int] = {}
    damaged: list[str] = []
    for coin in snapshot.markets.coins:
        try:
            found = reader.find(coin, snapshot.time_ms, MAX_AGE_MS)
        except CorruptSegment as error:
            file = Path(str(error.context.get("path", ""))).name
            damaged.append(
                f"the stored order books of {coin} in {file} are damaged; import that day again or remove the file"
            )
            found = None
        if found is None or not len(found.bids) or not len(found.asks):
            books.append(None)
            continue
        books.append(RealBook(found.bids, found.asks))
        ages_ms[coin] = snapshot.time_ms - found.time_ms
    return tuple(books), (*_notes(ages_ms), *damaged)


def _notes(ages_ms: dict[str, int]) -> tuple[str, ...]:
    if not ages_ms:
        return (f"order books are stored, none within {MAX_AGE_MS // MINUTE_MS} minutes before this moment",)
    oldest = max(ages_ms, key=lambda coin: ages_ms[coin])
    return (
        f"stored order books of {len(ages_ms)} coins, read from an archive; the oldest, of {oldest}, is "
        f"{ages_ms[oldest] / 1_000:g} s older than the marks",
    )
