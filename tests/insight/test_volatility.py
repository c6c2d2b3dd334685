"""Volatility of a minute against plain loops."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqscape.insight.volatility import HALF_LIFE, MIN_RETURNS, MinuteVolatility
from liqscape.units import MINUTE_MS


def fed(marks: list[float], step_ms: int = MINUTE_MS) -> MinuteVolatility:
    found = MinuteVolatility()
    for place, mark in enumerate(marks):
        found.update(place * step_ms, mark, is_gap=False)
    return found


def test_fewer_than_an_hour_of_minutes_gives_no_figure() -> None:
    marks = [100.0 + each % 2 for each in range(MIN_RETURNS + 1)]
    assert fed(marks[:-1]).sigma is None
    assert fed(marks).sigma == pytest.approx(math.log(101.0 / 100.0))


def test_a_mark_that_never_moved_has_no_volatility_to_divide_by() -> None:
    assert fed([100.0] * 100).sigma is None


@given(st.lists(st.floats(50.0, 200.0), min_size=MIN_RETURNS + 1, max_size=200))
def test_each_squared_return_weighs_half_after_an_hour(marks: list[float]) -> None:
    squared = [math.log(b / a) ** 2 for a, b in pairwise(marks)]
    weight = 1.0 - 0.5 ** (1.0 / HALF_LIFE)
    expected = 0.0
    for count, each in enumerate(squared, 1):
        share = max(weight, 1.0 / count)
        expected = (1.0 - share) * expected + share * each
    found = fed(marks).sigma
    assert (0.0 if found is None else found) == pytest.approx(math.sqrt(expected), rel=1e-9, abs=1e-12)


def test_no_return_is_taken_over_a_gap_or_an_unknown_mark() -> None:
    found = fed([100.0 + each % 2 for each in range(100)])
    before = found.sigma
    found.update(200 * MINUTE_MS, 300.0, is_gap=True)
    found.update(201 * MINUTE_MS, math.nan, is_gap=False)
    assert (found.sigma, found.mark) == (before, 300.0)


def test_a_longer_step_counts_as_its_minutes() -> None:
    slow = fed([100.0 + each % 2 for each in range(100)], 4 * MINUTE_MS)
    assert slow.sigma == pytest.approx(math.log(1.01) / 2.0)
    assert fed([100.0 + each % 2 for each in range(100)], 6 * MINUTE_MS).sigma is None
