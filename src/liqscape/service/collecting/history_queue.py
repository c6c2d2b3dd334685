"""Stored frames on their way to disk, written in a thread of their own; a full disk delays them and says so.

What waits is bounded by its memory: bands of every frame and the accounts behind it, those that several frames share
counted once. Accounts that changed at all are a copy of everybody, so how many minutes a disk may stand still depends
on the size of the map (docs/operations.md, "History on disk"): hours at 10,000 accounts, 20 minutes at 300,000.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from liqscape.errors import StoreError
from liqscape.feed.pause import pause
from liqscape.heatmap.moment import Moment
from liqscape.service.allocating import give_back_freed
from liqscape.service.collecting.disk_watch import DiskWatch
from liqscape.service.executors import beside
from liqscape.units import DAY_MS

if TYPE_CHECKING:
    from liqscape.store.history import HistoryWriter

log = logging.getLogger("liqscape.live")

MAX_WAITING = 240
"""Four hours of minutes: beyond, a map of any size has a hole."""
MAX_BYTES = 1 << 30
"""A minute of 300,000 accounts with 700,000 positions in 350,000 pools takes 50 MB."""
RETRY_SECONDS = 2.0


class HistoryQueue:
    """`offer` from the loop, `run` writes. The oldest frames go where the disk stays full for too long: a hole.

    begin_day: called beside the loop with the time of the first frame stored of each UTC day.
    tidy: called after frames were written, in a thread of its own beside those that are written meanwhile; end_tidy
    lets it end soon.
    stored: called on the loop with the time of each frame that is durable.
    """

    def __init__(
        self,
        writer: HistoryWriter,
        executor: Executor | None = None,
        begin_day: Callable[[int], object] | None = None,
        tidy: Callable[[], object] | None = None,
        end_tidy: Callable[[], object] | None = None,
        stored: Callable[[int], object] | None = None,
    ) -> None:
        self._writer = writer
        self._executor = executor
        self._begin_day = begin_day
        self._day = -1
        self._tidy = tidy
        self._end_tidy = end_tidy
        self._stored = stored
        self._tidying: asyncio.Task[None] | None = None
        self._waiting: deque[_WaitingFrame] = deque()
        self._bytes = 0
        self._has_some = asyncio.Event()
        self.watch = DiskWatch("history")

    @property
    def waiting_count(self) -> int:
        """Frames not yet on disk."""
        return len(self._waiting)

    @property
    def waiting_bytes(self) -> int:
        """Memory of those."""
        return self._bytes

    def offer(self, moment: Moment) -> None:
        """Queue one frame; the oldest go where too many wait. The newest stays, whatever its size."""
        newest = self._waiting[-1] if self._waiting else None
        self._waiting.append(_WaitingFrame.of(moment, newest))
        self._bytes += self._waiting[-1].byte_count
        while len(self._waiting) > 1 and (len(self._waiting) > MAX_WAITING or self._bytes > MAX_BYTES):
            self._drop_first()
            self.watch.lost += 1
        self._has_some.set()

    def _drop_first(self) -> None:
        gone = self._waiting.popleft()
        self._bytes -= gone.byte_count
        # Accounts only move on, so who shares them stands beside.
        if self._waiting and self._waiting[0].shared_bytes:
            first = self._waiting[0]
            self._waiting[0] = replace(first, byte_count=first.byte_count + first.shared_bytes, shared_bytes=0)
            self._bytes += first.shared_bytes

    async def run(self, stop: asyncio.Event) -> None:
        """Write until `stop`, then what is left."""
        while not stop.is_set():
            await _either(stop, self._has_some)
            self._has_some.clear()
            if not await self.write() and not stop.is_set():
                await pause(stop, RETRY_SECONDS)
                self._has_some.set()
            elif self._tidy is not None and (self._tidying is None or self._tidying.done()):
                self._tidying = asyncio.create_task(self._tidy_beside(self._tidy))
        if self._end_tidy is not None:
            self._end_tidy()
        await self.write()
        if self._tidying is not None:
            await self._tidying
        self.watch.ended(len(self._waiting))

    async def write(self) -> bool:
        """Write all that waits; False where the disk does not take it. Frames stay until they are durable."""
        while self._waiting:
            waiting = self._waiting[0]
            first = waiting.moment
            try:
                await beside(self._executor, self._writer.append, first)
            except (StoreError, OSError) as error:
                self.watch.failed(error)
                return False
            if self._waiting and self._waiting[0].moment is first:
                self._drop_first()
            if self._stored is not None:
                self._stored(first.frame.time_ms)
            if self._begin_day is not None:
                await self._look_at_day(self._begin_day, first.frame.time_ms)
        self.watch.worked()
        return True

    async def _tidy_beside(self, tidy: Callable[[], object]) -> None:
        """What fails is tried again after the next frame: nothing of what is stored is lost meanwhile."""
        try:
            await beside(self._executor, tidy)
            await beside(self._executor, give_back_freed)
        except (StoreError, OSError) as error:
            log.warning("the history cannot be put into parts now: %s", error)

    async def _look_at_day(self, begin_day: Callable[[int], object], time_ms: int) -> None:
        """Once a UTC day, with the time of its first frame; what fails is tried again with the next day."""
        day, self._day = self._day, time_ms // DAY_MS
        if day == self._day:
            return
        try:
            await beside(self._executor, begin_day, time_ms)
        except OSError as error:
            log.warning("files of days that are over cannot be removed: %s", error)


@dataclass(frozen=True)
class _WaitingFrame:
    """A frame that waits; shared_bytes: of its accounts, which the one before it has too."""

    moment: Moment
    byte_count: int
    shared_bytes: int

    @classmethod
    def of(cls, moment: Moment, before: _WaitingFrame | None) -> _WaitingFrame:
        """Nothing of the moment is put together for it: that is the writer's work."""
        accounts = moment.accounts_bytes
        is_shared = before is not None and before.moment.has_accounts_of(moment)
        own = moment.frame.byte_count + moment.notes_bytes
        return cls(moment, own if is_shared else own + accounts, accounts if is_shared else 0)


async def _either(stop: asyncio.Event, some: asyncio.Event) -> None:
    tasks = [asyncio.create_task(stop.wait()), asyncio.create_task(some.wait())]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
