"""A day of `asset_ctxs` as columns: every coin at every minute."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars

from liqscape.errors import RemoteWireError
from liqscape.sources.recording.digits import decimals
from liqscape.sources.recording.parquet import NAME_RULE, is_name
from liqscape.sources.recording.times import parse_time_ms
from liqscape.units import MINUTE_MS, Float64Array, Int64Array
from liqscape.wire.archive.asset_contexts import check_header, parse_cell
from liqscape.wire.decode import LARGEST_NUMBER, refuse

PRICES = ("mark_px", "oracle_px")
NEVER_NEGATIVE = (*PRICES, "open_interest")
COLUMNS = (*NEVER_NEGATIVE, "funding")
MID = "mid_px"
"""Stands beside the map: what cannot be read of it costs nothing else of its row."""
MAX_SIZE_DECIMALS = 6


@dataclass(frozen=True)
class UnreadRows:
    """Rows that could not be read: how many, what is wrong with the first.

    from_ms, to_ms: time of the row before the first and before the last of them; 0 where there is none.
    """

    count: int
    first: str
    from_ms: int
    to_ms: int


@dataclass(frozen=True, kw_only=True)
class DayContexts:
    """T minutes by C coins of one day; NaN where the cell is empty, a price of zero, or the row absent.

    time_ms       (T,) rising, whole minutes.
    coins         in order of first row.
    mark, oracle, mid  (T, C) USD. open_interest (T, C) coins. funding (T, C) rate an hour.
    size_decimals (C,) decimals most figures of open interest are printed with: those of a size.
    left_out      rows that could not be read; None without any.
    """

    time_ms: Int64Array
    coins: tuple[str, ...]
    mark: Float64Array
    oracle: Float64Array
    mid: Float64Array
    open_interest: Float64Array
    funding: Float64Array
    size_decimals: Int64Array
    left_out: UnreadRows | None = None

    def row_at(self, time_ms: int) -> int | None:
        """Row of a minute, None where there is none."""
        row = int(np.searchsorted(self.time_ms, time_ms))
        return row if row < len(self.time_ms) and self.time_ms[row] == time_ms else None


_NOTHING = np.empty((0, 0))
_NO_ROWS = np.empty(0, np.int64)
NO_CONTEXTS = DayContexts(
    time_ms=_NO_ROWS,
    coins=(),
    mark=_NOTHING,
    oracle=_NOTHING,
    mid=_NOTHING,
    open_interest=_NOTHING,
    funding=_NOTHING,
    size_decimals=_NO_ROWS,
)
"""Of a day without a file."""


_Row = tuple[int, str, float | None, float | None, float | None, float | None, float | None]
"""time_ms, coin, COLUMNS, MID."""


def read_contexts(content: bytes, source: str) -> DayContexts:
    """Columns of one unpacked file. Raises RemoteWireError where its header lacks a column.

    A row that cannot be read is left out and said in `left_out`: that coin at that minute is unknown, the others
    count. A minute listed twice keeps its last row.
    """
    found = _read_fast(content)
    return _columns_of(*((found, None) if found is not None else _read_by_row(content, source)))


def _read_fast(content: bytes) -> polars.DataFrame | None:
    """time_ms, coin and COLUMNS of a file without a bad row; None where it may have one."""
    if b'"' in content:
        return None  # the exchange quotes nothing, and a stray quote would swallow the rows after it
    try:
        frame = polars.read_csv(io.BytesIO(content), infer_schema=False)
        check_header(frame.columns, "")
        cells = (polars.col(name).cast(polars.Float64, strict=name != MID) for name in (*COLUMNS, MID))
        frame = frame.select("time", "coin", *cells)
    except (polars.exceptions.PolarsError, RemoteWireError):
        return None
    worst = frame.select(polars.max_horizontal(polars.col(COLUMNS).abs().fill_nan(np.inf).max())).item()
    least = frame.select(polars.min_horizontal(polars.col(NEVER_NEGATIVE).min())).item()
    names = frame["coin"].unique()
    if frame["time"].null_count() or names.null_count() or (worst or 0.0) > LARGEST_NUMBER or (least or 0.0) < 0.0:
        return None
    times = {text: parse_time_ms(text) for text in frame["time"].unique()}
    if None in times.values() or not all(map(is_name, names)):
        return None
    time_ms = frame["time"].replace_strict(times, return_dtype=polars.Int64)
    return frame.select(time_ms.alias("time_ms"), "coin", *COLUMNS, MID)


def _read_by_row(content: bytes, source: str) -> tuple[polars.DataFrame, UnreadRows | None]:
    """The same of the rows that can be read, and what was wrong with the others."""
    lines = content.decode(errors="replace").splitlines()
    header = lines[0].split(",") if lines else []
    check_header(header, source)
    rows: list[_Row] = []
    bad: list[tuple[int, str]] = []
    reached = 0
    for number, line in enumerate(lines[1:], start=2):
        if not line:
            continue
        try:
            row = _parse_row(line, header, f"{source}:{number}")
            reached = row[0]
            rows.append(row)
        except RemoteWireError as error:
            bad.append((reached, str(error)))
    schema = {"time_ms": polars.Int64(), "coin": polars.String(), **dict.fromkeys((*COLUMNS, MID), polars.Float64())}
    frame = polars.DataFrame(rows, schema, orient="row")
    if not bad:
        return frame, None
    return frame, UnreadRows(len(bad), bad[0][1], bad[0][0], bad[-1][0])


def _parse_row(line: str, header: list[str], source: str) -> _Row:
    values = next(csv.reader([line])) if '"' in line else line.split(",")
    if len(values) != len(header):
        raise refuse(source, "row", line, f"has {len(values)} cells, not {len(header)}")
    cells = dict(zip(header, values, strict=True))
    time_ms = parse_time_ms(cells["time"])
    if time_ms is None:
        raise refuse(source, "time", cells["time"], "is not an ISO 8601 time")
    if not is_name(cells["coin"]):
        raise refuse(source, "coin", cells["coin"], NAME_RULE)
    mark, oracle, interest, funding = (parse_cell(cells[name], source, name) for name in COLUMNS)
    for name, value in zip(NEVER_NEGATIVE, (mark, oracle, interest), strict=True):
        if value is not None and value < 0.0:
            raise refuse(source, name, cells[name], "must be 0 or more")
    return time_ms, cells["coin"], mark, oracle, interest, funding, _mid(cells[MID])


def _mid(cell: str) -> float | None:
    try:
        return parse_cell(cell, "", MID)
    except RemoteWireError:
        return None


def _columns_of(frame: polars.DataFrame, left_out: UnreadRows | None) -> DayContexts:
    minute = frame["time_ms"].to_numpy() // MINUTE_MS * MINUTE_MS
    time_ms, row = np.unique(minute, return_inverse=True)
    coins = tuple(frame["coin"].unique(maintain_order=True))
    place = {coin: index for index, coin in enumerate(coins)}
    column = frame["coin"].replace_strict(place, return_dtype=polars.Int64).to_numpy() if coins else row
    cells = {}
    for name in (*COLUMNS, MID):
        cells[name] = np.full((len(time_ms), len(coins)), np.nan)
        cells[name][row, column] = frame[name].fill_null(np.nan).to_numpy()
    for name in PRICES:
        cells[name][cells[name] == 0.0] = np.nan  # of a coin without a price: unknown, as on a live map
    cells[MID][~((cells[MID] > 0.0) & (cells[MID] < LARGEST_NUMBER))] = np.nan  # 0 where nobody quotes
    interest = cells["open_interest"]
    return DayContexts(
        time_ms=time_ms,
        coins=coins,
        mark=cells["mark_px"],
        oracle=cells["oracle_px"],
        mid=cells[MID],
        open_interest=interest,
        funding=cells["funding"],
        size_decimals=np.array([_size_decimals(interest[:, index]) for index in range(len(coins))], np.int64),
        left_out=left_out,
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
    return min(int(counts[len(counts) // 2]), MAX_SIZE_DECIMALS) if len(counts) else 0
