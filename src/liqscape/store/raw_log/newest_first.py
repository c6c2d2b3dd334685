"""Reads a raw log backwards from a time on, no more bytes than it is told: for who looks for the newest of something.

The heads of a segment's blocks are read (12 bytes each, which tells where each begins), then blocks from the last to
the first. Behind a damaged head nothing more of a segment is looked for: `RawLogReader` is who mends.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path

from liqscape.feed.records import Record
from liqscape.store.raw_log.format import HEAD, MAGIC, unpack_block
from liqscape.store.raw_log.segments import list_segments, segment_second


class NewestFirst:
    """Blocks of a log, newest first, each as its records in the order they were appended.

    max_bytes  of packed blocks that are read; one more block may be.
    before_ns  blocks that begin at this time of receipt or later are passed over.

    bytes_read, oldest_ns: what was read, and the time of receipt of the first record of the last block given.
    is_whole: after reading, whether the log was read to its beginning.
    """

    def __init__(self, folder: Path, max_bytes: int, before_ns: int | None = None) -> None:
        self._folder, self._max_bytes, self._before_ns = folder, max_bytes, before_ns
        self.bytes_read = 0
        self.oldest_ns: int | None = None
        self.is_whole = False

    def blocks(self) -> Iterator[list[Record]]:
        """What is there now; segments that go meanwhile are passed over."""
        for path in reversed(list_segments(self._folder)):
            if self._before_ns is not None and segment_second(path) * 10**9 >= self._before_ns:
                continue
            try:
                with path.open("rb") as file:
                    for records in self._segment(file, path.stat().st_size):
                        yield records
                        if self.bytes_read >= self._max_bytes:
                            return
            except OSError:
                continue
        self.is_whole = True

    def _segment(self, file: BufferedReader, size: int) -> Iterator[list[Record]]:
        begins = _block_begins(file, size)
        end = len(begins) if self._before_ns is None else self._count_before(file, begins, self._before_ns)
        for begin in reversed(begins[:end]):
            records = self._block(file, begin)
            if records:
                self.oldest_ns = records[0].received_ns
                yield records

    def _count_before(self, file: BufferedReader, begins: list[int], before_ns: int) -> int:
        """How many blocks begin before a time, by halving: a clock set back costs no more than a later answer."""
        low, high = 0, len(begins)
        while low < high:
            middle = (low + high) // 2
            records = self._block(file, begins[middle])
            if records and records[0].received_ns >= before_ns:
                high = middle
            else:
                low = middle + 1
        return low

    def _block(self, file: BufferedReader, begin: int) -> list[Record]:
        """Records of a block; none where it is damaged."""
        file.seek(begin)
        head = file.read(HEAD.size)
        packed = file.read(HEAD.unpack(head)[0])
        self.bytes_read += len(head) + len(packed)
        try:
            return [record for record, _ in unpack_block(head, packed)]
        except ValueError:
            return []


def _block_begins(file: BufferedReader, size: int) -> list[int]:
    """Where each block begins, up to the first that is not there in full."""
    begins: list[int] = []
    if file.read(len(MAGIC)) != MAGIC:
        return begins
    begin = len(MAGIC)
    while begin + HEAD.size <= size:
        file.seek(begin)
        length = HEAD.unpack(file.read(HEAD.size))[0]
        if begin + HEAD.size + length > size:
            break
        begins.append(begin)
        begin += HEAD.size + length
    return begins
