"""Stored history of an older version becomes that of today, part by part.

As a thinning does (retain.py), each step writes the new part under a name nobody reads, commits it by replacing the
manifest and only then removes the old one: killed before the commit the old part stands, after it the new one, and
the next call goes on. A part in which a file is damaged stays as it is.
"""

from __future__ import annotations

from pathlib import Path

from liqscape.errors import CorruptSegment
from liqscape.store.durable import flush_folder, remove_folder
from liqscape.store.history.compact import Commit, next_serial, sound_part
from liqscape.store.history.content import PartContent
from liqscape.store.history.former import VERSION
from liqscape.store.history.head import list_heads
from liqscape.store.history.head_run import read_heads
from liqscape.store.history.manifest import HistoryStanding, Manifest, PartEntry
from liqscape.store.history.part_writer import write_part
from liqscape.store.history.parts import PARTS_FOLDER, PartReader
from liqscape.store.history.recover import manifest_of
from liqscape.store.history.retain import thinned_frames, with_part_instead
from liqscape.store.history.schema import FRAMES, row_count


def former_parts(folder: Path, manifest: Manifest) -> list[PartEntry]:
    """Parts of version 1, in order of time; those whose frames cannot be read are passed over."""
    found = []
    for entry in manifest.parts:
        try:
            if PartReader(folder, entry, manifest.definition_at(entry.first_ms).markets).is_former:
                found.append(entry)
        except (CorruptSegment, FileNotFoundError):
            continue
    return found


def look_for_former(folder: Path) -> tuple[list[PartEntry], int]:
    """(parts, head files) of version 1 in a folder, which is only read. Raises StoreError where there is no history."""
    manifest = manifest_of(folder)
    return former_parts(folder, manifest), former_heads(folder, manifest)


def former_heads(folder: Path, manifest: Manifest) -> int:
    """Head files of version 1 with frames that are in no part."""
    heads = read_heads(folder, list_heads(folder, manifest.sealed_ms), {}, is_light=True).heads
    return sum(str(head.version) == VERSION for head in heads)


def renew_part(folder: Path, entry: PartEntry, manifest: Manifest, commit: Commit) -> Manifest:
    """Rewrite one part: the same frames and accounts to the bit, bands solved again from them.

    Raises CorruptSegment where a file of it is damaged, FileNotFoundError where one is missing, OSError as the disk
    does; then it stands as it was.
    """
    definition = manifest.definition_at(entry.first_ms)
    reader = sound_part(folder, entry, definition)
    frames = reader.read(FRAMES)
    content = PartContent(definition)
    for frame in thinned_frames(reader, frames["time_ms"], frames["thinned_count"]):
        content.add(frame)
    standing = HistoryStanding.of(manifest, definition)
    new = write_part(folder, content.finish(), standing, next_serial(folder), step_ms=entry.step_ms)
    if new.frame_count != row_count(frames) or (new.first_ms, new.last_ms) != (entry.first_ms, entry.last_ms):
        remove_folder(folder / PARTS_FOLDER / new.name)
        raise CorruptSegment(f"{entry.name}: its frames could not all be read again", path=str(folder))
    now = commit(lambda before: with_part_instead(before, entry, new))
    remove_folder(folder / PARTS_FOLDER / entry.name)
    flush_folder(folder / PARTS_FOLDER)
    return now
