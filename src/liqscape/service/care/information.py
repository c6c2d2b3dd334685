"""What of a data folder lies on disk: span, bytes by table, growth, versions, holes, damage. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import msgspec
import numpy as np

from liqscape.errors import CorruptSegment
from liqscape.service.folders import read_origin
from liqscape.store.damage import DamagedFile
from liqscape.store.history.head import HEAD_FOLDER, list_heads
from liqscape.store.history.held import bytes_below
from liqscape.store.history.manifest import Manifest, PartEntry
from liqscape.store.history.parts import PARTS_FOLDER, VERSION_KEY, PartReader
from liqscape.store.history.reader import HistoryReader
from liqscape.store.history.recover import manifest_of
from liqscape.store.history.schema import FRAMES
from liqscape.units import DAY_MS

GROWTH_DAYS = 7
"""Days that growth is taken of: the newest whole ones of which every frame is kept."""


@dataclass(frozen=True, kw_only=True)
class HoleSpan:
    """No frame between two that are stored. From the last one before to the first one after, ms since 1970."""

    after_ms: int
    before_ms: int


@dataclass(frozen=True, kw_only=True)
class DayBytes:
    """One UTC day of the history. is_whole: its frames span at least 23 h and none was thinned."""

    day_ms: int
    frame_count: int
    bytes: int
    is_whole: bool


class FolderInformation(msgspec.Struct, frozen=True, kw_only=True):
    """What `liqscape history info` prints. None: unknown, or there is none.

    kind, name, is_simulated  what the history is of.
    table_bytes    by table of the history, `head` for frames that are in no part yet.
    beside_bytes   by folder or file beside the history.
    growth_bytes   a day, the mean over `growth_days` whole days; None without any.
    schema_versions  of the parts, with how many carry each.
    holes          longer than a frame is shown for (hold_ms); none is counted where frames were thinned.
    """

    folder: str
    kind: str
    name: str
    is_simulated: bool
    history_id: str
    liqscape: str | None
    first_ms: int | None
    last_ms: int | None
    frame_count: int
    part_count: int
    head_count: int
    hold_ms: int
    table_bytes: dict[str, int]
    beside_bytes: dict[str, int]
    total_bytes: int
    days: list[DayBytes]
    growth_bytes: int | None
    growth_days: int
    schema_versions: dict[str, int]
    holes: list[HoleSpan]
    damaged: list[DamagedFile]


def look_at_folder(folder: Path) -> FolderInformation:
    """Look through a data folder, beside a map that writes it too. Raises StoreError where it holds no history."""
    reader = HistoryReader(folder)
    manifest = manifest_of(folder)
    tables, versions = _tables(folder, manifest)
    heads = list_heads(folder, manifest.sealed_ms)
    tables["head"] = bytes_below(folder / HEAD_FOLDER)
    days = _days(folder, manifest)
    whole = [day.bytes for day in days if day.is_whole][-GROWTH_DAYS:]
    origin = read_origin(folder)
    beside = {
        path.name: size
        for path in sorted(folder.iterdir())
        if path.name not in (PARTS_FOLDER, HEAD_FOLDER) and (size := bytes_below(path))
    }
    return FolderInformation(
        folder=str(folder),
        kind=manifest.provenance.kind,
        name=manifest.provenance.name,
        is_simulated=manifest.provenance.is_simulated,
        history_id=manifest.history_id,
        liqscape=None if origin is None else origin.version,
        first_ms=reader.first_ms,
        last_ms=reader.last_ms,
        frame_count=reader.frame_count,
        part_count=len(manifest.parts),
        head_count=len(heads),
        hold_ms=manifest.hold_ms,
        table_bytes=tables,
        beside_bytes=beside,
        total_bytes=bytes_below(folder),
        days=days,
        growth_bytes=round(sum(whole) / len(whole)) if whole else None,
        growth_days=len(whole),
        schema_versions=versions,
        holes=_holes(folder, manifest, reader),
        damaged=list(reader.damaged),
    )


def _tables(folder: Path, manifest: Manifest) -> tuple[dict[str, int], dict[str, int]]:
    """(bytes by table, parts by schema version)."""
    import polars as pl

    tables: dict[str, int] = {}
    versions: dict[str, int] = {}
    for entry in manifest.parts:
        top = folder / PARTS_FOLDER / entry.name
        for path in sorted(top.rglob("*")):
            below = path.relative_to(top).parts[0]
            name = below if len(path.relative_to(top).parts) > 1 else path.name.removesuffix(".parquet")
            size = bytes_below(path) if path.is_file() else 0
            tables[name] = tables.get(name, 0) + size
        try:
            version = pl.read_parquet_metadata(top / f"{FRAMES}.parquet").get(VERSION_KEY, "unknown")
        except (OSError, pl.exceptions.PolarsError):
            version = "unknown"
        versions[version] = versions.get(version, 0) + 1
    return dict(sorted(tables.items())), dict(sorted(versions.items()))


def _days(folder: Path, manifest: Manifest) -> list[DayBytes]:
    found = []
    for day, group in groupby(manifest.parts, key=lambda part: part.first_ms // DAY_MS):
        parts = list(group)
        span_ms = parts[-1].last_ms - parts[0].first_ms
        found.append(
            DayBytes(
                day_ms=day * DAY_MS,
                frame_count=sum(part.frame_count for part in parts),
                bytes=sum(bytes_below(folder / PARTS_FOLDER / part.name) for part in parts),
                is_whole=24 * span_ms >= 23 * DAY_MS and not any(part.step_ms for part in parts),
            )
        )
    return found


def _holes(folder: Path, manifest: Manifest, reader: HistoryReader) -> list[HoleSpan]:
    holes: list[HoleSpan] = []
    before_ms: int | None = None
    for entry in manifest.parts:
        times, thinned = _frames_of(folder, entry, manifest)
        if not len(times):
            continue
        gaps = np.flatnonzero((np.diff(times) > manifest.hold_ms) & (thinned[1:] == 0))
        if before_ms is not None and times[0] - before_ms > manifest.hold_ms and not thinned[0]:
            holes.append(HoleSpan(after_ms=before_ms, before_ms=int(times[0])))
        holes += [HoleSpan(after_ms=int(times[at]), before_ms=int(times[at + 1])) for at in gaps]
        before_ms = int(times[-1])
    for time_ms in reader.frame_times(manifest.sealed_ms + 1, 2**62).tolist():
        if before_ms is not None and time_ms - before_ms > manifest.hold_ms:
            holes.append(HoleSpan(after_ms=before_ms, before_ms=time_ms))
        before_ms = time_ms
    return holes


def _frames_of(folder: Path, entry: PartEntry, manifest: Manifest) -> tuple[np.ndarray, np.ndarray]:
    """(times, frames taken out before each); none where the part cannot be read, which is damage then."""
    try:
        part = PartReader(folder, entry, manifest.definition_at(entry.first_ms).markets)
        rows = part.read(FRAMES, ["time_ms", "thinned_count"])
        return rows["time_ms"], rows["thinned_count"]
    except (CorruptSegment, FileNotFoundError):
        return np.empty(0, np.int64), np.empty(0, np.int32)
