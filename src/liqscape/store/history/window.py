"""A window of history as pixels: time by price, at most so many columns by so many rows (docs/heatmap.md).

Every row of changed bands opens an interval of columns that ends where the same band changes next; a cell is the
sum of the intervals that cover it. Values are never carried on by adding and taking away, so nothing drifts and
an empty cell is exactly zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.heatmap.counting import weighted_count
from liqscape.heatmap.grid import band_of_price, level_for_rows, merge_band
from liqscape.heatmap.through_time import PriceRows
from liqscape.store.history.detail import last_rows
from liqscape.store.history.schema import Table
from liqscape.units import MINUTE_MS, AnyArray, Float32Array, Float64Array, Int64Array

STEP_MINUTES = (1, 2, 3, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440)


@dataclass(frozen=True, kw_only=True)
class HeatmapWindow:
    """USD that would be liquidated, by price (rows, 0 the lowest) and time (columns).

    level      merge level of the price grid; row r is band first_band + r of that level.
    start_ms   begin of column 0, a whole multiple of step_ms since 1970 UTC.
    as_of_ms   (columns,) time of the frame shown: the last one before the column's end; -1 = hole, no frame that
               is at most hold_ms older than the column's start.
    mark       (columns,) mark of that frame; NaN in holes and where it is unknown.
    long, short (rows, columns) float32 USD; NaN in holes and where the mark is unknown.
    largest    (rows, columns) float32 USD of the largest single position in each cell; None: not asked for.
    is_largest_of_bands  some of it is of stored bands, which tell it only where a base band is of one account.
    """

    coin: str
    level: int
    first_band: int
    rows: int
    columns: int
    start_ms: int
    step_ms: int
    as_of_ms: Int64Array
    mark: Float64Array
    long: Float32Array
    short: Float32Array
    largest: Float32Array | None = None
    is_largest_of_bands: bool = False


@dataclass(frozen=True)
class Columns:
    """Columns of a window: `count` steps from start_ms on."""

    start_ms: int
    step_ms: int
    count: int

    @property
    def starts_ms(self) -> Int64Array:
        """(count,) first instant of each column."""
        return self.start_ms + self.step_ms * np.arange(self.count, dtype=np.int64)

    @property
    def ends_ms(self) -> Int64Array:
        """(count,) first instant after each column."""
        return self.starts_ms + self.step_ms


def choose_columns(start_ms: int, end_ms: int, width: int) -> Columns:
    """Smallest step at which [start, end) takes at most `width` columns; doubled days beyond the list."""
    minutes = 0
    for minutes in STEP_MINUTES:
        columns = _columns(start_ms, end_ms, minutes * MINUTE_MS)
        if columns.count <= width:
            return columns
    while columns.count > width:  # ends: a step longer than the time since 1970 takes one column
        minutes *= 2
        columns = _columns(start_ms, end_ms, minutes * MINUTE_MS)
    return columns


def _columns(start_ms: int, end_ms: int, step_ms: int) -> Columns:
    first = start_ms // step_ms
    return Columns(first * step_ms, step_ms, -(-end_ms // step_ms) - first)


def choose_rows(price_low: float, price_high: float, height: int) -> PriceRows:
    """Bands from the one of price_low to the one of price_high at the finest level that fits `height`."""
    level = level_for_rows(price_low, price_high, height)
    first, last = merge_band(band_of_price(np.array([price_low, price_high])), level).tolist()
    return PriceRows(level, first, last - first + 1)


def shown_frames(frame_ms: Int64Array, columns: Columns) -> Int64Array:
    """(columns,) place in `frame_ms` of the last frame before each column's end; -1 where there is none."""
    return np.searchsorted(frame_ms, columns.ends_ms, "left") - 1


def sum_cells(
    changes: Table,
    amounts: Float64Array,
    rows: PriceRows,
    shown_ms: Int64Array,
    *,
    is_thin: bool,
    with_largest: bool = False,
) -> Float64Array:
    """(2, rows, columns) sums of `amounts`, one a change, by side (0 long, 1 short), at each shown frame.

    with_largest: (4, rows, columns), [2] and [3] the largest amount of each side that is one position.

    changes  rows of one run and coin in order of time, beginning at a keyframe; bands inside `rows` only.
    shown_ms (columns,) rising times of frames of this run.
    is_thin  few rows are not the last of their band in a column, so that looking for those does not pay.
    """
    count = len(shown_ms)
    limits = np.searchsorted(changes["time_ms"], shown_ms, "right")
    name = _names(changes, rows, int(limits[-1]))
    column = np.repeat(np.arange(count), np.diff(limits, prepend=0))
    if is_thin:
        source = np.argsort(name, kind="stable")
    else:
        last = last_rows(name, limits.tolist())  # what a column does not show is not drawn
        source = last[np.argsort(name[last], kind="stable")]
    name, column = name[source], column[source]
    amount = amounts[source]

    ends = np.append(column[1:], count)
    ends[np.append(name[1:] != name[:-1], True)] = count
    is_shown = (ends > column) & (amount != 0.0)
    kept = np.flatnonzero(is_shown)
    begins, lengths = column[kept], (ends - column)[kept]
    source = source[kept]
    price_row = merge_band(changes["band"][source], rows.level) - rows.first_band
    side = (changes["side"][source] < 0).astype(np.int64)
    first_cell = (side * rows.count + price_row) * count + begins
    stops = np.cumsum(lengths)
    total = int(stops[-1]) if len(stops) else 0
    cells = np.repeat(first_cell - stops + lengths, lengths) + np.arange(total)
    each = np.repeat(amount[kept], lengths)
    sums = weighted_count(cells, each, 2 * rows.count * count).reshape(2, rows.count, count)
    if not with_largest:
        return sums
    largest = np.zeros(2 * rows.count * count)
    is_one = np.repeat(changes["position_count"][source] == 1, lengths)
    np.maximum.at(largest, cells[is_one], each[is_one])
    return np.concatenate((sums, largest.reshape(2, rows.count, count)))


def _names(changes: Table, rows: PriceRows, used: int) -> AnyArray:
    """One small number a band, side and margin source, in their order; 16 bits where they fit: those sort fastest."""
    first, end = rows.base_bands
    band = changes["band"][:used] - np.int32(first)
    name = (band * 2 + (changes["side"][:used] > 0)) * 8 + changes["margin_source"][:used]
    limit = (end - first) * 16
    if limit <= 1 << 16:
        return name.astype(np.uint16)
    is_there = np.zeros(limit, np.bool_)
    is_there[name] = True
    dense = np.cumsum(is_there) - 1
    return dense[name].astype(np.uint16 if dense[-1] < 1 << 16 else np.int64)
