"""The book that stood at a moment: the newest stored one that is not after it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import numpy as np

from liqscape.errors import CorruptSegment
from liqscape.store.books.schema import BID, DTYPES, FOLDER, BookRows, day_path, days_stored
from liqscape.store.books.writer import from_file, read_day_file
from liqscape.units import DAY_MS, Float64Array, Int32Array

FileState = tuple[int, int, int] | None
"""Inode, bytes and time of change: another file, or the same one changed, differs. None: not there."""

MAX_KEPT = 8
"""Days held in memory: questions cluster around a moment."""
MAX_MS = 253_402_300_799_000
"""The last day that a name can say, 9999-12-31."""


@dataclass(frozen=True, kw_only=True)
class StoredBook:
    """One book. bids, asks (n, 2): price USD, size coins, best first. orders: of bids and of asks, (n,) each."""

    coin: str
    time_ms: int
    bids: Float64Array
    asks: Float64Array
    orders: tuple[Int32Array, Int32Array]


@dataclass(frozen=True)
class BookDay:
    """Books of a UTC day: the last one of each span of `every_ms`."""

    every_ms: int
    rows: BookRows


NO_BOOKS = BookDay(0, BookRows.of([]))


class BookReader:
    """Books below a data folder. Nothing there is no error: then no book is known. Usable from any thread.

    Raises CorruptSegment or SchemaMismatch for a file that cannot be used.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        self._days: dict[Path, tuple[FileState, BookDay]] = {}

    @property
    def is_empty(self) -> bool:
        """True while no coin has a stored book."""
        return not (self._folder / FOLDER).is_dir()

    def state(self) -> tuple[tuple[str, int], ...]:
        """Differs once a book of any coin is stored or replaced: folder and time of change of every coin."""
        try:
            with os.scandir(self._folder / FOLDER) as entries:
                return tuple(sorted((entry.name, entry.stat().st_mtime_ns) for entry in entries))
        except FileNotFoundError:
            return ()

    def find(self, coin: str, at_ms: int, max_age_ms: int) -> StoredBook | None:
        """The newest book at or before a time that is no older than that; None without one."""
        for time_ms in (at_ms, at_ms - DAY_MS):
            if time_ms // DAY_MS * DAY_MS + DAY_MS <= at_ms - max_age_ms:
                break
            rows = self._day(day_path(self._folder, coin, time_ms)).rows
            last = int(np.searchsorted(rows.time_ms, at_ms, side="right")) - 1
            if last < 0:
                continue
            found = int(rows.time_ms[last])
            return None if found < at_ms - max_age_ms else _book(coin, rows, found)
        return None

    def days(self, coin: str, start_ms: int, end_ms: int) -> Iterator[BookDay | CorruptSegment]:
        """UTC days with stored books between two times, in order; of one that is damaged what is wrong with it."""
        for path in days_stored(self._folder, coin, start_ms, end_ms):
            try:
                yield self._day(path)
            except CorruptSegment as error:
                yield error

    def state_of(self, coin: str) -> tuple[str, ...]:
        """Differs once another day of a coin is stored."""
        return tuple(path.name for path in days_stored(self._folder, coin, 0, MAX_MS))

    def _day(self, path: Path) -> BookDay:
        """Books of a day. Importing again replaces its file, so what is kept is kept by the file's state."""
        state = _state_of(path)
        with self._lock:
            held = self._days.get(path)
        if held is not None and held[0] == state:
            return held[1]
        day = read_day(path)
        with self._lock:
            if path not in self._days and len(self._days) >= MAX_KEPT:
                self._days.pop(next(iter(self._days)))
            self._days[path] = state, day
        return day


def _state_of(path: Path) -> FileState:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def read_rows(path: Path) -> BookRows:
    """All levels of a day's file, none where it is not there. Raises CorruptSegment, SchemaMismatch."""
    return read_day(path).rows


def read_day(path: Path) -> BookDay:
    """A day's file, no books where it is not there. Raises CorruptSegment, SchemaMismatch."""
    import polars

    day = read_day_file(path)
    if day is None:
        return NO_BOOKS
    if day_path(path.parents[2], day.coin, day.from_ms) != path:
        raise CorruptSegment(f"{path}: books of {day.coin} of another place or day", path=str(path))
    try:
        frame = from_file(polars.read_parquet(path))
        rows = BookRows(**{name: frame[name].to_numpy().astype(dtype) for name, dtype in DTYPES.items()})
        return BookDay(day.every_ms, rows)
    except (polars.exceptions.PolarsError, polars.exceptions.PanicException, OSError, ValueError) as error:
        reason = (str(error).splitlines() or [""])[0][:160]
        raise CorruptSegment(f"{path}: damaged file of books ({reason})", path=str(path)) from None


def _book(coin: str, rows: BookRows, time_ms: int) -> StoredBook:
    first, end = np.searchsorted(rows.time_ms, (time_ms, time_ms + 1))
    side, price, size, orders = (getattr(rows, name)[first:end] for name in ("side", "price", "size", "orders"))
    levels = np.stack((price, size), axis=1)
    is_bid = side == BID
    return StoredBook(
        coin=coin, time_ms=time_ms, bids=levels[is_bid], asks=levels[~is_bid], orders=(orders[is_bid], orders[~is_bid])
    )
