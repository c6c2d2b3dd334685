"""Levels that are not known, as expected numbers by size and price."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqscape.insight.intervals.masses import BIN_LOG, BINS, CLASS_USD, CLASSES, SideMass, bin_of, class_of

SMEAR = 0.35


def slow_rate(mass: SideMass, near: float, far: float) -> list[float]:
    """Expected numbers between two distances by class, by the error function and plain loops."""

    def below(away: float, log_bin: float) -> float:
        if away <= 0.0:
            return 0.0
        return 0.5 * (1.0 + math.erf((math.log(away) - log_bin) / SMEAR / math.sqrt(2.0)))

    found = [0.0] * CLASSES
    for size in range(CLASSES):
        for place in range(BINS):
            number = float(mass.number[size, place])
            if number:
                found[size] += number * (below(far, BIN_LOG[place]) - below(near, BIN_LOG[place]))
    return found


@given(
    st.lists(st.tuples(st.floats(1.0, 1e9), st.floats(1e-4, 3.0), st.floats(0.0, 1.0)), min_size=1, max_size=12),
    st.floats(0.0, 1.0),
    st.floats(1e-4, 1.0),
)
def test_rates_are_those_of_the_error_function(
    rows: list[tuple[float, float, float]], near: float, width: float
) -> None:
    usd, away, weight = (np.array(column) for column in zip(*rows, strict=True))
    mass = SideMass.of(usd, away, weight)
    found = mass.rates(np.array([near]), np.array([near + width]), SMEAR)[:, 0]
    assert found == pytest.approx(slow_rate(mass, near, near + width), abs=1e-12 * max(1.0, weight.sum()))


def test_all_distances_together_hold_every_position_with_a_level() -> None:
    usd, away = np.array([10.0, 2_000.0, 3e6]), np.array([0.01, np.nan, 0.2])
    mass = SideMass.of(usd, away, np.ones(3))
    assert mass.number.sum() == 2.0
    assert mass.rates(np.zeros(1), np.array([1e6]), SMEAR).sum() == pytest.approx(2.0, abs=1e-3)


def test_what_lies_on_the_other_side_of_the_mark_has_no_rate() -> None:
    mass = SideMass.of(np.array([1_000.0]), np.array([0.01]), np.ones(1))
    assert not mass.rates(np.zeros(1), np.zeros(1), SMEAR).any()


def test_a_size_is_within_fifteen_percent_of_its_class_and_a_distance_near_its_bin() -> None:
    usd = np.geomspace(1.1, 9e10, 500)
    assert np.abs(np.log(CLASS_USD[class_of(usd)] / usd)).max() < 0.15
    away = np.geomspace(1.1e-4, 3.9, 500)
    assert np.abs(BIN_LOG[bin_of(away)] - np.log(away)).max() < 0.05
