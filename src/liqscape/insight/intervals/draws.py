"""What a band may hold, drawn: certain positions, positions that may have left, and a chance number of others.

    X = certain + sum over groups g of usd_g * Binomial(n_g, stay_g) + sum over classes c of usd_c * Poisson(rate_c)

Uniforms are SplitMix64 (Steele, Lea, Flood 2014) of a counter: the same figures give the same interval.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.insight.intervals.masses import CLASS_USD, CLASSES
from liqscape.insight.statistics.hashing import mixed
from liqscape.units import BoolArray, Float64Array, Int64Array

MAX_COUNTED = 24
"""Positions of a group that are drawn one by one; of larger groups the number is a rounded normal."""
MANY = 48.0
"""Expected number in a band above which the sum is drawn as a gamma of the same mean and variance."""
STEADY = 0.05
"""Sizes so small, and so many in a band, that their sum keeps within 5 % of its mean, count with their mean."""


@dataclass(frozen=True, kw_only=True)
class StayGroups:
    """G groups of like positions that may have left: band row (G,), number (G,), chance to be there still (G,) and USD
    of one (G,)."""

    row: Int64Array
    count: Int64Array
    stay: Float64Array
    usd: Float64Array


def draw_bands(
    certain: Float64Array, groups: StayGroups, rates: Float64Array, draws: int, is_given: BoolArray
) -> Float64Array:
    """(draws, B) USD. certain (B,); rates (CLASSES, B); is_given (B,) bool: only draws in which somebody came."""
    chance = _Uniforms()
    held = np.repeat(certain[None, :], draws, axis=0)
    if len(groups.row):
        staying = _binomial(chance, groups.count, groups.stay, draws)
        order = np.argsort(groups.row, kind="stable")
        rows, starts = np.unique(groups.row[order], return_index=True)
        held[:, rows] += np.add.reduceat((staying * groups.usd)[:, order], starts, axis=1)
    return held + _come(chance, rates, draws, is_given) if len(certain) else held


class _Uniforms:
    """Numbers strictly between 0 and 1, one after the other."""

    def __init__(self) -> None:
        self._next = 1

    def take(self, rows: int, columns: int = 1) -> Float64Array:
        """(rows, columns) of them."""
        count = rows * columns
        value = mixed(0, np.arange(self._next, self._next + count))
        self._next += count
        found: Float64Array = ((value >> np.uint64(11)).astype(np.float64) + 0.5) / float(1 << 53)
        return found.reshape(rows, columns)


def _binomial(chance: _Uniforms, count: Int64Array, share: Float64Array, draws: int) -> Float64Array:
    """(draws, G) how many of each group's positions are there."""
    found: Float64Array = np.zeros((draws, len(count)))
    few = np.flatnonzero(count <= MAX_COUNTED)
    for number in range(int(count[few].max(initial=0))):
        rows = few[count[few] > number]
        found[:, rows] += chance.take(draws, len(rows)) < share[rows]
    many = np.flatnonzero(count > MAX_COUNTED)
    if len(many):
        from scipy.special import ndtri

        mean, spread = count[many] * share[many], np.sqrt(count[many] * share[many] * (1.0 - share[many]))
        drawn = np.round(mean + spread * ndtri(chance.take(draws, len(many))))
        found[:, many] = np.clip(drawn, 0.0, count[many])
    return found


def _come(chance: _Uniforms, rates: Float64Array, draws: int, is_given: BoolArray) -> Float64Array:
    """(draws, B) USD of those who came."""
    small = _small(rates)
    fixed = CLASS_USD @ np.where(small, rates, 0.0)
    rates = np.where(small, 0.0, rates)
    total = rates.sum(axis=0)
    mean, square = CLASS_USD @ rates, (CLASS_USD**2) @ rates
    uniform = chance.take(draws, len(total))
    come: Float64Array = np.zeros((draws, len(total))) + fixed
    many = np.flatnonzero(total > MANY)
    if len(many):
        from scipy.special import gammaincinv

        shape = mean[many] ** 2 / square[many]
        come[:, many] += gammaincinv(shape, uniform[:, many]) * (square[many] / mean[many])
    few = np.flatnonzero((total > 0.0) & (total <= MANY))
    if len(few):
        none = np.exp(-total[few])
        # Of those that are given somebody, the number is of a Poisson without its nought.
        share = np.where(is_given[few], none + (1.0 - none) * uniform[:, few], uniform[:, few])
        number = _poisson(total[few], share)
        counts = number.ravel()
        column = np.repeat(np.tile(np.arange(len(few)), draws), counts)
        ladder = np.cumsum(rates[:, few] / total[few], axis=0).T
        ladder[:, -1] = 1.0
        place = np.searchsorted(
            (ladder + np.arange(len(few))[:, None]).ravel(), column + chance.take(len(column))[:, 0]
        )
        usd = CLASS_USD[np.minimum(place - column * CLASSES, CLASSES - 1)]
        draw = np.repeat(np.arange(draws).repeat(len(few)), counts)
        come[:, few] += np.bincount(draw * len(few) + column, usd, draws * len(few)).reshape(draws, len(few))
    return come


def _small(rates: Float64Array) -> BoolArray:
    """(CLASSES, B) the smallest sizes of each band, as long as their sum is nearly certain."""
    mean = np.cumsum(CLASS_USD[:, None] * rates, axis=0)
    variance = np.cumsum((CLASS_USD**2)[:, None] * rates, axis=0)
    is_steady = (variance <= (STEADY * mean) ** 2) & (mean > 0.0)
    return np.logical_and.accumulate(is_steady | (mean == 0.0), axis=0)


def _poisson(mean: Float64Array, share: Float64Array) -> Int64Array:
    """(draws, B) numbers below which a Poisson of each mean (B,) is with that probability."""
    number = np.zeros(share.shape, np.int64)
    term = np.exp(-mean)
    below = term.copy()
    for step in range(1, int(MANY * 3)):
        is_more = share > below
        if not is_more.any():
            break
        number += is_more
        term = term * mean / step
        below += term
    return number
