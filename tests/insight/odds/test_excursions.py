"""How far price went, by plain loops, and how often it goes so far."""

from __future__ import annotations

import math

import numpy as np
import pytest
from generated_paths import generated_candles
from hypothesis import given
from hypothesis import strategies as st

from liqscape.insight.odds.excursions import DOWN, UP, Z_GRID, chance, excursions, survival
from liqscape.insight.odds.hours import hours_before
from liqscape.units import HOUR_MS


@pytest.mark.parametrize("horizon", [1, 4, 24])
def test_excursions_are_those_of_plain_loops(horizon: int) -> None:
    rows = generated_candles("jumps", 60, seed=4)
    found = excursions(hours_before(rows, 60 * HOUR_MS), horizon)
    for hour in range(60):
        after = rows[hour + 1 : hour + 1 + horizon]
        if len(after) < horizon:
            assert np.isnan(found[hour]).all()
            continue
        close = rows[hour, 4]
        highest, lowest = max(close, *after[:, 2]), min(close, *after[:, 3])
        assert found[hour, UP] == pytest.approx(math.log(highest / close))
        assert found[hour, DOWN] == pytest.approx(math.log(close / lowest))


def test_a_window_with_an_unknown_hour_is_not_known() -> None:
    rows = generated_candles("random walk", 30, seed=4)
    found = excursions(hours_before(np.delete(rows, 10, axis=0), 30 * HOUR_MS), 4)
    assert np.flatnonzero(np.isnan(found[:26, UP])).tolist() == [6, 7, 8, 9, 10]


@given(st.lists(st.tuples(st.floats(0.0, 15.0), st.floats(0.0, 15.0)), min_size=1, max_size=40))
def test_survival_counts_what_went_at_least_so_far(pairs: list[tuple[float, float]]) -> None:
    curve = survival(np.array([*pairs, (math.nan, 1.0)]))
    for side in (UP, DOWN):
        for z, share in zip(Z_GRID.tolist(), curve[side].tolist(), strict=True):
            assert share == pytest.approx(sum(pair[side] >= z for pair in pairs) / len(pairs))


def test_chance_takes_the_side_and_a_straight_line_between() -> None:
    curve = np.stack((np.linspace(1.0, 0.0, len(Z_GRID)), np.linspace(1.0, 0.5, len(Z_GRID))))
    found = chance(curve, np.array([0.15, 0.15, math.nan]), np.array([0.0, 1.0, 0.0]))
    step = 1.0 / (len(Z_GRID) - 1)
    assert found[:2] == pytest.approx([1.0 - 4.5 * step, 1.0 - 2.25 * step])
    assert np.isnan(found[2])
