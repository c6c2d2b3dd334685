"""What time it is at the exchange, for messages that do not say.

Contexts of all markets carry no time. Their time is that of the stamp that came soonest after it was made, plus what
passed here since, and at most MAX_STRETCH_MS after the newest stamp: a silent feed does not run away.

    expected = origin + passed since origin        at = max(given out before, min(expected, newest stamp + MAX_STRETCH))

Stamps are what the exchange itself states: prints, account states, its status, blocks of a node.
"""

from __future__ import annotations

MAX_STRETCH_MS = 10_000
"""Without a stamp for longer than this the exchange's time is not known any more; it is held."""
MAX_LEAP_MS = 10_000
"""A stamp further ahead than this of what may have passed is taken for a broken one until others agree for a while.
Servers of one exchange are not so far apart, and what comes late is behind, not ahead."""
BELIEVED_AFTER_NS = 10_000_000_000
"""So long. Time never falls: a server that is wrong for moments must not take it a day ahead, for then no frame would
be stored until that day has passed."""
RENEWED_NS = 10_000_000_000
"""The stamp that came soonest is chosen anew after so long: where our own clock has run ahead it is followed back."""


class VenueClock:
    """Fed with every stamp; `at` gives the time of a record received at `received_ns`.

    The first stamp is taken at once but stands alone: where the next ones say otherwise, two that agree replace it.
    Until another agrees time is not confirmed, and nothing is stored under it. Those that agree come from two sources
    (prints, states, the status), since one may be wrong again and again, or BELIEVED_AFTER_NS apart from one.
    """

    def __init__(self) -> None:
        self._stamp_ms = 0
        self._stamp_ns = 0
        self._origin_ms = self._origin_ns = 0
        self._later_ms = self._later_ns = 0
        """The soonest since the origin was chosen."""
        self._chosen_ns = 0
        self._newest_ms = self._stored_ms = 0
        self._doubted_ms = self._doubted_ns = self._differing_ns = 0
        """The newest time that was not believed, 0 where one that agrees came since; differing: the first of them."""
        self._first = self._second = "", 0
        """(source, receipt) of the first stamp, and of the first that did not agree with it."""
        self.is_confirmed = False
        self.stamp_count = 0
        """New times told so far."""

    @property
    def stored_ms(self) -> int:
        """Newest time something is stored of since before the start; 0 where nothing is."""
        return self._stored_ms

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

    def silent_s(self, received_ns: int) -> float:
        """Seconds since the exchange stated a new time; infinite where it never did."""
        return max(0, received_ns - self._stamp_ns) / 1e9 if self._stamp_ms else float("inf")

    def is_held(self, received_ns: int) -> bool:
        """True where `at` is not the exchange's time: none is stated, or a later one was, or stamps differ."""
        if not self.is_confirmed or self._doubted_ms:
            return True
        expected_ms = self._expected_ms(received_ns)
        return expected_ms > self._stamp_ms + MAX_STRETCH_MS or self._newest_ms > expected_ms + MAX_STRETCH_MS

    def resume(self, time_ms: int) -> None:
        """Continue from the time of the last stored frame, and stand still until the exchange states a later one."""
        self._newest_ms = self._stored_ms = max(self._newest_ms, time_ms)

    def believes(self, time_ms: int, received_ns: int) -> bool:
        """Whether a time stamp would be plausible now; nothing changes."""
        return not self._stamp_ms or time_ms - self._expected_ms(received_ns) <= MAX_LEAP_MS

    def stamp(self, time_ms: int, received_ns: int, source: str) -> bool:
        """The exchange said so at `received_ns`, in a message of some kind. False for a time ahead of now that is not
        believed.

        Older stamps move nothing, which is no fault: a state counts from its own time.
        """
        if not self._stamp_ms:
            self._first = source, received_ns
            self._take(time_ms, received_ns)
            return True
        off_ms = time_ms - self._expected_ms(received_ns)
        if not self.is_confirmed:
            return self._confirm(time_ms, received_ns, off_ms, source)
        if time_ms <= self._stamp_ms:
            if off_ms >= -MAX_STRETCH_MS:
                self._doubted_ms = 0
            return True
        if off_ms > MAX_LEAP_MS:
            self._differing_ns = self._differing_ns if self._doubted_ms else received_ns
            agrees = self._agrees_with_doubted(time_ms, received_ns)
            self._doubted_ms, self._doubted_ns = time_ms, received_ns
            if received_ns - self._differing_ns < BELIEVED_AFTER_NS or not agrees:
                return False
        self._take(time_ms, received_ns)
        return True

    def follow(self, time_ms: int, received_ns: int, source: str) -> int | None:
        """What `at` gives after `stamp`, where no stamp is in doubt and this one changes nothing about whether time is
        held: both at once, for prints.

        None where it is not so: then nothing was done that `stamp` would not do, and both are to be asked.
        """
        if self._doubted_ms:
            return None
        if not self.is_confirmed:
            return self._follow_alone(time_ms, received_ns, source)
        expected_ms = self._expected_ms(received_ns)
        if time_ms > self._stamp_ms:
            if time_ms - expected_ms > MAX_LEAP_MS:
                return None
            self._take(time_ms, received_ns)
            expected_ms = self._expected_ms(received_ns)
        if expected_ms > self._stamp_ms + MAX_STRETCH_MS or self._newest_ms > expected_ms + MAX_STRETCH_MS:
            return None
        if expected_ms > self._newest_ms:
            self._newest_ms = expected_ms
        return self._newest_ms

    def at(self, received_ns: int) -> int:
        """Milliseconds at the exchange; ours where it has never stated its own and nothing is stored."""
        if not self._stamp_ms:
            return self._newest_ms or received_ns // 1_000_000
        expected_ms = min(self._expected_ms(received_ns), self._stamp_ms + MAX_STRETCH_MS)
        if expected_ms > self._newest_ms:
            self._newest_ms = expected_ms
        return self._newest_ms

    def peek(self, received_ns: int) -> int:
        """As `at`, without giving the time out: what is asked here moves no frame."""
        if not self._stamp_ms:
            return self._newest_ms or received_ns // 1_000_000
        return max(self._newest_ms, min(self._expected_ms(received_ns), self._stamp_ms + MAX_STRETCH_MS))

    def beyond(self, received_ns: int) -> int:
        """Time at the exchange without the bound of `at`, so that a server without prints is still asked."""
        if not self._stamp_ms:
            return self.at(received_ns)
        return max(self._newest_ms, self._expected_ms(received_ns))

    def _follow_alone(self, time_ms: int, received_ns: int, source: str) -> int | None:
        """The same before time is confirmed, of a stamp that agrees and does not confirm it."""
        off_ms = time_ms - self._expected_ms(received_ns)
        if abs(off_ms) > MAX_LEAP_MS or _are_two(self._first, (source, received_ns)):
            return None
        if time_ms > self._stamp_ms:
            self._take(time_ms, received_ns)
        return self.at(received_ns)

    def _confirm(self, time_ms: int, received_ns: int, off_ms: int, source: str) -> bool:
        if abs(off_ms) <= MAX_LEAP_MS:
            self.is_confirmed = _are_two(self._first, (source, received_ns))
            if time_ms > self._stamp_ms:
                self._take(time_ms, received_ns)
            return True
        if self._agrees_with_doubted(time_ms, received_ns):
            if not _are_two(self._second, (source, received_ns)):
                return time_ms <= self._stamp_ms
            self.is_confirmed = True
            self._newest_ms, self._origin_ms = self._stored_ms, 0  # the first was wrong; nothing is stored under it
            self._take(time_ms, received_ns)
            return True
        self._second = source, received_ns
        self._doubted_ms, self._doubted_ns = time_ms, received_ns
        return time_ms <= self._stamp_ms

    def _agrees_with_doubted(self, time_ms: int, received_ns: int) -> bool:
        passed_ms = max(0, received_ns - self._doubted_ns) // 1_000_000
        return self._doubted_ms > 0 and abs(time_ms - self._doubted_ms - passed_ms) <= MAX_LEAP_MS

    def _take(self, time_ms: int, received_ns: int) -> None:
        if not self._origin_ms or time_ms >= self._expected_ms(received_ns):
            self._choose(time_ms, received_ns, received_ns)
        else:
            if not self._later_ms or time_ms - self._later_ms >= (received_ns - self._later_ns) // 1_000_000:
                self._later_ms, self._later_ns = time_ms, received_ns
            if received_ns - self._chosen_ns > RENEWED_NS:
                self._choose(self._later_ms, self._later_ns, received_ns)
        self.stamp_count += 1
        self._stamp_ms, self._stamp_ns, self._doubted_ms = time_ms, received_ns, 0
        self._newest_ms = max(self._newest_ms, time_ms)

    def _choose(self, time_ms: int, stamp_ns: int, received_ns: int) -> None:
        self._origin_ms, self._origin_ns, self._chosen_ns, self._later_ms = time_ms, stamp_ns, received_ns, 0

    def _expected_ms(self, received_ns: int) -> int:
        passed_ns = received_ns - self._origin_ns
        return self._origin_ms + (passed_ns // 1_000_000 if passed_ns > 0 else 0)


def _are_two(before: tuple[str, int], after: tuple[str, int]) -> bool:
    """Whether stamps (source, receipt) stand for two."""
    return before[0] != after[0] or after[1] - before[1] >= BELIEVED_AFTER_NS
