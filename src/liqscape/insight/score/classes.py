"""Classes a score is told by: how far a level was from the mark, and how old the reading behind it."""

from __future__ import annotations

import numpy as np

from liqscape.units import Float64Array, Int64Array, MarginSource

DISTANCE_BOUNDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
DISTANCE_WORDS = ("0-1 %", "1-2 %", "2-5 %", "5-10 %", "10-20 %", "20-50 %", ">50 %")
"""abs(level / mark - 1); a bound belongs to the farther class."""
AGE_BOUNDS_MS = (60_000, 600_000, 3_600_000, 21_600_000)
AGE_WORDS = ("<1m", "1-10m", "10-60m", "1-6h", ">6h", "unknown")
"""Since the state behind the level was read; a bound belongs to the older class."""
SOURCE_WORDS = tuple(source.name.lower() for source in sorted(MarginSource))


def distance_class(level: Float64Array, mark: Float64Array) -> Int64Array:
    """(P,) index in DISTANCE_WORDS."""
    return np.searchsorted(DISTANCE_BOUNDS, np.abs(level / mark - 1.0), side="right").astype(np.int64)


def age_class(age_ms: Int64Array) -> Int64Array:
    """(P,) index in AGE_WORDS; ages below 0 are unknown."""
    known = np.searchsorted(AGE_BOUNDS_MS, age_ms, side="right")
    return np.where(age_ms < 0, len(AGE_WORDS) - 1, known).astype(np.int64)
