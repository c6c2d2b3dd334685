"""Where the week's large moves lie: a crash and a short squeeze in every week of seven days.

The returned path is the cumulative log move that events force on the two factors, minute by minute; the price
model adds its differences to the random part. It is a pure function of (seed, week), so any step can be
continued from a checkpoint.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from liqscape.sources.generated.streams import Stream, generator
from liqscape.units import Float64Array

WEEK_MINUTES = 7 * 1440


@dataclass(frozen=True)
class WeekPath:
    """Cumulative log move at each minute of a week, (10081,) each, 0 at its start."""

    market: Float64Array
    alt: Float64Array


@cache
def week_path(seed: int, week: int) -> WeekPath:
    """The events of one week: which of the two comes first is drawn too."""
    rng = generator(seed, Stream.SCHEDULE, week)
    first, second = rng.uniform(1.2, 2.4), rng.uniform(4.0, 5.4)  # days
    crash_day, squeeze_day = (second, first) if rng.random() < 0.7 else (first, second)
    moves = np.zeros(WEEK_MINUTES)
    alt = np.zeros(WEEK_MINUTES)

    crash = -np.log1p(rng.uniform(0.09, 0.14))
    start = int(crash_day * 1440)
    # Hours of rising prices lure longs in, so that there is something to sweep.
    _spread(moves, start - 1080, 1080, rng.uniform(0.02, 0.04))
    _burst(moves, start, int(rng.integers(50, 130)), crash, rng)
    _spread(moves, start + 140, int(rng.integers(300, 600)), -crash * rng.uniform(0.25, 0.5))
    _burst(alt, start, 100, 0.35 * crash, rng)

    squeeze = np.log1p(rng.uniform(0.055, 0.09))
    start = int(squeeze_day * 1440)
    _spread(moves, start - 900, 900, -rng.uniform(0.015, 0.03))
    _burst(moves, start, int(rng.integers(60, 150)), squeeze, rng)
    _spread(moves, start + 200, int(rng.integers(400, 900)), -squeeze * rng.uniform(0.2, 0.5))
    _burst(alt, start, 120, 0.3 * squeeze, rng)
    return WeekPath(_cumulated(moves), _cumulated(alt))


def forced_move(seed: int, from_minute: float, to_minute: float) -> tuple[float, float]:
    """Log move of (market factor, alt factor) that events force between two minutes after the start."""
    week = int(from_minute // WEEK_MINUTES)
    path = week_path(seed, week)
    ends = np.array([from_minute, to_minute]) - week * WEEK_MINUTES
    minutes = np.arange(WEEK_MINUTES + 1)
    market, alt = np.interp(ends, minutes, path.market), np.interp(ends, minutes, path.alt)
    return float(market[1] - market[0]), float(alt[1] - alt[0])


def _burst(moves: Float64Array, start: int, minutes: int, total: float, rng: np.random.Generator) -> None:
    """Lumpy: a few minutes carry most of the move."""
    weights = rng.gamma(0.5, size=minutes)
    moves[start : start + minutes] += total * weights / weights.sum()


def _spread(moves: Float64Array, start: int, minutes: int, total: float) -> None:
    moves[start : start + minutes] += total / minutes


def _cumulated(moves: Float64Array) -> Float64Array:
    return np.concatenate(([0.0], np.cumsum(moves)))
