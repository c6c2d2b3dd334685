"""Cells of a window from the steps of parts (step_format.py): all parts in one pass, without a table being read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from liqscape.heatmap.counting import weighted_count
from liqscape.heatmap.grid import band_middle
from liqscape.store.history.solved import Window
from liqscape.store.history.step_format import ONE_POSITION, CoinSteps
from liqscape.units import AnyArray, Float64Array, Int32Array, Int64Array

BATCH_ROWS = 1 << 14
"""Intervals taken at once: so many stay in the cache from pass to pass."""


@dataclass(frozen=True)
class ShownSteps:
    """Steps that are drawn, the first column that shows them, and the time of the frame each column shows."""

    steps: CoinSteps
    first_column: int
    shown_ms: Int64Array

    @property
    def end_column(self) -> int:
        """The column after the last one."""
        return self.first_column + len(self.shown_ms)


def cells_of_steps(shown: Iterable[ShownSteps], window: Window, columns: int) -> Float64Array:
    """(Window.layers, rows, columns) coins or USD at the middle of each base band; zero where nothing is shown.

    A cell is the sum of the intervals that cover it, in the order of their names, as `sum_cells` adds them from rows.
    shown: in order of time.
    """
    cells = np.zeros((window.layers, window.rows.count, columns))
    batch: list[ShownSteps] = []
    rows = 0
    for each in shown:
        batch.append(each)
        rows += len(each.steps.size)
        if rows >= BATCH_ROWS:
            _draw(batch, window, cells)
            batch, rows = [], 0
    if batch:
        _draw(batch, window, cells)
    return cells


def _draw(batch: list[ShownSteps], window: Window, cells: Float64Array) -> None:
    rows, first_column, end_column = window.rows, batch[0].first_column, batch[-1].end_column
    columns = end_column - first_column
    names = np.array(rows.base_bands, np.int32) * 2
    parts = [_intervals(each, names, first_column) for each in batch]
    name, count, size, first, last, marked_end = (np.concatenate(each) for each in zip(*parts, strict=True))
    band = name >> 1
    line = (band >> rows.level) - rows.first_band + np.where(name & 1, 0, rows.count).astype(np.int32)
    if window.at_middle:
        with np.errstate(over="ignore", invalid="ignore"):
            size = size * band_middle(band).repeat(count)
    length = last - first
    place = first + (line * columns).repeat(count)
    if not (length == 1).all():
        stop = length.cumsum(dtype=np.int32)
        place = (place - stop + length).repeat(length)
        place += np.arange(len(place), dtype=np.int32)
        size, marked_end = size.repeat(length), marked_end.repeat(length) if window.with_largest else marked_end
    sums = weighted_count(place, size, 2 * rows.count * columns)
    cells[:2, :, first_column:end_column] = sums.reshape(2, rows.count, columns)
    if window.with_largest:
        largest = np.zeros(2 * rows.count * columns)
        is_one = marked_end >= ONE_POSITION
        np.maximum.at(largest, place[is_one], size[is_one])
        cells[2:, :, first_column:end_column] = largest.reshape(2, rows.count, columns)


def _intervals(shown: ShownSteps, names: Int32Array, first_column: int) -> tuple[AnyArray, ...]:
    """(name, number of intervals) of each name in [first, end) names, and of its intervals (size, first column, column
    after, marked end).

    Columns are counted from `first_column` on; an interval that no column shows ends where it begins.
    """
    steps = shown.steps
    begin, end = steps.name.searchsorted(names)
    start = steps.start[begin : end + 1]
    own = slice(int(start[0]), int(start[-1]))
    frame = steps.time_ms.searchsorted(shown.shown_ms)
    column = frame.searchsorted(np.arange(len(steps.time_ms) + 1)).astype(np.int32)
    column += np.int32(shown.first_column - first_column)
    marked_end = steps.marked_end[own]
    return (
        steps.name[begin:end],
        start[1:] - start[:-1],
        steps.size[own],
        column.take(steps.begin[own], mode="clip"),
        column.take(marked_end & (ONE_POSITION - 1), mode="clip"),
        marked_end,
    )
