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

and a step that proves nothing is halved. What is left undecided at SHORTEST is decided by g(b): a dip that short is
shallower than the rounding of g itself. The one root of a falling stretch is found by Newton's method inside the
bracket, to the last bits. A pool of one position has the root of its solo price (docs/liquidation.md, eq. 2).
"""

from __future__ import annotations

import math

import numpy as np

from liqscape.risk.columns import LiquidationColumns, PathColumns, PoolColumns, PositionColumns, RateColumns
from liqscape.risk.kernels.jit import compiled, inlined
from liqscape.units import Float64Array, Int64Array

OK, NONE, UNKNOWN, NOW = 0, 1, 2, 3
"""JointStatus of risk/joint/solve.py."""

SHORTEST = 1e-10
"""Of the whole path, whose length in log price is about 2: the depth of a dip so short is of the order of 1e-20 of
the notional, the rounding of the sum 1e-16 of it."""

TRIALS_AT_ONE_RESOLUTION = 1_000
"""A pool whose free margin stays within a hair of zero for long (an exact hedge with nothing to spare) would be walked
in steps of the shortest width for ever: after so many trials that width is four times what it was. Random pools of
the benchmark take at most some dozens."""

MAX_TRIALS = 300
"""Of Newton's method and halving inside one bracket; 64 halvings exhaust a double, so this only guards."""

ROUNDING = 2.0**-52
"""Of a double: nothing is decided below it."""

EXPOSURE, RATE, NET = 0, 1, 2
"""Columns of what a position is at one point of the path."""


@compiled
def first_liquidations(
    held: PoolColumns,
    positions: PositionColumns,
    path: PathColumns,
    rates: RateColumns,
    found: LiquidationColumns,
) -> None:
    """Fill factor (A,) and status (A,): the least f in [0, reach] where the pool is below maintenance.

    factor is NaN unless status is OK, or NOW (already below at f = 0; factor 0). A pool without positions is NONE.
    """
    offsets, raw_usd = held.offsets, held.raw_usd
    market_index, size, table_row = positions.market_index, positions.size, positions.table_row
    mark, slope, reach = path.mark, path.slope, path.reach
    rate, deduction, factor, status = rates.rate, rates.deduction, found.factor, found.status
    longest = 0
    for pool in range(len(raw_usd)):
        longest = max(longest, offsets[pool + 1] - offsets[pool])
    exposure = np.empty(longest)
    drift = np.empty(longest)
    table = np.empty(longest, np.int64)
    start_state = np.empty((longest, 3))
    end_state = np.empty((longest, 3))
    for pool in range(len(raw_usd)):
        factor[pool] = np.nan
        first = offsets[pool]
        count = offsets[pool + 1] - first
        is_known = not math.isnan(raw_usd[pool])
        can_fall = False
        for step in range(count):
            row = first + step
            exposure[step] = size[row] * mark[market_index[row]]
            drift[step] = slope[market_index[row]]
            table[step] = table_row[row]
            is_known = is_known and exposure[step] == exposure[step] and drift[step] == drift[step]
            can_fall = can_fall or exposure[step] * drift[step] < 0.0
        if not is_known:
            status[pool] = UNKNOWN
            continue
        status[pool] = NONE
        if count == 0:
            continue
        value = raw_usd[pool] + _move(0.0, count, exposure, drift, table, rate, deduction, start_state)
        if value < 0.0:
            status[pool] = NOW
            factor[pool] = 0.0
        elif can_fall:
            if count == 1:
                root = _root_alone(raw_usd[pool], exposure[0], drift[0], table[0], reach, rate, deduction)
            else:
                root = _walk(
                    raw_usd[pool],
                    value,
                    reach,
                    count,
                    exposure,
                    drift,
                    table,
                    rate,
                    deduction,
                    start_state,
                    end_state,
                )
            if root >= 0.0:
                status[pool] = OK
                factor[pool] = root


@inlined
def _move(
    factor: float,
    count: int,
    exposure: Float64Array,
    drift: Float64Array,
    table: Int64Array,
    rate: Float64Array,
    deduction: Float64Array,
    state: Float64Array,
) -> float:
    """Fill state (count, 3) at a point of the path; returns the sum of n_i."""
    total = 0.0
    for index in range(count):
        moved = exposure[index] * math.exp(drift[index] * factor)
        notional = abs(moved)
        tier_rate = rate[table[index], 0]
        maintenance = notional * tier_rate
        for tier in range(1, rate.shape[1]):
            there = notional * rate[table[index], tier] - deduction[table[index], tier]
            if there > maintenance:
                maintenance = there
                tier_rate = rate[table[index], tier]
        state[index, EXPOSURE] = moved
        state[index, RATE] = tier_rate
        state[index, NET] = moved - maintenance
        total += moved - maintenance
    return total


@inlined
def _root_alone(
    raw: float, exposure: float, drift: float, table: int, reach: float, rate: Float64Array, deduction: Float64Array
) -> float:
    """The root of a pool of one position, -1 if it lies beyond the reach or nowhere."""
    side = 1.0 if exposure > 0.0 else -1.0
    scaled = -raw / (1.0 - side * rate[table, 0])
    for tier in range(1, rate.shape[1]):
        scaled = max(scaled, -(raw + deduction[table, tier]) / (1.0 - side * rate[table, tier]))
    ratio = scaled / exposure
    if not ratio > 0.0:
        return -1.0
    root = max(math.log(ratio) / drift, 0.0)
    return root if root <= reach else -1.0


@inlined
def _walk(
    raw: float,
    value: float,
    reach: float,
    count: int,
    exposure: Float64Array,
    drift: Float64Array,
    table: Int64Array,
    rate: Float64Array,
    deduction: Float64Array,
    start_state: Float64Array,
    end_state: Float64Array,
) -> float:
    """Least root in (0, reach], -1 if there is none. value is g(0) >= 0; start_state holds f = 0."""
    here, step = 0.0, reach
    shortest = SHORTEST * reach
    trials = 0
    while here < reach:
        trials += 1
        if trials == TRIALS_AT_ONE_RESOLUTION:
            shortest *= 4.0
            trials = 0
        there = min(here + step, reach)
        value_there = raw + _move(there, count, exposure, drift, table, rate, deduction, end_state)
        min_value, min_slope, max_slope = raw, 0.0, 0.0
        for index in range(count):
            side = 1.0 if exposure[index] > 0.0 else -1.0
            speed = drift[index] * side
            small = abs(start_state[index, EXPOSURE])
            large = abs(end_state[index, EXPOSURE])
            low_rate, high_rate = start_state[index, RATE], end_state[index, RATE]
            if small > large:
                small, large = large, small
                low_rate, high_rate = high_rate, low_rate
            slowest = small * (1.0 - high_rate if side > 0.0 else 1.0 + low_rate)
            fastest = large * (1.0 - low_rate if side > 0.0 else 1.0 + high_rate)
            min_slope += speed * (slowest if speed > 0.0 else fastest)
            max_slope += speed * (fastest if speed > 0.0 else slowest)
            min_value += min(start_state[index, NET], end_state[index, NET])
        width = there - here
        is_free = min_value >= 0.0 or value + width * min(min_slope, 0.0) >= 0.0
        if not is_free and (max_slope < 0.0 or width <= shortest):
            if value_there < 0.0:
                if max_slope < 0.0:
                    return _root_between(here, there, raw, count, exposure, drift, table, rate, deduction, end_state)
                return there
            is_free = True
        if is_free:
            here, value = there, value_there
            start_state[:count] = end_state[:count]
            step = min(2.0 * width, reach)
        else:
            step = 0.5 * width
    return -1.0


@inlined
def _root_between(
    low: float,
    high: float,
    raw: float,
    count: int,
    exposure: Float64Array,
    drift: Float64Array,
    table: Int64Array,
    rate: Float64Array,
    deduction: Float64Array,
    state: Float64Array,
) -> float:
    """The one root where g falls throughout, g(low) >= 0 > g(high): Newton's method, halving where it is slow."""
    point = 0.5 * (low + high)
    before = high - low
    for _ in range(MAX_TRIALS):
        value = raw + _move(point, count, exposure, drift, table, rate, deduction, state)
        steepness, gross = 0.0, abs(raw)
        for index in range(count):
            side = 1.0 if exposure[index] > 0.0 else -1.0
            steepness += drift[index] * state[index, EXPOSURE] * (1.0 - side * state[index, RATE])
            gross += abs(state[index, EXPOSURE])
        if value < 0.0:
            high = point
        else:
            low = point
        following = point - value / steepness
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
    return high
