"""What a map of one coin leaves open, in figures (docs/intervals.md, "Caveats in figures")."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.heatmap.grid import LOG_WIDTH
from liqscape.risk.ladder import first_order_size
from liqscape.units import BoolArray, Float64Array, Int64Array

NEAR = 0.05
BACKSTOP_REACH = 0.005
"""A mark that moves on by so much of itself before an order has filled is at the backstop level of who is near it."""


@dataclass(frozen=True, kw_only=True)
class CrossBlur:
    """Solo against joint levels. usd, count: of positions more than a band apart, or with one of both alone; of_usd,
    of_count: of positions with a solo level; median_shift: median |ln(joint / solo)| by USD of those with both, NaN
    without any, of both_count positions."""

    usd: float
    count: int
    of_usd: float
    of_count: int
    median_shift: float
    both_count: int


def cross_blur(usd: Float64Array, solo: Float64Array, joint: Float64Array) -> CrossBlur:
    """Of positions (P,); NaN and levels that are not positive are none. Without a solo level it is in no band."""
    has_solo, has_joint = _is_level(solo), _is_level(joint)
    both = has_solo & has_joint
    shift = np.abs(np.log(joint[both] / solo[both]))
    is_apart = has_solo & ~has_joint
    is_apart[both] = shift > LOG_WIDTH
    return CrossBlur(
        usd=float(usd[is_apart].sum()),
        count=int(is_apart.sum()),
        of_usd=float(usd[has_solo].sum()),
        of_count=int(has_solo.sum()),
        median_shift=weighted_median(shift, usd[both]),
        both_count=int(both.sum()),
    )


@dataclass(frozen=True, kw_only=True)
class Softening:
    """Of positions with a level within NEAR of the mark: their USD and number, USD of the orders sent at once (20 % of
    positions above 100k USD), and USD whose backstop level lies within BACKSTOP_REACH of its liquidation level."""

    usd: float
    count: int
    first_usd: float
    first_count: int
    backstop_usd: float
    backstop_count: int


def softening(size: Float64Array, mark: float, root: Float64Array, backstop_root: Float64Array) -> Softening:
    """size (P,) signed coins; root, backstop_root (P,) marks of liquidation and of the backstop."""
    with np.errstate(invalid="ignore"):
        near = _is_level(root) & (np.abs(root / mark - 1.0) <= NEAR)
        is_close = near & _is_level(backstop_root) & (np.abs(backstop_root / root - 1.0) <= BACKSTOP_REACH)
    coins = np.abs(size[near])
    first = first_order_size(coins, root[near])
    return Softening(
        usd=float(coins.sum()) * mark,
        count=int(near.sum()),
        first_usd=float(first.sum()) * mark,
        first_count=int(np.count_nonzero(first < coins)),
        backstop_usd=float(np.abs(size[is_close]).sum()) * mark,
        backstop_count=int(is_close.sum()),
    )


@dataclass(frozen=True, kw_only=True)
class Widest:
    """The largest distance of two prices in a time, as |ln(one / other)|; NaN without any of `count` times."""

    value: float
    count: int


def widest(one: Float64Array, other: Float64Array) -> Widest:
    """Of prices at the same times; unknown ones are passed over."""
    with np.errstate(invalid="ignore"):
        known: BoolArray = (one > 0.0) & (other > 0.0)
    if not known.any():
        return Widest(value=float("nan"), count=0)
    return Widest(value=float(np.abs(np.log(one[known] / other[known])).max()), count=int(known.sum()))


def weighted_median(value: Float64Array, weight: Float64Array) -> float:
    """The least value that half of the weight does not exceed; NaN without weight."""
    if not weight.sum() > 0.0:
        return float("nan")
    order: Int64Array = np.argsort(value, kind="stable")
    upto = np.cumsum(weight[order])
    return float(value[order][np.searchsorted(upto, 0.5 * upto[-1])])


def _is_level(price: Float64Array) -> BoolArray:
    with np.errstate(invalid="ignore"):
        return (price > 0.0) & (price < 1e15)
