"""The exchange's time for messages without one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from liqscape.sources.live.clock import BELIEVED_AFTER_NS, LARGEST_LEAP_MS, LONGEST_STRETCH_MS, VenueClock

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


def test_who_waits_for_time_to_pass_does_not_wait_for_ever() -> None:
    """Accounts are read again after a while of the exchange's time: also while no print tells it."""
    clock = VenueClock()
    clock.stamp(1_000_000, 0)
    assert clock.beyond(3_600 * SECOND_NS) == 4_600_000
    assert clock.at(3_600 * SECOND_NS) == 1_000_000 + LONGEST_STRETCH_MS


def test_absurd_stamps_are_passed_over_until_they_have_agreed_for_a_while() -> None:
    clock = VenueClock()
    clock.stamp(1_000_000, 0)
    far = 1_000_000 + 10 * LARGEST_LEAP_MS
    for second in range(1, 11):
        clock.stamp(far + second, second * SECOND_NS)
        assert clock.stamp_ms == 1_000_000
    clock.stamp(far + 11, SECOND_NS + BELIEVED_AFTER_NS)
    assert clock.stamp_ms == far + 11


def test_a_server_that_is_wrong_now_and_then_never_moves_time() -> None:
    """Time never falls: a day too much, believed once, would leave the map without frames for a day."""
    clock = VenueClock()
    for second in range(1, 600):
        is_wrong = second % 3 != 1
        clock.stamp(1_000 * second + is_wrong * 24 * LARGEST_LEAP_MS, second * SECOND_NS)
    assert clock.now_ms < 601_000


def test_what_passed_here_is_no_leap() -> None:
    clock = VenueClock()
    clock.stamp(1_000_000, 0)
    clock.stamp(1_000_000 + 30 * LARGEST_LEAP_MS, 30 * LARGEST_LEAP_MS * 1_000_000)
    assert clock.stamp_ms == 1_000_000 + 30 * LARGEST_LEAP_MS


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
