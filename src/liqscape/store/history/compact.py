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

import numpy as np

from liqscape.errors import CorruptSegment
from liqscape.heatmap.bands import Bands
from liqscape.store.durable import clean_temporary, flush_folder, remove_folder
from liqscape.store.history.bands import VALUES, bands_of_rows
from liqscape.store.history.detail import DETAILS, FINE
from liqscape.store.history.head import HEAD_FOLDER, head_span
from liqscape.store.history.head_run import mend_heads
from liqscape.store.history.manifest import Definition, Manifest, PartEntry, Standing, write_manifest
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
    TABLES,
    Batch,
    Table,
    empty_table,
    join_batches,
    join_tables,
    pick_rows,
)
from liqscape.units import DAY_MS


def seal_heads(folder: Path, manifest: Manifest) -> Manifest:
    """All head files, which are of one day and one definition, become a part. Damaged ones are set aside first."""
    heads = mend_heads(folder, manifest.sealed_ms)
    if not heads:
        return manifest
    batch = join_batches([head.batch for head in heads])
    first_ms = int(batch[FRAMES]["time_ms"][0])
    bands = bands_by_coin(batch[BANDS], manifest.definition_at(first_ms).markets)
    sealed = seal_part(folder, manifest, batch, bands)
    remove_heads(folder, sealed.sealed_ms)
    return sealed


def seal_part(folder: Path, manifest: Manifest, tables: Batch, bands: Iterable[tuple[str, Table]]) -> Manifest:
    """Frames of one day and one definition, later than all that is stored, become a part."""
    standing = Standing.of(manifest, manifest.definition_at(int(tables[FRAMES]["time_ms"][0])))
    entry = write_part(folder, tables, bands, standing, _serial(folder))
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
            for readers in _sound_runs(folder, sources):
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


def _sound_runs(folder: Path, sources: list[PartEntry]) -> list[list[PartReader]]:
    """Parts that follow one another, all their files checked; a run ends at one with a damaged file."""
    runs: list[list[PartReader]] = [[]]
    for entry in sources:
        try:
            reader = PartReader(folder, entry)
            for name in reader.names:
                reader.checked_path(name)
        except (CorruptSegment, FileNotFoundError):
            runs.append([])
            continue
        if reader.damaged:
            runs.append([])
        else:
            runs[-1].append(reader)
    return runs


def _merge(folder: Path, manifest: Manifest, readers: list[PartReader], definition: Definition) -> Manifest:
    sources = [reader.entry for reader in readers]
    tables = {
        name: join_tables([reader.read(f"{name}.parquet") for reader in readers], name)
        for name in (FRAMES, COINS, POOLS, POSITIONS, ADDRESSES)
    }

    def bands() -> Iterator[tuple[str, Table]]:
        for coin in definition.markets.coins:
            rows = _bands_of_coin(readers, coin)
            if rows:
                yield coin, join_tables(rows, BANDS)

    standing = Standing.of(manifest, definition)
    entry = write_part(folder, tables, bands(), standing, _serial(folder))
    kept = [part for part in manifest.parts if part not in sources]
    merged = replace(manifest, parts=tuple(sorted((*kept, entry), key=lambda part: part.first_ms)))
    write_manifest(folder, merged)
    for source in sources:
        remove_folder(folder / PARTS_FOLDER / source.name)
    flush_folder(folder / PARTS_FOLDER)
    return merged


def _bands_of_coin(readers: list[PartReader], coin: str) -> list[Table]:
    """Rows of a coin in parts that follow one another.

    The first frame of a part says which bands are gone since the last frame its writer knew of. Where that one was lost
    meanwhile, what stood at the end of the part before is closed here: without it, it would stand on.
    """
    rows: list[Table] = []
    standing = Bands.empty()
    for reader in readers:
        own = reader.read(bands_name(coin, FINE)) if reader.has(bands_name(coin, FINE)) else empty_table(BANDS)
        closing = _closing_rows(standing, own, reader.entry.first_ms)
        rows += [table for table in (closing, own) if len(table["time_ms"])]
        coarse = bands_name(coin, max(DETAILS))
        standing = bands_of_rows(reader.read(coarse)) if reader.has(coarse) else Bands.empty()
    return rows


def _closing_rows(standing: Bands, rows: Table, first_ms: int) -> Table:
    """Rows that say: gone from `first_ms` on, of bands the rows of that frame do not name."""
    first = pick_rows(rows, rows["time_ms"] == first_ms)
    named = Bands(**{name: values for name, values in first.items() if name != "time_ms"}, level_notional=first["size"])
    gone = standing.select(~np.isin(standing.row_key(), named.row_key()))
    zero: Table = {name: np.zeros(len(gone), TABLES[BANDS][name]) for name in VALUES}
    kept = {name: getattr(gone, name) for name in ("market_index", "band", "side", "quality")}
    table = {"time_ms": np.full(len(gone), first_ms, np.int64), **kept, **zero}
    return {name: table[name] for name in TABLES[BANDS]}


def _serial(folder: Path) -> int:
    """A number no part in the folder carries."""
    serials = [int(path.name.rsplit("-", 1)[1]) for path in (folder / PARTS_FOLDER).glob("[0-9]*-*")]
    return max(serials, default=0) + 1
