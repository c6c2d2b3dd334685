"""Drawn bands against distributions that can be written down."""

from __future__ import annotations

import math

import numpy as np
import pytest

from liqscape.insight.intervals.draws import MANY, StayGroups, draw_bands
from liqscape.insight.intervals.masses import CLASS_USD, CLASSES

NOBODY = StayGroups(row=np.zeros(0, np.int64), count=np.zeros(0, np.int64), stay=np.zeros(0), usd=np.zeros(0))
DRAWS = 20_000


def rates_of(number: float, size: int = 24) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """One band in which so many of one size are expected."""
    rates = np.zeros((CLASSES, 1))
    rates[size, 0] = number
    return rates


def test_a_band_without_chance_is_certain() -> None:
    drawn = draw_bands(np.array([5.0, 0.0]), NOBODY, np.zeros((CLASSES, 2)), 50, np.array([False, True]))
    assert (drawn == [5.0, 0.0]).all()


def test_who_may_have_left_is_there_as_often_as_stated() -> None:
    groups = StayGroups(
        row=np.array([0, 1]), count=np.array([1, 3]), stay=np.array([0.8, 0.5]), usd=np.array([100.0, 10.0])
    )
    drawn = draw_bands(np.zeros(2), groups, np.zeros((CLASSES, 2)), DRAWS, np.zeros(2, np.bool_))
    assert np.mean(drawn[:, 0] == 100.0) == pytest.approx(0.8, abs=0.01)
    for number in range(4):  # of three, each there with a half
        assert np.mean(drawn[:, 1] == 10.0 * number) == pytest.approx(math.comb(3, number) / 8.0, abs=0.012)


@pytest.mark.parametrize("number", [0.05, 0.7, 3.0, 20.0])
def test_numbers_of_those_who_came_are_poisson(number: float) -> None:
    drawn = draw_bands(np.zeros(1), NOBODY, rates_of(number), DRAWS, np.zeros(1, np.bool_))[:, 0] / CLASS_USD[24]
    for count in range(12):
        wanted = math.exp(-number) * number**count / math.factorial(count)
        assert np.mean(np.isclose(drawn, count)) == pytest.approx(wanted, abs=0.012)


def test_a_band_that_is_given_somebody_is_never_empty() -> None:
    drawn = draw_bands(np.zeros(1), NOBODY, rates_of(0.01), DRAWS, np.ones(1, np.bool_))[:, 0]
    assert drawn.min() > 0.0
    assert np.mean(np.isclose(drawn, CLASS_USD[24])) > 0.98


@pytest.mark.parametrize("number", [MANY * 0.9, MANY * 3.0, 5_000.0])
def test_mean_and_variance_of_many_are_those_of_the_sum(number: float) -> None:
    rates = rates_of(number) + rates_of(0.02 * number, 48)
    drawn = draw_bands(np.zeros(1), NOBODY, rates, DRAWS, np.zeros(1, np.bool_))[:, 0]
    assert drawn.mean() == pytest.approx(float((CLASS_USD @ rates)[0]), rel=0.03)
    assert drawn.var() == pytest.approx(float((CLASS_USD**2 @ rates)[0]), rel=0.1)


def test_equal_figures_give_equal_draws() -> None:
    once, again = (draw_bands(np.ones(1), NOBODY, rates_of(2.0), 100, np.zeros(1, np.bool_)) for _ in range(2))
    assert (once == again).all()
