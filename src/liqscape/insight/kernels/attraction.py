"""What was before a time, what came first after it, and what stood on both sides (insight/attraction/trials.py)."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from liqscape.risk.kernels.jit import compiled, inlined
from liqscape.units import BoolArray, Float64Array, Int8Array, Int64Array

DOWN, UP, NEITHER, NOT_WATCHED = 0, 1, -1, -2
"""What came first; neither within the horizon; or the way is not known that far."""


class PastColumns(NamedTuple):
    """(N,) figures of the steps before each time, NaN where unknown; profile (D, N). All in natural logarithms."""

    sigma_1h: Float64Array
    return_5m: Float64Array
    return_1h: Float64Array
    return_24h: Float64Array
    to_high: Float64Array
    to_low: Float64Array
    profile: Float64Array


class StandingLevels(NamedTuple):
    """Levels at each time: starts (N + 1,), then by level its log distance from the mark, USD and a lasting key."""

    starts: Int64Array
    distance: Float64Array
    usd: Float64Array
    key: Int64Array


class PastRule(NamedTuple):
    """How the steps before a time are read: weight of each return, newest first; how many must be known; distances."""

    weight: Float64Array
    min_known: int
    steps_an_hour: int
    multiples: Float64Array


class MarkedPath(NamedTuple):
    """(M,) times, rising, and logarithms of the mark."""

    time_ms: Int64Array
    log_mark: Float64Array


class PassageStarts(NamedTuple):
    """(N,) times, rising, logarithms of the mark at them, until when to follow the path; reach (D, N) rises in D."""

    time_ms: Int64Array
    log_mark: Float64Array
    until_ms: Int64Array
    reach: Float64Array


@compiled
def look_back(log_mark: Float64Array, place: Int64Array, rule: PastRule, past: PastColumns) -> None:
    """Volatility, returns, extremes and the profile of the last len(rule.weight) steps before each place.

    log_mark (G,) on an even grid, NaN unknown. Volatility is the weighted mean of squared returns, carried to an hour.
    """
    weight, multiples, steps_an_hour = rule.weight, rule.multiples, rule.steps_an_hour
    count = len(weight)
    more, both = np.zeros(len(multiples)), np.zeros(len(multiples))
    nan = float("nan")
    for row in range(len(place)):
        here = place[row]
        now = log_mark[here] if 0 <= here < len(log_mark) else nan
        past.sigma_1h[row] = past.return_5m[row] = past.return_1h[row] = past.return_24h[row] = nan
        past.to_high[row] = past.to_low[row] = nan
        past.profile[:, row] = nan
        back = min(count, here)
        if math.isnan(now):
            continue
        known, upper, lower, high, low = 0, 0.0, 0.0, now, now
        for age in range(back):
            later, earlier = log_mark[here - age], log_mark[here - age - 1]
            if math.isnan(earlier) or math.isnan(later):
                continue
            known += 1
            upper += weight[age] * (later - earlier) ** 2
            lower += weight[age]
            high, low = max(high, earlier), min(low, earlier)
        if known < rule.min_known or not upper > 0.0:
            continue
        sigma = math.sqrt(upper / lower * steps_an_hour)
        past.sigma_1h[row] = sigma
        past.return_5m[row] = now - log_mark[here - 1]
        past.return_1h[row] = now - log_mark[here - steps_an_hour]
        past.return_24h[row] = now - log_mark[here - count] if here >= count else nan
        past.to_high[row], past.to_low[row] = high - now, now - low
        more[:] = 0.0
        both[:] = 0.0
        for age in range(1, back + 1):
            distance = log_mark[here - age] - now
            for number in range(len(multiples)):
                if 0.0 < abs(distance) <= multiples[number] * sigma:
                    more[number] += 1.0 if distance > 0.0 else -1.0
                    both[number] += 1.0
                    break
        upper = lower = 0.0
        for number in range(len(multiples)):  # what is within one is within the next
            upper, lower = upper + more[number], lower + both[number]
            past.profile[number, row] = upper / lower if lower > 0.0 else 0.0


@compiled
def first_passages(path: MarkedPath, starts: PassageStarts, end_ms: Int64Array, outcome: Int8Array) -> None:
    """Which of +reach and -reach the path meets first after each start, at the latest at until_ms.

    end_ms, outcome (D, N): when it was met, else until_ms. What is not reached by then is NEITHER; the caller knows
    whether the path was watched so far.
    """
    path_ms, log_mark, reach = path.time_ms, path.log_mark, starts.reach
    distances = len(reach)
    first = 0
    for row in range(len(starts.time_ms)):
        until_ms = starts.until_ms[row]
        while first < len(path_ms) and path_ms[first] <= starts.time_ms[row]:
            first += 1
        outcome[:, row] = NEITHER
        end_ms[:, row] = until_ms
        number = 0
        at = first
        while number < distances and at < len(path_ms) and path_ms[at] <= until_ms:
            moved = log_mark[at] - starts.log_mark[row]
            while number < distances and abs(moved) >= reach[number, row]:
                outcome[number, row] = UP if moved > 0.0 else DOWN
                end_ms[number, row] = path_ms[at]
                number += 1
            at += 1


@compiled
def map_asymmetries(levels: StandingLevels, reach: Float64Array, shift: Float64Array, asymmetry: Float64Array) -> None:
    """(up - down) / (up + down) of the USD of levels within (0, reach] of the mark; NaN where there are none.

    reach, asymmetry (D, N), reach rising in D. shift (2, N): each level is moved by a distance between the two, to one
    side or the other, drawn from its key: a level is always moved by the same number of standard deviations.
    """
    above, below = np.zeros(len(reach)), np.zeros(len(reach))
    for row in range(len(levels.starts) - 1):
        above[:] = 0.0
        below[:] = 0.0
        for at in range(levels.starts[row], levels.starts[row + 1]):
            distance = levels.distance[at]
            if shift[1, row] > 0.0:
                share, side = _drawn(levels.key[at])
                distance += side * (shift[0, row] + share * (shift[1, row] - shift[0, row]))
            for number in range(len(reach)):
                if 0.0 < abs(distance) <= reach[number, row]:
                    if distance > 0.0:
                        above[number] += levels.usd[at]
                    else:
                        below[number] += levels.usd[at]
                    break
        up = down = 0.0
        for number in range(len(reach)):  # what is within one is within the next
            up, down = up + above[number], down + below[number]
            asymmetry[number, row] = (up - down) / (up + down) if up + down > 0.0 else float("nan")


@inlined
def _drawn(key: int) -> tuple[float, float]:
    """A share in [0, 1) and a side out of a key, by Knuth's multiplicative hash of its lower 32 bits, twice."""
    mixed = ((key & 0xFFFFFFFF) * 2654435761 + 0x9E3779B9) & 0xFFFFFFFF
    mixed = ((mixed ^ (mixed >> 15)) * 2246822519) & 0xFFFFFFFF
    mixed ^= mixed >> 13
    return (mixed >> 1) / 2147483648.0, 1.0 if mixed & 1 else -1.0


@compiled
def anchor_asymmetries(
    log_mark: Float64Array,
    place: Int64Array,
    count: int,
    drops: Float64Array,
    reach: Float64Array,
    asymmetry: Float64Array,
) -> None:
    """Asymmetry of levels that entries at each of the last `count` steps would have, at usual leverages.

    A long entered at e has its level at e (1 - drop), a short at e (1 + drop); where price has been since, it is gone.
    Of equal size, whoever entered: it holds the past path and nothing of who really stands where. 0: there are none.
    """
    rises, falls = np.log1p(drops), -np.log1p(-drops)
    above, below = np.zeros(len(reach)), np.zeros(len(reach))
    for row in range(len(place)):
        here = place[row]
        asymmetry[:, row] = 0.0
        if here < 0 or here >= len(log_mark) or math.isnan(log_mark[here]):
            continue
        above[:] = 0.0
        below[:] = 0.0
        now = high = low = log_mark[here]
        for age in range(1, min(count, here) + 1):
            entry = log_mark[here - age]
            if math.isnan(entry):
                continue
            for each in range(len(drops)):
                short, long = entry + rises[each], entry - falls[each]
                for number in range(len(reach)):
                    if high < short and short - now <= reach[number, row]:
                        above[number] += 1.0
                        break
                for number in range(len(reach)):
                    if long < low and now - long <= reach[number, row]:
                        below[number] += 1.0
                        break
            high, low = max(high, entry), min(low, entry)
        up = down = 0.0
        for number in range(len(reach)):  # what is within one is within the next
            up, down = up + above[number], down + below[number]
            if up + down > 0.0:
                asymmetry[number, row] = (up - down) / (up + down)


@compiled
def choose_apart(coin: Int64Array, start_ms: Int64Array, end_ms: Int64Array, chosen: BoolArray) -> None:
    """Of rows by coin and time keep the first, then always the next that starts when the one before has ended."""
    free_ms = 0
    for row in range(len(coin)):
        if row == 0 or coin[row] != coin[row - 1]:
            free_ms = start_ms[row]
        chosen[row] = start_ms[row] >= free_ms
        if chosen[row]:
            free_ms = end_ms[row]
