"""Reads segments in order; what is damaged in one is said and passed over up to the next block that is sound."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from liqscape.feed.records import Record
from liqscape.store.raw_log.format import FRAME_MAGIC, HEAD, MAGIC, unpack_block
from liqscape.store.raw_log.segments import folders_in_place, list_segments


@dataclass(frozen=True)
class SegmentDamage:
    """A stretch of one segment that cannot be read: from `offset` on, `bytes_lost` bytes."""

    file: str
    offset: int
    bytes_lost: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}: {self.bytes_lost} bytes from byte {self.offset} on cannot be read: {self.reason}"


class RawLogReader:
    """All segments of a folder. `damage` says, after reading, what could not be read.

    A log that is being written may end in a block that is not there in full yet; it is said like any other.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.damage: list[SegmentDamage] = []

    def records(self, from_ns: int | None = None, to_ns: int | None = None) -> Iterator[Record]:
        """Records received in [from, to), in the order they were appended."""
        self.damage = [
            SegmentDamage(path.name, 0, 0, "a folder in the place of a file") for path in folders_in_place(self._folder)
        ]
        for path in list_segments(self._folder):
            try:
                file = path.open("rb")
            except FileNotFoundError:  # too old meanwhile
                continue
            except OSError as error:
                self.damage.append(SegmentDamage(path.name, 0, 0, error.strerror or str(error)))
                continue
            with file:
                for record in self._segment(path, file):
                    if (from_ns is None or record.received_ns >= from_ns) and (
                        to_ns is None or record.received_ns < to_ns
                    ):
                        yield record

    def _segment(self, path: Path, file: BufferedReader) -> Iterator[Record]:
        size = path.stat().st_size
        if size == 0:
            return
        if file.read(len(MAGIC)) != MAGIC:
            reason = "it does not begin as a segment of this version does"
            self.damage.append(SegmentDamage(path.name, 0, size, reason))
            return
        begin = len(MAGIC)
        while begin < size:
            file.seek(begin)
            try:
                entries = _next_block(file, size - begin)
            except ValueError as error:
                end = _next_sound(file, begin + 1, size)
                self.damage.append(SegmentDamage(path.name, begin, end - begin, str(error)))
                begin = end
                continue
            begin = file.tell()
            yield from (record for record, _ in entries)


def _next_sound(file: BufferedReader, begin: int, size: int) -> int:
    """Where the first block that is sound begins at or after a byte; the end of the file where none does.

    Packed content begins with FRAME_MAGIC; where that stands by chance, the checksum does not fit.
    """
    file.seek(begin)
    rest = file.read()
    place = rest.find(FRAME_MAGIC, HEAD.size)
    while place >= 0:
        start = begin + place - HEAD.size
        file.seek(start)
        try:
            _next_block(file, size - start)
        except ValueError:
            place = rest.find(FRAME_MAGIC, place + 1)
        else:
            return start
    return size


def _next_block(file: BufferedReader, available: int) -> list[tuple[Record, int]]:
    """Raises ValueError where it is cut or damaged."""
    head = file.read(HEAD.size)
    if len(head) < HEAD.size:
        raise ValueError("cut in the head of a block")
    length = HEAD.unpack(head)[0]
    if length > available - HEAD.size:
        raise ValueError(f"a block of {length} bytes, {available - HEAD.size} are there")
    return unpack_block(head, file.read(length))
