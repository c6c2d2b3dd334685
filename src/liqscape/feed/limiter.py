"""Request weight is counted here before anything is sent, so that the exchange never has to refuse.

    allowed = weight_a_minute * hard * soft        over the last 60 s

hard falls by half where the server refuses all the same (HTTP 429: another program shares our address), soft falls by
a fifth where it strains (5xx, broken connections, answers that take much longer than they used to); both grow back.
The weight counts from the end of a request, when the server must have counted it, not from its beginning.

The server counts by address, not by process: who goes on after another process resumes with what that one used
(`resume`). What was used and not noted shows as a refusal within the first minute. Nobody else is to blame for it then,
so nothing is cut: it is counted as used just before the start, and gone a minute after.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from liqscape.feed.throttle import Throttle
from liqscape.feed.window import MINUTE_S, SlidingWindow, Use
from liqscape.wire.info.weights import WEIGHT_A_MINUTE

AGE_S = 10.0
"""A request that has waited so much longer counts as one priority more urgent: nothing waits for ever."""
LOOK_S = 0.25
"""Weight given back is seen at the latest after this."""
SHORTEST_WAIT_S = 1e-3
"""A wait that rounding made nothing is none."""
HARD_FLOOR, SOFT_FLOOR = 0.05, 0.2
REFUSED_FACTOR, STRAINED_FACTOR = 0.5, 0.8
REFUSED_WAIT_S = 5.0
"""Nothing is sent for so long after a refusal that names no time."""
MAX_PAUSE_S = 300.0
"""Whatever time it names: the exchange counts a minute, and a proxy that says a day may be gone tomorrow."""
QUICK, SLOW = 0.2, 0.01
"""Weights of the newest latency in two running means: of some 5 and some 100 requests."""
GROWTH, MIN_GROWTH_S = 3.0, 1.0
"""The quick mean is too long at 3 times the slow one and a second more."""


@dataclass(frozen=True, kw_only=True)
class LimiterFigures:
    """limit_now: weight a minute allowed now. used: in the last minute. soft_share: of 1, lower under strain."""

    limit_now: int
    used: int
    waiting: int
    refused: int
    soft_share: float


class Taken:
    """Weight granted to one request; `settle` it once, when the request is over."""

    def __init__(self, limiter: WeightLimiter, use: Use) -> None:
        self._limiter = limiter
        self._use: Use | None = use

    def settle(self, weight: int) -> None:
        """What the request weighed in the end; it counts from now on."""
        if self._use is not None:
            self._limiter.recount(self._use, weight)
            self._use = None


class WeightLimiter:
    """One budget, shared by all clients of one server and address.

    is_open  the server may have no limits: everything is counted, and nothing waits before the first refusal.
    """

    def __init__(
        self,
        weight_a_minute: int = WEIGHT_A_MINUTE,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        *,
        is_open: bool = False,
    ) -> None:
        self.weight_a_minute = weight_a_minute
        self._clock = clock
        self._sleep = sleep
        self._window = SlidingWindow(weight_a_minute)
        self._hard, self._soft = Throttle(HARD_FLOOR), Throttle(SOFT_FLOOR)
        self._waiting: list[tuple[float, int, asyncio.Event]] = []
        self._numbers = itertools.count()
        self._paused_until_s = float("-inf")
        self._resumed_s = float("-inf")
        self._refused = 0
        self._is_open = is_open
        self._quick_s = self._slow_s = 0.0

    async def take(self, weight: int, priority: int = 0) -> Taken:
        """Wait until `weight` fits, lower priorities first, equal ones in turn; then count it.

        More than is allowed in a minute waits for an empty window.
        """
        is_first = asyncio.Event()
        place = (self._clock() + priority * AGE_S, next(self._numbers), is_first)
        heapq.heappush(self._waiting, place)
        try:
            while True:
                if self._waiting[0] is not place:
                    is_first.clear()
                    await is_first.wait()
                elif (wait_s := self._wait_s(weight)) > 0.0:
                    await self._sleep(min(wait_s, LOOK_S))
                else:
                    return Taken(self, self._window.take(self._clock(), weight))
        finally:
            self._waiting.remove(place)
            heapq.heapify(self._waiting)
            if self._waiting:
                self._waiting[0][2].set()

    def resume(self, uses: Iterable[tuple[float, int]]) -> None:
        """Go on after a process that used these within the last minute: (seconds ago, weight), as far as is known."""
        self._resumed_s = self._clock()
        for ago_s, weight in uses:
            self._window.insert(self._resumed_s - ago_s, weight)

    def uses(self) -> list[tuple[float, int]]:
        """(seconds ago, weight) of what counts now, oldest first."""
        now = self._clock()
        return [(now - use.at_s, use.amount) for use in self._window.uses(now)]

    def charge(self, extra: int) -> None:
        """Count weight that has been used already; this may overdraw the budget."""
        self._window.take(self._clock(), extra)

    def recount(self, use: Use, weight: int) -> None:
        """Count a use anew, from now (Taken.settle)."""
        self._window.recount(use, self._clock(), weight)

    def refused(self, retry_after_s: float | None) -> None:
        """Note that the server refused a request with status 429."""
        now = self._clock()
        self._refused += 1
        if self._is_open:
            self._is_open = False  # too much was sent by ourselves; nobody else need share the address
        elif now < self._resumed_s + MINUTE_S:
            unknown = self._allowed(now) - self._window.used(now)
            self._window.insert(self._resumed_s, max(0, unknown))
        else:
            self._hard.cut(now, REFUSED_FACTOR)
        wait_s = REFUSED_WAIT_S if retry_after_s is None else retry_after_s
        self._paused_until_s = max(self._paused_until_s, now + min(wait_s, MAX_PAUSE_S))

    def strained(self) -> None:
        """Note that the server failed or closed the connection early."""
        self._soft.cut(self._clock(), STRAINED_FACTOR)

    def answered(self, latency_s: float) -> None:
        """Note that the server answered, and how long it took."""
        if self._slow_s == 0.0:
            self._quick_s = self._slow_s = latency_s
        self._quick_s += QUICK * (latency_s - self._quick_s)
        self._slow_s += SLOW * (latency_s - self._slow_s)
        if self._quick_s > GROWTH * self._slow_s + MIN_GROWTH_S:
            self.strained()

    def figures(self) -> LimiterFigures:
        """As it stands now."""
        now = self._clock()
        return LimiterFigures(
            limit_now=self._allowed(now),
            used=self._window.used(now),
            waiting=len(self._waiting),
            refused=self._refused,
            soft_share=self._soft.share(now),
        )

    def _allowed(self, now: float) -> int:
        return int(self.weight_a_minute * self._hard.share(now) * self._soft.share(now))

    def _wait_s(self, weight: int) -> float:
        """Seconds until a request may be sent, as things stand; 0 means now."""
        if self._is_open:
            return 0.0
        now = self._clock()
        if now < self._paused_until_s:
            return self._paused_until_s - now
        room = max(0, self._allowed(now) - weight)
        if self._window.used(now) <= room:
            return 0.0
        return max(SHORTEST_WAIT_S, self._window.seconds_until(now, room))
