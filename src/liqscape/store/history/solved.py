"""Cells of a window solved from the accounts of a run, and those solved last, kept within a bound of bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import NamedTuple

import numpy as np

from liqscape.heatmap.through_time import SHARES, PriceRows, cells_through_time
from liqscape.store.history.runs import Run
from liqscape.units import Float64Array, Int64Array

KEPT_BYTES = 64_000_000
"""A dozen windows of 800 x 400. A page that stays open asks the same one again with a minute more."""


class Window(NamedTuple):
    """What cells are of: a coin, rows of prices, whether coins or USD at the middle of each base band, and whether with
    what the largest single position of each side has in each."""

    coin: str
    rows: PriceRows
    at_middle: bool
    with_largest: bool = False

    @property
    def layers(self) -> int:
        """Sums of longs and shorts, and the largest position of each."""
        return 4 if self.with_largest else 2


@dataclass(frozen=True)
class Solved:
    """time_ms (T,) rising; cells (2 or 4, rows, T): Window.layers."""

    time_ms: Int64Array
    cells: Float64Array

    def take(self, wanted_ms: Int64Array) -> tuple[Float64Array, Int64Array]:
        """(cells (2 or 4, rows, W) of each wanted time, zero where it is not there, the times that are not)."""
        cells = np.zeros((*self.cells.shape[:2], len(wanted_ms)))
        place = np.minimum(np.searchsorted(self.time_ms, wanted_ms), max(len(self.time_ms) - 1, 0))
        is_there = self.time_ms[place] == wanted_ms if len(self.time_ms) else np.zeros(len(wanted_ms), np.bool_)
        cells[:, :, is_there] = self.cells[:, :, place[is_there]]
        return cells, wanted_ms[~is_there]


def nothing_solved(window: Window) -> Solved:
    """No frame."""
    return Solved(np.empty(0, np.int64), np.zeros((window.layers, window.rows.count, 0)))


class SolvedCells:
    """Cells of frames by window; a frame never changes, so what was solved stays true. Usable from any thread."""

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._kept_bytes = kept_bytes
        self._lock = Lock()
        self._kept: OrderedDict[Window, Solved] = OrderedDict()

    def recall(self, window: Window) -> Solved:
        """What is kept of a window; nothing, without any frame, where nothing is."""
        with self._lock:
            kept = self._kept.get(window)
        return nothing_solved(window) if kept is None else kept

    def keep(self, window: Window, solved: Sequence[Solved]) -> None:
        """Keep the cells of frames in order of time in place of those kept of the window before."""
        if not solved:
            return
        joined = Solved(
            np.concatenate([each.time_ms for each in solved]),
            np.concatenate([each.cells for each in solved], axis=2),
        )
        with self._lock:
            self._kept[window] = joined
            self._kept.move_to_end(window)
            held = sum(each.cells.nbytes for each in self._kept.values())
            while held > self._kept_bytes:
                held -= self._kept.popitem(last=False)[1].cells.nbytes


def solve_cells(run: Run, window: Window, shown_ms: Int64Array, known: Solved) -> Solved:
    """Cells of frames of a run, those not known solved from its accounts.

    shown_ms (T,) rising. Raises CorruptSegment where the accounts are damaged.
    """
    cells, missing_ms = known.take(shown_ms)
    market_index = run.definition.markets.find(window.coin)
    if market_index is None or not len(missing_ms):
        return Solved(shown_ms, cells)
    mark = run.marks_at(missing_ms)
    with np.errstate(invalid="ignore"):
        mark = np.where(np.isfinite(mark) & (mark > 0.0), mark, np.nan)
    frames = run.frames()
    key_ms = frames["time_ms"][frames["is_keyframe"]]
    section = np.searchsorted(key_ms, missing_ms, "right") - 1
    for number in np.unique(section).tolist():
        own = section == number
        cells[:, :, np.searchsorted(shown_ms, missing_ms[own])] = cells_through_time(
            *run.rows_of_coin(market_index, int(key_ms[number]), int(missing_ms[own][-1])),
            missing_ms[own],
            mark[:, own],
            market_index,
            window.rows,
            run.definition.tables,
            at_middle=window.at_middle,
            with_largest=window.with_largest,
            run_all=run_beside,
        )
    return Solved(shown_ms, cells)


def run_beside(jobs: Iterable[Callable[[], None]]) -> None:
    """All jobs in threads of their own."""
    with ThreadPoolExecutor(SHARES) as threads:
        for done in [threads.submit(job) for job in jobs]:
            done.result()
