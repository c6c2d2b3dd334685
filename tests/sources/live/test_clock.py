"""The exchange's time for messages without one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqscape.sources.live.clock import BELIEVED_AFTER_NS, MAX_LEAP_MS, MAX_STRETCH_MS, RENEWED_NS, VenueClock

SECOND_NS = 1_000_000_000
DAY_MS = 86_400_000


def agreed(time_ms: int = 1_000_000, received_ns: int = 0) -> VenueClock:
    """A clock whose time two stamps have told."""
    clock = VenueClock()
    clock.stamp(time_ms - 1, received_ns, "status")
    clock.stamp(time_ms, received_ns, "prints")
    assert clock.is_confirmed
    return clock


def test_before_the_first_stamp_our_own_time_is_taken_and_said_to_be_held() -> None:
    clock = VenueClock()
    assert clock.at(5 * SECOND_NS) == 5_000
    assert clock.is_held(5 * SECOND_NS)
    clock.stamp(1_000, 6 * SECOND_NS, "prints")  # earlier than ours: our own time has moved nothing
    assert clock.at(6 * SECOND_NS) == 1_000


def test_time_goes_on_from_the_newest_stamp() -> None:
    assert agreed(1_000_000, 7 * SECOND_NS).at(9 * SECOND_NS) == 1_002_000


def test_a_silent_feed_does_not_run_away_and_its_time_is_said_to_be_held() -> None:
    clock = agreed()
    assert not clock.is_held(MAX_STRETCH_MS * 1_000_000)
    assert clock.is_held(MAX_STRETCH_MS * 1_000_000 + 1_000_000)
    assert clock.at(3_600 * SECOND_NS) == 1_000_000 + MAX_STRETCH_MS
    clock.stamp(4_600_000, 3_600 * SECOND_NS, "prints")
    assert not clock.is_held(3_600 * SECOND_NS)


def test_who_waits_for_time_to_pass_does_not_wait_for_ever() -> None:
    """Accounts are read again after a while of the exchange's time: also while no print tells it."""
    clock = agreed()
    assert clock.beyond(3_600 * SECOND_NS) == 4_600_000
    assert clock.at(3_600 * SECOND_NS) == 1_000_000 + MAX_STRETCH_MS


def test_absurd_stamps_are_passed_over_until_they_have_agreed_for_a_while() -> None:
    clock = agreed()
    far = 1_000_000 + 10 * MAX_LEAP_MS
    for second in range(1, 11):
        assert not clock.stamp(far + 1_000 * second, second * SECOND_NS, "prints")
        assert not clock.believes(far + 1_000 * second, second * SECOND_NS)
        assert clock.stamp_ms == 1_000_000
    assert clock.stamp(far + 11_000, SECOND_NS + BELIEVED_AFTER_NS, "prints")
    assert clock.stamp_ms == far + 11_000


def test_an_exchange_that_catches_up_is_believed_once_it_has_told_no_other_time_for_a_while() -> None:
    """A slow machine's sandbox stands, then runs five times as fast: no two of its stamps agree to the second."""
    clock = agreed()
    for second in range(1, 40):
        clock.stamp(1_060_000 + 5_000 * second, second * SECOND_NS, "prints")
        if second * SECOND_NS <= BELIEVED_AFTER_NS:
            assert clock.stamp_ms == 1_000_000
    assert clock.stamp_ms == 1_060_000 + 5_000 * 39


def test_broken_stamps_that_agree_with_nothing_are_never_believed() -> None:
    clock = agreed()
    for second in range(1, 40):
        assert not clock.stamp(1_000_000 + second * DAY_MS, second * SECOND_NS, "prints")
    assert clock.is_held(39 * SECOND_NS)


def test_while_stamps_differ_time_is_said_to_be_held_and_one_that_agrees_settles_it() -> None:
    clock = agreed()
    clock.stamp(1_000_000 + DAY_MS, SECOND_NS, "prints")
    assert clock.is_held(SECOND_NS)
    clock.stamp(1_000_000 - DAY_MS, SECOND_NS, "prints")  # a print given again settles nothing
    assert clock.is_held(SECOND_NS)
    clock.stamp(999_999, 2 * SECOND_NS, "prints")  # late by a little: still of the time before
    assert not clock.is_held(2 * SECOND_NS)


def test_a_server_that_is_wrong_now_and_then_never_moves_time() -> None:
    """Time never falls: a day too much, believed once, would leave the map without frames for a day."""
    clock = agreed()
    for second in range(1, 600):
        is_wrong = second % 3 != 1
        clock.stamp(1_000_000 + 1_000 * second + is_wrong * DAY_MS, second * SECOND_NS, "prints")
    assert clock.now_ms < 1_601_000


def test_one_broken_stamp_costs_no_more_than_it_is_wrong_by() -> None:
    """The largest that is still believed: time stands until the true one has come up to it, and that is said."""
    clock = agreed()
    clock.stamp(1_000_000 + MAX_LEAP_MS, 0, "prints")
    for second in range(1, 30):
        clock.stamp(1_000_000 + 1_000 * second, second * SECOND_NS, "prints")
        true_ms, told_ms = 1_000_000 + 1_000 * second, clock.at(second * SECOND_NS)
        assert told_ms - true_ms <= MAX_LEAP_MS
        assert told_ms >= true_ms


def test_what_passed_here_is_no_leap() -> None:
    clock = agreed()
    clock.stamp(1_000_000 + 30 * MAX_LEAP_MS, 30 * MAX_LEAP_MS * 1_000_000, "prints")
    assert clock.stamp_ms == 1_000_000 + 30 * MAX_LEAP_MS


@pytest.mark.parametrize("off_ms", [DAY_MS, -DAY_MS])
def test_a_first_stamp_that_is_wrong_is_replaced_by_two_that_agree(off_ms: int) -> None:
    clock = VenueClock()
    clock.stamp(10 * DAY_MS + off_ms, 0, "status")
    clock.stamp(10 * DAY_MS + off_ms, 1, "status")  # wrong again, which confirms nothing
    assert clock.at(0) == 10 * DAY_MS + off_ms
    assert clock.is_held(0)
    clock.stamp(10 * DAY_MS + 1_000, SECOND_NS, "prints")
    assert not clock.is_confirmed
    clock.stamp(10 * DAY_MS + 3_000, 3 * SECOND_NS, "states")
    assert clock.is_confirmed
    assert clock.at(4 * SECOND_NS) == 10 * DAY_MS + 4_000
    assert not clock.is_held(4 * SECOND_NS)


def test_a_wrong_second_stamp_does_not_replace_the_first() -> None:
    clock = VenueClock()
    clock.stamp(10 * DAY_MS, 0, "prints")
    assert not clock.stamp(11 * DAY_MS, SECOND_NS, "prints")
    assert clock.stamp(10 * DAY_MS + 2_000, 2 * SECOND_NS, "states")
    assert clock.is_confirmed
    assert clock.at(2 * SECOND_NS) == 10 * DAY_MS + 2_000


def test_late_answers_do_not_set_time_back() -> None:
    """A stamp that was long under way says less than an older one that came at once."""
    clock = agreed()
    clock.stamp(1_005_000, 9 * SECOND_NS, "prints")
    assert clock.at(9 * SECOND_NS) == 1_009_000
    clock.stamp(
        1_008_000, 28 * SECOND_NS, "prints"
    )  # twenty seconds late, and nothing else: the time is not known any more
    assert clock.at(28 * SECOND_NS) == 1_008_000 + MAX_STRETCH_MS
    assert clock.is_held(28 * SECOND_NS)


def test_a_clock_of_ours_that_runs_fast_is_followed_back() -> None:
    """1 % fast, a thousand times worse than real ones: what came soonest is chosen anew every ten seconds."""
    clock = agreed()
    for second in range(1, 600):
        received_ns = second * 1_010_000_000
        clock.stamp(1_000_000 + 1_000 * second, received_ns, "prints")
        ahead_ms = clock.at(received_ns) - (1_000_000 + 1_000 * second)
        assert 0 <= ahead_ms <= 2 * RENEWED_NS / 1e6 * 0.01 + 20


@pytest.mark.parametrize("leap_s", [3, 11, 3_600])
def test_a_leap_of_our_own_clock_is_followed_back(leap_s: int) -> None:
    clock = agreed()
    for second in range(1, 20):
        received_ns = (second + leap_s) * SECOND_NS
        clock.stamp(1_000_000 + 1_000 * second, received_ns, "prints")
        clock.at(received_ns)
    assert abs(clock.at((19 + leap_s) * SECOND_NS) - 1_019_000) <= 1_000
    assert not clock.is_held((19 + leap_s) * SECOND_NS)


def test_after_a_restart_time_goes_on_from_what_is_stored() -> None:
    clock = VenueClock()
    clock.resume(5_000_000)
    assert clock.at(3 * SECOND_NS) == 5_000_000
    assert clock.is_held(3 * SECOND_NS)
    for second in range(3, 6):  # another exchange, or one whose time was set back
        clock.stamp(1_000 * second, second * SECOND_NS, "prints")
    assert clock.at(6 * SECOND_NS) == 5_000_000
    assert clock.is_held(6 * SECOND_NS)
    clock.stamp(5_001_000, 5_001 * SECOND_NS, "prints")
    assert not clock.is_held(5_001 * SECOND_NS)


def test_a_first_stamp_that_was_wrong_leaves_what_is_stored_untouched() -> None:
    clock = VenueClock()
    clock.resume(5_000_000)
    for time_ms, second, source in (
        (5_000_000 + DAY_MS, 0, "status"),
        (5_001_000, 1, "prints"),
        (5_002_000, 2, "states"),
    ):
        clock.stamp(time_ms, second * SECOND_NS, source)
    assert clock.at(2 * SECOND_NS) == 5_002_000


@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(1, 10**13), st.integers(0, 10**15)),
        max_size=50,
    )
)
def test_confirmed_time_never_falls_and_is_never_far_beyond_what_was_told(steps: list[tuple[bool, int, int]]) -> None:
    clock, before, reported = VenueClock(), 0, 0
    for is_stamp, time_ms, received_ns in steps:
        if is_stamp:
            clock.stamp(time_ms, received_ns, "prints")
            reported = max(reported, time_ms)
        if not clock.is_confirmed:
            continue
        at_ms = clock.at(received_ns)
        assert at_ms >= before
        assert at_ms <= reported + MAX_STRETCH_MS
        before = at_ms


def test_what_is_peeked_at_is_the_time_that_would_be_given_out_and_is_not() -> None:
    clock = VenueClock()
    assert clock.peek(7_000_000) == 7
    clock.stamp(1_000_000, 0, "prints")
    before = clock.now_ms
    assert clock.peek(5_000_000_000) == 1_005_000
    assert clock.now_ms == before
    assert clock.at(5_000_000_000) == 1_005_000
    assert clock.peek(4_000_000_000) == 1_005_000
