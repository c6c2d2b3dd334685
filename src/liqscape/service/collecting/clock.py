"""Our wall clock, which does not jump: read once at the start, then moved on by the monotonic one.

A step of the system's clock (a correction, a user) must not age accounts or cut frames. The difference that has built
up is reported, not followed. A machine that was suspended has slept through true time: where the system has a clock
that counts it (Linux: CLOCK_BOOTTIME), that one is read, or the exchange would seem to have leapt.
"""

from __future__ import annotations

import time
from collections.abc import Callable


def steady_ns() -> int:
    """Nanoseconds of a clock nobody sets, with the time of a suspended machine where the system tells it."""
    return time.monotonic_ns() if _BOOT is None else time.clock_gettime_ns(_BOOT)


_BOOT: int | None = getattr(time, "CLOCK_BOOTTIME", None)


class SteadyClock:
    """Nanoseconds since 1970, never falling."""

    def __init__(self, wall_ns: Callable[[], int] = time.time_ns, steady_ns: Callable[[], int] = steady_ns) -> None:
        self._wall_ns, self._steady_ns = wall_ns, steady_ns
        self._origin_ns = wall_ns() - steady_ns()

    def now_ns(self) -> int:
        """Time of receipt."""
        return self._origin_ns + self._steady_ns()

    def drift_ms(self) -> int:
        """How far the system's clock has moved away since the start."""
        return (self._wall_ns() - self.now_ns()) // 1_000_000
