"""Follows the hourly files of a node's data folder as they grow (docs/node.md, "Following files").

A table's files are `<table>/hourly/<YYYYMMDD>/<H>`. Only whole lines are taken: what a node is still writing stays for
the next read. The newest LATE_FILES files of a table are looked at on every read, so an hour that is finished late, or
appears after a later one, is not lost. A file that shrank, or whose bytes before our place are others than those we
read, was replaced: it is said and read from its beginning (repeated lines are dropped by block number and by trade).
"""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import msgspec

from liqscape.errors import InputError
from liqscape.feed.records import Record, RecordKind
from liqscape.wire.archive.paths import day_of, hour_of
from liqscape.wire.node.tables import DEFAULT_TABLES

LATE_FILES = 3
"""Hours of a table that may still grow: the newest one, and those a node may yet finish."""
MAX_BYTES = 4 * 1024 * 1024
"""Of one record and, but for a longer line, of one read."""
MAX_LINE = 256 * 1024 * 1024
"""An hour's funding of everybody is one line of tens of megabytes; a longer one is passed over and said."""
MARK_BYTES = 256
"""Bytes before our place whose checksum tells a file from another of the same name."""
MAX_REMARKS = 100

Place = tuple[int, int]
"""(offset of the first byte not taken yet, checksum of the bytes before it)."""


@dataclass(frozen=True)
class TailFigures:
    """Since the start. files_replaced: shrank or changed under us. bytes_skipped: of lines too long or never ended."""

    bytes_read: int
    lines_read: int
    files_replaced: int
    bytes_skipped: int


class NodeTail:
    """Reads what was added to some tables of a folder.

    cursor    as `cursor` gave it in an earlier run; empty for the first one.
    start_ms  with no cursor, the first hour that is read (0: everything that is there).
    remarks   what went wrong, newest last, bounded.
    Raises InputError for a cursor that is none.
    """

    def __init__(
        self,
        folder: Path,
        tables: Sequence[str] = DEFAULT_TABLES,
        cursor: Mapping[str, object] | None = None,
        *,
        start_ms: int = 0,
        max_bytes: int = MAX_BYTES,
        max_line: int = MAX_LINE,
    ) -> None:
        self.folder = folder
        self.tables = tuple(tables)
        self.remarks: list[str] = []
        self._max_bytes = max_bytes
        self._max_line = max_line
        self._first = (day_of(start_ms), hour_of(start_ms))
        self._places = _read_cursor(cursor or {}, self.tables)
        self._lost: list[tuple[str, str]] = []
        self._bytes_read = self._lines_read = self._files_replaced = self._bytes_skipped = 0

    @property
    def cursor(self) -> dict[str, dict[str, list[int]]]:
        """Where reading stands, for JSON: by table and file (`20251027/16`), offset and checksum."""
        return {table: {name: list(place) for name, place in files.items()} for table, files in self._places.items()}

    def figures(self) -> TailFigures:
        """Counts since the start."""
        return TailFigures(self._bytes_read, self._lines_read, self._files_replaced, self._bytes_skipped)

    def read(self, now: int) -> list[Record]:
        """Whole lines that came since the last call, oldest hour first, at most about `max_bytes`.

        Before them a LOST record for each file of which something cannot be had.
        now: wall clock, nanoseconds since 1970. Call again at once while it returns something.
        """
        waiting = sorted(
            (_hour(name), order, table, name)
            for order, table in enumerate(self.tables)
            for name in self._files_of(table)
        )
        records: list[Record] = []
        left = self._max_bytes
        for _, _, table, name in waiting:
            if left <= 0:
                break
            content = self._read_file(table, name, left)
            if content:
                left -= len(content)
                self._bytes_read += len(content)
                self._lines_read += content.count(b"\n")
                records.append(Record(RecordKind.NODE_LINES, f"{table}/hourly/{name}", content, now))
        lost, self._lost = self._lost, []
        reported = [Record(RecordKind.LOST, where, msgspec.json.encode({"reason": why}), now) for where, why in lost]
        return [*reported, *records]

    async def run(
        self,
        stop: asyncio.Event,
        sink: Callable[[Record], None],
        *,
        interval_seconds: float = 0.05,
        wall_ns: Callable[[], int] = time.time_ns,
        executor: Executor | None = None,
    ) -> None:
        """Hand over records as lines come, looking every `interval_seconds`, until `stop`."""
        while not stop.is_set():
            records = await asyncio.get_running_loop().run_in_executor(executor, self.read, wall_ns())
            for record in records:
                sink(record)
            if records:
                continue
            try:
                async with asyncio.timeout(interval_seconds):
                    await stop.wait()
            except TimeoutError:
                continue

    def _files_of(self, table: str) -> list[str]:
        """Files of a table that may have something, oldest first; forgets those that are finished."""
        places = self._places[table]
        oldest = min(map(_hour, places), default=self._first)
        names = [name for name in _list_hours(self.folder / table / "hourly", oldest[0]) if _hour(name) >= oldest]
        for name in [name for name in places if name not in names]:
            self._say(f"{table}/hourly/{name} is gone")
            del places[name]
        while len(names) > LATE_FILES and {names[0], names[1]} <= places.keys() and self._is_finished(table, names[0]):
            del places[names.pop(0)]
        return names

    def _is_finished(self, table: str, name: str) -> bool:
        """Nothing but an unfinished line is left in an hour long past."""
        offset, _ = self._places[table][name]
        try:
            with (self.folder / table / "hourly" / name).open("rb") as file:
                file.seek(offset)
                rest = file.read(self._max_line)
        except OSError:
            return True
        if b"\n" in rest:
            return False
        if rest:
            self._bytes_skipped += len(rest)
            self._lose(f"{table}/hourly/{name}", f" ends in the middle of a line: {len(rest)} bytes are left out")
        return True

    def _read_file(self, table: str, name: str, most: int) -> bytes:
        """Whole lines after our place in one file; b"" where there are none."""
        places = self._places[table]
        offset, mark = places.get(name, (0, 0))
        path = self.folder / table / "hourly" / name
        try:
            with path.open("rb") as file:
                size = file.seek(0, 2)
                if size < offset or (size > offset and _mark(file, offset) != mark):
                    self._files_replaced += 1
                    why = f"shrank from {offset} to {size} bytes" if size < offset else "holds other lines than before"
                    self._say(f"{table}/hourly/{name} {why}: read anew")
                    offset, mark = 0, 0
                start, content = self._whole_lines(file, offset, size, most, f"{table}/hourly/{name}")
                places[name] = (start + len(content), _mark(file, start + len(content)))
        except OSError as error:
            self._say(f"{table}/hourly/{name} cannot be read: {error.strerror}")
            return b""
        return content

    def _whole_lines(self, file: BinaryIO, offset: int, size: int, most: int, where: str) -> tuple[int, bytes]:
        """(offset, whole lines from there): about `most` bytes, or one line where that is longer."""
        while size > offset:
            file.seek(offset)
            content = file.read(most)
            end = content.rfind(b"\n")
            if end >= 0:
                return offset, content[: end + 1]
            if offset + len(content) >= size:
                break
            if len(content) < self._max_line:
                most = min(2 * most, self._max_line)
                continue
            skipped = _skip_line(file, offset + len(content))
            if skipped is None:
                break
            self._bytes_skipped += skipped - offset
            self._lose(where, f": a line of {skipped - offset} bytes is passed over, more than {self._max_line}")
            offset = skipped
        return offset, b""

    def _lose(self, where: str, why: str) -> None:
        self._lost.append((where, why.removeprefix(":").strip()))
        self._say(f"{where}{why}")

    def _say(self, remark: str) -> None:
        self.remarks.append(remark)
        del self.remarks[:-MAX_REMARKS]


def _list_hours(folder: Path, first_day: str) -> list[str]:
    """`20251027/16` of every file from a day on, oldest first."""
    try:
        days = [day.name for day in folder.iterdir() if _is_number(day.name, 8) and day.name >= first_day]
        names = [f"{day}/{hour.name}" for day in days for hour in (folder / day).iterdir() if _is_number(hour.name)]
    except OSError:
        return []
    return sorted(names, key=_hour)


def _hour(name: str) -> tuple[str, int]:
    day, _, hour = name.partition("/")
    return day, int(hour)


def _is_number(text: str, digits: int | None = None) -> bool:
    return text.isascii() and text.isdigit() and (len(text) <= 2 if digits is None else len(text) == digits)


def _mark(file: BinaryIO, offset: int) -> int:
    """Checksum of the bytes before an offset."""
    start = max(0, offset - MARK_BYTES)
    file.seek(start)
    return zlib.crc32(file.read(offset - start))


def _skip_line(file: BinaryIO, offset: int) -> int | None:
    """Where the line after this one begins; None where it has not ended."""
    file.seek(offset)
    while part := file.read(MAX_BYTES):
        end = part.find(b"\n")
        if end >= 0:
            return offset + end + 1
        offset += len(part)
    return None


def _read_cursor(cursor: Mapping[str, object], tables: tuple[str, ...]) -> dict[str, dict[str, Place]]:
    places: dict[str, dict[str, Place]] = {table: {} for table in tables}
    for table in tables:
        files = cursor.get(table, {})
        if not isinstance(files, Mapping):
            raise InputError(f"cursor of {table}: {files!r} is no list of files", table=table)
        for name, place in files.items():
            day, _, hour = str(name).partition("/")
            is_place = isinstance(place, list | tuple) and len(place) == 2 and all(type(n) is int for n in place)
            if not (_is_number(day, 8) and _is_number(hour) and is_place and place[0] >= 0):
                raise InputError(f"cursor of {table}: {name!r}: {place!r} is no place in a file", table=table)
            places[table][str(name)] = (int(place[0]), int(place[1]))
    return places
