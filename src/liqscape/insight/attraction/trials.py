"""Trials of the attraction hypothesis: which of two marks equally far comes first (docs/attraction.md, eq. 1).

At each time t0, for d of 1, 2, 3 and 5 times the volatility of an hour:

    Y = 1 if the mark is at +d before -d,    A = (F_up - F_down) / (F_up + F_down),    F: USD of levels within (0, d]

d counts in logarithms. A driftless symmetric path has P(Y = 1) = 1/2 whatever its volatility, so that volatility, which
clusters of levels go with, cannot look like attraction.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from liqscape.insight.attraction.columns import DISTANCES
from liqscape.insight.kernels.attraction import (
    NEITHER,
    NOT_WATCHED,
    MarkedPath,
    PassageStarts,
    PastColumns,
    PastRule,
    StandingLevels,
    anchor_asymmetries,
    first_passages,
    look_back,
    map_asymmetries,
)
from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS, AnyArray, Float64Array, Int8Array, Int64Array

HORIZON_MS = DAY_MS
GRID_MS = 5 * MINUTE_MS
LOOK_BACK = DAY_MS // GRID_MS
HALF_LIFE_MS = 6 * HOUR_MS
"""Age at which a squared return weighs half in the volatility."""
MIN_KNOWN = LOOK_BACK // 2
"""Returns of five minutes of the last day that must be known, or there is no volatility and no trial."""
JITTER = (0.3, 1.0)
"""Standard deviations of an hour a level of the jittered placebo is moved by, at least and at the most."""
DROPS = (0.015, 0.025, 0.05, 0.1, 0.2)
"""Of the entry price to the level at leverages of about 40, 25, 15, 9 and 5 with a maintenance rate of 1 %."""
WEIGHT = 0.5 ** (np.arange(LOOK_BACK) * GRID_MS / HALF_LIFE_MS)
MULTIPLES = np.array(DISTANCES, np.float64)


@dataclass(frozen=True, kw_only=True)
class AttractionInput:
    """One coin's maps and marks over a stretch of time.

    time_ms    (N,) of the maps, rising; mark, oracle, funding_rate (N,), NaN unknown.
    levels     what stood at each of them, distances as log(level / mark).
    path_ms    (M,) rising, path_mark (M,): every known mark.
    watched    (K, 2) spans (from, to) in which the path is known without a break, rising.
    """

    coin: str
    time_ms: Int64Array
    mark: Float64Array
    oracle: Float64Array
    funding_rate: Float64Array
    levels: StandingLevels
    path_ms: Int64Array
    path_mark: Float64Array
    watched: Int64Array


def trial_columns(given: AttractionInput, with_placebos: bool = True) -> dict[str, AnyArray]:
    """Columns (N,) of one trial a map, `_1` to `_5` one for each distance; NaN is unknown, and time 0 too.

    coin, time_ms, mark, sigma_1h
    return_5m, return_1h, return_24h, to_high, to_low   in units of sigma_1h; the last two from the extremes of 24 h
    funding_rate (an hour), basis (log(mark / oracle)), round_number (-1 at the rounder price below, 1 at that above)
    outcome_d   1 up first, 0 down first, -1 neither within 24 h, -2 the way is not known
    end_ms_d    of the trial; past_d the same outcome of the path backwards
    asymmetry_d A; jittered_d, anchors_d: of placebo maps; profile_d: of the time the mark has spent on both sides
    """
    grid = _grid(given)
    place = given.time_ms // GRID_MS - grid[0]
    past = _past(grid[1], place)
    reach = MULTIPLES[:, None] * past.sigma_1h
    columns: dict[str, AnyArray] = {
        "coin": np.full(len(given.time_ms), given.coin),
        "time_ms": given.time_ms,
        "mark": given.mark,
        "sigma_1h": past.sigma_1h,
        "funding_rate": given.funding_rate,
        "basis": np.log(given.mark / given.oracle),
        "round_number": round_numbers(given.mark),
    }
    for name in ("return_5m", "return_1h", "return_24h", "to_high", "to_low"):
        columns[name] = getattr(past, name) / past.sigma_1h
    columns |= _by_distance("profile", past.profile)
    end_ms, outcome = _passages(given, reach)
    columns |= _by_distance("end_ms", end_ms) | _by_distance("outcome", outcome)
    asymmetry = np.empty_like(reach)
    map_asymmetries(given.levels, reach, np.zeros((2, len(place))), asymmetry)
    columns |= _by_distance("asymmetry", asymmetry)
    if with_placebos:
        columns |= _placebo_columns(given, grid[1], place, reach)
    return columns


def round_numbers(mark: Float64Array) -> Float64Array:
    """Where each mark stands between the prices of two digits below and above: -1 at the one, 1 at the other."""
    step = 10.0 ** (np.floor(np.log10(mark)) - 1.0)
    above: Float64Array = mark / step - np.floor(mark / step)
    return 2.0 * above - 1.0


def _placebo_columns(
    given: AttractionInput, log_mark: Float64Array, place: Int64Array, reach: Float64Array
) -> Mapping[str, AnyArray]:
    jittered, anchors = np.empty_like(reach), np.empty_like(reach)
    map_asymmetries(given.levels, reach, np.outer(JITTER, reach[0]), jittered)
    anchor_asymmetries(log_mark, place, LOOK_BACK, np.array(DROPS), reach, anchors)
    backwards = AttractionInput(
        coin=given.coin,
        time_ms=-given.time_ms[::-1],
        mark=given.mark[::-1],
        oracle=given.oracle,
        funding_rate=given.funding_rate,
        levels=given.levels,
        path_ms=-given.path_ms[::-1],
        path_mark=given.path_mark[::-1],
        watched=-given.watched[::-1, ::-1],
    )
    _, past = _passages(backwards, reach[:, ::-1])
    return _by_distance("jittered", jittered) | _by_distance("anchors", anchors) | _by_distance("past", past[:, ::-1])


def _grid(given: AttractionInput) -> tuple[int, Float64Array]:
    """Number of the first step, and (G,) logarithm of the mark in force at each while it was watched."""
    if not len(given.path_ms):
        return 0, np.empty(0)
    first = -(-int(given.path_ms[0]) // GRID_MS)
    at_ms = np.arange(first, int(given.path_ms[-1]) // GRID_MS + 1) * GRID_MS
    log_mark = np.log(given.path_mark[given.path_ms.searchsorted(at_ms, side="right") - 1])
    log_mark[_watched_until(given.watched, at_ms) < at_ms] = math.nan
    return first, log_mark


def _watched_until(watched: Int64Array, at_ms: Int64Array) -> Int64Array:
    """End of the span each time is in; the smallest number where it is in none."""
    nothing = np.iinfo(np.int64).min
    if not len(watched):
        return np.full(len(at_ms), nothing)
    span = watched[:, 0].searchsorted(at_ms, side="right") - 1
    until = watched[np.maximum(span, 0), 1]
    return np.where((span >= 0) & (at_ms <= until), until, nothing)


def _past(log_mark: Float64Array, place: Int64Array) -> PastColumns:
    count = len(place)
    past = PastColumns(
        sigma_1h=np.empty(count),
        return_5m=np.empty(count),
        return_1h=np.empty(count),
        return_24h=np.empty(count),
        to_high=np.empty(count),
        to_low=np.empty(count),
        profile=np.empty((len(DISTANCES), count)),
    )
    look_back(log_mark, place, PastRule(WEIGHT, MIN_KNOWN, HOUR_MS // GRID_MS, MULTIPLES), past)
    return past


def _passages(given: AttractionInput, reach: Float64Array) -> tuple[Int64Array, Int8Array]:
    """(D, N) ends and outcomes."""
    watched_ms = _watched_until(given.watched, given.time_ms)
    horizon_ms = given.time_ms + HORIZON_MS
    end_ms, outcome = np.empty(reach.shape, np.int64), np.empty(reach.shape, np.int8)
    first_passages(
        MarkedPath(given.path_ms, np.log(given.path_mark)),
        PassageStarts(
            given.time_ms, np.log(given.mark), np.minimum(horizon_ms, watched_ms), np.ascontiguousarray(reach)
        ),
        end_ms,
        outcome,
    )
    is_lost = (outcome == NEITHER) & (watched_ms < horizon_ms)
    outcome[is_lost] = NOT_WATCHED
    end_ms[is_lost] = np.broadcast_to(given.time_ms, end_ms.shape)[is_lost]
    return end_ms, outcome


def _by_distance(name: str, columns: AnyArray) -> dict[str, AnyArray]:
    return {f"{name}_{distance}": columns[number] for number, distance in enumerate(DISTANCES)}
