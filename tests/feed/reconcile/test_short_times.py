"""Times in 32 bits are those in 64 while they lie within SPAN_MS, and never say that something is younger."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqscape.feed.reconcile.short_times import SPAN_MS, TOP_MS, ShortTimes

NOW_MS = 1_770_000_000_000
ROWS = 8
Step = tuple[list[int], int]
LATER = st.lists(st.tuples(st.lists(st.integers(0, ROWS - 1), max_size=4), st.integers(0, SPAN_MS)), max_size=12)


@given(steps=LATER, is_small=st.booleans())
def test_times_are_those_that_were_set_and_old_ones_no_younger_than_the_span(
    steps: list[Step], *, is_small: bool
) -> None:
    times, twin = ShortTimes(-1), np.full(ROWS, -1, np.int64)
    times.reserve(ROWS)
    now_ms = 1_000 if is_small else NOW_MS
    for rows, later_ms in steps:
        now_ms += later_ms
        times[rows] = twin[rows] = now_ms
        found = times[:]
        is_recent = (twin < 0) | (now_ms - twin <= SPAN_MS)
        np.testing.assert_array_equal(found[is_recent], twin[is_recent])
        assert (now_ms - found[~is_recent] >= SPAN_MS).all()


def test_a_time_at_the_end_of_the_span_is_kept_as_it_is() -> None:
    times = ShortTimes(-1)
    times.reserve(2)
    times[[0]] = NOW_MS - SPAN_MS
    times[[1]] = NOW_MS
    assert times[:].tolist() == [NOW_MS - SPAN_MS, NOW_MS]
    times[[1]] = NOW_MS + TOP_MS  # the origin moves, and the first is beyond the span
    assert times[:].tolist() == [NOW_MS + TOP_MS - SPAN_MS, NOW_MS + TOP_MS]


@pytest.mark.parametrize("missing", [-1, 0])
def test_rows_nobody_set_or_that_were_cleared_are_missing(missing: int) -> None:
    times = ShortTimes(missing)
    times.reserve(3)
    assert times[np.arange(3)].tolist() == [missing] * 3
    times[np.array([0, 2])] = np.array([NOW_MS, missing])
    times.reserve(4)
    assert times[:].tolist() == [NOW_MS, missing, missing, missing]
    times[[0]] = missing
    assert times[:].tolist() == [missing] * 4
    assert len(times) == 4


def test_a_time_of_a_clock_that_was_wrong_is_moved_back() -> None:
    times = ShortTimes(-1)
    times.reserve(2)
    times[[0]] = NOW_MS + 10 * SPAN_MS
    times[[1]] = NOW_MS
    assert NOW_MS <= times[:][1] <= NOW_MS + 9 * SPAN_MS + 1
    times[:] = np.minimum(times[:], NOW_MS)
    assert times[:].tolist() == [NOW_MS, NOW_MS]


def test_cleared_times_are_missing_and_may_be_set_again() -> None:
    times = ShortTimes(0)
    times.reserve(3)
    times[[0, 2]] = NOW_MS
    times.clear()
    assert times[:].tolist() == [0, 0, 0]
    times[[1]] = NOW_MS + 1
    assert times[:].tolist() == [0, NOW_MS + 1, 0]
