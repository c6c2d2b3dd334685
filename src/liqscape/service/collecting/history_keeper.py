"""Stored frames on their way to disk, written in a thread of their own; a full disk delays them and says so."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING

from liqscape.errors import StoreError
from liqscape.service.collecting.core import CutFrame

if TYPE_CHECKING:
    from liqscape.store.history import HistoryWriter

log = logging.getLogger("liqscape.live")

MOST_WAITING = 240
"""Four hours of minutes kept in memory while nothing can be written; columns that did not change are shared."""
RETRY_SECONDS = 5.0


class HistoryKeeper:
    """`offer` from the loop, `run` writes. trouble: why nothing can be written now, None where all is well."""

    def __init__(self, writer: HistoryWriter) -> None:
        self._writer = writer
        self._waiting: deque[CutFrame] = deque()
        self._has_some = asyncio.Event()
        self.trouble: str | None = None
        self.lost_count = 0
        """Frames dropped because the disk stayed full for too long."""

    @property
    def waiting_count(self) -> int:
        """Frames not yet on disk."""
        return len(self._waiting)

    def offer(self, frame: CutFrame) -> None:
        """Queue one frame; the oldest goes where too many wait."""
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.popleft()
            self.lost_count += 1
        self._waiting.append(frame)
        self._has_some.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Write until `stop`, then what is left."""
        while not stop.is_set():
            await _either(stop, self._has_some)
            self._has_some.clear()
            if not await self.write() and not stop.is_set():
                await _pause(stop, RETRY_SECONDS)
                self._has_some.set()
        await self.write()

    async def write(self) -> bool:
        """Write all that waits; False where the disk does not take it. Frames stay until they are durable."""
        while self._waiting:
            first = self._waiting[0]
            try:
                await asyncio.to_thread(self._writer.append, first.frame, first.accounts, first.tables)
            except (StoreError, OSError) as error:
                if self.trouble is None:
                    log.error("history cannot be written: %s", error)
                self.trouble = str(error)
                return False
            if self._waiting and self._waiting[0] is first:
                self._waiting.popleft()
        if self.trouble is not None:
            log.warning("history is written again")
        self.trouble = None
        return True


async def _either(stop: asyncio.Event, some: asyncio.Event) -> None:
    tasks = [asyncio.create_task(stop.wait()), asyncio.create_task(some.wait())]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
