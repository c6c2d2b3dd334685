"""Writes the history: one durable head file an append, sealed into parts a day (compact.py)."""

from __future__ import annotations

import fcntl
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import IO

from liqscape.errors import StoreError
from liqscape.heatmap.bands import Bands
from liqscape.heatmap.frame import MarketFrame, Provenance
from liqscape.model.accounts import Accounts
from liqscape.model.margin_tables import MarginTables
from liqscape.store.durable import clean_temporary
from liqscape.store.history.batch import BatchBuilder
from liqscape.store.history.compact import clean_folder, merge_day, seal_batch, seal_heads
from liqscape.store.history.head import HEAD_FOLDER, head_span, list_heads, write_head
from liqscape.store.history.manifest import MANIFEST, Definition, Manifest, parse_manifest, write_manifest
from liqscape.store.history.parts import DAY_MS, PARTS_FOLDER
from liqscape.store.history.reader import HistoryReader

LOCK = "writer.lock"
HEAD_FRAMES = 120
"""Head files a reader has to open at most: two hours of minutes, 0.1 s."""
BULK_FRAMES = 32
"""From here on a run of frames goes into a part at once."""
PART_ROWS = 8_000_000
"""Changed bands held in memory while loading in bulk: about 0.5 GB."""
DAY_PARTS = 4
"""Parts of the day in hand before they are merged into one."""
HOLD_MS = {"recording": 12 * 3_600_000}
"""Longest time a frame is shown for, by kind of provenance: hours lie between recorded snapshots."""
DEFAULT_HOLD_MS = 10 * 60_000
LAST_TIME_MS = 10**15 - 1
"""Year 33,658: fifteen digits, as in file names."""


class HistoryWriter:
    """Appends frames with the accounts behind them. One writer a folder.

    Raises StoreError where another writer has the folder or it holds the history of something else,
    CorruptSegment or SchemaMismatch where what is there cannot be read.
    """

    def __init__(self, folder: Path, provenance: Provenance, hold_ms: int | None = None) -> None:
        self._folder = Path(folder)
        for name in (HEAD_FOLDER, PARTS_FOLDER):
            (self._folder / name).mkdir(parents=True, exist_ok=True)
        self._lock = _lock(self._folder)
        self._provenance = provenance
        self._manifest = self._open(hold_ms)
        clean_temporary(self._folder)
        clean_folder(self._folder, self._manifest)
        self._head_frames, self._last_ms = 0, self._manifest.sealed_ms
        for name in list_heads(self._folder, self._manifest.sealed_ms):
            span = head_span(name)
            assert span is not None
            self._head_frames += 1
            self._last_ms = span[1]
        held = tuple(item for item in self._manifest.definitions if item.from_ms <= self._last_ms)
        self._manifest = replace(self._manifest, definitions=held)
        self._builder: BatchBuilder | None = None

    @property
    def last_time_ms(self) -> int | None:
        """Time of the last durable frame; frames at or before it are ignored."""
        return None if self._last_ms < 0 else self._last_ms

    def append(self, frame: MarketFrame, accounts: Accounts, tables: MarginTables) -> None:
        """Store one frame; durable when it returns."""
        if not self._is_new(frame):
            return
        is_run_start = self._starts_run(frame, tables)
        if is_run_start:
            self._close_run(frame, tables)
        builder = self._state()
        builder.add(frame, accounts, is_keyframe=self._head_frames == 0)
        self._write_head(builder)
        if self._head_frames >= HEAD_FRAMES:
            self._seal()

    def append_many(self, frames: Iterable[tuple[MarketFrame, Accounts]], tables: MarginTables) -> None:
        """Store many frames, in order of time; durable when it returns.

        `frames` may be an iterator: it is read as it goes, only changes are held, and every finished day is
        written at once, so that a kill loses at most the day in hand.
        """
        for frame, accounts in frames:
            if not self._is_new(frame, self._pending_ms()):
                continue
            if self._starts_run(frame, tables):
                self._flush()
                self._close_run(frame, tables)
            builder = self._state()
            if builder.row_count >= PART_ROWS:
                self._flush()
            builder.add(frame, accounts, is_keyframe=len(builder) == 0)
            self._pending = frame.time_ms
        self._flush()

    def compact(self) -> None:
        """Bring all frames into one part a day. Readers see every frame exactly once all the while."""
        self._seal()
        for day in sorted({entry.first_ms // DAY_MS for entry in self._manifest.parts}):
            self._manifest = merge_day(self._folder, self._manifest, day)

    def close(self) -> None:
        """Release the folder. All that was appended is durable already."""
        self._lock.close()
