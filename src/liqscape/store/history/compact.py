"""From head files to parts, and from several parts of a day to one.

Each step writes the new part under a name nobody reads, commits it by replacing the manifest, and only then
removes what it replaces. Killed before the commit, the old files stand; after it, the new ones, and what should
have been removed is not named any more and goes when the next writer opens (`recover.adopt_parts`).
A part with a damaged file stays as it is, and no merge reaches across it.

All of it may be done beside appends: `commit` changes the manifest as it stands then, and heads that are still being
added to are left alone.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from liqscape.errors import CorruptSegment
from liqscape.store.durable import clean_temporary, flush_folder, remove_folder
from liqscape.store.history.batch import StoredFrame
from liqscape.store.history.content import PartContent, replay
from liqscape.store.history.head import HEAD_FOLDER, Head, head_span, read_whole
from liqscape.store.history.head_run import mend_heads
from liqscape.store.history.manifest import Definition, HistoryStanding, Manifest, PartEntry
from liqscape.store.history.merge import merge_parts
from liqscape.store.history.part_writer import write_part
from liqscape.store.history.parts import PARTS_FOLDER, PartReader
from liqscape.store.history.schema import COINS, FRAMES, WHERE_GIVEN, Batch, Table, empty_table, pick_rows, rows_between
from liqscape.units import DAY_MS, HOUR_MS

PIECE_MS = HOUR_MS
"""Of a part that is read frame by frame, so much is in memory at once: at 300,000 accounts some 20 MB of rows."""

Commit = Callable[[Callable[[Manifest], Manifest]], Manifest]
"""Brings a change of the manifest to disk, durable when it returns what then holds."""


def seal_heads(folder: Path, manifest: Manifest, commit: Commit, names: list[str]) -> Manifest:
    """Head files become parts, one a chain. Damaged ones are set aside first."""
    for chain in chains_of(mend_heads(folder, names)):
        definition = manifest.definition_at(_first_ms(chain[0]))
        manifest = seal_part(folder, manifest, _content_of(folder, chain, definition), commit)
        remove_heads(folder, manifest.sealed_ms)
    return manifest


def _content_of(folder: Path, chain: list[Head], definition: Definition) -> PartContent:
    content = PartContent(definition)
    for frame in replay(read_whole(folder, head) for head in chain):
        content.add(frame)
    return content


def seal_part(folder: Path, manifest: Manifest, content: PartContent, commit: Commit) -> Manifest:
    """Frames of one day and one definition, later than all that is in parts, become a part."""
    standing = HistoryStanding.of(manifest, content.definition)
    entry = write_part(folder, content.finish(), standing, next_serial(folder))
    return commit(lambda now: replace(now, parts=(*now.parts, entry), sealed_ms=entry.last_ms))


def merge_day(folder: Path, manifest: Manifest, day: int, commit: Commit) -> Manifest:
    """Parts of one UTC day (days since 1970) become one; one per definition where markets changed in the day."""
    for definition in manifest.definitions:
        sources = [
            entry
            for entry in manifest.parts
            if entry.first_ms // DAY_MS == day and manifest.definition_at(entry.first_ms) is definition
        ]
        if len(sources) > 1:
            for readers in _sound_runs(folder, sources, definition):
                if len(readers) > 1:
                    manifest = _merge(folder, manifest, readers, definition, commit)
    return manifest


def remove_heads(folder: Path, until_ms: int) -> None:
    """Remove head files whose frames are in parts."""
    for name in os.listdir(folder / HEAD_FOLDER):
        span = head_span(name)
        if span is not None and span[1] <= until_ms:
            (folder / HEAD_FOLDER / name).unlink(missing_ok=True)
    flush_folder(folder / HEAD_FOLDER)


def clean_folder(folder: Path, manifest: Manifest) -> None:
    """Remove what interrupted steps left: temporary files, heads that are sealed."""
    parts = folder / PARTS_FOLDER
    for place in (folder, folder / HEAD_FOLDER, parts, *(parts / entry.name for entry in manifest.parts)):
        clean_temporary(place)
    remove_heads(folder, manifest.sealed_ms)


def _sound_runs(folder: Path, sources: list[PartEntry], definition: Definition) -> list[list[PartReader]]:
    """Parts that follow one another, all their files checked; a run ends at one with a damaged file, at one that was
    thinned to another step, and at one of the former version, which stays as it is."""
    runs: list[list[PartReader]] = [[]]
    for entry in sources:
        try:
            reader = sound_part(folder, entry, definition)
        except (CorruptSegment, FileNotFoundError):
            runs.append([])
            continue
        if reader.is_former:
            runs.append([])
        elif runs[-1] and runs[-1][-1].entry.step_ms != entry.step_ms:
            runs.append([reader])
        else:
            runs[-1].append(reader)
    return runs


def sound_part(folder: Path, entry: PartEntry, definition: Definition) -> PartReader:
    """A part all files of which are what was written. Raises CorruptSegment, FileNotFoundError."""
    reader = PartReader(folder, entry, definition.markets)
    for name in reader.names:
        reader.checked_path(name)
    for error in reader.damaged.values():
        raise error
    return reader


def _merge(
    folder: Path, manifest: Manifest, readers: list[PartReader], definition: Definition, commit: Commit
) -> Manifest:
    sources = [reader.entry for reader in readers]
    standing = HistoryStanding.of(manifest, definition)
    entry = merge_parts(folder, readers, definition, standing, next_serial(folder), sources[0].step_ms)

    def merged(now: Manifest) -> Manifest:
        kept = [part for part in now.parts if part not in sources]
        return replace(now, parts=tuple(sorted((*kept, entry), key=lambda part: part.first_ms)))

    manifest = commit(merged)
    for source in sources:
        remove_folder(folder / PARTS_FOLDER / source.name)
    flush_folder(folder / PARTS_FOLDER)
    return manifest


def frames_of_part(reader: PartReader) -> Iterator[StoredFrame]:
    """Frames of a part, in order of time, each with its accounts and without what was written down by the minute.

    Read in pieces of PIECE_MS, so that the rows of a day are never in memory at once.
    """
    notes = {name: empty_table(name) for name in WHERE_GIVEN}
    return replay({**batch, **notes} for batch in rows_of_part(reader, reader.entry.first_ms, reader.entry.last_ms))


def rows_of_part(reader: PartReader, first_ms: int, last_ms: int) -> Iterator[Batch]:
    """All rows of frames between two times, both within, but those of notes and bands, in pieces of PIECE_MS."""
    frames = rows_between(reader.read(FRAMES), first_ms, last_ms)
    for begin_ms in (np.unique(frames["time_ms"] // PIECE_MS) * PIECE_MS).tolist():
        yield _batch_of(reader, frames, max(begin_ms, first_ms), min(begin_ms + PIECE_MS - 1, last_ms))


def _batch_of(reader: PartReader, frames: Table, begin_ms: int, last_ms: int) -> Batch:
    coins = reader.read_between(COINS, None, begin_ms, last_ms)
    coins = pick_rows(coins, coins["time_ms"].argsort(kind="stable"))
    accounts = reader.read_accounts(begin_ms, last_ms)
    return {FRAMES: rows_between(frames, begin_ms, last_ms), COINS: coins, **accounts}


def chains_of(heads: Sequence[Head]) -> Iterator[list[Head]]:
    """Heads that follow one another from a keyframe on, of one day and definition: another one with each keyframe."""
    chain: list[Head] = []
    for head in heads:
        if chain and head.is_keyframe and head.before is None:
            yield chain
            chain = []
        chain.append(head)
    if chain:
        yield chain


def _first_ms(head: Head) -> int:
    return int(head.batch[FRAMES]["time_ms"][0])


def next_serial(folder: Path) -> int:
    """A number no part in the folder carries."""
    serials = [int(path.name.rsplit("-", 1)[1]) for path in (folder / PARTS_FOLDER).glob("[0-9]*-*")]
    return max(serials, default=0) + 1
