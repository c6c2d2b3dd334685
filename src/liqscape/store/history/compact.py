"""From head files to parts, and from several parts of a day to one.

Each step writes the new part under a name nobody reads, commits it by replacing the manifest, and only then
removes what it replaces. Killed before the commit, the old files stand; after it, the new ones, and what should
have been removed is not named any more and goes when the next writer opens (`recover.adopt_parts`).
A part with a damaged file stays as it is, and no merge reaches across it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from liqscape.errors import CorruptSegment
from liqscape.model.accounts import Accounts
from liqscape.store.durable import clean_temporary, flush_folder, remove_folder
from liqscape.store.history.accounts import changed_accounts
from liqscape.store.history.batch import StoredFrame
from liqscape.store.history.content import PartContent, replay
from liqscape.store.history.funding import pay_funding, split_funding
from liqscape.store.history.head import HEAD_FOLDER, head_span
from liqscape.store.history.head_run import mend_heads
from liqscape.store.history.manifest import Definition, Manifest, PartEntry, Standing, write_manifest
from liqscape.store.history.parts import PARTS_FOLDER, PartReader, write_part
from liqscape.store.history.schema import (
    ADDRESSES,
    COINS,
    FRAMES,
    FUNDING,
    NOTES,
    POOLS,
    POSITIONS,
    Batch,
    empty_table,
)
from liqscape.units import DAY_MS


def seal_heads(folder: Path, manifest: Manifest) -> Manifest:
    """All head files, which are of one day and one definition, become a part. Damaged ones are set aside first."""
    heads = mend_heads(folder, manifest.sealed_ms)
    if not heads:
        return manifest
    definition = manifest.definition_at(int(heads[0].batch[FRAMES]["time_ms"][0]))
    content = PartContent(definition)
    for frame in replay(head.batch for head in heads):
        content.add(frame)
    sealed = seal_part(folder, manifest, content)
    remove_heads(folder, sealed.sealed_ms)
    return sealed


def seal_part(folder: Path, manifest: Manifest, content: PartContent) -> Manifest:
    """Frames of one day and one definition, later than all that is stored, become a part."""
    tables = content.finish()
    standing = Standing.of(manifest, manifest.definition_at(int(tables[FRAMES]["time_ms"][0])))
    entry = write_part(folder, tables, standing, next_serial(folder))
    sealed = replace(manifest, parts=(*manifest.parts, entry), sealed_ms=entry.last_ms)
    write_manifest(folder, sealed)
    return sealed


def merge_day(folder: Path, manifest: Manifest, day: int) -> Manifest:
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
                    manifest = _merge(folder, manifest, readers, definition)
    return manifest


def day_part_count(manifest: Manifest, day: int) -> int:
    """Parts of one UTC day."""
    return sum(entry.first_ms // DAY_MS == day for entry in manifest.parts)


def remove_heads(folder: Path, until_ms: int) -> None:
    """Remove head files whose frames are in parts."""
    for name in os.listdir(folder / HEAD_FOLDER):
        span = head_span(name)
        if span is not None and span[1] <= until_ms:
            (folder / HEAD_FOLDER / name).unlink(missing_ok=True)
    flush_folder(folder / HEAD_FOLDER)


def clean_folder(folder: Path, manifest: Manifest) -> None:
    """Remove what interrupted steps left: temporary files, heads that are sealed."""
    for place in (folder, folder / HEAD_FOLDER, folder / PARTS_FOLDER):
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


def _merge(folder: Path, manifest: Manifest, readers: list[PartReader], definition: Definition) -> Manifest:
    sources = [reader.entry for reader in readers]
    content = PartContent(definition)
    for frame in _joined(readers):
        content.add(frame)
    standing = Standing.of(manifest, definition)
    entry = write_part(folder, content.finish(), standing, next_serial(folder), step_ms=sources[0].step_ms)
    kept = [part for part in manifest.parts if part not in sources]
    merged = replace(manifest, parts=tuple(sorted((*kept, entry), key=lambda part: part.first_ms)))
    write_manifest(folder, merged)
    for source in sources:
        remove_folder(folder / PARTS_FOLDER / source.name)
    flush_folder(folder / PARTS_FOLDER)
    return merged


def _joined(readers: Iterable[PartReader]) -> Iterator[StoredFrame]:
    """Frames of parts that follow one another: the keyframe a later one begins with becomes what changed."""
    last: Accounts | None = None
    for reader in readers:
        for number, frame in enumerate(frames_of_part(reader)):
            joined = frame
            if number == 0 and last is not None:
                joined = _following(last, frame)
            yield joined
            last = frame.accounts


def frames_of_part(reader: PartReader) -> Iterator[StoredFrame]:
    """Frames of a part, in order of time, each with its accounts."""
    return replay([_batch_of(reader)])


def _batch_of(reader: PartReader) -> Batch:
    entry = reader.entry
    batch = {name: reader.read(name) for name in (FRAMES, COINS)}
    order = batch[COINS]["time_ms"].argsort(kind="stable")
    batch[COINS] = {name: values[order] for name, values in batch[COINS].items()}
    for name in NOTES:
        batch[name] = reader.read(name) if reader.has(f"{name}.parquet") else empty_table(name)
    return batch | reader.read_accounts(entry.first_ms, entry.last_ms)


def _following(last: Accounts, frame: StoredFrame) -> StoredFrame:
    """A keyframe as what changed since the frame before."""
    for each in split_funding(frame.batch[FUNDING]):
        last = pay_funding(last, each)
    change = changed_accounts(last, frame.accounts, frame.time_ms, is_keyframe=False, is_exact=True)
    frames = {**frame.batch[FRAMES]}
    frames["is_keyframe"] = frames["is_keyframe"] & change.is_keyframe
    tables = {FRAMES: frames, POOLS: change.pools, POSITIONS: change.positions, ADDRESSES: change.addresses}
    return StoredFrame({**frame.batch, **tables}, frame.accounts)


def next_serial(folder: Path) -> int:
    """A number no part in the folder carries."""
    serials = [int(path.name.rsplit("-", 1)[1]) for path in (folder / PARTS_FOLDER).glob("[0-9]*-*")]
    return max(serials, default=0) + 1
