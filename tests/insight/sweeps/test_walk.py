"""A span is entered, crossed and left by marks alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from swept_minutes import path_of

from liqscape.insight.records import SweepState
from liqscape.insight.sweeps.walk import HORIZONS_MS, WINDOW_MS, Walk, begin_walk, leave_margin

LOW, HIGH = 99.0, 100.0
"""Left above 100 + 0.25: a quarter of the span."""


def walk_over(marks: list[float], side: int = 1, step_ms: int = 3_000) -> Walk | None:
    return begin_walk(side, LOW, HIGH, None, [row * step_ms for row in range(len(marks))], marks)


@pytest.mark.parametrize(
    ("name", "marks", "state"),
    [
        ("above", [101.0, 100.01], None),
        ("at the near edge", [101.0, 100.0], SweepState.ENTERED),
        ("in the span", [101.0, 99.5], SweepState.ENTERED),
        ("at the far edge", [101.0, 99.0], SweepState.CROSSED),
        ("through it by one update", [101.0, 98.0], SweepState.CROSSED),
        ("back above, not clear of it", [99.5, 100.25], SweepState.ENTERED),
        ("back above and clear of it", [99.5, 100.26], SweepState.LEFT),
        ("through and out by one update each", [98.0, 101.0], SweepState.LEFT),
        ("in again", [99.5, 101.0, 99.9], SweepState.ENTERED),
        ("in again after it was crossed", [98.0, 101.0, 99.9], SweepState.CROSSED),
    ],
)
def test_state_of_a_long_span_after_these_marks(name: str, marks: list[float], state: SweepState | None) -> None:
    walk = walk_over(marks)
    assert (None if walk is None else walk.state) == state, name


def test_times_are_those_of_the_first_mark_at_an_edge() -> None:
    walk = walk_over([101.0, 99.9, 99.0, 98.5, 98.7, 100.3])
    assert walk is not None
    assert (walk.entered_ms, walk.crossed_ms, walk.left_ms) == (3_000, 6_000, 15_000)
    assert (walk.entered_at, walk.extreme, walk.extreme_ms) == (99.9, 98.5, 9_000)


def test_a_mark_that_comes_again_within_30_minutes_is_the_same_sweep() -> None:
    walk = walk_over([99.5, 101.0])
    assert walk is not None
    walk.advance([3_000 + WINDOW_MS], [99.0])
    assert walk.ended_ms is None
    assert (walk.state, walk.left_ms) == (SweepState.CROSSED, None)


def test_a_mark_that_comes_again_later_is_another() -> None:
    walk = walk_over([99.5, 101.0])
    assert walk is not None
    walk.advance([3_001 + WINDOW_MS], [99.0])
    assert walk.ended_ms == walk.left_ms == 3_000
    assert walk.extreme == 99.5


def test_a_sweep_that_is_not_left_ends_30_minutes_after_its_extreme() -> None:
    walk = walk_over([99.5, 99.4, 99.6])
    assert walk is not None
    walk.advance([3_000 + WINDOW_MS, 3_001 + WINDOW_MS], [99.6, 98.0])
    assert walk.ended_ms == 3_000 + WINDOW_MS
    assert (walk.extreme, walk.crossed_ms, walk.state) == (99.4, None, SweepState.ENTERED)


def test_a_mark_that_comes_again_has_30_minutes_anew() -> None:
    walk = walk_over([99.5, 101.0])
    assert walk is not None
    walk.advance([WINDOW_MS, WINDOW_MS + 3_000, 2 * WINDOW_MS], [99.6, 99.6, 99.6])
    assert walk.ended_ms is None
    walk.advance([2 * WINDOW_MS + 1], [99.6])
    assert (walk.ended_ms, walk.extreme_ms) == (2 * WINDOW_MS, 0)


def test_overshoot_is_of_the_extreme_until_the_horizon_and_below_zero_inside() -> None:
    inside = walk_over([101.0, 99.495])
    assert inside is not None
    assert inside.overshoot() == pytest.approx(-0.005)
    walk = walk_over([101.0, 98.01])
    assert walk is not None
    crossed = walk.crossed_ms
    assert crossed == 3_000
    assert walk.overshoot_at(0) is None
    walk.advance([crossed + 60_000, crossed + 60_001, crossed + HORIZONS_MS[2]], [97.02, 96.03, 100.0])
    assert [walk.overshoot_at(place) for place in range(3)] == pytest.approx([0.02, 0.03, 0.03])


def test_the_margin_is_the_largest_of_quarter_span_ten_bp_and_half_a_sigma() -> None:
    assert leave_margin(90.0, 100.0, 100.0, 0.01) == 2.5
    assert leave_margin(99.9, 100.0, 100.0, None) == pytest.approx(0.1)
    assert leave_margin(99.9, 100.0, 100.0, 0.01) == pytest.approx(0.5)


@given(st.lists(st.floats(90.0, 110.0), min_size=1, max_size=60), st.sampled_from([3_000, 600_000]))
def test_a_short_span_is_a_long_one_mirrored(marks: list[float], step_ms: int) -> None:
    times = [row * step_ms for row in range(len(marks))]
    long = begin_walk(1, LOW, HIGH, None, times, marks)
    # About the price 100: near and far change sides, and so do the marks.
    short = begin_walk(-1, 200.0 - HIGH, 200.0 - LOW, None, times, [200.0 - mark for mark in marks])
    if long is None or short is None:
        assert long is short
        return
    assert (long.state, long.entered_ms, long.crossed_ms, long.left_ms, long.ended_ms) == (
        short.state,
        short.entered_ms,
        short.crossed_ms,
        short.left_ms,
        short.ended_ms,
    )
    assert 200.0 + short.extreme == pytest.approx(long.extreme)


@given(st.lists(st.floats(95.0, 105.0), min_size=2, max_size=60), st.data())
def test_a_walk_is_the_same_wherever_its_path_is_cut(marks: list[float], data: st.DataObject) -> None:
    times = [row * 400_000 for row in range(len(marks))]
    whole = begin_walk(1, LOW, HIGH, 0.001, times, marks)
    if whole is None:
        return
    first = times.index(whole.entered_ms)
    cut = data.draw(st.integers(first + 1, len(marks)))
    part = begin_walk(1, LOW, HIGH, 0.001, times[:cut], marks[:cut])
    assert part is not None
    part.advance(times[cut:], marks[cut:])
    assert part == whole


@given(
    st.lists(st.lists(st.floats(97.0, 101.5), min_size=1, max_size=5), min_size=2, max_size=60),
    st.sampled_from([20_000, 60_000, 300_000]),
)
def test_idle_minutes_told_by_their_extremes_change_what_every_update_would(
    minutes: list[list[float]], step_ms: int
) -> None:
    quick, slow = begin_walk(1, LOW, HIGH, 0.001, [0], [99.5]), begin_walk(1, LOW, HIGH, 0.001, [0], [99.5])
    assert quick is not None
    assert slow is not None
    for number, marks in enumerate(minutes, 1):
        times = [number * step_ms + each for each in range(len(marks))]
        quick.take(path_of(times, marks))
        slow.advance(times, marks)
        assert quick == slow


def test_a_mark_that_goes_further_after_the_end_still_counts_for_the_hour() -> None:
    walk = walk_over([98.5])
    assert walk is not None
    minutes = [(31, 98.9), (40, 98.0), (61, 98.9)]
    for minute, mark in minutes:
        walk.take(path_of([minute * 60_000], [mark]))
    assert (walk.ended_ms, walk.extreme) == (WINDOW_MS, 98.5)
    assert walk.overshoot_at(2) == pytest.approx(0.01 / 0.99)
