"""Draws a window of history from the runs that hold it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from liqscape.store.history.bands import level_notional_of
from liqscape.store.history.runs import Run, band_rows_of_runs, marks_of_runs, times_of_runs
from liqscape.store.history.schema import STEP_MS
from liqscape.store.history.window import Columns, HeatmapWindow, Rows, shown_frames, sum_cells


def draw_window(
    runs: list[Run],
    coin: str,
    columns: Columns,
    rows: Rows,
    value: str,
    hold_ms: int,
    damaged_ms: Sequence[tuple[int, int]] = (),
) -> HeatmapWindow:
    """Cells of a coin in USD at the mark or, for value "level", at the middle of each base band.

    runs     all with frames in the columns, in order of time, and the one before: its last frame may still be shown.
    hold_ms  a column whose frame is older than this at its start is a hole.
    damaged_ms  (first, last) times of frames that were stored and cannot be read: no earlier frame is shown for them.

    A part whose bands of the coin are damaged leaves a hole in the columns that show its frames.
    """
    times, marks = times_of_runs(runs), marks_of_runs(runs, coin)
    place = shown_frames(times, columns)
    shown_ms = np.where(place >= 0, times[place], -1) if len(times) else np.full(columns.count, -1, np.int64)
    is_hole = (shown_ms < 0) | (shown_ms < columns.starts_ms - hold_ms)
    for first_ms, last_ms in damaged_ms:
        is_held = shown_ms < columns.starts_ms
        is_hole |= is_held & (shown_ms < last_ms) & (first_ms < columns.ends_ms)
    mark = np.full(columns.count, np.nan)
    mark[~is_hole] = marks[place[~is_hole]]

    cells = np.zeros((2, rows.count, columns.count))
    spans = [np.searchsorted(shown_ms, (run.first_ms, run.last_ms + 1)).tolist() for run in runs]
    seen = [number for number, (low, high) in enumerate(spans) if not is_hole[low:high].all()]
    is_coarse = columns.step_ms % STEP_MS == 0
    shown = [shown_ms[slice(*spans[number])][~is_hole[slice(*spans[number])]] for number in seen]
    changes = band_rows_of_runs([runs[number] for number in seen], coin, is_coarse, rows.base_bands, shown)
    is_thin = columns.step_ms <= STEP_MS
    for number, rows_of_run in zip(seen, changes, strict=True):
        low, high = spans[number]
        if rows_of_run is None:
            is_hole[low:high] = True
            mark[low:high] = np.nan
            continue
        size = rows_of_run["size"].astype(np.float64)
        amount = level_notional_of(rows_of_run["band"], size) if value == "level" else size
        cells[:, :, low:high] = sum_cells(rows_of_run, amount, rows, shown_ms[low:high], is_thin=is_thin)
    if value == "mark":
        cells *= mark
    cells[:, :, np.isnan(mark)] = np.nan  # holes, and without a mark nothing is in bands: unknown, not nothing
    long, short = cells.astype(np.float32)
    return HeatmapWindow(
        coin=coin,
        level=rows.level,
        first_band=rows.first_band,
        rows=rows.count,
        columns=columns.count,
        start_ms=columns.start_ms,
        step_ms=columns.step_ms,
        as_of_ms=np.where(is_hole, -1, shown_ms),
        mark=mark,
        long=long,
        short=short,
    )
