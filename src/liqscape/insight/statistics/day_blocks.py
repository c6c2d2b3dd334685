"""Bootstrap of whole UTC days: what comes in one day comes together, so days are drawn again and not cases.

Draws are of SplitMix64 from a hash of a text that names the figure: the same cases give the same interval, in any
order and process.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from liqscape.insight.statistics.hashing import drawn_numbers
from liqscape.units import AnyArray, Float64Array, Int64Array

DRAWS = 1_000
INTERVAL = (0.025, 0.975)
MIN_DAYS = 2
"""One day drawn again says nothing of other days."""
CELLS = 1 << 20
"""Of draws by cases worked on at a time: 8 MB."""


class Quantile(Struct, frozen=True, kw_only=True):
    """A quantile and the ends of its 95 % interval; those None where all cases are of one day."""

    quantile: float
    value: float
    low: float | None
    high: float | None


class DayDraws:
    """How often each of some days is in each of DRAWS draws of as many days.

    text  names the figure.
    times (DRAWS, days).
    """

    def __init__(self, text: str, day_count: int) -> None:
        self.day_count = day_count
        self.times = times_drawn(text, day_count)

    def ratio(self, top: Float64Array, bottom: Float64Array) -> tuple[float | None, float | None]:
        """Ends of the 95 % interval of sum(top) / sum(bottom), both (days,); None below MIN_DAYS."""
        if self.day_count < MIN_DAYS:
            return None, None
        with np.errstate(invalid="ignore", divide="ignore"):
            drawn = (self.times @ top) / (self.times @ bottom)
        return self.ends(drawn)

    def ends(self, drawn: Float64Array) -> tuple[float | None, float | None]:
        """Ends of the 95 % interval of a figure in each draw; draws without one are left out."""
        known = drawn[np.isfinite(drawn)]
        if self.day_count < MIN_DAYS or not len(known):
            return None, None
        low, high = np.quantile(known, INTERVAL)
        return float(low), float(high)


def weighted_quantiles(
    values: Float64Array, day: AnyArray, text: str, shares: tuple[float, ...]
) -> tuple[Quantile, ...]:
    """Quantiles of cases (N,) with the intervals of their days; the values in any order."""
    order = np.argsort(values, kind="stable")
    days, block = np.unique(day[order], return_inverse=True)
    ordered = values[order]
    point = _weighted(ordered, np.ones((1, len(ordered)), np.int64), shares)[0]
    ends: AnyArray = np.full((2, len(shares)), np.nan)
    if len(days) >= MIN_DAYS:
        times = times_drawn(text, len(days))
        step = max(1, CELLS // len(ordered))
        drawn = [_weighted(ordered, times[at : at + step, block], shares) for at in range(0, DRAWS, step)]
        ends = np.quantile(np.concatenate(drawn), INTERVAL, axis=0)
    return tuple(
        Quantile(quantile=share, value=float(value), low=_or_none(low), high=_or_none(high))
        for share, value, low, high in zip(shares, point, *ends, strict=True)
    )


def times_drawn(text: str, day_count: int) -> Int64Array:
    """(DRAWS, days) how often each day is in each draw of as many days, by SplitMix64 of a hash of the text."""
    drawn = drawn_numbers(text, DRAWS * day_count) % np.uint64(day_count)
    cell = np.repeat(np.arange(DRAWS), day_count) * day_count + drawn.astype(np.int64)
    return np.bincount(cell, minlength=DRAWS * day_count).reshape(DRAWS, day_count)


def _weighted(ordered: Float64Array, weight: Int64Array, shares: tuple[float, ...]) -> Float64Array:
    """(D, Q) quantiles of (N,) rising values that count (D, N) times: the first with at least that share up to it."""
    upto = np.cumsum(weight, axis=1)
    return np.stack([ordered[(upto >= share * upto[:, -1:]).argmax(axis=1)] for share in shares], axis=1)


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
