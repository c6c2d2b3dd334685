"""Where an hour's funding stands among its own: by counting, known by then, and not of hours ago."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqscape.insight.setups import FUNDING_DAYS, FundingStanding, funding_standing
from liqscape.units import DAY_MS, HOUR_MS

AT_MS = 100 * DAY_MS


def standing(rates: list[float], *, end_ms: int = AT_MS, at_ms: int = AT_MS) -> FundingStanding | None:
    """Hourly rates, the last one of the hour `end_ms`, each known a minute later."""
    hours = end_ms - HOUR_MS * np.arange(len(rates) - 1, -1, -1)
    return funding_standing(hours, hours + 60_000, np.array(rates, np.float64), at_ms)


@given(st.lists(st.integers(-5, 5), min_size=24, max_size=200))
def test_the_percentile_counts_lower_hours_and_half_of_equal_ones(rates: list[int]) -> None:
    found = standing([float(each) for each in rates], at_ms=AT_MS + 60_000)
    assert found is not None
    own = rates[-1]
    lower, same = sum(each < own for each in rates), sum(each == own for each in rates)
    assert found.percentile == pytest.approx(100.0 * (lower + same / 2) / len(rates))
    assert (found.hours, found.since_ms) == (len(rates), AT_MS - (len(rates) - 1) * HOUR_MS)
    turned = standing([-float(each) for each in rates], at_ms=AT_MS + 60_000)
    assert turned is not None
    assert turned.percentile == pytest.approx(100.0 - found.percentile)


def test_below_a_day_of_hours_there_is_a_rate_and_no_percentile() -> None:
    for count, is_known in ((23, False), (24, True)):
        found = standing([1.0] * count, at_ms=AT_MS + 60_000)
        assert found is not None
        assert (found.percentile is not None) is is_known


def test_what_was_not_known_yet_does_not_count() -> None:
    found = standing([1.0] * 30 + [9.0], at_ms=AT_MS + 59_999)
    assert found is not None
    assert (found.rate, found.hour_ms, found.hours) == (1.0, AT_MS - HOUR_MS, 30)


@pytest.mark.parametrize(("late_ms", "is_known"), [(2 * HOUR_MS - 1, True), (2 * HOUR_MS, False)])
def test_a_funding_of_two_hours_ago_says_nothing(late_ms: int, is_known: bool) -> None:
    assert (standing([1.0] * 30, at_ms=AT_MS + late_ms) is not None) is is_known
    assert standing([]) is None


def test_hours_before_the_window_are_forgotten_and_unknown_ones_left_out() -> None:
    rates = [5.0] * (24 * FUNDING_DAYS + 50)
    rates[-2] = float("nan")
    found = standing(rates, at_ms=AT_MS + 60_000)
    assert found is not None
    assert found.hours == 24 * FUNDING_DAYS - 1
