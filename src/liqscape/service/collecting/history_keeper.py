"""Stored frames on their way to disk, written in a thread of their own; a full disk delays them and says so."""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import Executor
from typing import TYPE_CHECKING

from liqscape.errors import StoreError
from liqscape.feed.pause import pause
from liqscape.service.collecting.core import CutFrame
from liqscape.service.collecting.disk_watch import DiskWatch
from liqscape.service.executors import beside

if TYPE_CHECKING:
    from liqscape.store.history import HistoryWriter

MOST_WAITING = 240
"""Four hours of minutes kept in memory while nothing can be written."""
MOST_BYTES = 1 << 30
"""Of their accounts: a minute of 100,000 accounts is 18 MB, so an hour of those."""
RETRY_SECONDS = 2.0


class HistoryKeeper:
    """`offer` from the loop, `run` writes. The oldest frames go where the disk stays full for too long: a hole."""

    def __init__(self, writer: HistoryWriter, executor: Executor | None = None) -> None:
        self._writer = writer
        self._executor = executor
        self._waiting: deque[CutFrame] = deque()
        self._has_some = asyncio.Event()
        self.watch = DiskWatch("history")

    @property
    def waiting_count(self) -> int:
        """Frames not yet on disk."""
        return len(self._waiting)

    def offer(self, frame: CutFrame) -> None:
        """Queue one frame; the oldest go where too many wait."""
        self._waiting.append(frame)
        while len(self._waiting) > 1 and (len(self._waiting) > MOST_WAITING or self._waiting_bytes() > MOST_BYTES):
            self._waiting.popleft()
            self.watch.lost += 1
        self._has_some.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Write until `stop`, then what is left."""
        while not stop.is_set():
            await _either(stop, self._has_some)
            self._has_some.clear()
            if not await self.write() and not stop.is_set():
                await pause(stop, RETRY_SECONDS)
                self._has_some.set()
        await self.write()
        self.watch.ended(len(self._waiting))

    def _waiting_bytes(self) -> int:
        return sum(frame.accounts.byte_count for frame in self._waiting)

    async def write(self) -> bool:
        """Write all that waits; False where the disk does not take it. Frames stay until they are durable."""
        while self._waiting:
            first = self._waiting[0]
            try:
                await beside(self._executor, self._writer.append, first.frame, first.accounts, first.tables)
            except (StoreError, OSError) as error:
                self.watch.failed(error)
                return False
            if self._waiting and self._waiting[0] is first:
                self._waiting.popleft()
        self.watch.worked()
        return True


async def _either(stop: asyncio.Event, some: asyncio.Event) -> None:
    tasks = [asyncio.create_task(stop.wait()), asyncio.create_task(some.wait())]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
