"""A wall clock that does not jump."""

from __future__ import annotations

import time

import pytest

from liqscape.service.collecting.clock import SteadyClock, steady_ns

HOUR_NS = 3_600_000_000_000


class Clocks:
    """A wall clock and a monotonic one that a test moves."""

    def __init__(self) -> None:
        self.wall_ns, self.steady_ns = 1_700_000_000_000_000_000, 5_000

    def pass_time(self, nanoseconds: int) -> None:
        self.wall_ns += nanoseconds
        self.steady_ns += nanoseconds


def test_a_jump_of_the_system_clock_is_reported_and_not_followed() -> None:
    clocks = Clocks()
    clock = SteadyClock(lambda: clocks.wall_ns, lambda: clocks.steady_ns)
    began = clock.now_ns()
    assert began == clocks.wall_ns
    clocks.wall_ns -= 3 * HOUR_NS
    clocks.pass_time(1_000_000)
    assert clock.now_ns() == began + 1_000_000
    assert clock.drift_ms() == -3 * HOUR_NS // 1_000_000


@pytest.mark.skipif(not hasattr(time, "CLOCK_BOOTTIME"), reason="this system tells no time of a suspended machine")
def test_the_time_of_a_suspended_machine_counts() -> None:
    """The monotonic clock leaves it out: the exchange would seem to have leapt by it."""
    before = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    assert before <= steady_ns() <= time.clock_gettime_ns(time.CLOCK_BOOTTIME)
