"""What a writer finds in its folder when it begins, and after it failed: damage is set aside, leftovers are removed."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from pathlib import Path

from liqscape.errors import StoreError
from liqscape.heatmap.frame import Provenance
from liqscape.store.damage import DamagedFile, set_aside
from liqscape.store.history.compact import chains_of, clean_folder
from liqscape.store.history.head import HEAD_FOLDER, HeadChain, as_written, head_span, list_heads
from liqscape.store.history.head_run import mend_heads
from liqscape.store.history.manifest import MANIFEST, Manifest, write_manifest
from liqscape.store.history.parts import PARTS_FOLDER
from liqscape.store.history.recover import adopt_parts, find_manifest, set_heads_aside
from liqscape.units import HOUR_MS, MINUTE_MS

HOLD_MS = {"recording": 12 * HOUR_MS}
"""Longest time a frame is shown for, by kind of provenance: hours lie between recorded snapshots."""
DEFAULT_HOLD_MS = 10 * MINUTE_MS


@dataclass(frozen=True, kw_only=True)
class TakenUp:
    """Where a writer goes on.

    last_ms       time of the last frame that is there; negative: none is.
    chain         head files it appends to.
    has_finished  whether there are others, which may become a part.
    """

    manifest: Manifest
    last_ms: int
    chain: HeadChain
    has_finished: bool


def make_folders(folder: Path) -> None:
    """Those of heads and parts; a file in their place is set aside."""
    for name in (HEAD_FOLDER, PARTS_FOLDER):
        if (folder / name).is_file():
            set_aside(
                folder,
                DamagedFile(
                    file=name, cause="a file in the place of a folder", loss="what it held", remedy="remove it"
                ),
            )
        (folder / name).mkdir(parents=True, exist_ok=True)


def open_manifest(folder: Path, provenance: Provenance, hold_ms: int | None) -> Manifest:
    """That of the history there, or of a new one. Raises StoreError where it is the history of something else."""
    path = folder / MANIFEST
    found = find_manifest(folder)
    if found.manifest is None:
        by_kind = HOLD_MS.get(provenance.kind, DEFAULT_HOLD_MS)
        hold = by_kind if hold_ms is None else hold_ms
        if found.damaged is not None:
            set_aside(folder, found.damaged)
        set_heads_aside(folder)
        manifest = Manifest(provenance=provenance, hold_ms=hold, history_id=secrets.token_hex(8))
        write_manifest(folder, manifest)
        return manifest
    if found.manifest.provenance != provenance:
        raise StoreError(
            f"{path}: holds the history of {found.manifest.provenance}, cannot continue it with {provenance}",
            path=str(path),
        )
    return found.manifest if hold_ms is None else replace(found.manifest, hold_ms=hold_ms)


def take_up(folder: Path, manifest: Manifest) -> TakenUp:
    """Set aside what is damaged, remove what an interrupted step left, and say where to go on.

    manifest  in force where none can be read; its hold_ms is, in any case.
    """
    found = find_manifest(folder)
    if found.damaged is not None:
        set_aside(folder, found.damaged)
    hold_ms, manifest = manifest.hold_ms, manifest if found.manifest is None else found.manifest
    known = manifest = replace(manifest, hold_ms=hold_ms)
    manifest = adopt_parts(folder, manifest)
    clean_folder(folder, manifest)
    heads = mend_heads(folder, list_heads(folder, manifest.sealed_ms))
    chains = list(chains_of(heads))
    last_ms = max([manifest.sealed_ms, *(_last_of(head.name) for head in heads)])
    # a definition announced without a frame is not in force, for readers too
    manifest = replace(manifest, definitions=tuple(item for item in manifest.definitions if item.from_ms <= last_ms))
    if not found.is_doubled or manifest != known:
        write_manifest(folder, manifest)
    chain = HeadChain(chains[-1][0].name, len(chains[-1]), as_written(folder, heads[-1])) if heads else HeadChain()
    return TakenUp(manifest=manifest, last_ms=last_ms, chain=chain, has_finished=len(chains) > 1)


def _last_of(name: str) -> int:
    span = head_span(name)
    assert span is not None
    return span[1]
