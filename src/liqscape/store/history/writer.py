"""Writes the history: one durable head file an append, and beside it parts made of them (compact.py)."""

from __future__ import annotations

import logging
import os
import weakref
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from threading import Lock, RLock

from liqscape.errors import CorruptSegment, StoreError
from liqscape.heatmap.frame import MarketFrame, Provenance
from liqscape.heatmap.moment import Moment
from liqscape.ledger.triggers import StandingTriggers
from liqscape.model.accounts import Accounts
from liqscape.store.history.asked import DoneCare, answer, read_wish
from liqscape.store.history.batch import BatchBuilder
from liqscape.store.history.compact import merge_day, seal_heads, seal_part
from liqscape.store.history.head import HeadChain, head_name, list_heads, write_head
from liqscape.store.history.manifest import Definition, HistoryStanding, Manifest, PartEntry, write_manifest
from liqscape.store.history.migrate import former_heads, former_parts, renew_part
from liqscape.store.history.pending import PendingFrames
from liqscape.store.history.reader import HistoryReader
from liqscape.store.history.retain import Retainer
from liqscape.store.history.retention import KEEP_ALL, KeepRules
from liqscape.store.history.schema import Batch, join_batches
from liqscape.store.history.scrub import check_part, mend_steps
from liqscape.store.history.taking_up import make_folders, open_manifest, take_up
from liqscape.store.writer_lock import lock_folder
from liqscape.units import DAY_MS

log = logging.getLogger("liqscape.store")

HEAD_FILES = 120
"""Head files a reader has to open at most: two hours of minutes."""
PART_BYTES = 128_000_000
"""What is held in memory while loading in bulk, packed: some seven hours of the whole exchange."""
DAY_PARTS = 4
"""Parts of the day in hand before they are merged into one."""
BULK_DAY_PARTS = 48
"""The same while loading in bulk, where the day is soon over: merging takes time by the rows of the whole day."""
LAST_TIME_MS = 10**15 - 1
"""Fifteen digits, as in the names of head files."""


class HistoryWriter:
    """Appends frames with the accounts behind them. One writer a folder.

    hold_ms: longest time a frame is shown for before a hole; by default by kind of provenance.
    keep: what is removed and thinned as it grows (retention.py); nothing by default.

    Damaged files are set aside (store/damage.py) and what they held is missing; the rest goes on.

    Raises StoreError where another writer has the folder or it holds the history of something else, SchemaMismatch for
    one of another version.
    """

    def __init__(
        self, folder: Path, provenance: Provenance, hold_ms: int | None = None, keep: KeepRules = KEEP_ALL
    ) -> None:
        self._folder = Path(folder)
        self._retainer = Retainer(self._folder, keep)
        self._guest: Retainer | None = None
        """At work for a question of another process, or for `prune`."""
        self._is_ended = False
        self._provenance = provenance
        make_folders(self._folder)
        refusal = (
            f"{self._folder}: another process is writing this history; "
            f"`liqscape serve --data {self._folder} --read-only` shows it"
        )
        self._release = weakref.finalize(self, os.close, lock_folder(self._folder, refusal))
        self._appending, self._tidying, self._committing = RLock(), RLock(), Lock()
        self.is_tidied_beside = False
        """Whether somebody calls `tidy` beside appends; else each append does it."""
        try:
            self._manifest = open_manifest(self._folder, provenance, hold_ms)
            self._load()
        except BaseException:
            self._release()
            raise

    def _load(self) -> None:
        """Take up what is on disk, set aside what is damaged, remove what an interrupted step left there."""
        with self._tidying:
            found = take_up(self._folder, self._manifest)
            self._manifest, self._last_ms = found.manifest, found.last_ms
            self._chain, self._has_finished = found.chain, found.has_finished
            self._changes: BatchBuilder | None = None
            self._pending = PendingFrames()
            self._unchecked = [entry.name for entry in self._manifest.parts]
            self._is_stale = False
            self._merged: dict[int, tuple[str, ...]] = {}

    @property
    def last_time_ms(self) -> int | None:
        """Time of the last durable frame; frames at or before it are ignored."""
        return None if self._last_ms < 0 else self._last_ms

    def append(self, moment: Moment) -> None:
        """Store one moment; durable when it returns."""
        self._extend([moment], is_many=False)

    def append_many(self, moments: Iterable[Moment]) -> None:
        """Store many moments, in order of time; durable when it returns.

        `moments` may be an iterator: it is read as it goes, only changes are held, and every finished day is
        written at once, so that a kill loses at most the day in hand.
        """
        self._extend(moments, is_many=True)

    def _extend(self, moments: Iterable[Moment], *, is_many: bool) -> None:
        with self._appending:
            if self._is_stale:
                self._load()
            pending_ms = self._last_ms
            try:
                for moment in moments:
                    frame = moment.frame
                    if frame.time_ms <= pending_ms:
                        continue
                    self._check(frame)
                    if self._is_run_over(moment, pending_ms):
                        self._flush()
                        self._begin_run(moment)
                    elif self._pending.byte_count >= PART_BYTES:
                        self._flush()
                    changes = self._state()
                    is_keyframe = not self._pending.count and (is_many or not self._chain.count)
                    stored = changes.add(
                        frame,
                        moment.accounts,
                        is_keyframe=is_keyframe,
                        notes=moment.notes,
                        standing=moment.standing,
                    )
                    self._pending.add(stored, self._manifest.definitions[-1], is_many=is_many)
                    pending_ms = frame.time_ms
                self._flush()
                if not self.is_tidied_beside:
                    self.tidy()
            except BaseException:
                self._is_stale = True  # what reached the disk and what did not is for the disk to say
                raise

    def tidy(self) -> None:
        """Seal what is finished, merge parts of a day, do what the rules ask for, look for damage in one part.

        May be called in a thread of its own beside appends, which wait for it only where they make parts themselves.
        Readers see every frame that is kept exactly once all the while.
        """
        with self._tidying:
            try:
                self._seal_finished()
                self._merge(DAY_PARTS)
                self._retainer.settle(self._manifest, self._commit)
                self._do_asked()
            except BaseException:
                self._is_stale = True
                raise
            self._check_one_part()

    def end_tidy(self) -> None:
        """Ask a tidying run to end soon: a thinning under way is dropped and made again after the next start."""
        self._is_ended = True
        self._retainer.end()
        if self._guest is not None:
            self._guest.end()

    def _do_asked(self) -> None:
        """Carry out what another process asks of this one (asked.py)."""
        wish = read_wish(self._folder)
        if wish is None:
            return
        left = self._renew() if wish.rules is None else {}
        if wish.rules is not None:
            self._prune(wish.rules)
        if not self._is_ended:
            answer(self._folder, DoneCare(ask_id=wish.ask_id, left=left))

    def prune(self, rules: KeepRules) -> None:
        """Remove and thin what rules ask for, once; those of the writer itself stay as they are. Killed at any moment,
        nothing that is kept is lost."""
        with self._appending, self._tidying:
            if self._is_stale:
                self._load()
            try:
                self._prune(rules)
            except BaseException:
                self._is_stale = True
                raise

    def _prune(self, rules: KeepRules) -> None:
        self._guest = Retainer(self._folder, rules)
        if self._is_ended:
            self._guest.end()
        self._guest.settle(self._manifest, self._commit)
        self._guest = None

    def compact(self) -> None:
        """Bring all frames into one part a day, and do what the rules ask for. Readers see every frame that is kept
        exactly once all the while."""
        with self._appending, self._tidying:
            if self._is_stale:
                self._load()
            try:
                self._seal()
                self._merge(1)
                self._retainer.settle(self._manifest, self._commit)
            except BaseException:
                self._is_stale = True
                raise

    def migrate(self, reported: Callable[[PartEntry], None]) -> dict[str, str]:
        """Rewrite parts of an older version; `reported` gets each before. Readers see every frame exactly once.

        Returns the parts that stay, each with the reason: a file of theirs is damaged. Killed at any moment, nothing is
        lost and the next call goes on.
        """
        with self._appending, self._tidying:
            if self._is_stale:
                self._load()
            try:
                if former_heads(self._folder, self._manifest):
                    self._seal()
                left = self._renew(reported)
                self._merge(1)
            except BaseException:
                self._is_stale = True
                raise
            return left

    def _renew(self, reported: Callable[[PartEntry], None] | None = None) -> dict[str, str]:
        """Rewrite parts of older versions; those that stay, each with the reason."""
        left: dict[str, str] = {}
        for entry in former_parts(self._folder, self._manifest):
            if self._is_ended:
                break
            if reported is not None:
                reported(entry)
            try:
                renew_part(self._folder, entry, self._manifest, self._commit)
            except (CorruptSegment, FileNotFoundError) as error:
                left[entry.name] = str(error)
        return left

    def _commit(self, change: Callable[[Manifest], Manifest]) -> Manifest:
        with self._committing:
            manifest = change(self._manifest)
            write_manifest(self._folder, manifest)
            self._manifest = manifest
            return manifest

    def close(self) -> None:
        """Release the folder once nothing of it is being tidied. All that was appended is durable already."""
        with self._tidying:
            self._release()

    def __enter__(self) -> HistoryWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _check(self, frame: MarketFrame) -> None:
        if not 0 <= frame.time_ms <= LAST_TIME_MS:
            raise StoreError(f"frame time {frame.time_ms} is outside 0..{LAST_TIME_MS} ms")
        if frame.provenance != self._provenance:
            raise StoreError(f"frame at {frame.time_ms} is of {frame.provenance}, the history of {self._provenance}")

    def _is_run_over(self, moment: Moment, before_ms: int) -> bool:
        """A run of frames ends with the UTC day and where markets or margin tables change."""
        frame, tables = moment.frame, moment.tables
        if not self._manifest.definitions or frame.time_ms // DAY_MS != before_ms // DAY_MS:
            return True
        now = self._manifest.definitions[-1]
        is_same = now.markets is frame.snapshot.markets or now.markets == frame.snapshot.markets
        return not (is_same and (now.tables is tables or now.tables.tables == tables.tables))

    def _begin_run(self, moment: Moment) -> None:
        frame, tables = moment.frame, moment.tables
        self._end_chain()
        if self._last_ms >= 0 and self._last_ms // DAY_MS != frame.time_ms // DAY_MS:
            self._unchecked = [entry.name for entry in self._manifest.parts]
        markets = frame.snapshot.markets
        known = self._manifest.definitions[-1:]
        if known and known[0].markets == markets and known[0].tables.tables == tables.tables:
            return
        definition = Definition(frame.time_ms, markets, tables)
        self._commit(lambda now: replace(now, definitions=(*now.definitions, definition)))

    def _end_chain(self) -> None:
        """What is appended from here on begins with a keyframe; the heads so far may become a part."""
        with self._committing:
            self._has_finished = self._has_finished or self._chain.count > 0
            self._chain = HeadChain()

    def _state(self) -> BatchBuilder:
        """The changes from the last stored frame on; it is read from disk where this writer did not write it."""
        if self._changes is None:
            state = None
            if self._last_ms >= 0:
                state = self._stored_state()
                if state is None and self._chain.count:  # one of them was damaged since they were read
                    self._load()
                    state = self._stored_state()
            if state is None:
                self._end_chain()
            self._changes = BatchBuilder(*(state or (Accounts.empty(), -1, None)))
        return self._changes

    def _stored_state(self) -> tuple[Accounts, int, StandingTriggers | None] | None:
        """Accounts of the last stored frame, the hour of the last funding before it, and trigger orders; None where
        they cannot be read. Then what follows a part begins anew."""
        try:
            reader = HistoryReader(self._folder)
            frame = reader.frame_at(self._last_ms, with_bands=False)
            if frame is None or (frame.time_ms != self._last_ms and self._chain.count):
                return None
            at_ms = frame.time_ms
            return reader.accounts_at(at_ms), reader.funded_ms(at_ms), reader.standing_at(at_ms)
        except CorruptSegment:
            return None

    def _flush(self) -> None:
        """Make what is pending durable: many frames as a part, a few as a head file."""
        pending, self._pending = self._pending, PendingFrames()
        if not pending.count:
            return
        if pending.content is not None:
            self._end_chain()  # they begin with a keyframe
        if pending.content is not None and pending.is_part:
            with self._tidying:
                self._seal_finished()
                seal_part(self._folder, self._manifest, pending.content, self._commit)
                self._merge(BULK_DAY_PARTS)
                self._retainer.settle(self._manifest, self._commit)
        else:
            self._write_head(pending.batches, head_name(pending.first_ms, pending.last_ms))
        self._last_ms = pending.last_ms

    def _write_head(self, batches: list[Batch], name: str) -> None:
        chain = self._chain
        standing = None if chain.count else HistoryStanding.of(self._manifest, self._manifest.definitions[-1])
        with self._committing:  # so that it is not taken for one of a finished chain
            self._chain = replace(chain, first=chain.first or name)
        written = write_head(self._folder, join_batches(batches), chain.last, standing)
        self._chain = replace(self._chain, count=chain.count + 1, last=written)
        if self._chain.count >= HEAD_FILES:
            self._end_chain()

    def _seal(self) -> None:
        """Make all head files into parts."""
        self._end_chain()
        with self._tidying:
            self._seal_finished()

    def _seal_finished(self) -> None:
        with self._committing:
            if not self._has_finished:
                return
            names = list_heads(self._folder, self._manifest.sealed_ms)
            finished = [name for name in names if not self._chain.first or name < self._chain.first]
            self._has_finished = False
        seal_heads(self._folder, self._manifest, self._commit, finished)

    def _merge(self, parts: int) -> None:
        """Merge days with more parts than so many, and those that are over; each once with the same parts."""
        days: dict[int, list[str]] = {}
        for entry in self._manifest.parts:
            days.setdefault(entry.first_ms // DAY_MS, []).append(entry.name)
        newest = self._last_ms // DAY_MS
        for day, names in days.items():
            if len(names) > (parts if day == newest else 1) and self._merged.get(day) != tuple(names):
                manifest = merge_day(self._folder, self._manifest, day, self._commit)
                self._merged[day] = tuple(entry.name for entry in manifest.parts if entry.first_ms // DAY_MS == day)

    def _check_one_part(self) -> None:
        """Look for damage in the newest part not looked at today: in a year on disk something breaks."""
        named = {entry.name: entry for entry in self._manifest.parts}
        while self._unchecked:
            entry = named.get(self._unchecked.pop())
            if entry is None:
                continue
            try:
                check_part(self._folder, entry)
                mend_steps(self._folder, entry, self._manifest.definition_at(entry.first_ms))
            except (StoreError, OSError) as error:  # all that was to be stored is
                log.warning("%s could not be looked at: %s", entry.name, error)
            return
