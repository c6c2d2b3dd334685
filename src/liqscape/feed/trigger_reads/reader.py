"""Asks for trigger orders one account after the other, at a pace that uses its share of the weight and no more."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from liqscape.errors import FeedError
from liqscape.feed.beside_loop import BesideLoop
from liqscape.feed.pause import pause
from liqscape.feed.trigger_reads.planner import TriggerPlanner, TriggerQuestion
from liqscape.feed.window import MINUTE_S, SlidingWindow
from liqscape.ledger import WatchColumns
from liqscape.steps import Steps
from liqscape.wire.info.frontend_open_orders import FrontendOpenOrdersRequest

log = logging.getLogger("liqscape.live")

PRIORITY = 6
"""After every state that is asked for at the same time."""
WEIGHT = FrontendOpenOrdersRequest.weight
PLAN_S = 60.0
"""A plan is as long as its questions take in so many seconds: plans cost a pass over everybody."""
MAX_PLAN = 500
FREE_PACE_S = 0.05
"""Between two questions to a server without limits."""
IDLE_S = 5.0
MAX_REFUSALS, REFUSED_S = 3, 600.0
"""After so many failures in a row nothing is asked for so long: the server may not know the question."""

Ask = Callable[[FrontendOpenOrdersRequest, int], Awaitable[bytes]]
"""(request, priority) to the answer; raises FeedError."""
Say = Callable[[FrontendOpenOrdersRequest, bytes], None]
"""Takes an answer."""


@dataclass(frozen=True, kw_only=True)
class TriggerReadFigures:
    """asked, answered, failed: questions so far. accounts: read so far, each once. weight: used in the last minute;
    allowed: what the share is now, None without limits."""

    asked: int
    answered: int
    failed: int
    accounts: int
    weight: int
    allowed: float | None


class TriggerReader:
    """Reads for ever.

    allowed   weight a minute that may be used now; None: the server has no limits.
    watch     what the ledger knows of everybody, read once a plan.
    """

    def __init__(
        self,
        ask: Ask,
        say: Say,
        *,
        watch: Callable[[], Steps[WatchColumns]],
        now_ms: Callable[[], int],
        allowed: Callable[[], float | None],
        beside: BesideLoop | None = None,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self.planner = TriggerPlanner()
        self._ask = ask
        self._say = say
        self._watch = watch
        self._now_ms = now_ms
        self._allowed = allowed
        self._beside = beside or BesideLoop()
        self._seconds = seconds
        self._planned: deque[TriggerQuestion] = deque()
        self._used = SlidingWindow(0)
        self._asked = self._answered = self._failed = self._row_of_failures = 0
        self.trouble: str | None = None
        """Why the newest question failed; None after an answer."""

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`."""
        while not stop.is_set():
            wait_s = await self.step()
            await pause(stop, wait_s)

    async def step(self) -> float:
        """Ask one question, where one is to be asked; seconds until the next."""
        pace_s = self.pace_s()
        if pace_s is None:
            return IDLE_S
        if not self._planned:
            self._planned.extend(await self._beside.run(self._plan(pace_s)))
        if not self._planned:
            return IDLE_S
        began_s = self._seconds()
        await self._settle(self._planned.popleft())
        if self._row_of_failures >= MAX_REFUSALS:
            self._row_of_failures = 0
            self.planner.abandoned(self._planned)
            self._planned.clear()
            return REFUSED_S
        return max(0.0, pace_s - (self._seconds() - began_s))

    def pace_s(self) -> float | None:
        """Seconds between two questions, so that a minute's weigh the share; None where it is none."""
        allowed = self._allowed()
        if allowed is None:
            return FREE_PACE_S
        return MINUTE_S * WEIGHT / allowed if allowed > 0.0 else None

    def figures(self) -> TriggerReadFigures:
        """Since the start."""
        return TriggerReadFigures(
            asked=self._asked,
            answered=self._answered,
            failed=self._failed,
            accounts=self.planner.read_count,
            weight=self._used.used(self._seconds()),
            allowed=self._allowed(),
        )

    def _plan(self, pace_s: float) -> Steps[list[TriggerQuestion]]:
        watch = yield from self._watch()
        count = max(1, min(MAX_PLAN, int(PLAN_S / pace_s)))
        questions: list[TriggerQuestion] = yield partial(self.planner.plan, self._now_ms(), watch, count)
        return questions

    async def _settle(self, question: TriggerQuestion) -> None:
        self._asked += 1
        self._used.take(self._seconds(), WEIGHT)
        request = FrontendOpenOrdersRequest(question.address, question.dex)
        try:
            content = await self._ask(request, PRIORITY)
        except FeedError as error:
            self._failed += 1
            self._row_of_failures += 1
            self.planner.failed(question, self._now_ms())
            self.trouble = str(error)
            log.info("%s", error)
            return
        self._answered += 1
        self._row_of_failures = 0
        self.trouble = None
        self.planner.answered(question, self._now_ms())
        self._say(request, content)
