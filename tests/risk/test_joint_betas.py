"""Betas: found again from made-up returns, robust, shrunk, and labelled."""

from __future__ import annotations

import numpy as np
import pytest

from liqscape.errors import ModelError
from liqscape.risk.joint import BetaSource, estimate_betas, named_betas
from liqscape.risk.joint.betas import FALLBACK_BETA, robust_slope
from liqscape.units import Float64Array

COINS = ("BTC", "ETH", "SOL", "DOGE", "NEW")


def made_up(down: dict[str, float], up: dict[str, float], noise: float, steps: int = 720) -> dict[str, tuple]:
    """Returns of coins whose betas differ in falls and rises."""
    random = np.random.default_rng(5)
    btc = 0.006 * random.standard_t(4, steps)
    return {
        coin: (btc, np.where(btc < 0.0, down[coin], up[coin]) * btc + noise * random.standard_normal(steps))
        for coin in down
    }


DOWN = {"ETH": 1.3, "SOL": 1.6, "DOGE": 2.0}
UP = {"ETH": 1.1, "SOL": 1.3, "DOGE": 1.5}


def test_betas_of_each_direction_are_found_from_its_own_steps() -> None:
    betas = estimate_betas(COINS, made_up(DOWN, UP, 0.0005))
    assert betas.of(-1)[1:4] == pytest.approx(list(DOWN.values()), abs=0.02)
    assert betas.of(1)[1:4] == pytest.approx(list(UP.values()), abs=0.02)
    assert betas.return_count[1] == 720


def test_btc_is_one_and_a_coin_without_candles_has_the_centre_and_says_so() -> None:
    betas = estimate_betas(COINS, made_up(DOWN, UP, 0.0005))
    assert (betas.down[0], betas.up[0], betas.source[0]) == (1.0, 1.0, BetaSource.FACTOR)
    assert betas.source.tolist()[1:] == [BetaSource.ESTIMATED] * 3 + [BetaSource.DEFAULT]
    assert betas.down[4] == betas.centre_down == pytest.approx(np.mean(list(DOWN.values())), abs=0.05)
    assert betas.up[4] == betas.centre_up
    assert np.isnan(betas.standard_error[4])


def test_without_prices_every_coin_follows_one_to_one_by_assumption() -> None:
    betas = estimate_betas(COINS, {})
    assert betas.down.tolist() == betas.up.tolist() == [FALLBACK_BETA] * 5
    assert betas.source.tolist()[1:] == [BetaSource.DEFAULT] * 4


def test_few_steps_count_as_none() -> None:
    betas = estimate_betas(COINS, made_up(DOWN, UP, 0.0005, steps=60))
    assert set(betas.source.tolist()[1:]) == {BetaSource.DEFAULT}


def test_a_noisy_coin_is_shrunk_to_the_centre_and_a_sharp_one_is_not() -> None:
    returns = made_up(DOWN, UP, 0.0005)
    btc = returns["ETH"][0]
    returns["NEW"] = (btc, 4.0 * btc + 0.3 * np.random.default_rng(6).standard_normal(len(btc)))
    betas = estimate_betas(COINS, returns)
    plain = robust_slope(btc[btc < 0.0], returns["NEW"][1][btc < 0.0]).slope
    assert abs(betas.down[4] - betas.centre_down) < 0.6 * abs(plain - betas.centre_down)
    assert betas.down[1] == pytest.approx(DOWN["ETH"], abs=0.02)


def test_a_wild_hour_does_not_move_a_robust_slope() -> None:
    random = np.random.default_rng(8)
    x = 0.01 * random.standard_normal(400)
    y = 1.5 * x + 0.002 * random.standard_normal(400)
    y[np.argmax(x)] = -0.8  # a hack, on the very hour that weighs most
    least_squares = float(x @ y) / float(x @ x)
    assert abs(least_squares - 1.5) > 0.3
    assert robust_slope(x, y).slope == pytest.approx(1.5, abs=0.03)


def test_robust_slope_of_exact_data_is_exact_and_of_none_is_unknown() -> None:
    x: Float64Array = np.array([-0.5, 0.25, 1.0])
    assert robust_slope(x, 2.0 * x).slope == 2.0
    assert np.isnan(robust_slope(np.zeros(4), np.ones(4)).slope)
    assert np.isnan(robust_slope(np.empty(0), np.empty(0)).slope)


def test_standard_error_covers_the_truth_two_times_in_three() -> None:
    random = np.random.default_rng(9)
    inside = 0
    for _ in range(300):
        x = 0.01 * random.standard_normal(200)
        found = robust_slope(x, 1.2 * x + 0.01 * random.standard_normal(200))
        inside += abs(found.slope - 1.2) <= found.standard_error
    assert 180 <= inside <= 230


def test_betas_of_the_user_replace_estimates_in_both_directions() -> None:
    betas = named_betas(estimate_betas(COINS, made_up(DOWN, UP, 0.0005)), COINS, {"ETH": 0.5})
    assert (betas.down[1], betas.up[1], betas.source[1]) == (0.5, 0.5, BetaSource.USER)
    assert betas.source[2] == BetaSource.ESTIMATED
    everyone = named_betas(betas, COINS, {"SOL": -1.0}, rest=2.0)
    assert everyone.down.tolist() == [1.0, 2.0, -1.0, 2.0, 2.0]


def test_betas_of_the_user_are_checked() -> None:
    betas = estimate_betas(COINS, {})
    with pytest.raises(ModelError, match="no such coin"):
        named_betas(betas, COINS, {"XYZ": 1.0})
    with pytest.raises(ModelError, match="beta of BTC"):
        named_betas(betas, COINS, {"BTC": 2.0})
    assert named_betas(betas, COINS, {"BTC": 1.0}).source[0] == BetaSource.FACTOR
    for value in (11.0, float("nan"), float("-inf")):
        with pytest.raises(ModelError, match="beta of ETH"):
            named_betas(betas, COINS, {"ETH": value})
