"""Positions whose level is not known, as expected numbers by size and price (docs/intervals.md, eq. 1 to 4).

What is not known where it stands is kept as expected numbers of positions by class of size (geometric, CLASSES_A_DECADE
a decade of USD) and by distance from the mark, as distances of known positions are, each smeared by a factor:

    rate[c, b] = sum over bins d of number[c, d] * ( Phi((ln far_b - ln d) / h) - Phi((ln near_b - ln d) / h) )

with near_b and far_b the distances |ln(price / mark)| of a band's edges and h the smear. A band on the other side of
the mark than the levels of its side has no rate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from liqscape.units import Float64Array, Int64Array

CLASSES_A_DECADE = 8
SMALLEST_USD = 1.0
CLASSES = 88
"""From 1 USD to 100 billion."""
BINS = 128
NEAREST, FARTHEST = 1e-4, 4.0
"""Distances |ln(level / mark)|: 1 bp to a factor of 55; nearer and farther ones are in the outermost bins."""
_CLASS_STEP = math.log(10.0) / CLASSES_A_DECADE
_BIN_STEP = math.log(FARTHEST / NEAREST) / BINS
CLASS_USD: Float64Array = SMALLEST_USD * np.exp((np.arange(CLASSES, dtype=np.float64) + 0.5) * _CLASS_STEP)
BIN_LOG: Float64Array = math.log(NEAREST) + (np.arange(BINS, dtype=np.float64) + 0.5) * _BIN_STEP


@dataclass(frozen=True)
class SideMass:
    """Expected numbers of positions of one side: number (CLASSES, BINS) by size and distance."""

    number: Float64Array

    @classmethod
    def of(cls, usd: Float64Array, away: Float64Array, weight: Float64Array) -> SideMass:
        """Positions of that size at that distance, each with an expected number. away not positive or NaN: none."""
        with np.errstate(invalid="ignore"):
            has_level = away > 0.0
        key = class_of(usd[has_level]) * BINS + bin_of(away[has_level])
        number = np.bincount(key, weight[has_level], CLASSES * BINS).astype(np.float64)
        return cls(number.reshape(CLASSES, BINS))

    def rates(self, near: Float64Array, far: Float64Array, smear: float) -> Float64Array:
        """(CLASSES, B) expected numbers between two distances (B,); both 0 where levels of the side do not stand."""
        return np.asarray(self.number @ (_below(far, smear) - _below(near, smear)).T, np.float64)

    def __add__(self, other: SideMass) -> SideMass:
        return SideMass(self.number + other.number)


def class_of(usd: Float64Array) -> Int64Array:
    """Class of size of each."""
    place = np.log(np.maximum(usd, SMALLEST_USD) / SMALLEST_USD) / _CLASS_STEP
    return np.clip(place.astype(np.int64), 0, CLASSES - 1)


def bin_of(away: Float64Array) -> Int64Array:
    """Bin of distance of each; distances are positive."""
    return np.clip((np.log(away / NEAREST) / _BIN_STEP).astype(np.int64), 0, BINS - 1)


def _below(away: Float64Array, smear: float) -> Float64Array:
    """(B, BINS) share of each bin's levels that lies nearer than a distance."""
    from scipy.special import ndtr

    with np.errstate(divide="ignore"):
        place = (np.log(away)[:, None] - BIN_LOG[None, :]) / smear
    return np.asarray(ndtr(place), np.float64)
