"""Cells near the mark of chosen frames, solved from the accounts: what the scale of a coin is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.errors import CorruptSegment
from liqscape.heatmap.density import rows_of_scale
from liqscape.heatmap.through_time import PriceRows
from liqscape.store.history.runs import Run
from liqscape.store.history.solved import Window, nothing_solved, solve_cells
from liqscape.units import Float64Array, Int64Array


@dataclass(frozen=True)
class NearCells:
    """Cells of frames of one run: time_ms (T,), mark (T,) known; cells (4, rows, T) coins, as cells_through_time."""

    time_ms: Int64Array
    mark: Float64Array
    rows: PriceRows
    cells: Float64Array


def cells_near_mark(runs: list[Run], coin: str, frame_ms: Int64Array) -> list[NearCells]:
    """Of the frames with these rising times, as far as the coin has a mark in them and their accounts can be read.

    Each run has rows of its own, so that a price that moved far in a week does not make every frame tall.
    """
    found = []
    for run in runs:
        own = frame_ms[slice(*np.searchsorted(frame_ms, (run.first_ms, run.last_ms + 1)).tolist())]
        market_index = run.definition.markets.find(coin)
        if market_index is None or not len(own):
            continue
        mark = run.marks_at(own)[market_index]
        with np.errstate(invalid="ignore"):
            is_known = np.isfinite(mark) & (mark > 0.0)
        if not is_known.any():
            continue
        own, mark = own[is_known], mark[is_known]
        window = Window(coin, rows_of_scale(mark), at_middle=False, with_largest=True)
        try:
            cells = solve_cells(run, window, own, nothing_solved(window)).cells
        except CorruptSegment:
            continue
        found.append(NearCells(own, mark, window.rows, cells))
    return found
