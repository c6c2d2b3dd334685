"""A day of `asset_ctxs` as columns: every coin at every minute."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars

from liqscape.errors import RemoteWireError
from liqscape.sources.recording.digits import decimals
from liqscape.sources.recording.times import parse_time_ms
from liqscape.units import MINUTE_MS, Float64Array, Int64Array
from liqscape.wire.archive.asset_contexts import parse_asset_contexts
from liqscape.wire.decode import LARGEST_NUMBER

COLUMNS = ("mark_px", "oracle_px", "open_interest", "funding")
MOST_SIZE_DECIMALS = 6


@dataclass(frozen=True)
class DayContexts:
    """T minutes by C coins of one day; NaN where the cell is empty or the row absent.

    time_ms       (T,) rising, whole minutes.
    coins         in order of first row.
    mark, oracle  (T, C) USD. open_interest (T, C) coins. funding (T, C) rate an hour.
    size_decimals (C,) decimals most figures of open interest are printed with: those of a size.
    """

    time_ms: Int64Array
    coins: tuple[str, ...]
    mark: Float64Array
    oracle: Float64Array
    open_interest: Float64Array
    funding: Float64Array
    size_decimals: Int64Array

    def row_at(self, time_ms: int) -> int | None:
        """Row of a minute, None where there is none."""
        row = int(np.searchsorted(self.time_ms, time_ms))
        return row if row < len(self.time_ms) and self.time_ms[row] == time_ms else None


_NOTHING = np.empty((0, 0))
_NO_ROWS = np.empty(0, np.int64)
NO_CONTEXTS = DayContexts(_NO_ROWS, (), _NOTHING, _NOTHING, _NOTHING, _NOTHING, _NO_ROWS)
"""Of a day without a file."""


def read_contexts(content: bytes, source: str) -> DayContexts:
    """Columns of one unpacked file. Raises RemoteWireError naming line and column.

    A minute listed twice keeps its last row.
    """
    try:
        frame = polars.read_csv(io.BytesIO(content), infer_schema=False)
        frame = frame.select("time", "coin", *(polars.col(name).cast(polars.Float64, strict=True) for name in COLUMNS))
        worst = frame.select(polars.max_horizontal(polars.col(COLUMNS).abs().fill_nan(np.inf).max())).item()
        is_bad = frame["coin"].null_count() + frame["time"].null_count() > 0 or (worst or 0.0) > LARGEST_NUMBER
    except polars.exceptions.PolarsError:
        is_bad = True
    if is_bad:
        parse_asset_contexts(content, source)  # says exactly what is wrong
        raise RemoteWireError(f"{source}: not a table of contexts", source=source)
    times = {text: parse_time_ms(text) for text in frame["time"].unique()}
    unreadable = [text for text, found in times.items() if found is None]
    if unreadable:
        raise RemoteWireError(f"{source}: time: {unreadable[0]!r} is not an ISO 8601 time", source=source)
    minute = frame["time"].replace_strict(times, return_dtype=polars.Int64).to_numpy() // MINUTE_MS * MINUTE_MS
    time_ms, row = np.unique(minute, return_inverse=True)
    coins = tuple(frame["coin"].unique(maintain_order=True))
    place = {coin: index for index, coin in enumerate(coins)}
    column = frame["coin"].replace_strict(place, return_dtype=polars.Int64).to_numpy() if coins else row
    cells = {}
    for name in COLUMNS:
        cells[name] = np.full((len(time_ms), len(coins)), np.nan)
        cells[name][row, column] = frame[name].fill_null(np.nan).to_numpy()
    interest = cells["open_interest"]
    return DayContexts(
        time_ms,
        coins,
        cells["mark_px"],
        cells["oracle_px"],
        interest,
        cells["funding"],
        np.array([_size_decimals(interest[:, index]) for index in range(len(coins))], np.int64),
    )


def join_content(parts: Iterable[bytes]) -> tuple[bytes, RemoteWireError | None]:
    """What of a packed file could be read, in whole lines where it is damaged, and what was wrong with the rest."""
    held: list[bytes] = []
    try:
        for part in parts:
            held.append(part)  # noqa: PERF402 - what came before the damage is kept
    except RemoteWireError as error:
        content = b"".join(held)
        return content[: content.rfind(b"\n") + 1], error
    return b"".join(held), None


def _size_decimals(open_interest: Float64Array) -> int:
    """The median count of decimals: a few figures end in zeros, a few carry float noise."""
    counts = np.sort(decimals(open_interest[np.isfinite(open_interest)]))
    return min(int(counts[len(counts) // 2]), MOST_SIZE_DECIMALS) if len(counts) else 0
