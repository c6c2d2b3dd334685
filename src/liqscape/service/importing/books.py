"""Archived order books into a data folder: a file a coin and UTC day, each written when its day is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from liqscape.errors import CorruptSegment, SettingsError
from liqscape.sources.archive.books import read_books
from liqscape.sources.archive.hours import ArchiveDamage
from liqscape.sources.archive.object_store import ObjectStore
from liqscape.store.books import BookRows, DayFile, read_day_file, write_day
from liqscape.store.books.schema import day_path
from liqscape.store.damage import DamagedFile, cause_of, set_aside
from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS
from liqscape.wire.archive.paths import l2_book_path

ALL_COINS = "all"
SHORTEST_MS, MAX_MS = 10_000, 60 * MINUTE_MS


@dataclass(frozen=True)
class BookWish:
    """Which books, and one of every so many ms."""

    coins: tuple[str, ...] = ()
    every_ms: int = MINUTE_MS

    def __post_init__(self) -> None:
        if not SHORTEST_MS <= self.every_ms <= MAX_MS or DAY_MS % self.every_ms:
            raise SettingsError(
                f"--books-every {self.every_ms / 1_000:g} s must be from 10 s to an hour and divide a day"
            )


NO_BOOKS = BookWish()


@dataclass
class BookFigures:
    """books, files: of the days asked for, those there already among them. malformed: lines that are no book."""

    books: int = 0
    files: int = 0
    malformed: int = 0


def book_paths(data: Path, wish: BookWish, coins: Iterable[str], from_ms: int, to_ms: int) -> list[str]:
    """Objects that `import_books` reads: hours of the days that were not read whole before."""
    paths = []
    for coin in coins:
        for day_ms in range(from_ms // DAY_MS * DAY_MS, to_ms, DAY_MS):
            first, last = max(from_ms, day_ms), min(to_ms, day_ms + DAY_MS)
            held = _held(day_path(data, coin, day_ms))
            if held is not None and held.every_ms == wish.every_ms:
                if _is_read(held, first, last):
                    continue
                first, last = min(first, held.from_ms), max(last, held.until_ms)
            paths += [l2_book_path(coin, hour) for hour in range(first // HOUR_MS * HOUR_MS, last, HOUR_MS)]
    return paths


def _is_read(held: DayFile, from_ms: int, to_ms: int) -> bool:
    return held.is_whole and held.from_ms <= from_ms and to_ms <= held.until_ms


def import_books(
    store: ObjectStore,
    data: Path,
    *,
    wish: BookWish,
    coins: tuple[str, ...],
    from_ms: int,
    to_ms: int,
    on_damage: Callable[[ArchiveDamage], None],
    progress: Callable[[int], None],
) -> BookFigures:
    """Store books of [from, to) of these coins. `progress` gets how many days of coins are done.

    A day that was read whole before, as often and as far, is left as it is; any other is read again, with the span it
    had. Raises what `on_damage` raises, StoreError where the disk refuses.
    """
    figures, done = BookFigures(), 0
    for day_ms in range(from_ms // DAY_MS * DAY_MS, to_ms, DAY_MS):
        first, last = max(from_ms, day_ms), min(to_ms, day_ms + DAY_MS)
        for coin in coins:
            held = _held(day_path(data, coin, day_ms))
            if held is not None and held.every_ms == wish.every_ms:
                if _is_read(held, first, last):
                    figures.books, figures.files = figures.books + held.books, figures.files + 1
                    done += 1
                    progress(done)
                    continue
                first, last = min(first, held.from_ms), max(last, held.until_ms)
            found = read_books(store, coin, first, last, wish.every_ms, on_damage)
            figures.malformed += found.malformed
            rows = BookRows.of(found.rows)
            if found.rows:
                day = DayFile(
                    coin=coin,
                    every_ms=wish.every_ms,
                    from_ms=first,
                    until_ms=last,
                    is_whole=found.is_whole,
                    books=rows.book_count,
                )
                write_day(data, day, rows)
                figures.books, figures.files = figures.books + day.books, figures.files + 1
            done += 1
            progress(done)
    return figures


def _held(path: Path) -> DayFile | None:
    """What is there already; a damaged file is set aside and counts as none: the day is written again."""
    try:
        return read_day_file(path)
    except CorruptSegment as error:
        data = path.parents[2]
        file = path.relative_to(data).as_posix()
        set_aside(
            data,
            DamagedFile(
                file=file, cause=cause_of(error, path), loss="the day is read again", remedy="it may be removed"
            ),
        )
        return None
