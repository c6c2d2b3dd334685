"""A share of cases with its Wilson interval.

(p + z^2 / 2n +- z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n),   z = 1.96
"""

from __future__ import annotations

from math import sqrt

from msgspec import Struct

MIN_CASES = 20
"""Below it cases are listed or counted, and no share or quantile is told."""
Z = 1.959963984540054
"""95 %, two-sided."""


class Share(Struct, frozen=True, kw_only=True):
    """A share of cases with the ends of its 95 % interval."""

    share: float
    low: float
    high: float


def wilson(hits: int, count: int) -> Share:
    """A share with its Wilson interval; count > 0."""
    share, square = hits / count, Z * Z / count
    middle, width = share + square / 2.0, Z * sqrt(share * (1.0 - share) / count + square / (4.0 * count))
    return Share(
        share=share,
        low=max(0.0, (middle - width) / (1.0 + square)),
        high=min(1.0, (middle + width) / (1.0 + square)),
    )
