"""A sum whose terms come together by day and by coin: its variance, and how often chance makes as much.

    V = V_day + V_coin - V_day-and-coin,   V_g = G / (G - 1) sum over clusters of (their sum)^2               (eq. 4)
    p = share of signs e_day = +-1 for which sum e_day (sum of the day) >= sum of all                          (eq. 5)

of docs/attraction.md: two-way clusters of Cameron, Gelbach and Miller (2011), and the wild bootstrap of scores of Kline
and Santos (2012). Some twenty days of very different weight make the ratio of a sum to its error shorter-tailed than a
table of t says; signs of whole days know their weights.
"""

from __future__ import annotations

import numpy as np

from liqscape.insight.statistics.hashing import drawn_numbers
from liqscape.units import Float64Array, Int64Array

FLIPS = 4_000


def two_way_variance(term: Float64Array, day: Int64Array, coin: Int64Array) -> float:
    """Variance of the sum of terms (N,), clustered by day and by coin; NaN where there is one day.

    Never less than that of days alone: with few coins the difference of estimates may be small, even negative.
    """
    by_day = clustered_variance(term, day)
    by_coin = clustered_variance(term, coin)
    both = by_day + by_coin - clustered_variance(term, day * (int(coin.max(initial=0)) + 1) + coin)
    return by_day if np.isnan(by_coin) else max(both, by_day)


def flipped_share(term: Float64Array, day: Int64Array, text: str) -> float:
    """Chance of a sum of terms (N,) as large, or larger, where each day's sum has either sign; the text seeds it."""
    _, place = np.unique(day, return_inverse=True)
    sums = np.bincount(place, term)
    signs = (drawn_numbers(text, FLIPS * len(sums)) >> np.uint64(63)).astype(np.float64) * 2.0 - 1.0
    flipped = signs.reshape(FLIPS, -1) @ sums
    limit = sums.sum() - 1e-9 * np.abs(sums).sum()  # all signs kept is as large, in whatever order it is added
    return (1.0 + float((flipped >= limit).sum())) / (FLIPS + 1.0)


def clustered_variance(term: Float64Array, cluster: Int64Array) -> float:
    """Variance of the sum of terms, independent between clusters; NaN where there is one cluster."""
    _, place = np.unique(cluster, return_inverse=True)
    sums = np.bincount(place, term)
    count = len(sums)
    return float(sums @ sums) * count / (count - 1.0) if count > 1 else float("nan")
