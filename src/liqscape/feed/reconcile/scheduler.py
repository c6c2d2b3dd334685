"""Asks what the planner plans, as fast as the limiter lets it, and gives every answer out as a record."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence

import msgspec

from liqscape.errors import FeedError, RateLimited
from liqscape.feed.reconcile.planner import Planner, Question
from liqscape.feed.records import RecordKind
from liqscape.ledger import WatchColumns

log = logging.getLogger("liqscape.live")

MOST_AT_ONCE = 4
"""Questions out or waiting for weight: more would be planned long before they are asked."""
IDLE_S = 1.0
"""Where nothing is to be asked, it is looked again after so long."""

Ask = Callable[[dict[str, object], int], Awaitable[bytes]]
"""(request, priority) to the answer's bytes; raises FeedError."""
Say = Callable[[RecordKind, str, bytes], None]
"""Takes a record made now (kind, subject, content)."""


class Reconciler:
    """Reads accounts for ever.

    ask       one question; its limiter makes it wait.
    say       takes ANSWER and LISTING records.
    watch     what the ledger knows of everybody, read once a plan.
    now_ms    venue time, or our own where none is known.
    spots     addresses whose spot state is wanted; each call hands over new ones.
    """

    def __init__(
        self,
        planner: Planner,
        ask: Ask,
        say: Say,
        *,
        watch: Callable[[], WatchColumns],
        now_ms: Callable[[], int],
        spots: Callable[[], Sequence[str]] = tuple,
        idle_s: float = IDLE_S,
    ) -> None:
        self.planner = planner
        self._ask = ask
        self._say = say
        self._watch = watch
        self._now_ms = now_ms
        self._spots = spots
        self._idle_s = idle_s
        self._planned: deque[Question] = deque()
        self._wanted_spots: deque[str] = deque(maxlen=10_000)
        self.trouble: str | None = None
        """Why the newest question failed; None after an answer."""

    @property
    def spots_waiting(self) -> int:
        """Addresses whose spot state is still to be asked for."""
        return len(self._wanted_spots)

    def take_spots(self, count: int) -> list[str]:
        """Hand over at most so many of them, to be read otherwise."""
        return [self._wanted_spots.popleft() for _ in range(min(count, len(self._wanted_spots)))]

    def want_spots(self, addresses: Iterable[str]) -> None:
        """Ask for these, which could not be read otherwise."""
        self._wanted_spots.extend(addresses)

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`; questions out then are given up, and their addresses are free again."""
        tasks = [asyncio.create_task(self._work(stop)) for _ in range(MOST_AT_ONCE)]
        halt = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([*tasks, halt], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*tasks, halt):
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            while self._planned:
                self.planner.abandoned(self._planned.popleft())
        for result in ended:
            if isinstance(result, Exception):
                raise result

    async def _work(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            question = self._next()
            if question is None:
                await asyncio.sleep(self._idle_s)
            else:
                await self._settle(question)

    def _next(self) -> Question | None:
        if not self._planned:
            self._wanted_spots.extend(self._spots())
            spots = tuple(self._wanted_spots)
            self._planned.extend(self.planner.plan(self._now_ms(), self._watch(), spots))
            asked = {question.request["user"] for question in self._planned if not question.rows}
            self._wanted_spots = deque((each for each in spots if each not in asked), maxlen=10_000)
        return self._planned.popleft() if self._planned else None

    async def _settle(self, question: Question) -> None:
        try:
            content = await self._ask(question.request, question.priority)
        except FeedError as error:
            status = 429 if isinstance(error, RateLimited) else error.context.get("status")
            self.planner.failed(question, status if isinstance(status, int) else 0, self._now_ms())
            self.trouble = str(error)
            log.info("%s", error)
            return
        except asyncio.CancelledError:
            self.planner.abandoned(question)
            raise
        self.trouble = None
        self.planner.answered(question, content, self._now_ms())
        self._say(RecordKind.ANSWER, msgspec.json.encode(question.request).decode(), content)
