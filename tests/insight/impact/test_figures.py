"""What price did after a burst: mids before, mids after, the way back (insight/impact/figures.py)."""

from __future__ import annotations

from math import nan
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqscape.insight.impact.figures import (
    HORIZONS_MS,
    RECOVERY_MS,
    UNKNOWN_MS,
    BurstFigures,
    Unknown,
    measure_burst,
    unknown_words,
)

AT = 1_000_000
"""The fill, or the first one."""


def measured(path: dict[float, float], *, direction: int = -1, last: float = 0.0, now: float = 700.0) -> BurstFigures:
    """path: mid by seconds after the fill."""
    times = np.array([AT + round(1000 * each) for each in path], np.int64)
    return measure_burst(
        times, np.array(list(path.values())), AT, AT + round(1000 * last), direction, AT + round(1000 * now)
    )


def every_second(value: dict[int, float], first: int = -5, last: int = 700) -> dict[float, float]:
    """A mid each second: the newest of the given ones."""
    path, mid = {}, nan
    for second in range(first, last + 1):
        mid = value.get(second, mid)
        path[float(second)] = mid
    return path


def test_impact_counts_in_the_direction_of_the_forced_flow() -> None:
    """100 before; 99.9, 99.8 and 99.95 at +1, +10, +60 s: a sale moved price by 10, 20, 5 bp with it."""
    path = every_second({-5: 100.0, 1: 99.9, 10: 99.8, 60: 99.95})
    sold, bought = measured(path), measured(path, direction=1)
    assert sold.pre_mid == 100.0
    assert sold.impact_bp == pytest.approx((10.0, 20.0, 5.0))
    assert bought.impact_bp == pytest.approx((-10.0, -20.0, -5.0))


def test_a_mid_of_the_millisecond_of_the_fill_is_not_before_it() -> None:
    assert measured(every_second({-5: 100.0, -1: 100.5, 0: 99.0})).pre_mid == 100.5


def test_horizons_count_from_the_last_fill_of_a_burst() -> None:
    path = every_second({-5: 100.0, 0: 99.5, 3: 99.0, 4: 98.0})
    assert measured(path, last=3.0).impact_bp[0] == pytest.approx(200.0)


@pytest.mark.parametrize(
    ("step", "known"), [(1.0, (True, True, True)), (3.0, (False, True, True)), (20.0, (False, False, True))]
)
def test_a_horizon_that_the_cadence_of_mids_cannot_carry_is_unknown_and_says_why(
    step: float, known: tuple[bool, ...]
) -> None:
    path = {-step * 0.9 + place * step: 100.0 for place in range(60)}
    figures = measured(path)
    assert tuple(bool(each == 0.0) for each in figures.impact_bp) == known
    reasons = [Unknown.IMPACT_1S, Unknown.IMPACT_10S, Unknown.IMPACT_60S]
    assert [bool(figures.unknown & reason) for reason in reasons] == [not each for each in known]
    assert all(np.isnan(each) for each, is_known in zip(figures.impact_bp, known, strict=True) if not is_known)


def test_mids_that_are_unknown_now_are_not_what_they_were_before() -> None:
    figures = measured(every_second({-5: 100.0, 8: nan, 12: 90.0}))
    assert figures.impact_bp[0] == 0.0
    assert np.isnan(figures.impact_bp[1])
    assert figures.recovery_ms == UNKNOWN_MS
    assert figures.unknown & Unknown.PATH_BROKEN


@pytest.mark.parametrize("first", [-61, 0, 5])
def test_without_a_mid_of_the_minute_before_nothing_is_known(first: int) -> None:
    figures = measured({float(first): 100.0} | every_second({6: 99.0}, first=6))
    assert np.isnan(figures.pre_mid)
    assert figures.unknown == Unknown.NO_MID_BEFORE
    assert "minute before" in unknown_words(figures.unknown)


def test_recovery_is_from_the_extreme_to_half_of_it() -> None:
    """The extreme is 40 bp at +20 s; 20 bp are reached at +95 s."""
    figures = measured(every_second({-5: 100.0, 0: 99.8, 20: 99.6, 50: 99.7, 95: 99.8}))
    assert figures.recovery_ms == 75_000
    assert figures.is_settled


def test_what_does_not_come_back_within_ten_minutes_has_no_recovery() -> None:
    figures = measured(every_second({-5: 100.0, 0: 99.0, 650: 100.0}))
    assert figures.recovery_ms == UNKNOWN_MS
    assert figures.unknown == Unknown.NOT_RECOVERED


def test_price_that_never_went_with_the_flow_has_nothing_to_recover() -> None:
    figures = measured(every_second({-5: 100.0, 0: 100.5}), now=90.0)
    assert figures.unknown == Unknown.NO_EXCURSION
    assert figures.is_settled


def test_a_burst_is_settled_when_nothing_later_can_change_it() -> None:
    path = every_second({-5: 100.0, 0: 99.0, 100: 99.9})
    cut = {second: mid for second, mid in path.items() if second <= 95.0}
    assert not measured(cut, now=95.0).is_settled
    assert measured(path, now=700.0).recovery_ms == 100_000
    assert measured({each: mid for each, mid in path.items() if each <= 101.0}, now=101.0).recovery_ms == 100_000


def slow_impact(path: list[tuple[int, float]], last_ms: int, direction: int, horizon_ms: int) -> float | None:
    """The same from the words of docs/clusters.md, one loop a figure."""
    before = [(time, mid) for time, mid in path if time < AT]
    if not before or AT - before[-1][0] > horizon_ms:
        return None
    wanted = last_ms + horizon_ms
    time, mid = min(path, key=lambda row: (abs(row[0] - wanted), row[0]))
    if 2 * abs(time - wanted) > horizon_ms:
        return None
    return direction * (mid / before[-1][1] - 1.0) * 1e4


@given(
    st.lists(st.integers(-70_000, 130_000), min_size=1, max_size=60, unique=True),
    st.integers(0, 20_000),
    st.sampled_from([-1, 1]),
    st.randoms(use_true_random=False),
)
def test_figures_equal_those_of_plain_loops(times: list[int], span: int, direction: int, chance: Random) -> None:
    path = sorted((AT + time, 100.0 + chance.random()) for time in times)
    figures = measure_burst(
        np.array([time for time, _ in path]),
        np.array([mid for _, mid in path]),
        AT,
        AT + span,
        direction,
        AT + span + RECOVERY_MS,
    )
    for horizon_ms, impact in zip(HORIZONS_MS, figures.impact_bp, strict=True):
        expected = slow_impact(path, AT + span, direction, horizon_ms)
        assert (None if np.isnan(impact) else impact) == expected
