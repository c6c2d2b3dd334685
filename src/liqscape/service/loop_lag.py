"""Measure how long the event loop keeps others waiting, by how late a timed call is made.

A call that blocks the loop for L seconds shows as L, less what was left to the next beat when it began.
"""

from __future__ import annotations

import asyncio
from collections import deque

from prometheus_client import CollectorRegistry, Gauge, Histogram

from liqscape.service.answers.sources import LoopAnswer

EVERY_S = 0.02
"""Fifty calls a second cost a thousandth of a core."""
MINUTE_S = 60.0
STALL_S = 0.01
"""Later than this is a stall; below it is what any machine does."""
BUCKETS_S = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class LoopLag:
    """`run` measures on the loop; `answer` is of the last minute, from any thread."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._histogram = Histogram(
            "liqscape_loop_lag_seconds",
            "How much later than asked for the event loop called back, fifty times a second.",
            buckets=BUCKETS_S,
            registry=registry,
        )
        longest = Gauge(
            "liqscape_loop_longest_stall_seconds",
            "Longest time of the last minute that the event loop kept everybody waiting.",
            registry=registry,
        )
        longest.set_function(lambda: (self.answer().longest_ms or 0.0) / 1_000.0)
        self._late: deque[tuple[float, float]] = deque()

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`."""
        loop = asyncio.get_running_loop()
        while not stop.is_set():
            due_s = loop.time() + EVERY_S
            await asyncio.sleep(EVERY_S)
            now_s = loop.time()
            self.note(now_s, max(0.0, now_s - due_s))

    def note(self, now_s: float, late_s: float) -> None:
        """Called back so late at a time, which does not fall."""
        self._histogram.observe(late_s)
        self._late.append((now_s, late_s))
        while self._late[0][0] <= now_s - MINUTE_S:
            self._late.popleft()

    def answer(self) -> LoopAnswer:
        """Of the last minute; nothing before the first beat."""
        beats = self._late.copy()
        if not beats:
            return LoopAnswer()
        late = sorted(late_s for _, late_s in beats)
        passed_s = max(beats[-1][0] - beats[0][0] + beats[0][1], EVERY_S)
        stalled_s = sum(late_s for late_s in late if late_s > STALL_S)
        p99_s = late[round(0.99 * (len(late) - 1))]
        return LoopAnswer(1_000.0 * late[-1], 1_000.0 * p99_s, min(1.0, stalled_s / passed_s))
