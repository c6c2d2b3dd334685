"""Our wall clock, which does not jump: read once at the start, then moved on by the monotonic one.

A step of the system's clock (a correction, a suspended laptop, a user) must not age accounts or cut frames. The
difference that has built up is reported, not followed.
"""

from __future__ import annotations

import time
from collections.abc import Callable


class SteadyClock:
    """Nanoseconds since 1970, never falling."""

    def __init__(
        self, wall_ns: Callable[[], int] = time.time_ns, steady_ns: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self._wall_ns, self._steady_ns = wall_ns, steady_ns
        self._origin_ns = wall_ns() - steady_ns()

    def now_ns(self) -> int:
        """Time of receipt."""
        return self._origin_ns + self._steady_ns()

    def drift_ms(self) -> int:
        """How far the system's clock has moved away since the start."""
        return (self._wall_ns() - self.now_ns()) // 1_000_000
