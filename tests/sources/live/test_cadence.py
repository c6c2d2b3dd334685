"""Frames after batches of marks, one a second at most, one stored a minute."""

from __future__ import annotations

from liqscape.sources.live.cadence import Cadence

SECOND_NS = 1_000_000_000


def test_marks_bring_a_frame_but_not_more_than_one_a_second() -> None:
    cadence = Cadence()
    assert not cadence.is_due(10 * SECOND_NS)
    cadence.marks_moved()
    assert cadence.is_due(10 * SECOND_NS)
    cadence.cut(10 * SECOND_NS, 0)
    cadence.marks_moved()
    assert not cadence.is_due(10 * SECOND_NS + SECOND_NS // 2)
    assert cadence.is_due(11 * SECOND_NS)


def test_accounts_alone_bring_one_after_three_seconds() -> None:
    cadence = Cadence()
    cadence.cut(10 * SECOND_NS, 0)
    cadence.accounts_moved()
    assert not cadence.is_due(12 * SECOND_NS)
    assert cadence.is_due(13 * SECOND_NS)


def test_the_first_frame_of_each_minute_is_stored() -> None:
    cadence = Cadence()
    assert [cadence.cut(0, time_ms) for time_ms in (60_000, 63_000, 119_999, 120_000, 300_000, 240_000)] == [
        True,
        False,
        False,
        True,
        True,
        False,
    ]
