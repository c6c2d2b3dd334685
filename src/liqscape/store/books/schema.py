"""What a day of books is on disk: `books/<coin>/<day>.parquet`, a row a level, in order of time, then bids, then asks,
each best first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import msgspec
import numpy as np

from liqscape.units import AnyArray, Float64Array, Int8Array, Int32Array, Int64Array

SCHEMA_VERSION = 2
FORMER = "1"
"""Version in which times were milliseconds and sides numbers."""
VERSION_KEY, DAY_KEY = "liqscape.schema_version", "liqscape.books"
FOLDER = "books"
BID, ASK = 1, -1
"""`side`: bids are of those who buy."""

SIDES = {BID: "bid", ASK: "ask"}
"""As words in a file."""

DTYPES: dict[str, type] = {
    "time_ms": np.int64,
    "side": np.int8,
    "price": np.float64,
    "size": np.float64,
    "orders": np.int32,
}


@dataclass(frozen=True, kw_only=True)
class BookRows:
    """R levels of books of one coin.

    time_ms (R,) venue time of the book. side (R,) BID or ASK. price (R,) USD. size (R,) coins, > 0. orders (R,).
    """

    time_ms: Int64Array
    side: Int8Array
    price: Float64Array
    size: Float64Array
    orders: Int32Array

    @classmethod
    def of(cls, rows: list[tuple[int, int, float, float, int]]) -> BookRows:
        """From (time, side, price, size, orders)."""
        columns: dict[str, AnyArray] = {
            name: np.array([row[place] for row in rows], dtype) for place, (name, dtype) in enumerate(DTYPES.items())
        }
        return cls(**columns)

    @property
    def book_count(self) -> int:
        """Books in it."""
        return len(np.unique(self.time_ms))


class DayFile(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says of itself.

    coin      as the exchange spells it.
    every_ms  the last book of each such span is kept.
    from_ms, until_ms  the times that were read, [from, until), within the day.
    is_whole  nothing of that was missing or damaged in the archive.
    books     how many are in it.
    """

    coin: str
    every_ms: int
    from_ms: int
    until_ms: int
    is_whole: bool
    books: int


def day_path(folder: Path, coin: str, time_ms: int) -> Path:
    """File of the UTC day a time is of, below a data folder; characters a name cannot carry are percent-encoded."""
    return _coin_folder(folder, coin) / f"{_day(time_ms)}.parquet"


def days_stored(folder: Path, coin: str, start_ms: int, end_ms: int) -> list[Path]:
    """Files of a coin of the days from that of one time to that of another, in order."""
    first, last = _day(start_ms), _day(end_ms)
    return sorted(path for path in _coin_folder(folder, coin).glob("*.parquet") if first <= path.stem <= last)


def _coin_folder(folder: Path, coin: str) -> Path:
    return folder / FOLDER / quote(coin, safe="")


def _day(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms // 1000, UTC).strftime("%Y-%m-%d")
