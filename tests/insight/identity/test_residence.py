"""Residence of every level in any span is exact, whatever path it took."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from liqscape.insight.kernels.staircases import FIRST, IS_OLDER, MAX_RECORDS, entered_at, move_levels
from liqscape.units import Int64Array

MINUTE_MS = 60_000
move, entered = move_levels.py_func, entered_at.py_func  # type: ignore[attr-defined]


def walk(paths: list[list[int | None]]) -> tuple[Any, dict[int, int]]:
    """State after the last frame of each position's bands, and its place among the positions."""
    state = (np.empty((0, 4), np.int64), np.zeros(1, np.int64), np.empty((0, 2), np.int64))
    keys: Int64Array = np.empty(0, np.int64)
    for minute in range(len(paths[0])):
        rows = [(path[minute], key) for key, path in enumerate(paths) if path[minute] is not None]
        rows.sort()
        band = np.array([row[0] for row in rows], np.int64)
        keys = np.array([row[1] for row in rows], np.int64)
        order = np.argsort(keys)
        state = move(keys, order, band, np.zeros(len(keys), np.bool_), minute * MINUTE_MS, *state)
    return state, {int(key): place for place, key in enumerate(np.sort(keys))}


def slow_entry(path: list[int | None], low: int, high: int) -> int:
    """First frame of the last unbroken run inside [low, high)."""
    minute = len(path) - 1
    while minute >= 0:
        band = path[minute]
        if band is None or not low <= band < high:
            break
        minute -= 1
    return (minute + 1) * MINUTE_MS


@given(st.data())
@settings(max_examples=examples(200), deadline=None)
@pytest.mark.property
def test_entry_equals_a_walk_back_through_all_frames(data: st.DataObject) -> None:
    minutes = data.draw(st.integers(1, 25))
    here = st.one_of(st.none(), st.integers(-6, 6))
    paths = [data.draw(st.lists(here, min_size=minutes, max_size=minutes)) for _ in range(4)]
    (positions, starts, stairs), places = walk(paths)
    for key, place in places.items():
        last = paths[key][-1]
        assert last is not None
        for low in range(-7, last + 1):
            for high in range(last + 1, 9):
                found = entered(place, low, high, positions, starts, stairs)
                assert found == slow_entry(paths[key], low, high)


def test_a_position_that_was_closed_begins_anew() -> None:
    (positions, starts, stairs), places = walk([[3, 3, None, 3, 3]])
    assert entered(places[0], 0, 9, positions, starts, stairs) == 3 * MINUTE_MS


def test_memory_is_bounded_and_what_is_lost_makes_a_position_younger() -> None:
    length = MAX_RECORDS + 50
    (positions, starts, stairs), _ = walk([list(range(length))])
    assert len(stairs) == MAX_RECORDS
    assert positions[0, IS_OLDER] == 1
    lost = length - 1 - MAX_RECORDS
    assert positions[0, FIRST] == lost * MINUTE_MS
    for low in range(lost, length):
        assert entered(0, low, length, positions, starts, stairs) == low * MINUTE_MS
