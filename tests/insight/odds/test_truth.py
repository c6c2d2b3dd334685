"""Odds are calibrated where the law is known: sandbox prices, random walks, stochastic volatility, jumps.

A tenth is within max(2 points, 2 standard errors); what came in a day of a world, or of all coins of a sandbox, is one
piece of evidence. Two standard errors are missed by chance once in twenty.
"""

from __future__ import annotations

import numpy as np
import pytest
from generated_paths import LAWS, generated_candles, sandbox_candles

from liqscape.insight.odds.hours import hours_before
from liqscape.insight.odds.pooled import POOL_END_MS, pooled_horizon
from liqscape.insight.odds.record import DecileRecord, reliability_of
from liqscape.insight.odds.walk import judged_columns, walk_forward
from liqscape.units import DAY_MS, HOUR_MS, Float64Array

FIRST_MS = POOL_END_MS - POOL_END_MS % DAY_MS + DAY_MS
HORIZONS = (1, 4, 24)
YOUNG_DAYS = 90
"""Until then the shipped table is a large part of the odds, and of a law unlike its own it is not calibrated."""


def judged(rows: Float64Array, horizon: int, young_days: int) -> tuple[Float64Array, Float64Array, np.ndarray]:
    """Forecasts, what came and the day, of windows that begin after the first days."""
    bars = hours_before(rows, int(rows[-1, 0]) + HOUR_MS)
    walk = walk_forward(bars, horizon, pooled_horizon(horizon))
    is_old = walk.start_ms >= rows[0, 0] + young_days * DAY_MS
    forecast, came = walk.judged(judged_columns())
    return forecast[is_old], came[is_old], walk.start_ms[is_old] // DAY_MS


def tenths(worlds: list[Float64Array], horizon: int, young_days: int, *, is_one_world: bool) -> list[DecileRecord]:
    found = [judged(rows, horizon, young_days) for rows in worlds]
    day = [days if is_one_world else days + 10**6 * world for world, (_, _, days) in enumerate(found)]
    forecast, came = (np.concatenate([each[place] for each in found]) for place in (0, 1))
    return list(reliability_of(forecast, came, np.concatenate(day)))


def off_by(each: DecileRecord) -> float:
    return abs(each.observed - each.predicted)


def test_odds_of_a_world_of_stochastic_volatility_are_reliable() -> None:
    """The short one: two worlds of half a year, 4,320 windows of an hour after three months."""
    worlds = [generated_candles("stochastic volatility", 4_320, seed, FIRST_MS) for seed in range(2)]
    found = tenths(worlds, 1, YOUNG_DAYS, is_one_world=False)
    assert sum(each.count for each in found) == 2 * 90 * 24 * 30
    assert all(each.is_within for each in found)


def test_odds_of_a_world_with_another_sigma_are_not() -> None:
    """The same forecasts on a path that moves 1.3 times as far: the table would find it."""
    rows = generated_candles("stochastic volatility", 4_320, 1, FIRST_MS)
    forecast, _, day = judged(rows, 1, YOUNG_DAYS)
    columns = judged_columns()
    logs = np.log(rows[:, 2:5])
    high, low, close = logs.T
    start = len(rows) - len(day) - 1
    up, down = 1.3 * (high[start + 1 :] - close[start:-1]), 1.3 * (close[start:-1] - low[start + 1 :])
    reached = np.stack((up, down), axis=1)[:, columns.is_down.astype(np.int64)]
    assert not all(each.is_within for each in reliability_of(forecast, (reached >= columns.distance) * 1.0, day))


@pytest.mark.truth
def test_odds_of_sandbox_prices_are_reliable_in_every_tenth() -> None:
    """44 coins of one sandbox over half a year, from the second month on: 158,400 windows of 1 h, 6,600 of 24 h."""
    worlds = list(sandbox_candles(4_320, 5, FIRST_MS).values())
    for horizon in HORIZONS:
        found = tenths(worlds, horizon, 30, is_one_world=True)
        assert len(found) == 10
        assert sum(each.count for each in found) == 44 * 30 * 150 * 24 // horizon
        assert all(each.is_within for each in found), [(each, off_by(each)) for each in found if not each.is_within]


@pytest.mark.truth
def test_odds_of_known_laws_are_reliable() -> None:
    """Twelve worlds of a year a law: of 90 tenths at most one in twenty is off, none by more than 3 points."""
    found = [
        each
        for law in LAWS
        for horizon in HORIZONS
        for each in tenths(
            [generated_candles(law, 8_760, seed, FIRST_MS) for seed in range(12)],
            horizon,
            YOUNG_DAYS,
            is_one_world=False,
        )
    ]
    off = [off_by(each) for each in found if not each.is_within]
    assert len(found) >= 85
    assert len(off) <= 0.05 * len(found)
    assert max(off, default=0.0) <= 0.03
