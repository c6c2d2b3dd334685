"""What the mark did after a rule fired, beside what it does after any minute of the same time.

    change = 100 (mark at t + h / mark at t - 1)        range = 100 (highest - lowest within (t, t + h]) / mark at t

No claim rests on the difference: a rule fires at chosen times, and times in a row share their future. Both are shown so
that a number is not read alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from msgspec import Struct

from liqscape.units import HOUR_MS, MINUTE_MS, Float64Array, Int64Array

HorizonWord = Literal["5m", "1h", "4h"]
HORIZONS: dict[HorizonWord, int] = {"5m": 5 * MINUTE_MS, "1h": HOUR_MS, "4h": 4 * HOUR_MS}
MAX_AGE_MS = 5 * MINUTE_MS
"""A mark stands for at most so long: over a hole nothing is known."""


class AfterRow(Struct, frozen=True, kw_only=True, gc=False):
    """The mark within a horizon of an alert, percent of the mark at it; None where it is not known."""

    horizon: HorizonWord
    change_percent: float | None
    highest_percent: float | None
    lowest_percent: float | None


class BaselineRow(Struct, frozen=True, kw_only=True, gc=False):
    """The same of every minute: how many, and medians of change, of its size, and of the range."""

    n: int
    median_change_percent: float | None
    median_abs_change_percent: float | None
    median_range_percent: float | None


class MarkRecord(NamedTuple):
    """Marks of one coin by time, ms and USD, all known."""

    time_ms: Int64Array
    mark: Float64Array


def after(record: MarkRecord, at_ms: int) -> list[AfterRow]:
    """What came after a time, at each horizon."""
    return [_row(word, record, at_ms) for word in HORIZONS]


def baseline(records: Sequence[MarkRecord], start_ms: int, end_ms: int, horizon: HorizonWord) -> BaselineRow:
    """What came after every whole minute in [start, end), of all these coins together."""
    times = np.arange(-(-start_ms // MINUTE_MS) * MINUTE_MS, end_ms, MINUTE_MS, dtype=np.int64)
    span = HORIZONS[horizon]
    changes, ranges = [np.empty(0)], [np.empty(0)]
    for record in records:
        now, then = _at(record, times), _at(record, times + span)
        known = np.flatnonzero(~np.isnan(now) & ~np.isnan(then))
        changes.append(100.0 * (then[known] / now[known] - 1.0))
        ranges.append(100.0 * _ranges(record, times[known], span) / now[known])
    change = np.concatenate(changes)
    return BaselineRow(
        n=len(change),
        median_change_percent=median(change),
        median_abs_change_percent=median(np.abs(change)),
        median_range_percent=median(np.concatenate(ranges)),
    )


def median(values: Float64Array | Sequence[float]) -> float | None:
    """None of nothing."""
    return float(np.median(np.asarray(values))) if len(values) else None


def _row(word: HorizonWord, record: MarkRecord, at_ms: int) -> AfterRow:
    span = HORIZONS[word]
    now, then = _at(record, np.array([at_ms, at_ms + span], np.int64)).tolist()
    first, last = np.searchsorted(record.time_ms, [at_ms, at_ms + span], "right")
    within = record.mark[first:last]
    if not (now > 0.0 and then > 0.0):
        return AfterRow(horizon=word, change_percent=None, highest_percent=None, lowest_percent=None)
    return AfterRow(
        horizon=word,
        change_percent=100.0 * (then / now - 1.0),
        highest_percent=100.0 * (float(max(within, default=now)) / now - 1.0),
        lowest_percent=100.0 * (float(min(within, default=now)) / now - 1.0),
    )


def _at(record: MarkRecord, times: Int64Array) -> Float64Array:
    """The last mark at or before each time; NaN where it is too old, or none came after."""
    found = np.full(len(times), np.nan)
    if not len(record.time_ms):
        return found
    place = np.searchsorted(record.time_ms, times, "right") - 1
    own = np.flatnonzero((place >= 0) & (times <= record.time_ms[-1]))
    fresh = own[times[own] - record.time_ms[place[own]] <= MAX_AGE_MS]
    found[fresh] = record.mark[place[fresh]]
    return found


def _ranges(record: MarkRecord, times: Int64Array, span: int) -> Float64Array:
    """Highest less lowest mark in (t, t + span] of each time."""
    first = np.searchsorted(record.time_ms, times, "right")
    last = np.searchsorted(record.time_ms, times + span, "right")
    found = np.zeros(len(times))
    known = np.flatnonzero(last > first)
    if len(known):
        # reduceat of pairs: every second part lies between two spans and is not looked at.
        pairs = np.column_stack((first[known], last[known])).ravel()
        marks = np.append(record.mark, record.mark[-1])
        found[known] = np.maximum.reduceat(marks, pairs)[::2] - np.minimum.reduceat(marks, pairs)[::2]
    return found
