"""Carries out what retention.py decides: days are removed, parts thinned, one step at a time.

As a merge does (compact.py), a thinning writes the new part under a name nobody reads, commits it by replacing the
manifest and only then removes the old one: killed before the commit the old part stands, after it the new one. Both
begin and end with the same frames, so what is left of the other is known by its span and goes when the next writer
opens. A removal is committed by the manifest too; killed before the files are gone, the next writer finds a part that
fits, takes it in again, and the next look removes it.

A part in which a file is damaged stays as it is until its day goes, and so does one that is not to be thinned because
the disk is too full for the new part.
"""

from __future__ import annotations

import errno
import logging
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from liqscape.errors import CorruptSegment
from liqscape.store.durable import clean_temporary, flush_folder, remove_folder
from liqscape.store.history.accounts import changed_accounts
from liqscape.store.history.batch import StoredFrame
from liqscape.store.history.compact import PIECE_MS, Commit, frames_of_part, next_serial, sound_part
from liqscape.store.history.content import PartContent
from liqscape.store.history.funding import pay_funding, split_funding
from liqscape.store.history.held import PartSizes, look_at_room
from liqscape.store.history.manifest import HistoryStanding, Manifest, PartEntry
from liqscape.store.history.part_writer import write_part
from liqscape.store.history.parts import PARTS_FOLDER, PartReader
from liqscape.store.history.retention import (
    HeldHistory,
    KeepRules,
    RemoveDay,
    Step,
    ThinPart,
    excess_bytes,
    next_step,
)
from liqscape.store.history.schema import (
    ADDRESSES,
    FRAMES,
    FUNDING,
    POOLS,
    POSITIONS,
    WHERE_GIVEN,
    Table,
    empty_table,
    row_count,
)
from liqscape.store.history.thinning import count_thinned, kept_frames

log = logging.getLogger("liqscape.store")


class Retainer:
    """Holds a history to its rules; remembers between looks what was measured, and what cannot be thinned."""

    def __init__(self, folder: Path, rules: KeepRules) -> None:
        self.rules = rules
        self._folder = folder
        self._sizes: PartSizes = {}
        self._unthinnable: set[str] = set()
        self._steps: dict[str, int] = {}
        """Steps of parts in which there is nothing to take out."""
        self._is_too_small = False
        self._is_ended = False

    def end(self) -> None:
        """Begin nothing more, and let go of a thinning under way: until it is written, nothing of it is on disk. From
        any thread."""
        self._is_ended = True

    def look(self, manifest: Manifest) -> HeldHistory:
        """What is there."""
        held = look_at_room(self._folder, manifest, self._sizes)
        parts = tuple(
            replace(
                part,
                step_ms=max(part.step_ms, self._steps.get(part.name, 0)),
                can_be_thinned=part.name not in self._unthinnable,
            )
            for part in held.parts
        )
        return replace(held, parts=parts)

    def settle(self, manifest: Manifest, commit: Commit) -> None:
        """Carry out everything the retention rules ask for now. Raises StoreError, OSError."""
        if self.rules == KeepRules():
            return
        while not self._is_ended:
            held = self.look(manifest)
            step = next_step(held, self.rules)
            if step is None:
                self._say_excess(excess_bytes(held, self.rules))
                return
            manifest = self._do(step, held, manifest, commit)

    def _do(self, step: Step, held: HeldHistory, manifest: Manifest, commit: Commit) -> Manifest:
        if isinstance(step, RemoveDay):
            return self._remove(step, held, commit)
        entry = next(part for part in manifest.parts if part.name == step.name)
        try:
            return self._thin(step, entry, manifest, commit)
        except (CorruptSegment, FileNotFoundError) as error:
            log.warning("%s is not thinned: %s", entry.name, error)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            log.warning("%s is not thinned, the disk has no room for the new part: %s", entry.name, error)
            clean_temporary(self._folder / PARTS_FOLDER)
        self._unthinnable.add(entry.name)
        return manifest

    def _remove(self, step: RemoveDay, held: HeldHistory, commit: Commit) -> Manifest:
        gone = [part.name for part in held.parts if part.day == step.day]
        aside = [each for each in held.set_aside if each.day == step.day]
        manifest = commit(lambda now: without_parts(now, gone, held.first_head_ms))
        for name in gone:
            remove_folder(self._folder / PARTS_FOLDER / name)
        for each in aside:
            _remove_any(self._folder / each.name)
        size = sum(part.size for part in held.parts if part.name in gone) + sum(each.size for each in aside)
        why = "it would exceed its bound" if step.is_for_room else "of its age"
        level = logging.WARNING if step.is_for_room else logging.INFO
        day = np.datetime64(step.day, "D")
        log.log(level, "history of %s is removed because %s: %.3g MB", day, why, size / 1e6)
        return manifest

    def _thin(self, step: ThinPart, entry: PartEntry, manifest: Manifest, commit: Commit) -> Manifest:
        definition = manifest.definition_at(entry.first_ms)
        reader = sound_part(self._folder, entry, definition)
        frames = reader.read(FRAMES)
        is_kept = kept_frames(frames["time_ms"], frames["thinned_count"], step.step_ms, manifest.hold_ms)
        if is_kept.all():
            self._steps[entry.name] = step.step_ms
            return manifest
        content = PartContent(definition)
        for frame in thinned_frames(
            reader, frames["time_ms"][is_kept], count_thinned(frames["thinned_count"], is_kept)
        ):
            if self._is_ended:
                return manifest
            content.add(frame)
        chunks = content.finish()
        for name in WHERE_GIVEN:  # whole, with their own times
            chunks[name] = _pieces(reader, name) if reader.has(f"{name}.parquet") else []
        standing = HistoryStanding.of(manifest, definition)
        new = write_part(self._folder, chunks, standing, next_serial(self._folder), step_ms=step.step_ms)
        now = commit(lambda before: with_part_instead(before, entry, new))
        remove_folder(self._folder / PARTS_FOLDER / entry.name)
        flush_folder(self._folder / PARTS_FOLDER)
        return now

    def _say_excess(self, excess: int) -> None:
        if excess and not self._is_too_small:
            log.warning(
                "%s: the bound of %.3g GB is too small by %.3g MB for the day in hand and its merge",
                self._folder,
                (self.rules.max_bytes or 0) / 1e9,
                excess / 1e6,
            )
        self._is_too_small = bool(excess)


def without_parts(manifest: Manifest, names: list[str], first_head_ms: int | None) -> Manifest:
    """The manifest without some parts, and without definitions that no frame needs any more."""
    parts = tuple(part for part in manifest.parts if part.name not in names)
    begins = [part.first_ms for part in parts] + ([] if first_head_ms is None else [first_head_ms])
    first_ms = min(begins, default=manifest.sealed_ms)
    needed = [
        definition
        for definition, following in zip(manifest.definitions, (*manifest.definitions[1:], None), strict=True)
        if following is None or following.from_ms > first_ms
    ]
    return replace(manifest, parts=parts, definitions=tuple(needed))


def with_part_instead(manifest: Manifest, old: PartEntry, new: PartEntry) -> Manifest:
    """The manifest with one part in the place of another of the same span."""
    return replace(manifest, parts=tuple(new if part.name == old.name else part for part in manifest.parts))


def thinned_frames(reader: PartReader, kept_ms: np.ndarray, thinned_count: np.ndarray) -> Iterator[StoredFrame]:
    """The frames of a part that stay, each with what changed since the one that stayed before, to the bit.

    Of the hours of funding in between the last one is kept, from which most changes follow.
    """
    count = dict(zip(kept_ms.tolist(), thinned_count.tolist(), strict=True))
    last: StoredFrame | None = None
    paid = empty_table(FUNDING)
    for frame in frames_of_part(reader):
        if row_count(frame.batch[FUNDING]):
            paid = frame.batch[FUNDING]
        if frame.time_ms not in count:
            continue
        paid = {**paid, "time_ms": np.full_like(paid["time_ms"], frame.time_ms)}
        rows = {**frame.batch[FRAMES], "thinned_count": np.array([count[frame.time_ms]], np.int32)}
        last = _after(last, replace(frame, batch={**frame.batch, FUNDING: paid, FRAMES: rows}))
        paid = empty_table(FUNDING)
        yield last


def _pieces(reader: PartReader, name: str) -> Iterator[Table]:
    """All rows of a table of notes, an hour at a time; there are some, or there were no file."""
    entry = reader.entry
    for begin_ms in range(entry.first_ms, entry.last_ms + 1, PIECE_MS):
        yield reader.read_between(name, None, begin_ms, min(begin_ms + PIECE_MS - 1, entry.last_ms))


def _after(last: StoredFrame | None, frame: StoredFrame) -> StoredFrame:
    """A frame with the rows that turn the accounts of the one before into its own; all of them without any before."""
    funding = frame.batch[FUNDING]
    if last is None:
        before, is_keyframe = frame.accounts, True
    else:
        before, is_keyframe = last.accounts, False
        for each in split_funding(funding):
            before = pay_funding(before, each)
    change = changed_accounts(before, frame.accounts, frame.time_ms, is_keyframe=is_keyframe, is_exact=True)
    frames = {**frame.batch[FRAMES], "is_keyframe": np.array([change.is_keyframe])}
    tables = {FRAMES: frames, POOLS: change.pools, POSITIONS: change.positions, ADDRESSES: change.addresses}
    return replace(frame, batch={**frame.batch, **tables})


def _remove_any(path: Path) -> None:
    """Remove a file or folder that nobody reads."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    flush_folder(path.parent)
