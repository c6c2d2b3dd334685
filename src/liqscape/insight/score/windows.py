"""Windows that end in a day: a frame of a full hour, a horizon, and the frame of the hour it ends at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.insight.score.columns import CoinDay
from liqscape.units import AnyArray, BoolArray, Float64Array, Int64Array

NO_FRAME = -1


@dataclass(frozen=True, kw_only=True)
class Windows:
    """W windows of one coin, day and horizon.

    start, end  frames; end NO_FRAME: none is stored of the hour it ends at.
    start_ms, end_ms  times of those frames; end_ms of a window without a frame is that of its hour.
    is_whole    the mark was watched from one to the other.
    is_apart    of the windows that do not overlap: its hour is a multiple of the horizon.
    low, high   of the mark in (start, end]; NaN without one.
    """

    horizon: str
    start: Int64Array
    end: Int64Array
    start_ms: Int64Array
    end_ms: Int64Array
    is_whole: BoolArray
    is_apart: BoolArray
    low: Float64Array
    high: Float64Array

    @property
    def has_end(self) -> BoolArray:
        """(W,) whether a frame is stored of the hour a window ends at."""
        found: BoolArray = self.end != NO_FRAME
        return found


def windows_of(day: CoinDay, horizon: str) -> Windows:
    """Those of a horizon, by time."""
    from liqscape.insight.kernels.crossings import extremes_between

    length = day.horizon_ms[horizon]
    frame_at = {hour: number for number, hour in enumerate(day.hours_ms)}
    starts = [row for row, hour in enumerate(day.hours_ms) if day.is_over(hour + length)]
    hours = [day.hours_ms[row] for row in starts]
    ends = [frame_at.get(hour + length, NO_FRAME) for hour in hours]
    start_ms = [day.frames[row].time_ms for row in starts]
    end_ms = [
        hour + length if end == NO_FRAME else day.frames[end].time_ms for hour, end in zip(hours, ends, strict=True)
    ]
    extremes = np.full((len(starts), 2), np.nan)
    first, last = _whole(start_ms), _whole(end_ms)
    extremes_between(day.path_ms, day.path_mark, first, last, extremes)
    return Windows(
        horizon=horizon,
        start=_whole(starts),
        end=_whole(ends),
        start_ms=first,
        end_ms=last,
        is_whole=np.array([day.is_whole(*span) for span in zip(start_ms, end_ms, strict=True)], np.bool_),
        is_apart=np.array([hour % length == 0 for hour in hours], np.bool_),
        low=extremes[:, 0],
        high=extremes[:, 1],
    )


def _whole(values: list[int]) -> Int64Array:
    made: AnyArray = np.array(values, np.int64)
    return made
