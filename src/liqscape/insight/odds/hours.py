"""Whole hours of a price path, counted back from a moment, from candles of any length up to an hour.

Every source is brought to hours first, so that volatility and excursions mean the same on candles of a minute, of an
hour and on stored marks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.units import HOUR_MS, Float64Array

MIN_COVER = 0.5
"""Of an hour's candles: with fewer its range is not known."""


@dataclass(frozen=True)
class HourBars:
    """(N,) neighbouring hours, rising; hour i ends at end_ms - (N - 1 - i) hours. NaN: the hour is not known.

    high and low hold the close before, where there is one: what lies between two candles was passed.
    """

    end_ms: int
    high: Float64Array
    low: Float64Array
    close: Float64Array

    def __len__(self) -> int:
        return len(self.close)

    @property
    def first_ms(self) -> int:
        """Start of the first hour."""
        return self.end_ms - len(self) * HOUR_MS


NO_HOURS = HourBars(0, np.empty(0), np.empty(0), np.empty(0))


def hours_before(rows: Float64Array, at_ms: int) -> HourBars:
    """Hours that ended by `at_ms`; only candles that ended by then are read.

    rows  (N, 5) time_ms of the start, open, high, low, close, rising; the shortest step between two is their length.

    The last hour ends with the last whole candle before `at_ms`, though no candle be known there. Empty where no candle
    ended by then or they are longer than an hour.
    """
    if len(rows) < 2:
        return NO_HOURS
    interval = int(np.diff(rows[:, 0]).min())
    if not 0 < interval <= HOUR_MS or HOUR_MS % interval:
        return NO_HOURS
    known = rows[: int(np.searchsorted(rows[:, 0], at_ms - interval, side="right"))]
    if not len(known):
        return NO_HOURS
    end_ms = at_ms - at_ms % interval
    back = ((end_ms - 1 - known[:, 0].astype(np.int64)) // HOUR_MS).astype(np.int64)
    place = int(back[0]) - back
    first = np.flatnonzero(np.diff(place, prepend=-1))
    hour, count = place[first], np.diff(np.append(first, len(place)))
    is_whole = count * interval >= MIN_COVER * HOUR_MS
    columns = [np.full(int(back[0]) + 1, np.nan) for _ in range(3)]
    found = (
        np.maximum.reduceat(known[:, 2], first),
        np.minimum.reduceat(known[:, 3], first),
        known[np.append(first[1:], len(place)) - 1, 4],
    )
    for column, values in zip(columns, found, strict=True):
        column[hour[is_whole]] = values[is_whole]
    high, low, close = columns
    before = np.concatenate(([np.nan], close[:-1]))
    return HourBars(end_ms, np.fmax(high, np.where(np.isnan(high), np.nan, before)), _fmin(low, before), close)


def _fmin(low: Float64Array, before: Float64Array) -> Float64Array:
    return np.where(np.isnan(low), np.nan, np.fmin(low, before))
