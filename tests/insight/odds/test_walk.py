"""Walk-forward: no forecast knows what came later, the pool is not used before its end, levels rank rightly."""

from __future__ import annotations

import numpy as np
import pytest
from generated_paths import generated_candles

from liqscape.insight.odds.hours import hours_before
from liqscape.insight.odds.model import POOL_WINDOWS, HorizonModel, PooledHorizon
from liqscape.insight.odds.pooled import POOL_END_MS, pooled_horizon
from liqscape.insight.odds.volatility import MIN_HOURS
from liqscape.insight.odds.walk import JUDGED_PERCENT, AskedLevels, OddsWalk, judged_columns, walk_forward
from liqscape.units import DAY_MS, HOUR_MS

AFTER = POOL_END_MS - POOL_END_MS % DAY_MS + DAY_MS


def walked(
    hours: int, horizon: int = 4, law: str = "stochastic volatility", first_ms: int = AFTER, seed: int = 6
) -> OddsWalk:
    rows = generated_candles(law, hours, seed, first_ms)
    return walk_forward(hours_before(rows, first_ms + hours * HOUR_MS), horizon, pooled_horizon(horizon))


def newest(walk: OddsWalk) -> HorizonModel:
    assert walk.newest is not None
    return walk.newest


@pytest.mark.parametrize("horizon", [1, 4, 24])
@pytest.mark.parametrize("first_ms", [0, AFTER])
def test_another_future_leaves_the_forecasts_as_they_were(horizon: int, first_ms: int) -> None:
    """It begins with a window that is the first of a fit: then what a fit knows too early would show at once."""
    rows = generated_candles("stochastic volatility", 1_500, 6, first_ms)
    end_ms, pool = first_ms + 1_500 * HOUR_MS, pooled_horizon(horizon)
    walk = walk_forward(hours_before(rows, end_ms), horizon, pool)
    forecast = walk.judged(judged_columns())[0]
    for step in walk.steps[-4:]:
        cut_ms = int(walk.start_ms[step.first])
        hours = (cut_ms - first_ms) // HOUR_MS
        changed = rows.copy()
        changed[hours:, 1:] *= 1.0 + 3.0 * np.random.default_rng(1).random((1_500 - hours, 1))
        changed[:, 2], changed[:, 3] = changed[:, 1:].max(axis=1), changed[:, 1:].min(axis=1)
        other = walk_forward(hours_before(changed, end_ms), horizon, pool)
        known = other.judged(judged_columns())[0][other.start_ms <= cut_ms]
        assert len(known) == step.first + 1
        np.testing.assert_array_equal(known, forecast[: len(known)])
        # Nor does it matter that the later hours are there at all.
        short = walk_forward(hours_before(rows[:hours], cut_ms), horizon, pool)
        np.testing.assert_array_equal(short.judged(judged_columns())[0], forecast[: len(short.start_ms)])


def test_windows_do_not_overlap_and_are_those_of_the_clock() -> None:
    walk = walked(600, 24)
    assert (walk.start_ms % DAY_MS == 0).all()
    assert (np.diff(walk.start_ms) >= DAY_MS).all()


def test_before_its_end_the_pool_is_not_used() -> None:
    """Of a time that the pool knows, only own prices count: none before there are enough, and the same with no pool."""
    early = POOL_END_MS - 2_000 * HOUR_MS
    early -= early % DAY_MS
    rows = generated_candles("random walk", 1_000, 2, early)
    bars = hours_before(rows, early + 1_000 * HOUR_MS)
    with_pool, without = (walk_forward(bars, 4, pool) for pool in (pooled_horizon(4), None))
    np.testing.assert_array_equal(with_pool.judged(judged_columns())[0], without.judged(judged_columns())[0])
    assert with_pool.start_ms[0] >= early + 168 * HOUR_MS
    assert newest(with_pool).own_weight == 1.0
    few = walk_forward(hours_before(rows[:100], early + 100 * HOUR_MS), 4, pooled_horizon(4))
    assert few.newest is None
    assert len(few.start_ms) == 0


def test_a_new_coin_has_the_pool_and_own_data_take_its_place() -> None:
    weights = [newest(walked(hours)).own_weight for hours in (MIN_HOURS, 200, 2_000)]
    assert weights[0] == 0.0
    assert weights[1] == pytest.approx(43 / (43 + POOL_WINDOWS))  # 173 hours end by then, 43 windows of 4
    assert weights[1] < weights[2] < 1.0
    young = newest(walked(MIN_HOURS))
    np.testing.assert_array_equal(young.survival, pooled_horizon(4).survival)


def test_odds_fall_with_distance_and_rise_with_sigma_and_are_one_at_the_mark() -> None:
    model = newest(walked(1_000))
    distance = np.linspace(0.0, 0.2, 60)
    for is_down in (0.0, 1.0):
        said = model.probability(distance, np.full(60, is_down), np.array([0.01, 0.02]))
        assert said[:, 0].tolist() == [1.0, 1.0]
        known = np.isfinite(said)
        assert (np.diff(said, axis=1)[known[:, 1:]] <= 0.0).all()
        both = known.all(axis=0)
        assert (said[1] >= said[0])[both].all()
        assert ((said[known] >= 0.0) & (said[known] <= 1.0)).all()
    assert np.isnan(model.probability(np.array([0.2]), np.zeros(1), np.array([0.01]))).all()


def test_levels_asked_are_judged_as_the_judged_ones_are() -> None:
    walk = walked(1_000)
    share = JUDGED_PERCENT[4] / 100.0
    column = AskedLevels(np.array([np.log1p(share), -np.log1p(-share)]), np.array([0.0, 1.0]))
    both = walk.judged(judged_columns())
    for all_of, asked in zip(both, walk.judged(column), strict=True):
        np.testing.assert_array_equal(all_of[:, [4, 4 + len(JUDGED_PERCENT)]], asked)


def test_no_history_gives_no_model() -> None:
    walk = walk_forward(hours_before(np.empty((0, 5)), 0), 1, pooled_horizon(1))
    assert walk.newest is None
    assert len(walk.judged(judged_columns())[0]) == 0


def test_a_pool_is_one_curve_for_both_sides_where_they_were_not_measured_to_differ() -> None:
    pools: dict[int, PooledHorizon] = {horizon: pooled_horizon(horizon) for horizon in (1, 4, 24)}
    assert [bool((pool.survival[0] == pool.survival[1]).all()) for pool in pools.values()] == [False, True, True]
