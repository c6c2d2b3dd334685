"""Isotonic calibration: the library on planted data, against pooling of neighbours by hand, and its curve."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqscape.insight.odds.calibration import (
    AGREED,
    BIN_EDGES,
    IDENTITY,
    NO_FORECASTS,
    ForecastBins,
    counted,
    isotonic_curve,
)


def pooled_by_hand(values: list[Fraction], weights: list[int]) -> list[Fraction]:
    """Neighbours that fall are pooled until none does (pool adjacent violators), in exact fractions."""
    blocks = [[value, Fraction(weight), 1] for value, weight in zip(values, weights, strict=True)]
    place = 0
    while place + 1 < len(blocks):
        (one, mine, size), (other, theirs, more) = blocks[place], blocks[place + 1]
        if one <= other:
            place += 1
            continue
        blocks[place : place + 2] = [[(one * mine + other * theirs) / (mine + theirs), mine + theirs, size + more]]
        place = max(0, place - 1)
    return [value for value, _, size in blocks for _ in range(int(size))]


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 20)), min_size=1, max_size=20))
def test_the_library_pools_neighbours_as_by_hand(pairs: list[tuple[int, int]]) -> None:
    from scipy.optimize import isotonic_regression

    values, weights = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    expected = pooled_by_hand([Fraction(value) for value in values], weights)
    found = isotonic_regression(np.array(values, np.float64), weights=np.array(weights, np.float64)).x
    assert found == pytest.approx([float(each) for each in expected])


@given(st.lists(st.tuples(st.floats(0.0, 1.0), st.booleans()), max_size=60))
def test_bins_hold_every_forecast_once(pairs: list[tuple[float, bool]]) -> None:
    said, came = np.array([pair[0] for pair in pairs]), np.array([float(pair[1]) for pair in pairs])
    found = counted(said, came)
    assert found.count.sum() == len(pairs)
    for place, edge in enumerate(BIN_EDGES.tolist()):
        upper = BIN_EDGES[place + 1] if place + 1 < len(BIN_EDGES) else 2.0
        inside = [pair for pair in pairs if edge <= pair[0] < upper]
        assert found.count[place] == len(inside)
        assert found.forecast[place] == pytest.approx(sum(pair[0] for pair in inside))
        assert found.came[place] == sum(pair[1] for pair in inside)


def test_unknown_forecasts_are_not_counted() -> None:
    assert counted(np.array([np.nan, 0.3]), np.array([1.0, 1.0])).count.sum() == 1.0


def test_the_curve_finds_a_planted_bias() -> None:
    """Half of what is said comes: the curve halves it, rising everywhere, from 0 to 1."""
    draw = np.random.default_rng(3)
    said = draw.random(400_000)
    came = (draw.random(400_000) < said / 2.0).astype(np.float64)
    curve = isotonic_curve(counted(said, came) + AGREED)
    asked = np.linspace(0.05, 0.95, 19)
    assert curve.of(asked) == pytest.approx(asked / 2.0, abs=0.02)
    assert (np.diff(curve.of(np.linspace(0.0, 1.0, 500))) >= 0.0).all()
    assert curve.of(np.array([0.0, 1.0])).tolist() == [0.0, 1.0]


def test_without_evidence_what_is_said_is_meant() -> None:
    asked = np.linspace(0.0, 1.0, 101)
    assert isotonic_curve(AGREED).of(asked) == pytest.approx(asked)
    assert isotonic_curve(NO_FORECASTS) is IDENTITY


def test_the_agreed_forecasts_hold_against_a_few_that_were_wrong() -> None:
    few = ForecastBins(*(np.where(np.arange(len(BIN_EDGES)) == 12, value, 0.0) for value in (4.0, 4.0 * 0.33, 4.0)))
    assert isotonic_curve(few + AGREED).of(np.array([0.33])) == pytest.approx([0.33], abs=0.06)
