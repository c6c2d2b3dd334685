"""Reads segments in order; a damaged one is cut at its last good block, said, and the next goes on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from liqscape.feed.records import Record
from liqscape.store.raw_log.format import HEAD, MAGIC, unpack_block
from liqscape.store.raw_log.segments import folders_in_place, list_segments


@dataclass(frozen=True)
class Damage:
    """The end of one segment that cannot be read: from `offset` on, `bytes_lost` bytes."""

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
        self.damage: list[Damage] = []

    def records(self, from_ns: int | None = None, to_ns: int | None = None) -> Iterator[Record]:
        """Records received in [from, to), in the order they were appended."""
        self.damage = [
            Damage(path.name, 0, 0, "a folder in the place of a file") for path in folders_in_place(self._folder)
        ]
        for path in list_segments(self._folder):
            try:
                file = path.open("rb")
            except FileNotFoundError:  # too old meanwhile
                continue
            except OSError as error:
                self.damage.append(Damage(path.name, 0, 0, error.strerror or str(error)))
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
        offset = 0
        try:
            if file.read(len(MAGIC)) != MAGIC:
                raise ValueError("it does not begin as a segment of this version does")
            offset = len(MAGIC)
            while offset < size:
                entries = _next_block(file, size - offset)
                yield from (record for record, _ in entries)
                offset = file.tell()
        except ValueError as error:
            self.damage.append(Damage(path.name, offset, size - offset, str(error)))


def _next_block(file: BufferedReader, available: int) -> list[tuple[Record, int]]:
    """Raises ValueError where it is cut or damaged."""
    head = file.read(HEAD.size)
    if len(head) < HEAD.size:
        raise ValueError("cut in the head of a block")
    length = HEAD.unpack(head)[0]
    if length > available - HEAD.size:
        raise ValueError(f"a block of {length} bytes, {available - HEAD.size} are there")
    return unpack_block(head, file.read(length))
