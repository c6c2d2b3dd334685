"""What of a history lies on disk, with its bytes: what retention.py decides from."""

from __future__ import annotations

import os
import re
from pathlib import Path

from liqscape.store.damage import former_name
from liqscape.store.history.head import HEAD_FOLDER, head_span
from liqscape.store.history.manifest import Manifest, PartEntry
from liqscape.store.history.parts import PARTS_FOLDER
from liqscape.store.history.retention import HeldAside, HeldHistory, HeldPart
from liqscape.units import DAY_MS

PartSizes = dict[str, int]
"""Bytes of parts by name. A part never grows, so each is measured once."""

_PART = re.compile(r"\d{4}-\d{2}-\d{2}-(\d{15})-\d+")


def look_at_room(folder: Path, manifest: Manifest, sizes: PartSizes) -> HeldHistory:
    """Sizes of parts, head files and what was set aside. `sizes` is what was measured before; it is brought up to date.

    What no manifest names (a part being written) counts among the other bytes.
    """
    named = {entry.name: entry for entry in manifest.parts}
    for name in [name for name in sizes if name not in named]:
        del sizes[name]
    parts_folder, head_folder = folder / PARTS_FOLDER, folder / HEAD_FOLDER
    aside: list[HeldAside] = []
    other = sum(path.stat().st_size for path in folder.glob("manifest*") if path.is_file())
    for name in _names(parts_folder):
        former = _PART.fullmatch(former_name(name) or "")
        if former is not None:
            aside.append(
                HeldAside(f"{PARTS_FOLDER}/{name}", int(former[1]) // DAY_MS, bytes_below(parts_folder / name))
            )
        elif name not in named:
            other += bytes_below(parts_folder / name)
    head_bytes, first_ms, last_ms = 0, None, manifest.sealed_ms
    for name in sorted(_names(head_folder)):
        size = bytes_below(head_folder / name)
        span = head_span(name)
        lost = head_span(former_name(name) or "")
        if lost is not None:
            aside.append(HeldAside(f"{HEAD_FOLDER}/{name}", lost[0] // DAY_MS, size))
            continue
        head_bytes += size
        if span is not None and span[1] > manifest.sealed_ms:
            first_ms = span[0] if first_ms is None else first_ms
            last_ms = max(last_ms, span[1])
    parts = tuple(_part(parts_folder, entry, sizes) for entry in manifest.parts)
    return HeldHistory(
        parts=parts,
        set_aside=tuple(aside),
        head_bytes=head_bytes,
        first_head_ms=first_ms,
        other_bytes=other,
        last_ms=last_ms,
    )


def bytes_below(path: Path) -> int:
    """Bytes of a file, or of all files below a folder; what went away meanwhile counts nothing."""
    try:
        if not path.is_dir():
            return path.stat().st_size
        with os.scandir(path) as entries:
            return sum(bytes_below(Path(entry.path)) if entry.is_dir() else entry.stat().st_size for entry in entries)
    except OSError:
        return 0


def _part(parts_folder: Path, entry: PartEntry, sizes: PartSizes) -> HeldPart:
    if entry.name not in sizes:
        sizes[entry.name] = bytes_below(parts_folder / entry.name)
    return HeldPart(
        name=entry.name, first_ms=entry.first_ms, last_ms=entry.last_ms, size=sizes[entry.name], step_ms=entry.step_ms
    )


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
