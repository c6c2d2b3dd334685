"""From head files to parts, and from several parts of a day to one.

Each step writes the new part under a name nobody reads, commits it by replacing the manifest, and only then
removes what it replaces. Killed before the commit, the old files stand; after it, the new ones, and what should
have been removed is not named any more and goes when the next writer opens (`clean_folder`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from liqscape.store.durable import clean_temporary, flush_folder, remove_folder
from liqscape.store.history.detail import FINE
from liqscape.store.history.head import HEAD_FOLDER, head_span, list_heads, read_head
from liqscape.store.history.manifest import Definition, Manifest, PartEntry, write_manifest
from liqscape.store.history.parts import (
    PARTS_FOLDER,
    PartReader,
    bands_by_coin,
    bands_name,
    write_part,
)
from liqscape.store.history.schema import (
    ADDRESSES,
    BANDS,
    COINS,
    FRAMES,
    POOLS,
    POSITIONS,
    Batch,
    Table,
    join_batches,
    join_tables,
)
from liqscape.units import DAY_MS


def seal_heads(folder: Path, manifest: Manifest) -> Manifest:
    """All head files, which are of one day and one definition, become a part."""
    names = list_heads(folder, manifest.sealed_ms)
    if not names:
        return manifest
    batch = join_batches([read_head(folder, name) for name in names])
    first_ms = int(batch[FRAMES]["time_ms"][0])
    bands = bands_by_coin(batch[BANDS], manifest.definition_at(first_ms).markets)
    sealed = seal_part(folder, manifest, batch, bands)
    remove_heads(folder, sealed.sealed_ms)
    return sealed


def seal_part(folder: Path, manifest: Manifest, tables: Batch, bands: Iterable[tuple[str, Table]]) -> Manifest:
    """Frames of one day and one definition, later than all that is stored, become a part."""
    entry = write_part(folder, tables, bands, manifest.provenance, _serial(folder))
    sealed = replace(manifest, parts=(*manifest.parts, entry), sealed_ms=entry.last_ms)
    write_manifest(folder, sealed)
    return sealed


def merge_day(folder: Path, manifest: Manifest, day: int) -> Manifest:
    """Parts of one UTC day (days since 1970) become one; one per definition where markets changed in the day."""
    for definition in manifest.definitions:
        sources = tuple(
            entry
            for entry in manifest.parts
            if entry.first_ms // DAY_MS == day and manifest.definition_at(entry.first_ms) is definition
        )
        if len(sources) > 1:
            manifest = _merge(folder, manifest, sources, definition)
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
    """Remove what interrupted steps left: temporary files, parts no manifest names, heads that are sealed."""
    for place in (folder, folder / HEAD_FOLDER, folder / PARTS_FOLDER):
        clean_temporary(place)
    named = {entry.name for entry in manifest.parts}
    for path in (folder / PARTS_FOLDER).iterdir():
        if path.name not in named:
            remove_folder(path)
    remove_heads(folder, manifest.sealed_ms)


def _merge(folder: Path, manifest: Manifest, sources: tuple[PartEntry, ...], definition: Definition) -> Manifest:
    readers = [PartReader(folder, entry) for entry in sources]
    tables = {
        name: join_tables([reader.read(f"{name}.parquet") for reader in readers], name)
        for name in (FRAMES, COINS, POOLS, POSITIONS, ADDRESSES)
    }

    def bands() -> Iterator[tuple[str, Table]]:
        for coin in definition.markets.coins:
            name = bands_name(coin, FINE)
            rows = [reader.read(name) for reader in readers if reader.has(name)]
            if rows:
                yield coin, join_tables(rows, BANDS)

    entry = write_part(folder, tables, bands(), manifest.provenance, _serial(folder))
    kept = [part for part in manifest.parts if part not in sources]
    merged = replace(manifest, parts=tuple(sorted((*kept, entry), key=lambda part: part.first_ms)))
    write_manifest(folder, merged)
    for source in sources:
        remove_folder(folder / PARTS_FOLDER / source.name)
    flush_folder(folder / PARTS_FOLDER)
    return merged


def _serial(folder: Path) -> int:
    """A number no part in the folder carries."""
    serials = [int(path.name.rsplit("-", 1)[1]) for path in (folder / PARTS_FOLDER).glob("[0-9]*-*")]
    return max(serials, default=0) + 1
