"""What time it is at the exchange, for messages that do not say.

Contexts of all markets carry no time. Their time is that of the newest message that has one, plus what passed here
since. Time never falls, and a silent feed does not run away: it stops LONGEST_STRETCH_MS after the last stamp.
"""

from __future__ import annotations

LONGEST_STRETCH_MS = 10_000
"""Without a stamp for longer than this the exchange's time is not known any more; it is held."""

LARGEST_LEAP_MS = 300_000
"""A stamp further ahead than this of what may have passed is taken for a broken one until others agree for a while.

No message is under way for so long."""

BELIEVED_AFTER_NS = 10_000_000_000
"""So long. Time never falls: a server that is wrong for moments must not take it a day ahead, for then no frame would
be stored until that day has passed."""


class VenueClock:
    """Fed with every stamp; `at` gives the time of a record received at `received_ns`."""

    def __init__(self) -> None:
        self._stamp_ms = 0
        self._stamp_ns = 0
        self._newest_ms = 0
        self._doubted_ms = self._doubted_ns = 0

    @property
    def stamp_ms(self) -> int:
        """Newest time the exchange itself has stated; 0 before the first."""
        return self._stamp_ms

    @property
    def lag_ms(self) -> float | None:
        """From the newest stamp to its receipt here, by two clocks; None before the first."""
        return self._stamp_ns / 1e6 - self._stamp_ms if self._stamp_ms else None

    @property
    def now_ms(self) -> int:
        """Newest time given out; 0 before the first."""
        return self._newest_ms

    def stamp(self, time_ms: int, received_ns: int) -> None:
        """The exchange said so at `received_ns`. Older stamps are passed over."""
        if time_ms <= self._stamp_ms:
            return
        if self._stamp_ms and time_ms > self._stamp_ms + self._passed_ms(received_ns) + LARGEST_LEAP_MS:
            if abs(time_ms - self._doubted_ms) > LARGEST_LEAP_MS:
                self._doubted_ms, self._doubted_ns = time_ms, received_ns
            if received_ns - self._doubted_ns < BELIEVED_AFTER_NS:
                return
        self._stamp_ms, self._stamp_ns, self._doubted_ms = time_ms, received_ns, 0
        self._newest_ms = max(self._newest_ms, time_ms)

    def at(self, received_ns: int) -> int:
        """Milliseconds at the exchange; ours where it has never stated its own."""
        self._newest_ms = max(self._newest_ms, self._expected(received_ns))
        return self._newest_ms

    def beyond(self, received_ns: int) -> int:
        """The same without the bound, for who waits: a server without prints must be asked all the same."""
        if not self._stamp_ms:
            return self.at(received_ns)
        return max(self._newest_ms, self._stamp_ms + self._passed_ms(received_ns))

    def _expected(self, received_ns: int) -> int:
        if not self._stamp_ms:
            return received_ns // 1_000_000
        return self._stamp_ms + min(self._passed_ms(received_ns), LONGEST_STRETCH_MS)

    def _passed_ms(self, received_ns: int) -> int:
        """Here, since the newest stamp."""
        return max(0, (received_ns - self._stamp_ns) // 1_000_000)
