"""Levels of one coin and day against what the mark and their owners did until each horizon (docs/score.md, "Levels").

Cells are sums of what belongs together, so days and coins add up, and any coarser table is a sum of cells.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from liqscape.insight.kernels.score_columns import NEVER, ItemColumns, MarkColumns, MoveColumns, OwnerColumns
from liqscape.insight.score.cells import Columns, Reached, cell_rows, crossing_rows
from liqscape.insight.score.columns import CoinDay
from liqscape.insight.score.fates import FATES, AtEnd, divide_lots
from liqscape.insight.score.positions import DayPositions
from liqscape.insight.score.windows import NO_FRAME, Windows, windows_of
from liqscape.units import Int64Array

NO_END, NOT_WATCHED, NO_MARGIN, NO_MARK = (
    "no frame is stored of the hour the horizon ends at",
    "the mark was not watched throughout",
    "the margin is unknown",
    "the mark is unknown",
)
"""Why a level is not judged."""


@dataclass(frozen=True, kw_only=True)
class ScoredLevels:
    """Rows of three tables (docs/data.md, "Scores"). unjudged: reason, horizon, count, USD (0 without a mark)."""

    cells: list[Columns] = field(default_factory=list)
    crossings: list[Columns] = field(default_factory=list)
    unjudged: list[tuple[str, str, int, float]] = field(default_factory=list)


def score_levels(day: CoinDay) -> ScoredLevels:
    """All horizons of one coin and day."""
    from liqscape.insight.kernels.crossings import first_crossings

    scored, positions = ScoredLevels(), DayPositions(day)
    every = [windows_of(day, horizon) for horizon in day.horizon_ms]
    until_ms = positions.frame_ms.copy()
    for windows in every:
        np.maximum.at(until_ms, windows.start[windows.has_end], windows.end_ms[windows.has_end])
    reached_ms = np.empty(len(positions.key), np.int64)
    path = MarkColumns(day.path_ms, day.path_mark)
    first_crossings(path, positions.frame_ms, until_ms, positions.starts, positions.levels, reached_ms)
    for windows in every:
        _score_horizon(day, positions, windows, reached_ms, scored)
    return scored


def _score_horizon(
    day: CoinDay, positions: DayPositions, windows: Windows, reached_ms: Int64Array, scored: ScoredLevels
) -> None:
    """Add one horizon's rows."""
    window_of_frame = np.full(len(positions.frame_ms), NO_FRAME, np.int64)
    window_of_frame[windows.start] = np.arange(len(windows.start))
    row = np.flatnonzero(window_of_frame[positions.frame] != NO_FRAME)
    window = window_of_frame[positions.frame[row]]
    has_end, has_mark = windows.has_end[window], positions.mark[positions.frame[row]] > 0.0
    is_solved = positions.level[row] > 0.0
    is_open = has_end & has_mark & is_solved
    is_reached = is_open & (reached_ms[row] != NEVER) & (reached_ms[row] <= windows.end_ms[window])
    is_judged = is_reached | (is_open & windows.is_whole[window])
    for reason, is_left in (
        (NO_END, is_solved & ~has_end),
        (NO_MARK, is_solved & has_end & ~has_mark),
        (NOT_WATCHED, is_open & ~is_judged),
        (NO_MARGIN, ~np.isfinite(positions.raw_usd[row])),
    ):
        if is_left.any():
            usd = positions.usd[row[is_left]]
            scored.unjudged.append((reason, windows.horizon, int(is_left.sum()), float(usd[np.isfinite(usd)].sum())))
    reached = _follow(day, positions, windows, (row[is_reached], window[is_reached]), reached_ms)
    is_watched = windows.is_whole[window[is_judged]]
    scored.cells.append(cell_rows(positions, windows, row[is_judged], is_watched, reached))
    scored.crossings.append(crossing_rows(positions, windows, reached))


def _follow(
    day: CoinDay,
    positions: DayPositions,
    windows: Windows,
    place: tuple[Int64Array, Int64Array],
    reached_ms: Int64Array,
) -> Reached:
    """What became of the positions whose level was reached. place: their rows and windows."""
    from liqscape.insight.kernels.account_moves import walk_moves
    from liqscape.insight.kernels.crossings import rows_of_keys

    row, window = place
    count = len(row)
    if not count:
        return Reached(row, window, reached_ms[row], np.zeros((0, len(FATES)), np.int64), np.zeros(0, np.int64))
    gone, cash = np.zeros((count, 5), np.int64), np.zeros((count, 3))
    items = ItemColumns(
        key=positions.key[row],
        side=positions.side[row],
        lots=positions.lots[row],
        start_ms=windows.start_ms[window],
        reached_ms=reached_ms[row],
        end_ms=windows.end_ms[window],
    )
    moves = MoveColumns(**{name: getattr(day.moves, name) for name in MoveColumns._fields})
    walk_moves(items, moves, day.market, 10.0**day.size_decimals, gone, cash)
    found = np.empty(count, np.int64)
    rows_of_keys(positions.owners, positions.starts, OwnerColumns(items.key, items.side), windows.end[window], found)
    at_end = np.maximum(found, 0)
    end = AtEnd(
        side=items.side,
        extreme=np.where(items.side > 0, windows.low[window], windows.high[window]),
        is_reported=windows.is_whole[window],
        is_held=found != NEVER,
        lots=positions.lots[at_end],
        size=positions.size[at_end],
        level=positions.level[at_end],
        rate=positions.rate[at_end],
        raw_usd=positions.raw_usd[at_end],
        raw_usd_before=positions.raw_usd[row],
        is_only_pool=positions.is_only_pool[at_end],
        is_alone=positions.is_alone[at_end],
    )
    lots, inferred = divide_lots(gone, cash, end)
    return Reached(row, window, items.reached_ms, lots, inferred)
