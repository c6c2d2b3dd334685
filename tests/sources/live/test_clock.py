"""The exchange's time for messages without one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from liqscape.sources.live.clock import LARGEST_LEAP_MS, LONGEST_STRETCH_MS, VenueClock

SECOND_NS = 1_000_000_000


def test_before_the_first_stamp_our_own_time_is_taken() -> None:
    assert VenueClock().at(5 * SECOND_NS) == 5_000


def test_time_goes_on_from_the_newest_stamp() -> None:
    clock = VenueClock()
    clock.stamp(1_000_000, 7 * SECOND_NS)
    assert clock.at(9 * SECOND_NS) == 1_002_000


def test_a_silent_feed_does_not_run_away() -> None:
    clock = VenueClock()
    clock.stamp(1_000_000, 0)
    assert clock.at(3_600 * SECOND_NS) == 1_000_000 + LONGEST_STRETCH_MS


def test_one_absurd_stamp_is_passed_over_and_two_that_agree_are_believed() -> None:
    clock = VenueClock()
    clock.stamp(1_000_000, 0)
    far = 1_000_000 + 10 * LARGEST_LEAP_MS
    clock.stamp(far, SECOND_NS)
    assert clock.stamp_ms == 1_000_000
    clock.stamp(far + 5, SECOND_NS)
    assert clock.stamp_ms == far + 5


@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(0, 10**13), st.integers(0, 10**15)),
        max_size=50,
    )
)
def test_time_never_falls(steps: list[tuple[bool, int, int]]) -> None:
    clock, before = VenueClock(), 0
    for is_stamp, time_ms, received_ns in steps:
        if is_stamp:
            clock.stamp(time_ms, received_ns)
        assert clock.at(received_ns) >= before
        before = clock.now_ms
