"""UTC days, weeks from Monday, Donchian 20 and 30 days: bars that were over, the mark for the one under way."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from structure_twin import START_MS, made_bars, points

from liqscape.insight.structure import Session
from liqscape.insight.structure.ranges import extremes_at
from liqscape.insight.structure.sessions import sessions_at
from liqscape.units import DAY_MS, HOUR_MS

NAN = float("nan")
HOURS = made_bars(points([100.0 + hour % 24 + hour // 24 for hour in range(10 * 24)]))
"""Ten days from a Monday: each climbs 23, each begins 1 higher than the day before."""


def named(sessions: list[Session]) -> dict[tuple[str, bool], Session]:
    return {(session.name, session.is_present): session for session in sessions}


def test_present_and_previous_days_and_weeks() -> None:
    at_ms = START_MS + 9 * DAY_MS + 6 * HOUR_MS  # Wednesday of the second week, 06:00
    found = named(sessions_at(HOURS, at_ms, 90.0))
    prices = {key: (each.open, each.high, each.low) for key, each in found.items()}
    assert prices == {
        ("day", True): (109.0, 114.0, 90.0),  # hours 0 to 5, and the mark at its low
        ("day", False): (108.0, 131.0, 108.0),
        ("week", True): (107.0, 131.0, 90.0),
        ("week", False): (100.0, 129.0, 100.0),
    }
    assert all(each.is_whole for each in found.values())
    for each in found.values():
        begin = datetime.fromtimestamp(each.start_ms / 1000, UTC)
        assert (begin.hour, begin.minute) == (0, 0)
        assert each.name == "day" or begin.weekday() == 0


def test_at_midnight_the_new_day_has_the_mark_alone() -> None:
    found = named(sessions_at(HOURS, START_MS + DAY_MS, 111.0))
    new = found["day", True]
    assert (new.start_ms, new.open, new.high, new.low, new.is_whole) == (START_MS + DAY_MS, 111.0, 111.0, 111.0, True)
    assert found["day", False].start_ms == START_MS
    assert found["week", True].start_ms == START_MS


def test_a_bar_that_is_not_over_does_not_count() -> None:
    at_ms = START_MS + DAY_MS + 5 * HOUR_MS + 1_800_000
    assert named(sessions_at(HOURS, at_ms, NAN))["day", True].high == 101.0 + 4.0


def test_what_is_not_known_is_left_out_or_said() -> None:
    found = named(sessions_at(HOURS.between(START_MS + 12 * HOUR_MS, START_MS + DAY_MS), START_MS + DAY_MS, NAN))
    assert set(found) == {("day", False), ("week", True)}
    assert not any(each.is_whole for each in found.values())
    assert sessions_at(made_bars([]), START_MS, NAN) == []


def test_a_range_is_of_its_days_alone_and_places_the_first_of_equal_ones() -> None:
    flat = made_bars(points([5.0] * 3 * 24))
    found = extremes_at(flat, START_MS + 3 * DAY_MS, 2)
    assert found is not None
    assert (found.low_ms, found.high_ms, found.is_whole) == (START_MS + DAY_MS, START_MS + DAY_MS, True)
    found = extremes_at(HOURS, START_MS + 5 * DAY_MS, 2)
    assert found is not None
    assert (found.low, found.high) == (103.0, 127.0)


@pytest.mark.parametrize(("missing", "is_whole"), [(0, True), (2, True), (3, False), (30, False)])
def test_a_range_with_more_than_a_twentieth_missing_is_not_whole(missing: int, is_whole: bool) -> None:
    held = made_bars(points([5.0] * 48), missing=range(missing))
    found = extremes_at(held, START_MS + 2 * DAY_MS, 2)
    assert found is not None
    assert found.is_whole is is_whole


def test_without_a_bar_there_is_no_range() -> None:
    assert extremes_at(HOURS, START_MS, 20) is None
    assert extremes_at(HOURS, START_MS + 60 * DAY_MS, 20) is None
