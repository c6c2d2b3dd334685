"""Chance for ensembles: a counter-based generator, so that member k is the same whatever was drawn before.

SplitMix64 (Steele, Lea, Flood 2014) of (seed, member, place); 53 bits make a uniform in (0, 1).
"""

from __future__ import annotations

import math
from statistics import NormalDist

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
_NORMAL = NormalDist()


def mixed(value: int) -> int:
    """Output of SplitMix64 at one state."""
    value = (value + GOLDEN) & MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
    return value ^ (value >> 31)


def uniform(seed: int, member: int, place: int) -> float:
    """A uniform number strictly between 0 and 1."""
    value = mixed(mixed(mixed(seed & MASK) ^ member) ^ place)
    return ((value >> 11) + 0.5) / (1 << 53)


def lognormal(share: float, median: float, low: float, high: float) -> float:
    """Quantile `share` of the log-normal with that median and P(below low) = 10 %, clipped to [low / 3, high]."""
    spread = math.log(median / low) / -_NORMAL.inv_cdf(0.1)
    drawn = median * math.exp(spread * _NORMAL.inv_cdf(share))
    return min(high, max(low / 3.0, drawn))


def between(share: float, low: float, high: float) -> float:
    """Uniform between two numbers."""
    return low + (high - low) * share


def choice(share: float, count: int) -> int:
    """A whole number from 0 to count - 1, all equally likely."""
    return min(count - 1, int(share * count))
