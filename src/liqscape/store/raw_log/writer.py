"""Appends records to segments; a flush is on disk whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from liqscape.errors import StoreError
from liqscape.feed.records import Record
from liqscape.store.durable import flush_folder
from liqscape.store.raw_log.format import MAGIC, pack_block
from liqscape.store.raw_log.segments import list_segments, next_name, segment_second

BLOCK_BYTES = 1 << 20
"""Content of a block before compression: what a reader holds at once."""
ROTATE_BYTES = 64 * 1024 * 1024
ROTATE_SECONDS = 3_600.0


class RawLogWriter:
    """`append` collects in memory, `flush` makes it durable: the caller says how much a kill may cost.

    rotate_bytes, rotate_seconds  a new segment begins after so many bytes, or so long after the first record.
    keep_bytes, keep_seconds      oldest whole segments are removed beyond it; None keeps all. Never the open one.

    Times are those of the records. A process always begins a segment of its own. One writer a folder.
    """

    def __init__(
        self,
        folder: Path,
        *,
        rotate_bytes: int = ROTATE_BYTES,
        rotate_seconds: float = ROTATE_SECONDS,
        keep_bytes: int | None = None,
        keep_seconds: float | None = None,
    ) -> None:
        self._folder = folder
        self._rotate_bytes = rotate_bytes
        self._rotate_ns = int(rotate_seconds * 1e9)
        self._keep_bytes = keep_bytes
        self._keep_seconds = keep_seconds
        self._path: Path | None = None
        self._descriptor = -1
        self._size = 0
        self._first_ns = 0
        self._waiting: list[tuple[Record, int]] = []

    def append(self, record: Record, venue_ms: int) -> None:
        """Take one record; it is on disk after the next flush."""
        self._waiting.append((record, venue_ms))

    def flush(self) -> None:
        """Write what was appended; durable on return.

        Raises StoreError where the disk refuses. Then nothing of it is in the log and nothing of it is held any
        more: the caller appends it again when there may be room.
        """
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        try:
            self._rotate(waiting[0][0].received_ns)
            self._write(_blocks_of(waiting))
        except OSError as error:
            self._undo()
            raise StoreError(
                f"{self._path or self._folder}: raw log cannot be written: {error.strerror or error}"
            ) from error
        self._size = os.lseek(self._descriptor, 0, os.SEEK_CUR)

    def close(self) -> None:
        """Flush, and leave the segment to readers."""
        try:
            self.flush()
        finally:
            self._end_segment()

    def _rotate(self, now_ns: int) -> None:
        if self._descriptor >= 0:
            if self._size < self._rotate_bytes and now_ns - self._first_ns < self._rotate_ns:
                return
            self._end_segment()
        self._folder.mkdir(parents=True, exist_ok=True)
        segments = list_segments(self._folder)
        self._path = self._folder / next_name(now_ns, segments[-1] if segments else None)
        self._descriptor = os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
        self._first_ns, self._size = now_ns, 0
        self._write([MAGIC])
        flush_folder(self._folder)
        self._forget([*segments, self._path], now_ns)

    def _write(self, parts: list[bytes]) -> None:
        for part in parts:
            rest = memoryview(part)
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        os.fsync(self._descriptor)

    def _undo(self) -> None:
        """Truncate the segment to the last flush; a segment that never held anything is removed."""
        if self._descriptor < 0:
            return
        try:
            os.ftruncate(self._descriptor, self._size)
            os.lseek(self._descriptor, self._size, os.SEEK_SET)
        except OSError:
            self._end_segment()  # the reader cuts it at the last block that fits
            return
        if self._size == 0 and self._path is not None:
            self._end_segment()
            self._path.unlink(missing_ok=True)

    def _end_segment(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _forget(self, segments: list[Path], now_ns: int) -> None:
        """Remove the oldest segments: all records of one are older than the name of the next."""
        sizes = [path.stat().st_size for path in segments]
        total = sum(sizes)
        for path, following, size in zip(segments[:-1], segments[1:], sizes[:-1], strict=True):
            is_old = self._keep_seconds is not None and segment_second(following) < now_ns / 1e9 - self._keep_seconds
            if not is_old and (self._keep_bytes is None or total <= self._keep_bytes):
                return
            path.unlink(missing_ok=True)
            total -= size


def _blocks_of(waiting: list[tuple[Record, int]]) -> list[bytes]:
    blocks: list[bytes] = []
    held: list[tuple[Record, int]] = []
    size = 0
    for record, venue_ms in waiting:
        held.append((record, venue_ms))
        size += len(record.content)
        if size >= BLOCK_BYTES:
            blocks.append(pack_block(held))
            held, size = [], 0
    if held:
        blocks.append(pack_block(held))
    return blocks
