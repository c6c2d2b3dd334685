"""Lines of an archive's hourly files in order of time, whichever of the formats an hour has.

An hour is read from the first table of TABLES that has it, packed (.lz4) or plain as a node writes it. A file that is
missing, cut or damaged is told as Damage and leaves a Lost item in its place: what came before the damage counts, the
rest of its hour does not, and the next hour goes on. Lines whose time cannot be read are told as Damage too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from liqscape.errors import FeedError, InputError, RemoteWireError
from liqscape.sources.archive.lines import is_next_block, line_time, split_lines, unpack_chunks
from liqscape.sources.archive.object_store import ObjectStore
from liqscape.sources.node.lines import NodeLine
from liqscape.units import HOUR_MS
from liqscape.wire.archive.paths import archived_hourly_path, hourly_path
from liqscape.wire.node.fills import FILLS
from liqscape.wire.node.misc_events import MISC_EVENTS
from liqscape.wire.node.tables import TRADES, Batching, split_table

TRADING = tuple(
    f"{table}{batching.value}"
    for table in (FILLS, TRADES)
    for batching in (Batching.BLOCK, Batching.STREAM, Batching.EVENT)
)
"""Fills tell both sides and fees, prints of trades do not; the best there is of an hour is taken."""
MISC = tuple(f"{MISC_EVENTS}{batching.value}" for batching in (Batching.BLOCK, Batching.STREAM, Batching.EVENT))


@dataclass(frozen=True)
class ArchiveDamage:
    """Part of an archive that could not be read: between two times (ms) nothing of it is known."""

    path: str
    reason: str
    from_ms: int
    to_ms: int


@dataclass(frozen=True)
class Lost:
    """Stands in place of lines that could not be read."""

    from_ms: int
    reason: str


class Item(NamedTuple):
    """A line with its time and the table it is of. The subject of the line is the path of its file without .lz4."""

    time_ms: int
    table: str
    line: NodeLine | Lost


@dataclass(kw_only=True)
class _Untimed:
    """Lines of a file whose time cannot be read: their content is lost, and their neighbours bound when it happened.

    Told once a file: whoever is unsure from there on stays so until his next state.
    """

    first: int = 0
    count: int = 0
    from_ms: int = 0
    to_ms: int = 0
    open_count: int = 0
    is_reported: bool = False

    def add(self, number: int, reached: int) -> None:
        """Count one more such line, after a line of a known time."""
        if not self.count and not self.open_count:
            self.first, self.from_ms = number, reached
        self.open_count += 1

    def dismiss(self) -> None:
        """Drop the lines since the last known time: they held nothing that matters."""
        self.open_count = 0

    def settle(self, reached: int) -> bool:
        """Note the next readable time, or the file's end. True the first time that there is something to report."""
        if not self.open_count:
            return False
        self.count, self.open_count, self.to_ms = self.count + self.open_count, 0, reached
        is_first, self.is_reported = not self.is_reported, True
        return is_first

    def lost(self, path: str, from_ms: int) -> Item:
        """The item that stands in place of these lines."""
        begin = max(self.from_ms, from_ms)
        return Item(begin, "", Lost(begin, f"{path}: line {self.first} names no time that can be read"))

    def damage(self, path: str, since_ms: int) -> ArchiveDamage:
        """All of these lines together as one damage report."""
        noun = "line names" if self.count == 1 else "lines name"
        reason = f"{self.count} {noun} no time that can be read, the first is line {self.first}"
        return ArchiveDamage(path, reason, max(self.from_ms, since_ms), self.to_ms)


class Hours:
    """Hourly files of the times in (from, to].

    since_ms: when the import began that is gone on with. Damage is told as of then, so that the same damage is told
    alike however often an import was interrupted.
    """

    def __init__(
        self,
        store: ObjectStore,
        from_ms: int,
        to_ms: int,
        on_damage: Callable[[ArchiveDamage], None],
        since_ms: int | None = None,
    ) -> None:
        self._store = store
        self._from_ms = from_ms
        self._to_ms = to_ms
        self._since_ms = from_ms if since_ms is None else since_ms
        self._on_damage = on_damage
        self._has_misc: dict[int, bool] = {}
        self._file_of: dict[str, tuple[str, int]] = {}

    def file_of(self, subject: str) -> tuple[str, int]:
        """(path, hour) of the file a line is of, by the subject of the line."""
        return self._file_of[subject]

    def has_misc(self, time_ms: int) -> bool:
        """There is a file of misc events for the hour that begins at a time, so funding comes from there."""
        if time_ms not in self._has_misc:
            self._has_misc = {time_ms: self._find(MISC, time_ms) is not None}
        return self._has_misc[time_ms]

    def items(self, tables: tuple[str, ...], *, is_needed: bool) -> Iterator[Item]:
        """Lines of the times asked for; is_needed: an hour without a file is reported."""
        for hour in range(self._from_ms // HOUR_MS * HOUR_MS, self._to_ms + 1, HOUR_MS):
            found = self._find(tables, hour)
            if found is not None:
                yield from self._lines(*found, hour)
            elif is_needed and hour < self._to_ms:
                reason = f"{' nor '.join(sorted({split_table(name)[0] for name in tables}))} of this hour"
                yield self._lost(hourly_path(tables[0], hour), f"is not there, no {reason}", hour, hour)

    def _find(self, tables: tuple[str, ...], hour: int) -> tuple[str, str] | None:
        return find_hour(self._store, tables, hour)

    def _lines(self, table: str, path: str, hour: int) -> Iterator[Item]:
        name, batching = split_table(table)
        chunks = self._store.read(path)
        contents = unpack_chunks(chunks, path) if path.endswith(".lz4") else chunks
        subject = hourly_path(table, hour)
        self._file_of[subject] = path, hour
        reached, is_fresh = hour, self._from_ms == self._since_ms
        is_block = batching is not Batching.EVENT
        untimed, before = _Untimed(), b""
        try:
            for number, content in enumerate(split_lines(contents, path), start=1):
                time_ms = line_time(content, is_block=is_block)
                if time_ms is None:
                    untimed.add(number, reached)
                    at_ms = max(reached, self._since_ms)
                    if at_ms > self._from_ms or is_fresh:  # else it was counted before
                        yield Item(at_ms, name, NodeLine(subject, number, content))
                    continue
                if time_ms > reached:
                    reached = min(time_ms, hour + HOUR_MS)
                    if reached > self._to_ms:
                        break
                if untimed.open_count:
                    if reached <= self._since_ms or (batching is Batching.BLOCK and is_next_block(before, content)):
                        untimed.dismiss()
                    elif untimed.settle(reached) and reached > self._from_ms:
                        yield untimed.lost(path, self._from_ms)
                if reached > self._from_ms:
                    yield Item(reached, name, NodeLine(subject, number, content))
                before = content
            if untimed.settle(min(hour + HOUR_MS, self._to_ms)):
                yield untimed.lost(path, self._from_ms)
        except (RemoteWireError, FeedError, InputError) as error:
            yield self._lost(path, str(error).removeprefix(f"{path}: "), reached, hour)
        if untimed.is_reported:
            self._on_damage(untimed.damage(path, self._since_ms))

    def _lost(self, path: str, reason: str, from_ms: int, hour: int) -> Item:
        """Stands where the loss begins: from there on nobody is known for sure."""
        self._on_damage(ArchiveDamage(path, reason, max(from_ms, self._since_ms), hour + HOUR_MS))
        from_ms = max(from_ms, self._from_ms)
        return Item(from_ms, "", Lost(from_ms, f"{path}: {reason}"))


def find_hour(store: ObjectStore, tables: tuple[str, ...], hour: int) -> tuple[str, str] | None:
    """(table, path) of the first table that has the hour."""
    for table in tables:
        for path in (archived_hourly_path(table, hour), hourly_path(table, hour)):
            if store.size(path):
                return table, path
    return None


class Lane:
    """Items of some tables, taken up to a time."""

    def __init__(self, items: Iterator[Item]) -> None:
        self._items = items
        self._next = next(items, None)

    def take(self, until_ms: int) -> list[Item]:
        """Those that come next and are not after a time."""
        item, items = self._next, self._items
        taken: list[Item] = []
        while item is not None and item[0] <= until_ms:
            taken.append(item)
            item = next(items, None)
        self._next = item
        return taken
