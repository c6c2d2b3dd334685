"""Records on their way to the raw log, written twice a second in a thread; a full disk pauses it and says so."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from liqscape.errors import StoreError
from liqscape.feed.records import Record

if TYPE_CHECKING:
    from liqscape.store.raw_log import RawLogWriter

log = logging.getLogger("liqscape.live")

WRITE_SECONDS = 0.5
"""What a kill -9 costs of the raw log at most; history is written apart and loses nothing that was stored."""
MOST_BYTES = 256 * 1024 * 1024
"""Kept in memory while nothing can be written."""


class RawKeeper:
    """`offer` from the loop, `run` writes. None as writer keeps nothing."""

    def __init__(self, writer: RawLogWriter | None) -> None:
        self._writer = writer
        self._waiting: list[tuple[Record, int]] = []
        self._waiting_bytes = 0
        self.trouble: str | None = None
        self.lost_records = 0

    @property
    def is_kept(self) -> bool:
        """Whether there is a raw log at all."""
        return self._writer is not None

    @property
    def waiting_count(self) -> int:
        """Records not yet on disk."""
        return len(self._waiting)

    def offer(self, record: Record, venue_ms: int) -> None:
        """Queue one record; counted as lost where too much waits."""
        if self._writer is None:
            return
        if self._waiting_bytes > MOST_BYTES:
            self.lost_records += 1
            return
        self._waiting.append((record, venue_ms))
        self._waiting_bytes += len(record.content)

    async def run(self, stop: asyncio.Event) -> None:
        """Write until `stop`, then what is left."""
        while not stop.is_set():
            try:
                async with asyncio.timeout(WRITE_SECONDS):
                    await stop.wait()
            except TimeoutError:
                pass
            await self.write()
        if self._writer is not None:
            await asyncio.to_thread(self._close)

    async def write(self) -> None:
        """Bring what waits to disk; it waits on where the disk does not take it."""
        if self._writer is None or not self._waiting:
            return
        taken, self._waiting = self._waiting, []
        try:
            await asyncio.to_thread(self._append, taken)
        except (StoreError, OSError) as error:
            self._waiting = taken + self._waiting
            if self.trouble is None:
                log.error("raw log cannot be written: %s", error)
            self.trouble = str(error)
            return
        self._waiting_bytes = sum(len(record.content) for record, _ in self._waiting)
        if self.trouble is not None:
            log.warning("raw log is written again")
        self.trouble = None

    def _append(self, taken: list[tuple[Record, int]]) -> None:
        assert self._writer is not None
        for record, venue_ms in taken:
            self._writer.append(record, venue_ms)
        self._writer.flush()

    def _close(self) -> None:
        assert self._writer is not None
        try:
            self._writer.close()
        except (StoreError, OSError) as error:
            log.error("raw log cannot be closed: %s", error)
