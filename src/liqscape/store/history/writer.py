"""Writes the history: one durable head file an append, sealed into parts (compact.py)."""

from __future__ import annotations

import fcntl
import os
import secrets
import weakref
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from liqscape.errors import StoreError
from liqscape.heatmap.bands import Bands
from liqscape.heatmap.frame import MarketFrame, Provenance
from liqscape.model.accounts import Accounts
from liqscape.model.margin_tables import MarginTables
from liqscape.store.history.batch import BatchBuilder
from liqscape.store.history.compact import clean_folder, day_part_count, merge_day, seal_heads, seal_part
from liqscape.store.history.head import HEAD_FOLDER, head_span, list_heads, write_head
from liqscape.store.history.manifest import MANIFEST, Definition, Manifest, parse_manifest, write_manifest
from liqscape.store.history.parts import PARTS_FOLDER
from liqscape.store.history.reader import HistoryReader
from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS

LOCK = "writer.lock"
HEAD_FILES = 120
"""Head files a reader has to open at most: two hours of minutes."""
BULK_FRAMES = 32
"""From here on a run of frames goes into a part at once."""
PART_ROWS = 12_000_000
"""Changed bands held in memory while loading in bulk: about 0.5 GB."""
DAY_PARTS = 4
"""Parts of the day in hand before they are merged into one."""
HOLD_MS = {"recording": 12 * HOUR_MS}
"""Longest time a frame is shown for, by kind of provenance: hours lie between recorded snapshots."""
DEFAULT_HOLD_MS = 10 * MINUTE_MS
LAST_TIME_MS = 10**15 - 1
"""Fifteen digits, as in the names of head files."""


class HistoryWriter:
    """Appends frames with the accounts behind them. One writer a folder.

    hold_ms: longest time a frame is shown for before a hole; by default by kind of provenance.

    Raises StoreError where another writer has the folder or it holds the history of something else,
    CorruptSegment or SchemaMismatch where what is there cannot be read.
    """

    def __init__(self, folder: Path, provenance: Provenance, hold_ms: int | None = None) -> None:
        self._folder = Path(folder)
        self._provenance = provenance
        for name in (HEAD_FOLDER, PARTS_FOLDER):
            (self._folder / name).mkdir(parents=True, exist_ok=True)
        self._release = weakref.finalize(self, os.close, _lock(self._folder))
        try:
            self._manifest = self._open_manifest(hold_ms)
            self._load()
        except BaseException:
            self._release()
            raise

    def _load(self) -> None:
        """Take up what is on disk and remove what an interrupted step left there."""
        path = self._folder / MANIFEST
        manifest = replace(parse_manifest(path.read_bytes(), path), hold_ms=self._manifest.hold_ms)
        clean_folder(self._folder, manifest)
        heads = list_heads(self._folder, manifest.sealed_ms)
        self._head_files = len(heads)
        self._last_ms = max([manifest.sealed_ms, *(_last_of(name) for name in heads)])
        held = tuple(item for item in manifest.definitions if item.from_ms <= self._last_ms)
        self._manifest = replace(manifest, definitions=held)
        if len(held) < len(manifest.definitions):  # one announced without a frame is not in force, for readers too
            write_manifest(self._folder, self._manifest)
        self._builder: BatchBuilder | None = None
        self._is_stale = False

    @property
    def last_time_ms(self) -> int | None:
        """Time of the last durable frame; frames at or before it are ignored."""
        return None if self._last_ms < 0 else self._last_ms

    def append(self, frame: MarketFrame, accounts: Accounts, tables: MarginTables) -> None:
        """Store one frame; durable when it returns."""
        self._extend([(frame, accounts)], tables, is_many=False)

    def append_many(self, frames: Iterable[tuple[MarketFrame, Accounts]], tables: MarginTables) -> None:
        """Store many frames, in order of time; durable when it returns.

        `frames` may be an iterator: it is read as it goes, only changes are held, and every finished day is
        written at once, so that a kill loses at most the day in hand.
        """
        self._extend(frames, tables, is_many=True)

    def _extend(self, frames: Iterable[tuple[MarketFrame, Accounts]], tables: MarginTables, *, is_many: bool) -> None:
        if self._is_stale:
            self._load()
        pending_ms = self._last_ms
        try:
            for frame, accounts in frames:
                if frame.time_ms <= pending_ms:
                    continue
                self._check(frame)
                if self._is_run_over(frame, tables, pending_ms):
                    self._flush()
                    self._begin_run(frame, tables)
                elif self._builder is not None and self._builder.row_count >= PART_ROWS:
                    self._flush()
                builder = self._state()
                builder.add(frame, accounts, is_keyframe=len(builder) == 0 and (is_many or self._head_files == 0))
                pending_ms = frame.time_ms
            self._flush()
        except BaseException:
            self._is_stale = True  # what reached the disk and what did not is for the disk to say
            raise

    def compact(self) -> None:
        """Bring all frames into one part a day. Readers see every frame exactly once all the while."""
        if self._is_stale:
            self._load()
        try:
            self._seal()
            for day in sorted({entry.first_ms // DAY_MS for entry in self._manifest.parts}):
                self._manifest = merge_day(self._folder, self._manifest, day)
        except BaseException:
            self._is_stale = True
            raise

    def close(self) -> None:
        """Release the folder. All that was appended is durable already."""
        self._release()

    def __enter__(self) -> HistoryWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open_manifest(self, hold_ms: int | None) -> Manifest:
        path = self._folder / MANIFEST
        by_kind = HOLD_MS.get(self._provenance.kind, DEFAULT_HOLD_MS)
        if not path.exists():
            hold = by_kind if hold_ms is None else hold_ms
            manifest = Manifest(self._provenance, hold, history_id=secrets.token_hex(8))
            write_manifest(self._folder, manifest)
            return manifest
        manifest = parse_manifest(path.read_bytes(), path)
        if manifest.provenance != self._provenance:
            raise StoreError(
                f"{path}: holds the history of {manifest.provenance}, cannot continue it with {self._provenance}",
                path=str(path),
            )
        return manifest if hold_ms is None else replace(manifest, hold_ms=hold_ms)

    def _check(self, frame: MarketFrame) -> None:
        if not 0 <= frame.time_ms <= LAST_TIME_MS:
            raise StoreError(f"frame time {frame.time_ms} is outside 0..{LAST_TIME_MS} ms")
        if frame.provenance != self._provenance:
            raise StoreError(f"frame at {frame.time_ms} is of {frame.provenance}, the history of {self._provenance}")

    def _is_run_over(self, frame: MarketFrame, tables: MarginTables, before_ms: int) -> bool:
        """A run of frames ends with the UTC day and where markets or margin tables change."""
        if not self._manifest.definitions or frame.time_ms // DAY_MS != before_ms // DAY_MS:
            return True
        now = self._manifest.definitions[-1]
        is_same = now.markets is frame.snapshot.markets or now.markets == frame.snapshot.markets
        return not (is_same and (now.tables is tables or now.tables.tables == tables.tables))

    def _begin_run(self, frame: MarketFrame, tables: MarginTables) -> None:
        self._seal()
        if self._last_ms >= 0 and self._last_ms // DAY_MS != frame.time_ms // DAY_MS:
            self._manifest = merge_day(self._folder, self._manifest, self._last_ms // DAY_MS)
        markets = frame.snapshot.markets
        known = self._manifest.definitions[-1:]
        if known and known[0].markets == markets and known[0].tables.tables == tables.tables:
            return
        definition = Definition(frame.time_ms, markets, tables)
        self._manifest = replace(self._manifest, definitions=(*self._manifest.definitions, definition))
        write_manifest(self._folder, self._manifest)

    def _state(self) -> BatchBuilder:
        """The builder, which holds the last stored frame; read from disk where this writer did not write it."""
        if self._builder is None:
            bands, accounts = Bands.empty(), Accounts.empty()
            if self._last_ms >= 0:
                reader = HistoryReader(self._folder)
                frame = reader.frame_at(self._last_ms)
                assert frame is not None
                bands, accounts = frame.bands, reader.accounts_at(self._last_ms)
            self._builder = BatchBuilder(bands, accounts)
        return self._builder

    def _flush(self) -> None:
        """Make what is in the builder durable: many frames as a part, a few as a head file."""
        builder = self._builder
        if builder is None or not len(builder):
            return
        is_bulk = len(builder) >= BULK_FRAMES
        last_ms = builder.last_ms
        if is_bulk:
            self._seal()
            tables, bands = builder.finish_by_coin(self._manifest.definitions[-1].markets)
            self._manifest = seal_part(self._folder, self._manifest, tables, bands)
        else:
            write_head(self._folder, builder.finish())
            self._head_files += 1
        self._last_ms = last_ms
        if self._head_files >= HEAD_FILES:
            self._seal()
        day = last_ms // DAY_MS
        if day_part_count(self._manifest, day) > DAY_PARTS:
            self._manifest = merge_day(self._folder, self._manifest, day)

    def _seal(self) -> None:
        self._manifest = seal_heads(self._folder, self._manifest)
        self._head_files = 0


def _last_of(name: str) -> int:
    span = head_span(name)
    assert span is not None
    return span[1]


def _lock(folder: Path) -> int:
    """An open file that keeps other writers out until it is closed or the process ends, however it ends."""
    descriptor = os.open(folder / LOCK, os.O_CREAT | os.O_WRONLY, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise StoreError(f"{folder}: another process is writing this history", path=str(folder)) from None
    return descriptor
