"""The manifest of a folder whatever happened to its file, and parts that it does not name.

`find_manifest` looks and writes nothing: manifest.json, else its copy, else what parts and heads say of the history
they are of. `adopt_parts` is for the writer of the folder: a part no manifest names is removed where other files hold
its frames (a step that was interrupted), taken in where it fits, and set aside otherwise. None is ever lost.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from liqscape.errors import CorruptSegment, SchemaMismatch, StoreError
from liqscape.store.checked_json import copy_path
from liqscape.store.damage import MADE_GOOD, DamagedFile, cause_of, set_aside
from liqscape.store.durable import remove_folder
from liqscape.store.history.head import HEAD_FOLDER, head_span, list_heads
from liqscape.store.history.head_run import read_heads
from liqscape.store.history.manifest import (
    MANIFEST,
    HistoryStanding,
    Manifest,
    PartEntry,
    join_definitions,
    parse_manifest,
)
from liqscape.store.history.parts import PARTS_FOLDER, PartReader
from liqscape.store.history.schema import FRAMES
from liqscape.units import Int64Array

_PART = re.compile(r"\d{4}-\d{2}-\d{2}-\d{15}-\d+")
REMEDY = "what is kept of it may be removed"


@dataclass(frozen=True)
class FoundManifest:
    """manifest: None where nothing names a history. content: of manifest.json, where it is sound. damaged: its file,
    where it is not. is_doubled: it carries its checksum and the copy is the same."""

    manifest: Manifest | None
    content: bytes | None
    damaged: DamagedFile | None
    is_doubled: bool


def find_manifest(folder: Path) -> FoundManifest:
    """The manifest in force. Raises SchemaMismatch for one of another version."""
    path = folder / MANIFEST
    copy, copy_cause = _sound_copy(path)
    try:
        content = path.read_bytes()
        manifest = parse_manifest(content, path)
        damaged = (
            None
            if copy_cause is None
            else DamagedFile(file=copy_path(path).name, cause=copy_cause, loss=MADE_GOOD, remedy=REMEDY)
        )
        return FoundManifest(manifest, content, damaged, copy == content)
    except (OSError, CorruptSegment) as error:
        cause = cause_of(error, path)
    found = _rebuild(folder) if copy is None else parse_manifest(copy, copy_path(path))
    if found is not None:
        return FoundManifest(found, None, DamagedFile(file=MANIFEST, cause=cause, loss=MADE_GOOD, remedy=REMEDY), False)
    if not os.path.lexists(path):
        return FoundManifest(None, None, None, False)
    loss = "nothing else tells markets and margin tables of what was stored, a new history begins"
    remedy = "put a backup of it back, with what was set aside, into a folder of its own"
    return FoundManifest(None, None, DamagedFile(file=MANIFEST, cause=cause, loss=loss, remedy=remedy), False)


def manifest_of(folder: Path) -> Manifest:
    """The manifest in force. Raises StoreError where the folder holds no history, SchemaMismatch as `find_manifest`."""
    manifest = find_manifest(folder).manifest
    if manifest is None:
        raise StoreError(f"{folder}: no history here", path=str(folder))
    return manifest


def adopt_parts(folder: Path, manifest: Manifest) -> Manifest:
    """Settle every part the manifest does not name; the manifest with those that were taken in."""
    named = {entry.name for entry in manifest.parts}
    for path in sorted((folder / PARTS_FOLDER).iterdir()):
        if path.name in named or _PART.fullmatch(path.name) is None:
            continue
        try:
            entry, times, standing = _facts(folder, path.name)
        except (OSError, CorruptSegment, SchemaMismatch) as error:
            _set_aside(folder, path.name, cause_of(error, path), None)
            continue
        if _is_covered(folder, manifest, times):
            remove_folder(path)
            continue
        adopted = None if standing is None else _with_part(folder, manifest, entry, standing)
        if adopted is None:
            _set_aside(folder, path.name, "no manifest names it", entry)
        else:
            manifest = adopted
    return manifest


def set_heads_aside(folder: Path) -> None:
    """Set all heads aside where nothing names their markets."""
    for name in list_heads(folder, -1):
        first_ms, last_ms = head_span(name) or (None, None)
        found = DamagedFile(
            file=f"{HEAD_FOLDER}/{name}",
            cause="no manifest tells its markets",
            loss="its minutes are a hole",
            remedy=REMEDY,
            first_ms=first_ms,
            last_ms=last_ms,
        )
        set_aside(folder, found)


def _rebuild(folder: Path) -> Manifest | None:
    """From what parts and heads say of the history they are of; None where none says it."""
    reported: list[tuple[PartEntry, HistoryStanding]] = []
    try:
        names = sorted(name for name in os.listdir(folder / PARTS_FOLDER) if _PART.fullmatch(name))
    except OSError:
        names = []
    for name in names:
        try:
            entry, _, standing = _facts(folder, name)
        except (OSError, CorruptSegment, SchemaMismatch):
            continue
        if standing is not None:
            reported.append((entry, standing))
    kept: list[tuple[PartEntry, HistoryStanding]] = []
    for entry, standing in sorted(reported, key=lambda each: (each[0].first_ms, -each[0].last_ms)):
        if not kept or entry.first_ms > kept[-1][0].last_ms:  # others are sources of a merge that was interrupted
            kept.append((entry, standing))
    sealed_ms = max((entry.last_ms for entry, _ in kept), default=-1)
    standings = [standing for _, standing in kept]
    heads = read_heads(folder, list_heads(folder, sealed_ms), {}, is_light=True).heads
    standings += [head.standing for head in heads if head.standing is not None]
    if not standings:
        return None
    newest = standings[-1]
    parts = tuple(entry for entry, standing in kept if standing.history_id == newest.history_id)
    definitions = [each.definition for each in standings if each.history_id == newest.history_id]
    return Manifest(
        provenance=newest.provenance,
        hold_ms=newest.hold_ms,
        sealed_ms=sealed_ms,
        parts=parts,
        definitions=join_definitions(definitions),
        history_id=newest.history_id,
    )


def _facts(folder: Path, name: str) -> tuple[PartEntry, Int64Array, HistoryStanding | None]:
    """(entry, times of its frames, what it says of its history) of a part. Raises OSError, StoreError."""
    reader = PartReader(folder, PartEntry(name=name, first_ms=0, last_ms=0, frame_count=0))
    times = reader.read(FRAMES, ["time_ms"])["time_ms"]
    if not len(times):
        raise CorruptSegment(f"{folder / PARTS_FOLDER / name}: no frame in it", path=name)
    entry = PartEntry(
        name=name, first_ms=int(times[0]), last_ms=int(times[-1]), frame_count=len(times), step_ms=reader.step_ms()
    )
    return entry, times, reader.standing()


def _is_covered(folder: Path, manifest: Manifest, times: Int64Array) -> bool:
    """Whether other files hold all its frames: frames come in order, so a part holds all within its span."""
    spans = [(held.first_ms, held.last_ms) for held in manifest.parts if (folder / PARTS_FOLDER / held.name).is_dir()]
    spans += [span for name in list_heads(folder, manifest.sealed_ms) if (span := head_span(name)) is not None]
    inside = [(times >= first_ms) & (times <= last_ms) for first_ms, last_ms in spans]
    return bool(inside) and bool(np.all(np.any(inside, axis=0)))


def _with_part(folder: Path, manifest: Manifest, entry: PartEntry, standing: HistoryStanding) -> Manifest | None:
    """The manifest with a part in the place of those inside it that are gone; None where it does not fit."""
    if standing.history_id != manifest.history_id or standing.provenance != manifest.provenance:
        return None
    kept = tuple(
        held
        for held in manifest.parts
        if not (entry.first_ms <= held.first_ms and held.last_ms <= entry.last_ms)
        or (folder / PARTS_FOLDER / held.name).is_dir()
    )
    if any(held.first_ms <= entry.last_ms and entry.first_ms <= held.last_ms for held in kept):
        return None
    return replace(
        manifest,
        parts=tuple(sorted((*kept, entry), key=lambda part: part.first_ms)),
        sealed_ms=max(manifest.sealed_ms, entry.last_ms),
        definitions=join_definitions((*manifest.definitions, standing.definition)),
    )


def _set_aside(folder: Path, name: str, cause: str, entry: PartEntry | None) -> None:
    first_ms, last_ms = (None, None) if entry is None else (entry.first_ms, entry.last_ms)
    loss = "its frames are not shown where nothing else holds them"
    set_aside(
        folder,
        DamagedFile(
            file=f"{PARTS_FOLDER}/{name}", cause=cause, loss=loss, remedy=REMEDY, first_ms=first_ms, last_ms=last_ms
        ),
    )


def _sound_copy(path: Path) -> tuple[bytes | None, str | None]:
    """(the copy's content, what is wrong with it); neither where there is none. Raises SchemaMismatch."""
    copy = copy_path(path)
    try:
        content = copy.read_bytes()
        parse_manifest(content, copy)
    except FileNotFoundError:
        return None, None
    except (OSError, CorruptSegment) as error:
        return None, cause_of(error, copy)
    return content, None
