"""Draws a window of history from the runs that hold it.

Steps of a quarter of an hour and more are drawn from stored bands: of parts that have them as steps all at once
(step_cells.py), of others part by part. Finer ones and what is not in a part yet are solved from the accounts. Parts of
version 1 hold bands of every minute.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from liqscape.errors import CorruptSegment
from liqscape.heatmap.through_time import PriceRows
from liqscape.store.history.bands import level_notional_of
from liqscape.store.history.runs import PartRun, Run, ShownRun, marks_of_runs, thinned_of_runs, times_of_runs
from liqscape.store.history.schema import STEP_MS, row_count
from liqscape.store.history.solved import Solved, SolvedCells, Window, solve_cells
from liqscape.store.history.step_cells import ShownSteps, cells_of_steps
from liqscape.store.history.step_files import StepRun
from liqscape.store.history.thinning import is_thinned_after
from liqscape.store.history.window import Columns, HeatmapWindow, shown_frames, sum_cells
from liqscape.units import BoolArray, Float64Array, Int64Array


def draw_window(
    runs: Sequence[Run | StepRun],
    coin: str,
    *,
    columns: Columns,
    rows: PriceRows,
    value: str,
    hold_ms: int,
    damaged_ms: Sequence[tuple[int, int]] = (),
    memory: SolvedCells | None = None,
    with_largest: bool = False,
) -> HeatmapWindow:
    """Cells of a coin in USD at the mark or, for value "level", at the middle of each base band.

    runs     all with frames in the columns, in order of time, and the one before: its last frame may still be shown;
             StepRun of this coin, in steps that those of the columns are whole multiples of.
    hold_ms  a column whose frame is older than this at its start is a hole, unless frames were thinned out after it.
    damaged_ms  (first, last) times of frames that were stored and cannot be read: no earlier frame is shown for them.
    memory   cells solved before.
    with_largest  also what one account alone has in each cell (HeatmapWindow.largest).

    A part whose bands of the coin, or whose accounts where those are needed, are damaged leaves a hole in the columns
    that show its frames.
    """
    memory = SolvedCells() if memory is None else memory
    shown_ms, is_hole, place = shown_times(runs, columns, hold_ms, damaged_ms)
    marks = marks_of_runs(runs, coin)
    mark = np.full(columns.count, np.nan)
    mark[~is_hole] = marks[place[~is_hole]]

    window = Window(coin, rows, value == "level", with_largest)
    begins, ends = (
        shown_ms.searchsorted(limits).tolist()
        for limits in ([run.first_ms for run in runs], [run.last_ms + 1 for run in runs])
    )
    spans = [slice(begin, end) for begin, end in zip(begins, ends, strict=True)]
    shown = [(run, span) for run, span in zip(runs, spans, strict=True) if not is_hole[span].all()]
    steps = [ShownSteps(run.steps, span.start, shown_ms[span]) for run, span in shown if isinstance(run, StepRun)]
    cells = cells_of_steps(steps, window, columns.count)
    is_of_bands = bool(steps)
    known = memory.recall(window)
    solved = []
    for run, span in shown:
        if isinstance(run, StepRun):
            continue
        try:
            if isinstance(run, PartRun) and (run.part.is_former or columns.step_ms % STEP_MS == 0):
                cells[:, :, span] = _stored_cells(run, window, shown_ms[span], columns.step_ms)
                is_of_bands = True
            else:
                drawn = _solved_cells(run, window, shown_ms[span], is_hole[span], known)
                cells[:, :, span] = drawn.take(shown_ms[span])[0]
                solved.append(drawn)
        except CorruptSegment:
            is_hole[span] = True
            mark[span] = np.nan
    memory.keep(window, solved)
    if value == "mark":
        cells *= mark
    cells[:, :, np.isnan(mark)] = np.nan  # holes, and without a mark nothing is in bands: unknown, not nothing
    long, short = cells[:2].astype(np.float32)
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
        largest=cells[2:].max(axis=0).astype(np.float32) if with_largest else None,
        is_largest_of_bands=with_largest and is_of_bands,
    )


def shown_times(
    runs: Sequence[ShownRun], columns: Columns, hold_ms: int, damaged_ms: Sequence[tuple[int, int]] = ()
) -> tuple[Int64Array, BoolArray, Int64Array]:
    """((C,) time of the frame each column shows, -1 without one; (C,) is_hole; (C,) its place among all frames).

    Arguments as those of draw_window.
    """
    times = times_of_runs(runs)
    place = shown_frames(times, columns)
    shown_ms = np.where(place >= 0, times[place], -1) if len(times) else np.full(columns.count, -1, np.int64)
    is_between = is_thinned_after(place, thinned_of_runs(runs))
    is_hole = (shown_ms < 0) | ((shown_ms < columns.starts_ms - hold_ms) & ~is_between)
    for first_ms, last_ms in damaged_ms:
        is_held = shown_ms < columns.starts_ms
        is_hole |= is_held & (shown_ms < last_ms) & (first_ms < columns.ends_ms)
    return shown_ms, is_hole, place


def _stored_cells(run: PartRun, window: Window, shown_ms: Int64Array, step_ms: int) -> Float64Array:
    """From the bands of a part; in columns of one step each, few rows are not the last of their band."""
    changes = run.part.read_bands(window.coin, window.rows.base_bands, step_ms)
    if changes is None or not row_count(changes):
        return np.zeros((window.layers, window.rows.count, len(shown_ms)))
    size = changes["size"].astype(np.float64)
    amount = level_notional_of(changes["band"], size) if window.at_middle else size
    return sum_cells(
        changes, amount, window.rows, shown_ms, is_thin=step_ms <= STEP_MS, with_largest=window.with_largest
    )


def _solved_cells(run: Run, window: Window, shown_ms: Int64Array, is_hole: BoolArray, known: Solved) -> Solved:
    """From the accounts; every frame once."""
    return solve_cells(run, window, np.unique(shown_ms[~is_hole]), known)
