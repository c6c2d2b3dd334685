"""The live market at work: one loop owns the state; sources bring records, frames go out, everything is kept.

`take` is the one door for records: it queues the bytes for the raw log, feeds the core, publishes frames and notes
what was found out. It runs on the event loop and does not wait; disks are written by keepers, servers asked by tasks,
frames cut in a thread from what was held when they were due.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor

from liqscape.errors import ModelError
from liqscape.feed.pause import pause
from liqscape.feed.records import Record, RecordKind
from liqscape.heatmap.moment import Moment
from liqscape.service.answers.disk import DiskTrouble
from liqscape.service.collecting.clock import SteadyClock
from liqscape.service.collecting.core import Fed, LiveCore
from liqscape.service.collecting.history_queue import HistoryQueue
from liqscape.service.collecting.raw_queue import RawQueue
from liqscape.service.executors import beside
from liqscape.service.live import LiveState
from liqscape.service.metrics import LiveMetrics
from liqscape.service.pipeline import DueMoment
from liqscape.wire.info.read_states import ReadState

log = logging.getLogger("liqscape.live")

TICK_SECONDS = 1.0
MAX_UNDERWAY = 64
"""Frames whose delivery is waited for; one that is passed over is never delivered."""
MIN_DRIFT_S = 5
"""Below it clocks are put right little by little."""
STOP_SECONDS = 5.0
"""Tasks get this long to end by themselves."""

Work = Callable[[asyncio.Event], Coroutine[object, object, None]]
"""One task of the market: runs until the event is set."""

Observer = Callable[[Record, Fed], None]
"""Hears of every record and what it led to; frames are not among it where they are cut in a thread."""
FrameObserver = Callable[[Record, Moment], None]
"""Hears of every frame before it is published, and of the record that it was due after."""
MAX_DUE = 2
"""Frames waiting to be cut, beyond which those are passed over that need not be stored."""


class LiveMarket:
    """`take` feeds records; `run` keeps every task alive until asked to stop.

    cutter  whose threads cut frames while `run` runs; None: frames are cut where records are taken.
    """

    def __init__(
        self,
        *,
        core: LiveCore,
        live: LiveState,
        history: HistoryQueue,
        raw: RawQueue,
        metrics: LiveMetrics,
        clock: SteadyClock,
        cutter: Executor | None = None,
    ) -> None:
        self._cutter = cutter
        self._due: deque[tuple[DueMoment, Record]] = deque()
        self._has_due = asyncio.Event()
        self.core = core
        self.live = live
        self.history = history
        self.raw = raw
        self.metrics = metrics
        self.clock = clock
        self.observers: list[Observer] = []
        self.frame_observers: list[FrameObserver] = []
        self.work: list[tuple[str, Work]] = []
        self.is_begun = True
        """False while nothing may be brought but by `take_aside`: no tick is."""
        self._tasks: list[asyncio.Task[object]] = []
        self._has_failed = asyncio.Event()
        self._stop: asyncio.Event | None = None
        self.unusable_count = 0
        self.unsure_count = 0
        """Accounts whose tracked positions are in doubt, as of the last look."""
        self.unsearched_count = 0
        """Accounts that were not looked for in every dex beyond the first since the start, likewise."""
        self.frame_count = 0
        self._underway: dict[int, int] = {}
        self.last_fault: str | None = None
        self._last_trouble: str | None = None

    def take(self, record: Record, states: tuple[ReadState, ...] | None = None) -> None:
        """Apply one record completely; where frames are cut in a thread, its frame may come later.

        states  what was read in it already. The raw log gets the bytes alone: its bound counts nothing else.
        """
        self.raw.offer(record, self.core.assembler.clock.now_ms)
        if self._cutter is None or self._stop is None:
            self._tell(record, self.core.feed(record, states))
            return
        fed = self.core.advance(record, states)
        self._tell(record, fed)
        for each in fed.due:
            self._due.append((each, record))
            self._has_due.set()

    async def take_aside(self, record: Record, executor: Executor) -> None:
        """The same, fed in a thread so that the loop stays free. Nobody else may bring a record meanwhile: `is_begun`
        is False."""
        self.raw.offer(record, self.core.assembler.clock.now_ms)
        self._tell(record, await beside(executor, self.core.feed, record))

    def _tell(self, record: Record, fed: Fed) -> None:
        self.metrics.count_record(record.kind.name.lower())
        if fed.fault is not None:
            self._note_fault(record, fed.fault)
        for observe in self.observers:  # first: they say how the frames stand
            observe(record, fed)
        for moment in fed.moments:
            self._publish(moment, record)

    async def _cut_frames(self, stop: asyncio.Event) -> None:
        """Until `stop`, and then those that are due still. What is to be stored is never passed over."""
        while self._due or not stop.is_set():
            if not self._due:
                self._has_due.clear()
                await _first_set(stop, self._has_due)
                continue
            due, record = self._due.popleft()
            if len(self._due) >= MAX_DUE and not due.is_stored:
                continue
            try:
                moment = await beside(self._cutter, self.core.pipeline.build, due)
            except ModelError as error:
                self._note_fault(record, str(error))
                continue
            for observe in self.frame_observers:
                observe(record, moment)
            self._publish(moment, record)
            if due.closed is not None:
                await beside(self._cutter, due.closed.settle)  # readers have the frame; the loop would do it otherwise

    def say(
        self,
        kind: RecordKind,
        subject: str = "",
        content: bytes = b"",
        states: tuple[ReadState, ...] | None = None,
    ) -> None:
        """Build a record of our own and apply it."""
        self.take(Record(kind, subject, content, self.clock.now_ns()), states)

    @property
    def lag_ms(self) -> float | None:
        """How long the newest stamped message had been under way; includes how far the two clocks are apart."""
        return self.core.assembler.clock.lag_ms

    def note_trouble(self, text: str) -> None:
        """Report trouble that does not stop the map; the same trouble is not reported twice in a row."""
        if text != self._last_trouble:
            log.warning("%s", text)
        self._last_trouble = text

    def disk_troubles(self) -> list[DiskTrouble]:
        """What the disk does not take of the history and the raw log."""
        rows = (self.history.watch.row(self.history.waiting_count), self.raw.watch.row(self.raw.waiting_count))
        return [row for row in rows if row is not None]

    def look_at_clock(self) -> None:
        """Log where the system's clock has been set; our own time goes on as before."""
        drift_s = round(self.clock.drift_ms() / 1_000.0)
        if abs(drift_s) >= MIN_DRIFT_S:
            self.note_trouble(f"the system's clock was set by {drift_s:+d} s since the start; times here do not follow")

    def delivered(self, now: Moment) -> None:
        """The frame has been handed to every client: note how long it took since its last bytes came in."""
        received_ns = self._underway.pop(now.sequence, None)
        if received_ns is not None:
            self.metrics.observe_latency((self.clock.now_ns() - received_ns) / 1e6)

    async def run(self, stop: asyncio.Event) -> None:
        """Every task until `stop`; one that fails is a bug and ends the program, after all is written."""
        self._stop = stop
        is_fed, is_over = asyncio.Event(), asyncio.Event()
        writers = [self._started(each.run(is_over), "writer") for each in (self.history, self.raw)]
        cutting = self._started(self._cut_frames(is_fed), "frames")
        for name, work in (*self.work, ("clock", self._tick)):
            self.begin(name, work)
        try:
            await _first_set(stop, self._has_failed)
        finally:
            stop.set()
            await asyncio.wait(self._tasks, timeout=STOP_SECONDS)
            for task in self._tasks:
                task.cancel()
            results = await asyncio.gather(*self._tasks, return_exceptions=True)
            is_fed.set()  # no record comes any more: the last frames are cut, and then no frame comes
            results += await asyncio.gather(cutting, return_exceptions=True)
            is_over.set()
            results += await asyncio.gather(*writers, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result

    def begin(self, name: str, work: Work) -> None:
        """One more task, while `run` runs."""
        assert self._stop is not None
        self._tasks.append(self._started(work(self._stop), name))

    def _started(self, work: Coroutine[object, object, object], name: str) -> asyncio.Task[object]:
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(self._look_at_end)
        return task

    def _look_at_end(self, task: asyncio.Task[object]) -> None:
        if not task.cancelled() and task.exception() is not None:
            self._has_failed.set()

    def _publish(self, moment: Moment, record: Record) -> None:
        self.frame_count += 1
        now = self.live.publish(moment)
        self._underway[now.sequence] = record.received_ns
        while len(self._underway) > MAX_UNDERWAY:
            self._underway.pop(next(iter(self._underway)))
        if moment.is_stored:
            self.history.offer(moment)

    def _note_fault(self, record: Record, fault: str) -> None:
        self.unusable_count += 1
        if fault != self.last_fault:
            log.warning("%s %s cannot be used: %s", record.kind.name.lower(), record.subject[:120], fault)
        if self.unusable_count == 1:
            log.warning("`liqscape doctor` tells what this server does otherwise, and what it means for the map")
        self.last_fault = fault

    async def _tick(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            if self.is_begun:
                self.say(RecordKind.TICK)
            self.look_at_clock()
            await pause(stop, TICK_SECONDS)


async def _first_set(*events: asyncio.Event) -> None:
    """Until one of some events is set."""
    waiting = [asyncio.create_task(each.wait()) for each in events]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
