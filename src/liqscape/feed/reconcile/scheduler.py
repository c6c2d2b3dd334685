"""Asks what the planner plans, as fast as the limiter lets it, and gives every answer out as a record."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence

from liqscape.errors import FeedError, RateLimited
from liqscape.feed.beside_loop import BesideLoop
from liqscape.feed.reconcile.account_answer import StateAnswer
from liqscape.feed.reconcile.planner import PlannedQuestion, Planner, StateRequest
from liqscape.feed.records import RecordKind
from liqscape.ledger import WatchColumns
from liqscape.steps import Steps
from liqscape.wire.info.read_states import ReadState

log = logging.getLogger("liqscape.live")

MAX_AT_ONCE = 4
"""Questions out or waiting for weight: more would be planned long before they are asked."""
AHEAD = 1.5
"""A plan is begun so many of its own lengths before the last one has been asked."""
IDLE_S = 1.0
"""Where nothing is to be asked, it is looked again after so long."""

Ask = Callable[[StateRequest, int], Awaitable[StateAnswer]]
"""(request, priority) to the answer; raises FeedError."""
Say = Callable[[RecordKind, str, bytes, tuple[ReadState, ...] | None], None]
"""Takes a record made now (kind, subject, content), and what was read in it."""


class ReadScheduler:
    """Reads accounts for ever.

    ask       one question; its limiter makes it wait.
    say       takes ANSWER records.
    watch     what the ledger knows of everybody, read once a plan.
    now_ms    venue time, or our own where none is known.
    spots     addresses whose spot state is wanted; each call hands over new ones.
    beside    runs the passes over everybody beside the loop.
    has_limits  the server lets so much through a minute; else plans are as long as its pace asks for, and the next
              one is made before the last has been asked.
    seconds   time that does not fall.
    """

    def __init__(
        self,
        planner: Planner,
        ask: Ask,
        say: Say,
        *,
        watch: Callable[[], Steps[WatchColumns]],
        now_ms: Callable[[], int],
        spots: Callable[[], Sequence[str]] = tuple,
        idle_s: float = IDLE_S,
        beside: BesideLoop | None = None,
        has_limits: bool = True,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self.planner = planner
        self._ask = ask
        self._say = say
        self._watch = watch
        self._now_ms = now_ms
        self._spots = spots
        self._idle_s = idle_s
        self._beside = beside or BesideLoop()
        self._has_limits = has_limits
        self._seconds = seconds
        self._planned: deque[PlannedQuestion[StateRequest]] = deque()
        self._planning: asyncio.Task[bool] | None = None
        self._pace = _Pace(seconds)
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
        tasks = [asyncio.create_task(self._work(stop)) for _ in range(MAX_AT_ONCE)]
        halt = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([*tasks, halt], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*tasks, halt):
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            if self._planning is not None:
                self._planning.cancel()
                await asyncio.gather(self._planning, return_exceptions=True)
            while self._planned:
                self.planner.abandoned(self._planned.popleft())
        for result in ended:
            if isinstance(result, Exception):
                raise result

    async def _work(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            question = await self._next()
            if question is None:
                await asyncio.sleep(self._idle_s)
            else:
                await self._settle(question)

    async def _next(self) -> PlannedQuestion[StateRequest] | None:
        while not self._planned:
            if not await asyncio.shield(self._plan_once()):
                return None
        question = self._planned.popleft()
        if not self._has_limits and len(self._planned) < self._pace.questions_ahead():
            self._plan_once()
        return question

    def _plan_once(self) -> asyncio.Task[bool]:
        """The plan under way, or a new one."""
        if self._planning is None or self._planning.done():
            if self._planning is not None:
                self._planning.result()  # an error of ours, if nobody has waited for it
            self._planning = asyncio.create_task(self._plan())
        return self._planning

    async def _plan(self) -> bool:
        """False where nobody is to be asked about."""
        self._wanted_spots.extend(self._spots())
        began_s = self._seconds()
        budget = None if self._has_limits else self.planner.budget_at(self._pace.rows_a_second())
        questions = await self._beside.run(self._steps(budget))
        self._planned.extend(questions)
        self._pace.planned(questions, self._seconds() - began_s)
        asked = {address for question in questions if not question.rows for address in question.addresses}
        self._wanted_spots = deque((each for each in self._wanted_spots if each not in asked), maxlen=10_000)
        return bool(questions)

    def _steps(self, budget: int | None) -> Steps[list[PlannedQuestion[StateRequest]]]:
        watch = yield from self._watch()
        return (yield from self.planner.plan_steps(self._now_ms(), watch, lambda: tuple(self._wanted_spots), budget))

    async def _settle(self, question: PlannedQuestion[StateRequest]) -> None:
        self._pace.asked()
        rows = 0
        try:
            answer = await self._ask(question.request, question.priority)
            rows = len(question.rows)
        except FeedError as error:
            status = 429 if isinstance(error, RateLimited) else error.context.get("status")
            self.planner.failed(question, status if isinstance(status, int) else 0, self._now_ms())
            self.trouble = str(error)
            log.info("%s", error)
            return
        except asyncio.CancelledError:
            self.planner.abandoned(question)
            raise
        finally:
            self._pace.ended(rows)
        self.trouble = None
        self.planner.answered(question, answer.holds, self._now_ms())
        self._say(RecordKind.ANSWER, question.request.as_json(), answer.content, answer.states)


class _Pace:
    """How fast a server without limits answers while it is asked, and how long plans take to make."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._out = 0
        self._since_s = 0.0
        self._busy_s = 0.0
        self._rows = 0
        self._rate = 0.0
        self._plan_s = 0.0
        self._rows_a_question = 1.0

    def asked(self) -> None:
        """Note that one more question has been sent."""
        if not self._out:
            self._since_s = self._seconds()
        self._out += 1

    def ended(self, rows: int) -> None:
        """One question was answered, and so many rows with it; 0 where it was not."""
        self._out -= 1
        self._rows += rows
        now_s = self._seconds()
        self._busy_s, self._since_s = self._busy_s + now_s - self._since_s, now_s

    def rows_a_second(self) -> float:
        """Rows answered per second since this was last asked."""
        if self._rows and self._busy_s > 0.0:
            self._rate = self._rows / self._busy_s
        self._rows, self._busy_s = 0, 0.0
        return self._rate

    def planned(self, questions: Sequence[PlannedQuestion[StateRequest]], seconds: float) -> None:
        """A plan was made, in so many seconds."""
        if questions:
            self._plan_s = seconds
            self._rows_a_question = max(1.0, sum(len(each.rows) for each in questions) / len(questions))

    def questions_ahead(self) -> float:
        """Answered while a plan is made, and half as many again."""
        return AHEAD * self._plan_s * self._rate / self._rows_a_question
