"""The regressions against other ways to the same numbers."""

from __future__ import annotations

import numpy as np
import pytest
from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from liqscape.insight.attraction.logit import PRECISION, fit_linear, fit_logit


def made(seed: int, rows: int = 300, coins: int = 4) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Design, outcomes and coins with a known index."""
    chance = np.random.default_rng(seed)
    design = chance.standard_normal((rows, 3))
    coin = np.sort(chance.integers(0, coins, rows))
    index = 0.3 + design @ [0.8, -0.4, 0.0] + np.linspace(-0.2, 0.2, coins)[coin]
    return design, (chance.random(rows) < 1.0 / (1.0 + np.exp(-index))).astype(float), coin


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=examples(60), deadline=None)
def test_coefficients_are_where_the_penalised_likelihood_is_largest(seed: int) -> None:
    design, outcome, coin = made(seed)

    def loss(free: np.ndarray) -> float:
        index = design @ free[:3] + free[3] + free[4:][coin]
        return float(np.sum(np.logaddexp(0.0, index) - outcome * index) + PRECISION / 2.0 * np.sum(free[4:] ** 2))

    found = fit_logit(design, outcome, coin, 4)
    assert found is not None
    best = minimize(loss, np.zeros(8), method="BFGS", options={"gtol": 1e-7})
    assert np.concatenate([found.coefficient, [found.intercept], found.own]) == pytest.approx(best.x, abs=1e-4)
    assert loss(np.concatenate([found.coefficient, [found.intercept], found.own])) <= best.fun + 1e-9


def test_a_table_of_two_by_two_gives_the_logarithm_of_the_odds_ratio() -> None:
    # 30 of 50 up where x is 1, 20 of 50 where it is 0: log(1.5 / (2 / 3)) = log(2.25)
    design = np.repeat([1.0, 1.0, 0.0, 0.0], [30, 20, 20, 30])[:, None]
    outcome = np.repeat([1.0, 0.0, 1.0, 0.0], [30, 20, 20, 30])
    found = fit_logit(design, outcome, np.zeros(100, np.int64), 1)
    assert found is not None
    assert found.coefficient[0] == pytest.approx(np.log(2.25))
    assert found.intercept == pytest.approx(np.log(2.0 / 3.0))
    assert found.own == pytest.approx([0.0], abs=1e-9)


def test_separated_outcomes_and_columns_that_depend_give_no_fit() -> None:
    column = np.linspace(-1.0, 1.0, 40)[:, None]
    coin = np.zeros(40, np.int64)
    assert fit_logit(column, (column[:, 0] > 0.0).astype(float), coin, 1) is None
    assert fit_logit(np.hstack([column, column]), np.tile([0.0, 1.0], 20), coin, 1) is None
    assert fit_logit(column[:0], np.zeros(0), coin[:0], 1) is None


def test_a_line_is_that_of_least_squares_with_coins_drawn_towards_each_other() -> None:
    design, value, coin = made(5)
    found = fit_linear(design, value, coin, 4)
    assert found is not None
    # the same sum of squares, the coins' own values among the columns and their penalty among the rows
    indicator = (coin[:, None] == np.arange(4)).astype(float)
    matrix = np.hstack([design, np.ones((300, 1)), indicator]) * 0.5
    penalty = np.hstack([np.zeros((4, 4)), np.eye(4) * np.sqrt(PRECISION)])
    expected = np.linalg.lstsq(np.vstack([matrix, penalty]), np.append(value * 0.5, np.zeros(4)), rcond=None)[0]
    assert np.concatenate([found.coefficient, [found.intercept], found.own]) == pytest.approx(expected, abs=1e-9)
    index = found.of_rows(design[:2], coin[:2])
    assert index == pytest.approx(design[:2] @ expected[:3] + expected[3] + expected[4:][coin[:2]])


def test_a_coin_without_a_row_has_the_common_intercept() -> None:
    design, outcome, coin = made(6)
    found = fit_logit(design, outcome, coin * 2, 9)
    again = fit_logit(design, outcome, coin, 4)
    assert found is not None
    assert again is not None
    assert found.own[1::2] == pytest.approx(np.zeros(4))
    assert found.own[::2][:4] == pytest.approx(again.own)
