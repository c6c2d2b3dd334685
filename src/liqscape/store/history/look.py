"""One look at a history folder, beside a writer in this process or another."""

from __future__ import annotations

from pathlib import Path

from liqscape.errors import CorruptSegment, StoreError
from liqscape.store.damage import MADE_GOOD, DamagedFile, cause_of, names_set_aside
from liqscape.store.history.address_share import AddressShare
from liqscape.store.history.folder_state import FolderState
from liqscape.store.history.head import HEAD_FOLDER, head_span, list_heads
from liqscape.store.history.head_run import read_heads
from liqscape.store.history.manifest import MANIFEST, Manifest, parse_manifest
from liqscape.store.history.recover import find_manifest
from liqscape.store.history.small_tables import SmallTables
from liqscape.store.history.step_files import StepFiles
from liqscape.store.history.unsealed import HeadTables, head_runs

ATTEMPTS = 20
"""A file that a compaction removed while we read is found again at once; more often only damage fails."""


def look_again(folder: Path, before: FolderState | None) -> FolderState:
    """What is there now; the state seen before where nothing has changed. The manifest is read before and after
    the list of heads, and the heads count only if it did not change: a compaction replaces it before it removes a
    head file."""
    path = folder / MANIFEST
    for _ in range(ATTEMPTS):
        content, manifest, damage = _find(folder, before)
        try:
            names = list_heads(folder, manifest.sealed_ms)
            is_same = before is not None and content == before.content and names == before.head_names
            if before is not None and is_same and damage == before.manifest_damage:
                return before
            files = read_heads(folder, names, {} if before is None else before.heads, is_light=True)
        except FileNotFoundError:
            continue
        if damage is not None or _content(path) == content:
            break
    else:
        raise StoreError(f"{path}: no history here", path=str(path))
    copied = {Path(each.file).name for each in files.damaged}
    heads = {head.name: head for head in files.heads if head.name not in copied}
    named = {entry.name for entry in manifest.parts}
    opened = {} if before is None else before.part_runs.copy()
    kept = {name: run for name, run in opened.items() if name in named}
    is_same = before is not None and content == before.content
    lost = before.lost_parts.copy() if before is not None and is_same else {}
    tables = HeadTables(folder, AddressShare()) if before is None else before.head_tables
    small = SmallTables() if before is None else before.small
    return FolderState(
        folder=folder,
        content=content,
        manifest=manifest,
        head_names=names,
        heads=heads,
        head_runs=head_runs(files.heads, manifest, tables),
        head_tables=tables,
        small=small,
        step_files=StepFiles() if before is None else before.step_files,
        manifest_damage=damage,
        head_damage=files.damaged,
        part_runs=kept,
        lost_parts=lost,
    )


def _find(folder: Path, before: FolderState | None) -> tuple[bytes, Manifest, DamagedFile | None]:
    """(content, manifest, what is wrong with its file). Where it is damaged, the one seen before stays in force.

    Raises StoreError where nothing tells of a history.
    """
    path = folder / MANIFEST
    content = _content(path)
    if before is not None and content == before.content:
        return content, before.manifest, None
    cause = "it is missing or cannot be read"
    if content is not None:
        try:
            return content, parse_manifest(content, path), None
        except CorruptSegment as error:
            cause = cause_of(error, path)
    if before is not None and (folder / HEAD_FOLDER).is_dir():
        damage = DamagedFile(
            file=MANIFEST, cause=cause, loss=MADE_GOOD, remedy="it is written again with the next part"
        )
        return before.content, before.manifest, damage
    found = find_manifest(folder)
    if found.manifest is None:
        raise StoreError(f"{path}: no history here", path=str(path))
    return found.content or b"", found.manifest, found.damaged


def goes_on(before: FolderState, after: FolderState) -> bool:
    """Whether what is on disk now is the history seen before, at the same frame or a later one."""
    held = {entry.name: entry for entry in before.manifest.parts}
    is_same = after.manifest.history_id == before.manifest.history_id
    is_same = is_same and all(held.get(entry.name, entry) == entry for entry in after.manifest.parts)
    seen_ms = max((last for _, last in before.spans), default=-1)
    reached = [entry.last_ms for entry in after.manifest.parts[-1:]]
    reached += [span[1] for name in after.head_names[-1:] if (span := head_span(name)) is not None]
    if max(reached, default=-1) < seen_ms:  # or in heads that were set aside meanwhile
        reached += [span[1] for name in names_set_aside(after.folder / HEAD_FOLDER) if (span := head_span(name))]
    return is_same and max(reached, default=-1) >= seen_ms


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
