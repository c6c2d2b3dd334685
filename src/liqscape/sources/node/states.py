"""New state snapshots of a node, found, memory-mapped and extracted: a record each (docs/node.md).

A node links a snapshot into place when it is complete, every 10,000 blocks. Only the newest one is read; one that
cannot be read is said and looked at again only when it has changed.
"""

from __future__ import annotations

import asyncio
import mmap
import time
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path

import msgspec
import numpy as np

from liqscape.errors import RemoteWireError
from liqscape.feed.records import Record, RecordKind
from liqscape.states.node.state_columns import pack_state
from liqscape.states.node.state_snapshot import StateSnapshot, read_state_snapshot
from liqscape.units import HOUR_MS
from liqscape.wire.archive.paths import hourly_path
from liqscape.wire.node.block_time import parse_block_time
from liqscape.wire.node.fills import FILLS_BY_BLOCK
from liqscape.wire.node.misc_events import MISC_EVENTS_BY_BLOCK
from liqscape.wire.node.tables import STATES

HOURS_BACK = 2
"""A snapshot is written within minutes of its block."""


class StateWatch:
    """Looks into a node's data folder for snapshots newer than `height`.

    remarks: what could not be read, or did not agree, newest last.
    """

    def __init__(self, folder: Path, height: int = 0) -> None:
        self.folder = folder
        self.height = height
        self.remarks: list[str] = []
        self._failed: tuple[int, int, int] | None = None

    def read(self, now: int) -> Record | None:
        """The newest snapshot, if it is newer than the last one. now: wall clock, ns since 1970. Takes seconds."""
        found = newest_state(self.folder)
        if found is None or found[0] <= self.height:
            return None
        height, path = found
        subject = path.relative_to(self.folder).as_posix()
        try:
            about = path.stat()
            if self._failed == (height, about.st_size, about.st_mtime_ns):
                return None
            self._failed = (height, about.st_size, about.st_mtime_ns)
            state = read_state(path)
            if not state.time_ms:
                time_ms = find_block_time(self.folder, height, about.st_mtime_ns // 1_000_000)
                state = read_state(path, time_ms)
        except (RemoteWireError, OSError) as error:
            self.remarks = [*self.remarks[-99:], str(error)]
            return None
        self.height, self._failed = height, None
        self.remarks = [*self.remarks, *(f"{subject}: {remark}" for remark in state.remarks)][-100:]
        return Record(RecordKind.NODE_STATE, subject, pack_state(state), now)

    async def run(
        self,
        stop: asyncio.Event,
        sink: Callable[[Record], None],
        *,
        interval_seconds: float = 2.0,
        wall_ns: Callable[[], int] = time.time_ns,
        executor: Executor | None = None,
    ) -> None:
        """Hand over snapshots as they come, extracted in a thread, until `stop`."""
        while not stop.is_set():
            record = await asyncio.get_running_loop().run_in_executor(executor, self.read, wall_ns())
            if record is not None:
                sink(record)
            try:
                async with asyncio.timeout(interval_seconds):
                    await stop.wait()
            except TimeoutError:
                continue


def newest_state(folder: Path) -> tuple[int, Path] | None:
    """(height, path) of the highest snapshot of a data folder, None without any."""
    found = [
        (int(path.stem), path)
        for path in (folder / STATES).glob("*/*.rmp")
        if path.stem.isascii() and path.stem.isdigit()
    ]
    return max(found, default=None)


def read_state(path: Path, time_ms: int = 0) -> StateSnapshot:
    """One file. Its name gives the height. Raises RemoteWireError for another layout, OSError where unreadable."""
    if path.stat().st_size == 0:
        raise RemoteWireError(f"{path.name}: the file is empty", source=path.name)
    data = np.memmap(path, np.uint8, mode="r")
    height = int(path.stem) if path.stem.isascii() and path.stem.isdigit() else 0
    return read_state_snapshot(np.asarray(data), path.name, height, time_ms)


def find_block_time(folder: Path, height: int, around_ms: int) -> int:
    """Time of a block, out of the by-block files near a time. Raises RemoteWireError where it is in none of them."""
    needle = b'"block_number":%d' % height
    for back in range(HOURS_BACK):
        for table in (MISC_EVENTS_BY_BLOCK, FILLS_BY_BLOCK):
            path = folder / hourly_path(table, around_ms - back * HOUR_MS)
            line = _find_line(path, needle)
            if line is not None:
                return parse_block_time(msgspec.json.decode(line, type=_BlockHead).block_time, path.name)
    raise RemoteWireError(
        f"neither its snapshot nor the node's by-block files say when block {height} was", height=height
    )


class _BlockHead(msgspec.Struct, frozen=True):
    block_time: str
    block_number: int


def _find_line(path: Path, needle: bytes) -> bytes | None:
    """The first line with these bytes followed by no further digit."""
    if not path.is_file() or path.stat().st_size == 0:
        return None
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        at = data.find(needle)
        while at >= 0 and data[at + len(needle) : at + len(needle) + 1].isdigit():
            at = data.find(needle, at + 1)
        if at < 0:
            return None
        end = data.find(b"\n", at)
        return data[data.rfind(b"\n", 0, at) + 1 : end] if end >= 0 else None
