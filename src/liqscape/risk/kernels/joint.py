"""The first liquidation of every pool along a path of all marks (docs/joint.md, eq. 1 to 5).

Theory of operation. Along a path the mark of market m is mark_m * exp(slope_m * f), and a pool's free margin is

    g(f) = raw_usd + sum over positions of n_i(f),    n_i = exposure_i - max over tiers k of (|exposure_i| r_k - d_k)

a sum of exponentials that rises and falls as it likes, with a kink wherever a position changes its tier: a root
found by bisection alone may be any root. Each n_i is monotone in f, though, and its derivative
slope_i * exposure_i * (1 - side * r) lies on [a, b] between bounds made of the exposures and rates at a and at b.
So the walk from f = 0 goes in steps that are proven free of a crossing, as long as they can be:

    value     raw + rising n_i at a + falling n_i at b >= 0     no point of [a, b] is below zero
    slope     g(a) + (b - a) * least g' >= 0                    the same
    monotone  most g' < 0                                       g falls throughout: g(b) decides; if it is below
                                                                zero, the one root lies between

and a step that proves nothing is halved. Every pool walks by halves of the same path, so they share most points they
try: growth exp(slope_m f) of every coin is computed once for each of SHARED + 1 points, when the first pool comes
there, and an evaluation is a product and a look into the margin table. What is left undecided at SHORTEST is decided
by g(b): a dip that short is shallower than the rounding of g itself. The one root of a falling stretch is found by
Halley's method (Newton's with the second derivative, which is the same sum weighted once more) inside the bracket, to
the last bits. A pool of one position has the root of its solo price (docs/liquidation.md, eq. 2); the logarithms of
those that can be reached are taken together at the end, for half of all cannot and none has to be guessed.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from liqscape.risk.columns import (
    FirstPriceColumns,
    LiquidationColumns,
    PathColumns,
    PoolColumns,
    PositionColumns,
    RateColumns,
)
from liqscape.risk.kernels.jit import compiled, inlined, merged
from liqscape.units import BoolArray, Float64Array, UInt64Array

OK, NONE, UNKNOWN, NOW = 0, 1, 2, 3
"""JointStatus of risk/joint/solve.py."""

SHORTEST = 1e-10
"""Of the whole path, whose length in log price is about 2: the depth of a dip so short is of the order of 1e-20 of
the notional, the rounding of the sum 1e-16 of it."""

TRIALS_AT_ONE_RESOLUTION = 1_000
"""A pool whose free margin stays within a hair of zero for long (an exact hedge with nothing to spare) would be walked
in steps of the shortest width for ever: after so many trials that width is four times what it was. Random pools of
the benchmark take at most some dozens."""

SHARED = 64
"""Parts of the path whose ends are the points that pools share: a power of two, so that halving meets them."""

SAME_POINT = 1e-9
"""Of one part: a sum of halves is within a rounding or so of the point it stands for."""

MAX_TRIALS = 300
"""Of Halley's method and halving inside one bracket; 64 halvings exhaust a double, so this only guards."""

ROUNDING = 2.0**-52
"""Of a double: nothing is decided below it."""


class MovingPool(NamedTuple):
    """The positions of the pool in hand, of which the first `count` places are its own."""

    exposure: Float64Array
    """USD at f = 0."""
    drift: Float64Array
    """Slope of the mark of its coin."""
    market: UInt64Array
    table: UInt64Array


class Tiers(NamedTuple):
    """Margin tables: nearly every notional lies in the first tier, and is then looked up in two short columns."""

    first_rate: Float64Array
    """(T,)"""
    first_bound: Float64Array
    """(T,) USD; below it the first tier is the largest, without a doubt."""
    rate: Float64Array
    deduction: Float64Array


class PoolAtPoint(NamedTuple):
    """The same positions at one point of the path."""

    exposure: Float64Array
    rate: Float64Array
    net: Float64Array
    """n_i."""
    pull: Float64Array
    """n_i', drift * (exposure - |exposure| * rate)."""


class Growth(NamedTuple):
    """exp(slope_m f) at the points that pools share, made when first asked for; grown: of the pool in hand."""

    slope: Float64Array
    """(M,)"""
    at_point: Float64Array
    """(SHARED + 1, M)"""
    is_made: BoolArray
    grown: Float64Array


@compiled
def first_liquidations(
    held: PoolColumns,
    positions: PositionColumns,
    path: PathColumns,
    rates: RateColumns,
    found: LiquidationColumns,
    priced: FirstPriceColumns,
) -> None:
    """Fill factor (A,) and status (A,): the least f in [0, reach] where the pool is below maintenance; and prices.

    factor is NaN unless status is OK, or NOW (already below at f = 0; factor 0). A pool without positions is NONE.
    price is the mark of the position's coin there (its solo root where it is alone), NaN for UNKNOWN, 0 for NONE.
    """
    offsets, raw_usd = held.offsets, held.raw_usd
    market_index, size, table_row = positions.market_index, positions.size, positions.table_row
    mark, slope, reach = path.mark, path.slope, path.reach
    factor, status = found.factor, found.status
    tiers = Tiers(rates.rate[:, 0].copy(), _first_bounds(rates.rate, rates.deduction), rates.rate, rates.deduction)
    longest = 0
    for pool in range(len(raw_usd)):
        longest = max(longest, offsets[pool + 1] - offsets[pool])
    moving = MovingPool(
        np.empty(longest), np.empty(longest), np.empty(longest, np.uint64), np.empty(longest, np.uint64)
    )
    here = PoolAtPoint(np.empty(longest), np.empty(longest), np.empty(longest), np.empty(longest))
    there = PoolAtPoint(np.empty(longest), np.empty(longest), np.empty(longest), np.empty(longest))
    growth = Growth(slope, np.empty((SHARED + 1, len(mark))), np.zeros(SHARED + 1, np.bool_), np.empty(longest))
    waiting, waits = np.empty(len(raw_usd), np.int64), 0
    for pool in range(len(raw_usd)):
        first = offsets[pool]
        count = offsets[pool + 1] - first
        if count == 1:
            waiting[waits] = pool
            waits += _begin_alone(pool, first, raw_usd, positions, path, tiers, found, priced)
            continue
        is_known = not math.isnan(raw_usd[pool])
        can_fall = False
        total = 0.0
        for step in range(count):
            row, place = np.uint64(first + step), np.uint64(step)
            market, table = np.uint64(market_index[row]), np.uint64(table_row[row])
            exposure, drift = size[row] * mark[market], slope[market]
            moving.market[place], moving.table[place] = market, table
            moving.exposure[place], moving.drift[place] = exposure, drift
            is_known = is_known & (exposure == exposure) & (drift == drift)
            can_fall = can_fall | (exposure * drift < 0.0)
            total += _net_at(exposure, drift, place, table, tiers, here)
        value = raw_usd[pool] + total
        root = -1.0
        if not is_known:
            status[pool] = UNKNOWN
        elif count == 0 or (value >= 0.0 and not can_fall):
            status[pool] = NONE
        elif value < 0.0:
            status[pool] = NOW
            root = 0.0
        else:
            root = _walk(raw_usd[pool], value, reach, count, moving, tiers, growth, here, there)
            status[pool] = OK if root >= 0.0 else NONE
        factor[pool] = root if root >= 0.0 else np.nan
        first_priced, last_priced = priced.offsets[pool], priced.offsets[pool + 1]
        if status[pool] == NONE or status[pool] == UNKNOWN:
            for row in range(first_priced, last_priced):
                priced.price[row] = 0.0 if status[pool] == NONE else np.nan
        else:
            for row in range(first_priced, last_priced):
                step = np.uint64(row - first_priced)
                priced.price[row] = mark[moving.market[step]] * (growth.grown[step] if root > 0.0 else 1.0)
    for place in range(waits):
        pool = waiting[place]
        _finish_alone(pool, offsets[pool], positions, path, found, priced)


@inlined
def _first_bounds(rate: Float64Array, deduction: Float64Array) -> Float64Array:
    """(T,) least notional at which another tier may be as large as the first, a little less for rounding."""
    bound = np.full(len(rate), np.inf)
    for table in range(len(rate)):
        for tier in range(1, rate.shape[1]):
            if rate[table, tier] != rate[table, 0]:
                meets = deduction[table, tier] / (rate[table, tier] - rate[table, 0])
                bound[table] = min(bound[table], meets * (1.0 - 1e-9))
    return bound


@merged
def _net_at(moved: float, drift: float, place: np.uint64, table: np.uint64, tiers: Tiers, state: PoolAtPoint) -> float:
    """Fill the state of a position at a point of the path; returns its n_i."""
    notional = abs(moved)
    tier_rate = tiers.first_rate[table]
    maintenance = notional * tier_rate
    if notional >= tiers.first_bound[table]:
        for tier in range(1, tiers.rate.shape[1]):
            there = notional * tiers.rate[table, tier] - tiers.deduction[table, tier]
            if there > maintenance:
                maintenance, tier_rate = there, tiers.rate[table, tier]
    state.exposure[place] = moved
    state.rate[place] = tier_rate
    state.net[place] = moved - maintenance
    state.pull[place] = drift * (moved - notional * tier_rate)
    return moved - maintenance


@merged
def _pull_bounds(
    drift: float, before: float, after: float, rate_before: float, rate_after: float
) -> tuple[float, float]:
    """Bounds of n_i' between two points in different tiers: the exposure of one end with the rate of the other."""
    side = 1.0 if after > 0.0 else -1.0
    small, large = min(abs(before), abs(after)), max(abs(before), abs(after))
    low, high = min(rate_before, rate_after), max(rate_before, rate_after)
    slowest = small * (1.0 - side * (high if side > 0.0 else low))
    fastest = large * (1.0 - side * (low if side > 0.0 else high))
    return drift * side * slowest, drift * side * fastest


@merged
def _begin_alone(
    pool: int,
    row: int,
    raw_usd: Float64Array,
    positions: PositionColumns,
    path: PathColumns,
    tiers: Tiers,
    found: LiquidationColumns,
    priced: FirstPriceColumns,
) -> bool:
    """A pool of one position but for its logarithm; True where that is to be taken, of what factor holds then.

    Whether the path may reach it is not asked by branches: it is a coin thrown for each of them.
    """
    raw = raw_usd[pool]
    market, table = positions.market_index[row], np.uint64(positions.table_row[row])
    exposure, drift = positions.size[row] * path.mark[market], path.slope[market]
    notional = abs(exposure)
    maintenance = notional * tiers.first_rate[table]
    side = 1.0 if exposure > 0.0 else -1.0
    scaled = -raw / (1.0 - side * tiers.first_rate[table])
    if max(notional, abs(scaled)) >= tiers.first_bound[table]:
        for tier in range(1, tiers.rate.shape[1]):
            rate, deduction = tiers.rate[table, tier], tiers.deduction[table, tier]
            maintenance = max(maintenance, notional * rate - deduction)
            scaled = max(scaled, -(raw + deduction) / (1.0 - side * rate))
    value = raw + (exposure - maintenance)
    ratio = scaled / exposure
    may_fall = (value >= 0.0) & (ratio > 0.0) & (exposure * drift < 0.0)
    status, factor, price = np.uint8(NONE), ratio if may_fall else np.nan, 0.0
    if not value >= 0.0 or drift != drift:
        is_now = value < 0.0 and drift == drift
        status = np.uint8(NOW if is_now else UNKNOWN)
        factor = 0.0 if is_now else np.nan
        price = path.mark[market] if is_now else np.nan
    found.status[pool] = status
    found.factor[pool] = factor
    for at in range(priced.offsets[pool], priced.offsets[pool + 1]):
        priced.price[at] = price
    return may_fall


@merged
def _finish_alone(
    pool: int,
    row: int,
    positions: PositionColumns,
    path: PathColumns,
    found: LiquidationColumns,
    priced: FirstPriceColumns,
) -> None:
    """The way to its solo price, log(ratio) / drift; NONE stands where the path ends before."""
    way = math.log(found.factor[pool]) / path.slope[positions.market_index[row]]
    root = way if way > 0.0 else 0.0
    if not root <= path.reach:
        found.factor[pool] = np.nan
        return
    found.status[pool] = OK
    found.factor[pool] = root
    for at in range(priced.offsets[pool], priced.offsets[pool + 1]):
        priced.price[at] = priced.solo_root[at]


@merged
def _grow_to(point: float, reach: float, count: int, moving: MovingPool, growth: Growth) -> float:
    """Fill grown (count,): exp(drift f), from the table where f is a point that pools share; returns f."""
    part = reach / SHARED
    shared = math.floor(point / part + 0.5)
    if abs(point / part - shared) > SAME_POINT:
        for index in range(count):
            place = np.uint64(index)
            growth.grown[place] = math.exp(moving.drift[place] * point)
        return point
    # The same number whichever halves were added up to it: what is found must not depend on who came here first.
    point = shared * part
    row = np.uint64(shared)
    if not growth.is_made[row]:
        growth.is_made[row] = True
        for coin in range(len(growth.slope)):
            growth.at_point[row, np.uint64(coin)] = math.exp(growth.slope[coin] * point)
    for index in range(count):
        place = np.uint64(index)
        growth.grown[place] = growth.at_point[row, moving.market[place]]
    return point


@merged
def _walk(
    raw: float,
    value: float,
    reach: float,
    count: int,
    moving: MovingPool,
    tiers: Tiers,
    growth: Growth,
    start: PoolAtPoint,
    end: PoolAtPoint,
) -> float:
    """Least root in (0, reach], -1 if there is none. value is g(0) >= 0; start holds f = 0."""
    here, step = 0.0, reach
    shortest = SHORTEST * reach
    trials = 0
    while here < reach:
        trials += 1
        if trials == TRIALS_AT_ONE_RESOLUTION:
            shortest *= 4.0
            trials = 0
        there = _grow_to(min(here + step, reach), reach, count, moving, growth)
        total, min_value, min_slope, max_slope = 0.0, raw, 0.0, 0.0
        for index in range(count):
            place = np.uint64(index)
            moved = moving.exposure[place] * growth.grown[place]
            net_there = _net_at(moved, moving.drift[place], place, moving.table[place], tiers, end)
            net_here = start.net[place]
            total += net_there
            min_value += net_there if net_there < net_here else net_here
            one, other = start.pull[place], end.pull[place]
            if start.rate[place] != end.rate[place]:
                one, other = _pull_bounds(
                    moving.drift[place], start.exposure[place], moved, start.rate[place], end.rate[place]
                )
            min_slope += one if one < other else other
            max_slope += other if one < other else one
        value_there = raw + total
        width = there - here
        is_free = min_value >= 0.0 or value + width * min(min_slope, 0.0) >= 0.0
        if not is_free and (max_slope < 0.0 or width <= shortest):
            if value_there < 0.0:
                if max_slope < 0.0:
                    guess = _guess_between(here, there, value, value_there, count, start, end)
                    return _root_between(here, guess, there, raw, count, moving, tiers, growth, end)
                return there
            is_free = True
        if is_free:
            here, value = there, value_there
            for index in range(count):
                place = np.uint64(index)
                start.exposure[place] = end.exposure[place]
                start.rate[place] = end.rate[place]
                start.net[place] = end.net[place]
                start.pull[place] = end.pull[place]
            step = min(2.0 * width, reach)
        else:
            step = 0.5 * width
    return -1.0


@merged
def _guess_between(
    low: float,
    high: float,
    value_low: float,
    value_high: float,
    count: int,
    start: PoolAtPoint,
    end: PoolAtPoint,
) -> float:
    """Where the cubic through f and its slope 1 / g' at both ends, as functions of g, has g = 0; inside the bracket."""
    slope_low, slope_high = 0.0, 0.0
    for index in range(count):
        slope_low += start.pull[np.uint64(index)]
        slope_high += end.pull[np.uint64(index)]
    fall = value_high - value_low
    share = -value_low / fall
    straight = low + share * (high - low)
    at_low = share * (1.0 - share) ** 2 * (fall / slope_low - (high - low))
    at_high = share**2 * (1.0 - share) * (fall / slope_high - (high - low))
    guess = straight + at_low - at_high
    return guess if low < guess < high else straight


@merged
def _root_between(
    low: float,
    guess: float,
    high: float,
    raw: float,
    count: int,
    moving: MovingPool,
    tiers: Tiers,
    growth: Growth,
    state: PoolAtPoint,
) -> float:
    """The one root where g falls throughout, g(low) >= 0 > g(high): Halley's method, halving where it is slow.

        f - 2 g g' / (2 g'^2 - g g''),    g' = sum of drift * exposure * (1 - side * r), g'' with drift twice

    A kink between two points only makes a step worse: the bracket holds, and a point is accepted where it is evaluated.
    grown is left as it is at the root.
    """
    point = guess
    before = high - low
    for _ in range(MAX_TRIALS):
        total, steepness, bend, gross = 0.0, 0.0, 0.0, abs(raw)
        for index in range(count):
            place = np.uint64(index)
            drift = moving.drift[place]
            growth.grown[place] = math.exp(drift * point)
            moved = moving.exposure[place] * growth.grown[place]
            total += _net_at(moved, drift, place, moving.table[place], tiers, state)
            steepness += state.pull[place]
            bend += drift * state.pull[place]
            gross += abs(moved)
        value = raw + total
        if value < 0.0:
            high = point
        else:
            low = point
        following = point - value / (steepness - 0.5 * bend * value / steepness)
        if (
            abs(value) <= ROUNDING * gross
            or abs(following - point) <= ROUNDING * point
            or high - low <= ROUNDING * high
        ):
            return point
        if not low < following < high or abs(following - point) > 0.5 * before:
            following = 0.5 * (low + high)
        before = abs(following - point)
        point = following
    for index in range(count):
        growth.grown[np.uint64(index)] = math.exp(moving.drift[np.uint64(index)] * high)
    return high
