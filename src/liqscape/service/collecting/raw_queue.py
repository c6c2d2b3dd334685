"""Records on their way to the raw log, written twice a second in a thread; a full disk delays them and says so.

What waits longest is kept, so that a disk with room again continues where it stopped. Where too much waits the newest
records are dropped, and the log says so itself: a HOLE stands where they are missing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import Executor
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from liqscape.errors import StoreError
from liqscape.feed.records import Record, RecordKind
from liqscape.service.collecting.disk_watch import DiskWatch
from liqscape.service.executors import beside
from liqscape.wire.ws.envelope import channel_of

if TYPE_CHECKING:
    from liqscape.store.raw_log import RawLogWriter

WRITE_SECONDS = 0.5
"""What a kill -9 costs of the raw log at most; history is written apart and loses nothing that was stored."""
RETRY_SECONDS = 2.0
MAX_BYTES = 256 * 1024 * 1024
"""Kept in memory while nothing can be written."""
PIECE_BYTES = 8 * 1024 * 1024
"""Written at once: what little room there is, is used."""


class RawQueue:
    """`offer` from the loop, `run` writes. None as writer keeps nothing.

    left_out  channels whose messages are not kept, for no frame rests on them (sources.live.book_watch).
    """

    def __init__(
        self, writer: RawLogWriter | None, executor: Executor | None = None, left_out: frozenset[str] = frozenset()
    ) -> None:
        self._left_out = left_out
        self._writer = writer
        self._executor = executor
        self._waiting: deque[tuple[Record, int]] = deque()
        self._waiting_bytes = 0
        self._hole: tuple[int, int] | None = None
        """(records dropped, when the first of them came in) since the last that was kept."""
        self.watch = DiskWatch("raw_log")

    @property
    def waiting_count(self) -> int:
        """Records not yet on disk."""
        return len(self._waiting)

    def offer(self, record: Record, venue_ms: int) -> None:
        """Queue one record; counted as lost where too much waits."""
        if self._writer is None:
            return
        if self._left_out and record.kind is RecordKind.MESSAGE and channel_of(record.content) in self._left_out:
            return
        if self._waiting_bytes > MAX_BYTES:
            lost, first_ns = self._hole or (0, record.received_ns)
            self._hole = lost + 1, first_ns
            self.watch.lost += 1
            return
        if self._hole is not None:
            lost, first_ns = self._hole
            self._hole = None
            content = msgspec.json.encode({"lost": lost, "from_ns": first_ns})
            self._keep(Record(RecordKind.HOLE, "", content, record.received_ns), venue_ms)
        self._keep(record, venue_ms)

    async def run(self, stop: asyncio.Event) -> None:
        """Write until `stop`, then what is left."""
        while not stop.is_set():
            try:
                async with asyncio.timeout(WRITE_SECONDS if self.watch.reason is None else RETRY_SECONDS):
                    await stop.wait()
            except TimeoutError:
                pass
            await self.write()
        self.watch.ended(len(self._waiting))
        if self._writer is not None:
            await beside(self._executor, self._close)

    async def write(self) -> None:
        """Bring what waits to disk, piece by piece; it waits on where the disk does not take it."""
        while self._waiting:
            piece, size = self._piece()
            try:
                await beside(self._executor, self._append, piece)
            except (StoreError, OSError) as error:
                self.watch.failed(error)
                return
            for _ in piece:
                self._waiting.popleft()
            self._waiting_bytes -= size
        self.watch.worked()

    def _keep(self, record: Record, venue_ms: int) -> None:
        self._waiting.append((record, venue_ms))
        self._waiting_bytes += len(record.content)

    def _piece(self) -> tuple[list[tuple[Record, int]], int]:
        """The oldest of what waits, and its bytes."""
        count = size = 0
        for record, _ in self._waiting:
            count += 1
            size += len(record.content)
            if size >= PIECE_BYTES:
                break
        return list(islice(self._waiting, count)), size

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
            self.watch.failed(error)
