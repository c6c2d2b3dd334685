"""Which frames stay: every hole stays a hole, and no new one comes."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from liqscape.store.history.thinning import count_thinned, is_thinned_after, kept_frames
from liqscape.units import HOUR_MS, MINUTE_MS

HOLD_MS = 10 * MINUTE_MS
STEP_MS = 15 * MINUTE_MS
MINUTES = st.lists(st.integers(0, 600), min_size=1, max_size=80, unique=True).map(
    lambda minutes: np.array(sorted(minutes), np.int64) * MINUTE_MS
)


def holes(times: np.ndarray, thinned: np.ndarray) -> list[int]:
    """Minutes without a frame to show, one after the other, by the words of the module."""
    found = []
    for start in range(0, 700 * MINUTE_MS, MINUTE_MS):
        before = [row for row, time in enumerate(times.tolist()) if time < start + MINUTE_MS]
        if not before:
            found.append(start)
            continue
        row = before[-1]
        is_between = row + 1 < len(times) and thinned[row + 1] > 0
        if times[row] < start - HOLD_MS and not is_between:
            found.append(start)
    return found


def thinned(times: np.ndarray, counts: np.ndarray, step_ms: int) -> tuple[np.ndarray, np.ndarray]:
    is_kept = kept_frames(times, counts, step_ms, HOLD_MS)
    return times[is_kept], count_thinned(counts, is_kept)


@given(MINUTES)
def test_windows_have_the_same_holes_before_and_after_once_and_twice(times: np.ndarray) -> None:
    counts = np.zeros(len(times), np.int32)
    first, first_counts = thinned(times, counts, STEP_MS)
    second, second_counts = thinned(first, first_counts, HOUR_MS)
    assert holes(times, counts) == holes(first, first_counts) == holes(second, second_counts)
    assert len(times) == len(first) + first_counts.sum() == len(second) + second_counts.sum()
    at_once, at_once_counts = thinned(times, counts, HOUR_MS)
    assert at_once.tolist() == second.tolist()
    assert at_once_counts.tolist() == second_counts.tolist()


@given(MINUTES, st.sampled_from([STEP_MS, HOUR_MS]))
def test_the_last_frame_of_every_step_stays_with_first_and_last(times: np.ndarray, step_ms: int) -> None:
    kept, _ = thinned(times, np.zeros(len(times), np.int32), step_ms)
    last = {int(time) // step_ms: int(time) for time in times}
    assert set(last.values()) <= set(kept.tolist())
    assert (kept[0], kept[-1]) == (times[0], times[-1])
    gaps = [each for pair in pairwise(times.tolist()) if pair[1] - pair[0] > HOLD_MS for each in pair]
    assert set(kept.tolist()) == {*last.values(), int(times[0]), *gaps}
    again = kept_frames(kept, np.zeros(len(kept), np.int32), step_ms, HOLD_MS)
    assert again.all(), "nothing is left to take out"


def test_a_whole_day_of_minutes_keeps_one_in_fifteen_and_the_first() -> None:
    times = np.arange(1_440, dtype=np.int64) * MINUTE_MS
    kept, counts = thinned(times, np.zeros(1_440, np.int32), STEP_MS)
    assert kept.tolist() == [0, *range(14 * MINUTE_MS, 1_440 * MINUTE_MS, STEP_MS)]
    assert counts.tolist() == [0, 13, *[14] * 95]


def test_who_follows_tells_whether_frames_were_taken_out() -> None:
    place = np.array([-1, 0, 1, 2])
    assert is_thinned_after(place, np.array([3, 0, 5], np.int32)).tolist() == [False, False, True, False]
