"""Highest high and lowest low of the last days: the Donchian range of 20, and that of 30."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.insight.structure.bars import PriceBars
from liqscape.units import DAY_MS

RANGE_DAYS, MONTH_DAYS = 20, 30
MIN_SHARE = 0.95
"""Of the bars of the time that must be known for it to count as whole."""


@dataclass(frozen=True, kw_only=True)
class Extremes:
    """Of the `days` before a time: low and high (USD) with the start of their bar, the first of equal ones.

    is_whole  at least MIN_SHARE of the time has bars; otherwise it is what is known so far.
    """

    days: int
    low: float
    low_ms: int
    high: float
    high_ms: int
    is_whole: bool


def extremes_at(bars: PriceBars, at_ms: int, days: int) -> Extremes | None:
    """Of the bars that lie in the `days` before a time and had ended by then; None without one."""
    own = bars.between(at_ms - days * DAY_MS, at_ms)
    if not len(own):
        return None
    lowest, highest = int(np.argmin(own.low)), int(np.argmax(own.high))
    return Extremes(
        days=days,
        low=float(own.low[lowest]),
        low_ms=int(own.start_ms[lowest]),
        high=float(own.high[highest]),
        high_ms=int(own.start_ms[highest]),
        is_whole=len(own) >= MIN_SHARE * days * DAY_MS / own.interval_ms,
    )
