"""Candles of another venue from a Parquet file: timestamp (UTC), venue, coin, o, h, l, c.

One file may hold many venues; Binance is read, for it traded most of the coins at hand (hourly, 2025-03 to 2026-03).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars

from liqscape.errors import InputError
from liqscape.sources.recording.parquet import NAME_RULE, SMALLEST, CheckedTable, is_name
from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS, Float64Array

COLUMNS = ("timestamp", "venue", "coin", "o", "h", "l", "c")
VENUE = "binance"
DEFAULT_FILE = Path("multivenue") / "candles.parquet"


class CandleFile:
    """Candles of one venue, by coin. Raises InputError naming file, row, field, value and rule."""

    def __init__(self, path: Path, venue: str = VENUE) -> None:
        table = CheckedTable(path, COLUMNS)
        kind = table.frame.schema["timestamp"]
        if not isinstance(kind, polars.Datetime):
            raise InputError(f"{path}: column 'timestamp' holds {kind}, must hold times")
        table.check("timestamp", polars.col("timestamp").is_not_null(), "must not be null")
        table.need_text("venue", is_name, NAME_RULE)
        table.need_text("coin", is_name, NAME_RULE)
        for field in ("o", "h", "l", "c"):
            table.need_number(field, least=SMALLEST)
        low, high = polars.min_horizontal("o", "c"), polars.max_horizontal("o", "c")
        table.check("h", polars.col("h") >= high * (1 - 1e-12), "must not be below open or close")
        table.check("l", polars.col("l") <= low * (1 + 1e-12), "must not be above open or close")
        table.need_unique(("timestamp", "venue", "coin"))
        frame = table.frame.filter(polars.col("venue") == venue).sort("coin", "timestamp")
        if not frame.height:
            known = ", ".join(sorted(table.frame["venue"].unique())[:8])
            raise InputError(f"{path}: no candle of venue {venue!r}; there are: {known}")
        # Milliseconds by arithmetic: casting to Datetime("ms") would keep the zone and be the same.
        time_ms = frame["timestamp"].dt.timestamp("ms").to_numpy()
        values = np.column_stack(
            [time_ms.astype(np.float64), *(frame[name].to_numpy() for name in ("o", "h", "l", "c"))]
        )
        coins = frame["coin"].to_numpy()
        names, starts = np.unique(coins, return_index=True)
        ends = [*starts[1:].tolist(), len(coins)]
        self._columns: dict[str, Float64Array] = {
            str(name): values[start:end] for name, start, end in zip(names, starts.tolist(), ends, strict=True)
        }
        self._interval_ms = _interval(self._columns)
        self._name = f"{venue.capitalize()}, {_in_words(self._interval_ms)}"

    @property
    def name(self) -> str:
        """Venue and interval in words: "Binance, 1 hour"."""
        return self._name

    @property
    def interval_ms(self) -> int:
        """Length of one candle: the commonest step between two of one coin."""
        return self._interval_ms

    @property
    def coins(self) -> tuple[str, ...]:
        """Coins there are candles of, sorted."""
        return tuple(self._columns)

    def read(self, coin: str, start_ms: int, end_ms: int) -> Float64Array:
        """(N, 5) time_ms, open, high, low, close of candles that start in [start_ms, end_ms), rising; none: (0, 5)."""
        rows = self._columns.get(coin)
        if rows is None:
            return np.empty((0, 5))
        first, last = np.searchsorted(rows[:, 0], [start_ms, end_ms], side="left")
        found: Float64Array = rows[first:last].copy()
        return found


def open_candles(candles: Path | None, recording: Path | None) -> CandleFile | None:
    """The named file, else ../multivenue/candles.parquet beside the recording if it is there, else None.

    Raises InputError if a named file is missing, or any file is not readable.
    """
    if candles is not None:
        return CandleFile(candles)
    if recording is None:
        return None
    path = recording.resolve().parent / DEFAULT_FILE
    return CandleFile(path) if path.is_file() else None


def _interval(columns: dict[str, Float64Array]) -> int:
    steps = np.concatenate([np.diff(rows[:, 0]) for rows in columns.values()])
    if not len(steps):
        return HOUR_MS
    lengths, counts = np.unique(steps, return_counts=True)
    return int(lengths[np.argmax(counts)])


def _in_words(interval_ms: int) -> str:
    for length, unit in ((DAY_MS, "day"), (HOUR_MS, "hour"), (MINUTE_MS, "minute")):
        count, rest = divmod(interval_ms, length)
        if count and not rest:
            return f"{count} {unit}" + ("" if count == 1 else "s")
    return f"{interval_ms / 1000:g} seconds"
