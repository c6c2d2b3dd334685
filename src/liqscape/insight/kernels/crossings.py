"""When the mark first reached each predicted level, and how far it went in a span of time."""

from __future__ import annotations

import numpy as np

from liqscape.insight.kernels.score_columns import NEVER, MarkColumns, OwnerColumns, ShownLevels
from liqscape.risk.kernels.jit import compiled
from liqscape.units import Float64Array, Int64Array


@compiled
def first_crossings(
    path: MarkColumns,
    frame_ms: Int64Array,
    until_ms: Int64Array,
    starts: Int64Array,
    positions: ShownLevels,
    reached_ms: Int64Array,
) -> None:
    """Fill reached_ms (P,): time of the first mark at or beyond each level after its frame, at or before until_ms.

    frame_ms, until_ms (K,) of frames whose positions are rows [starts[k], starts[k + 1]); NEVER: not reached, no level.
    The lowest and highest mark so far are monotone, so each position is one search in them.
    """
    path_ms, path_mark = path.time_ms, path.mark
    side, level = positions.side, positions.level
    low, high = np.empty(len(path_ms)), np.empty(len(path_ms))
    for frame in range(len(frame_ms)):
        begin = np.searchsorted(path_ms, frame_ms[frame], side="right")
        end = np.searchsorted(path_ms, until_ms[frame], side="right")
        lowest, highest = np.inf, -np.inf
        for place in range(begin, end):
            lowest, highest = min(lowest, path_mark[place]), max(highest, path_mark[place])
            low[place], high[place] = lowest, highest
        for row in range(starts[frame], starts[frame + 1]):
            price, is_long = level[row], side[row] > 0
            is_met = price > 0.0 and ((lowest <= price) if is_long else (highest >= price))
            if not is_met:
                reached_ms[row] = NEVER
                continue
            first, last = begin, end - 1
            while first < last:
                middle = (first + last) // 2
                is_there = low[middle] <= price if is_long else high[middle] >= price
                if is_there:
                    last = middle
                else:
                    first = middle + 1
            reached_ms[row] = path_ms[first]


@compiled
def extremes_between(
    path_ms: Int64Array, path_mark: Float64Array, start_ms: Int64Array, end_ms: Int64Array, extremes: Float64Array
) -> None:
    """Fill extremes (W, 2): lowest and highest mark after start_ms up to end_ms of each window; NaN without one."""
    for window in range(len(start_ms)):
        begin = np.searchsorted(path_ms, start_ms[window], side="right")
        end = np.searchsorted(path_ms, end_ms[window], side="right")
        lowest, highest = np.inf, -np.inf
        for place in range(begin, end):
            lowest, highest = min(lowest, path_mark[place]), max(highest, path_mark[place])
        extremes[window, 0] = lowest if begin < end else np.nan
        extremes[window, 1] = highest if begin < end else np.nan


@compiled
def rows_of_keys(
    positions: OwnerColumns, starts: Int64Array, wanted: OwnerColumns, frame: Int64Array, row: Int64Array
) -> None:
    """Fill row (N,): where each wanted owner's position of its side stands among the rows of its frame; NEVER: nowhere.

    positions (P,) of frames whose rows are [starts[k], starts[k + 1]), keys rising in each.
    """
    key, side = positions.key, positions.side
    for item in range(len(wanted.key)):
        row[item] = NEVER
        if frame[item] < 0:
            continue
        begin, end = starts[frame[item]], starts[frame[item] + 1]
        place = begin + np.searchsorted(key[begin:end], wanted.key[item])
        if place < end and key[place] == wanted.key[item] and side[place] == wanted.side[item]:
            row[item] = place
