"""Quiet hours cover the minutes a clock would say, over midnight and at any offset."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from liqscape.insight.alerts import parse_quiet_hours

MINUTES = st.integers(0, 1_439)


def text_of(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def test_hours_over_midnight_end_in_the_morning() -> None:
    quiet = parse_quiet_hours("22:00-07:00")
    hour = 3_600_000
    assert [quiet.covers(at * hour) for at in (21, 22, 0, 6, 7)] == [False, True, True, True, False]


def test_an_offset_is_taken_off() -> None:
    quiet = parse_quiet_hours("22:00-07:00+02:00")
    assert (quiet.start, quiet.end) == (20 * 60, 5 * 60)


@given(MINUTES, MINUTES, MINUTES, st.integers(-14 * 60, 14 * 60), st.integers(0, 20_000))
def test_covered_minutes_are_those_that_a_walk_over_the_clock_finds(
    start: int, end: int, minute: int, offset: int, day: int
) -> None:
    if start == end:
        return
    sign = "+" if offset >= 0 else "-"
    quiet = parse_quiet_hours(f"{text_of(start)}-{text_of(end)}{sign}{text_of(abs(offset))}")
    walked, at = set(), start
    while at != end:
        walked.add(at)
        at = (at + 1) % 1_440
    local = (minute + offset) % 1_440
    assert quiet.covers((day * 1_440 + minute) * 60_000 + 59_999) is (local in walked)
