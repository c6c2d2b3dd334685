"""Where the funding of an hour stands among the coin's own of the last 90 days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.units import DAY_MS, HOUR_MS, Float64Array, Int64Array

FUNDING_DAYS = 90
MIN_HOURS = 24
"""Fewer give no percentile."""
MAX_AGE_MS = 2 * HOUR_MS
"""Funding is paid each hour; an older one says nothing of the time."""


@dataclass(frozen=True, kw_only=True)
class FundingStanding:
    """The funding paid last at a time.

    rate        fraction an hour; longs pay if > 0. hour_ms: which full hour.
    percentile  0 to 100, of `hours` hours since `since_ms`, itself among them; None below MIN_HOURS.
    """

    rate: float
    hour_ms: int
    percentile: float | None
    hours: int
    since_ms: int


def funding_standing(
    hour_ms: Int64Array, known_ms: Int64Array, rate: Float64Array, at_ms: int
) -> FundingStanding | None:
    """Of fundings (H,) in order of time, those known by a time; None where none was paid within MAX_AGE_MS.

    percentile = 100 (hours with a lower rate + half of those with the same) / hours
    """
    is_known = (known_ms <= at_ms) & (hour_ms > at_ms - FUNDING_DAYS * DAY_MS) & np.isfinite(rate)
    hours, rates = hour_ms[is_known], rate[is_known]
    if not len(hours) or at_ms - int(hours[-1]) >= MAX_AGE_MS:
        return None
    own = float(rates[-1])
    count = len(rates)
    below = int(np.count_nonzero(rates < own)) + 0.5 * int(np.count_nonzero(rates == own))
    return FundingStanding(
        rate=own,
        hour_ms=int(hours[-1]),
        percentile=100.0 * below / count if count >= MIN_HOURS else None,
        hours=count,
        since_ms=int(hours[0]),
    )
