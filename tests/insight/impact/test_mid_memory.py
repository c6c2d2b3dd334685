"""The last minutes of every coin's mid, bounded (insight/impact/mid_memory.py)."""

from __future__ import annotations

from math import isnan, nan

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from liqscape.insight.impact.mid_memory import STEPS, MidMemory


def test_memory_is_sixteen_bytes_a_step_and_coin_whatever_comes() -> None:
    path = MidMemory(3)
    for second in range(3 * STEPS):
        path.write(np.arange(3), 1_000 * second, np.array([1.0, 2.0, 3.0]))
    assert path.byte_count == 3 * STEPS * 16
    times, _ = path.of(1)
    assert times[0] == 1_000 * 2 * STEPS
    assert times[-1] == 1_000 * (3 * STEPS - 1)


def test_the_newest_stands_and_older_ones_are_half_a_second_apart() -> None:
    path = MidMemory(1)
    for time in range(0, 5_000, 100):
        path.write(np.array([0]), time, np.array([1.0 + time]))
    times, values = path.of(0)
    assert times[-1] == 4_900
    assert (np.diff(times[:-1]) >= 500).all()
    assert (values == 1.0 + times).all()


def test_an_older_value_never_takes_the_place_of_a_newer_one() -> None:
    path = MidMemory(1)
    for time, value in ((1_000, 5.0), (2_000, 6.0), (1_500, 9.0)):
        path.write(np.array([0]), time, np.array([value]))
    assert path.of(0)[1].tolist() == [5.0, 6.0]


def test_unknown_stands_once_and_only_after_something_known() -> None:
    path = MidMemory(1)
    for time, value in enumerate([nan, 1.0, nan, nan, 2.0, 0.0, -1.0]):
        path.write(np.array([0]), 1_000 * time, np.array([value]))
    assert [None if isnan(each) else each for each in path.of(0)[1].tolist()] == [1.0, None, 2.0, None]


def test_coins_that_come_later_find_the_others_as_they_were() -> None:
    path = MidMemory(1)
    path.write(np.array([0]), 1_000, np.array([5.0]))
    path.grow(2)
    path.write(np.arange(2), 2_000, np.array([6.0, 7.0]))
    assert path.of(0)[1].tolist() == [5.0, 6.0]
    assert path.of(1)[1].tolist() == [7.0]


@given(
    st.lists(st.tuples(st.integers(0, 60_000), st.sets(st.integers(0, 2), min_size=1)), max_size=40),
    st.integers(0, 70_000),
    st.integers(1, 10_000),
)
def test_look_ups_equal_those_of_plain_lists(
    written: list[tuple[int, set[int]]], asked_ms: int, tolerance_ms: int
) -> None:
    path = MidMemory(3, steps=64, step_ms=1)
    slow: list[list[tuple[int, float]]] = [[], [], []]
    for number, (time_ms, coins) in enumerate(sorted(written, key=lambda each: each[0])):
        rows = np.array(sorted(coins))
        path.write(rows, time_ms, np.full(len(rows), 1.0 + number))
        for coin in rows.tolist():
            if slow[coin] and slow[coin][-1][0] == time_ms:
                slow[coin].pop()
            slow[coin].append((time_ms, 1.0 + number))
    before, near = path.before(asked_ms, tolerance_ms), path.near(asked_ms, tolerance_ms)
    for coin in range(3):
        older = [row for row in slow[coin] if row[0] < asked_ms and asked_ms - row[0] <= tolerance_ms]
        close = [row for row in slow[coin] if abs(row[0] - asked_ms) <= tolerance_ms]
        assert (None if isnan(before[coin]) else before[coin]) == (older[-1][1] if older else None)
        expected = min(close, key=lambda row: (abs(row[0] - asked_ms), row[0]))[1] if close else None
        assert (None if isnan(near[coin]) else near[coin]) == expected
