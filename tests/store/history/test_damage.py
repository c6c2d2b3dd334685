"""Damaged files are named, never read as data."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from store_frames import PROVENANCE, START_MS, TABLES, make_accounts, make_frame, make_markets

from liqscape.errors import CorruptSegment, SchemaMismatch
from liqscape.store.history import HistoryReader, HistoryWriter

MARKETS = make_markets(2)
STEPS = [0, 1, 2, 3, 40, 41, 42]
"""The last three, in head files, lie beyond the coarsest step: every file of the part is on screen."""
LATE_MS = START_MS * 2


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One part and three head files."""
    with HistoryWriter(tmp_path, PROVENANCE) as writer:
        frames = [(make_frame(2, step, markets=MARKETS), make_accounts(2, step, 2)) for step in STEPS]
        writer.append_many(frames[:4], TABLES)
        writer.compact()
        for frame, accounts in frames[4:]:
            writer.append(frame, accounts, TABLES)
    return tmp_path


def read_all(folder: Path) -> None:
    """Touch every file."""
    reader = HistoryReader(folder)
    times = reader.frame_times(0, LATE_MS).tolist()
    assert len(times) == 7
    for time_ms in times:
        reader.frame_at(time_ms)
        reader.accounts_at(time_ms)
    for coin in reader.coins:
        for width in (10_000, 100, 40, 20):
            reader.window(coin, START_MS, START_MS + 9 * 3_600_000, width, 400, 0.5, 2.0)


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def flip(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 0x10]) + content[middle + 1 :]


FILES = ["head/*.head", "parts/*/*.parquet", "parts/*/bands/*.parquet", "parts/*/files.json", "manifest.json"]
DAMAGE: dict[str, Callable[[bytes], bytes]] = {"cut": cut, "emptied": lambda _: b"", "flipped": flip}


def test_undamaged_history_reads(folder: Path) -> None:
    read_all(folder)


@pytest.mark.parametrize(
    ("pattern", "damage"),
    [
        (pattern, damage)
        for pattern in FILES
        for damage in DAMAGE
        if damage != "flipped" or not pattern.endswith("json")
    ],
)
def test_damaged_file_is_named(folder: Path, pattern: str, damage: str) -> None:
    """One file at a time. A flipped bit in readable text may be another valid text, so there it is not asked."""
    paths = sorted(folder.glob(pattern))
    assert paths
    for path in paths:
        whole = path.read_bytes()
        path.write_bytes(DAMAGE[damage](whole))
        with pytest.raises(CorruptSegment) as caught:
            read_all(folder)
        assert path.name in str(caught.value)
        path.write_bytes(whole)


@pytest.mark.parametrize("pattern", ["parts/*/coins.parquet", "parts/*/bands/*.1m.parquet"])
def test_missing_file_is_named(folder: Path, pattern: str) -> None:
    path = sorted(folder.glob(pattern))[0]
    path.unlink()
    with pytest.raises(CorruptSegment, match="missing") as caught:
        read_all(folder)
    assert path.name in str(caught.value)


def test_missing_part_is_named(folder: Path) -> None:
    part = next((folder / "parts").iterdir())
    part.rename(folder / "elsewhere")
    with pytest.raises(CorruptSegment, match="missing") as caught:
        read_all(folder)
    assert part.name in str(caught.value)


def test_manifest_of_another_version_is_refused(folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_text(path.read_text().replace('"schema_version": 1', '"schema_version": 2'))
    with pytest.raises(SchemaMismatch, match=r"manifest\.json: schema version 2, this liqscape reads 1"):
        HistoryReader(folder)
    with pytest.raises(SchemaMismatch):
        HistoryWriter(folder, PROVENANCE)


def test_manifest_without_a_field_is_refused(folder: Path) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    del manifest["hold_ms"]
    path.write_text(json.dumps(manifest))
    with pytest.raises(CorruptSegment, match="hold_ms"):
        HistoryReader(folder)


def test_head_of_another_version_is_refused(folder: Path) -> None:
    path = sorted((folder / "head").iterdir())[0]
    content = bytearray(path.read_bytes())
    content[4] = 9
    path.write_bytes(content)
    with pytest.raises(SchemaMismatch, match=f"{path.name}: schema version 9"):
        HistoryReader(folder)


def _replace_listed(path: Path, table: pl.DataFrame, version: str) -> None:
    """Another file in the place of one, with a list of files that knows it."""
    table.write_parquet(path, metadata={"liqscape.schema_version": version})
    content = path.read_bytes()
    listed = path.parent / "files.json"
    files = json.loads(listed.read_text())
    for file in files:
        if file["name"] == path.name:
            file["size"], file["crc32"] = len(content), zlib.crc32(content)
    listed.write_text(json.dumps(files))


def test_parquet_of_another_version_is_refused(folder: Path) -> None:
    path = next(folder.glob("parts/*/coins.parquet"))
    _replace_listed(path, pl.read_parquet(path), "7")
    with pytest.raises(SchemaMismatch, match=r"coins\.parquet: schema version 7"):
        read_all(folder)


def test_parquet_without_a_column_is_refused(folder: Path) -> None:
    path = next(folder.glob("parts/*/coins.parquet"))
    _replace_listed(path, pl.read_parquet(path).drop("coverage"), "1")
    with pytest.raises(SchemaMismatch, match="coverage"):
        read_all(folder)


def test_every_parquet_file_carries_version_and_provenance(folder: Path) -> None:
    paths = sorted(folder.glob("parts/**/*.parquet"))
    assert len(paths) == 5 + 4 * len(MARKETS)
    for path in paths:
        metadata = pl.read_parquet_metadata(path)
        assert metadata["liqscape.schema_version"] == "1"
        assert json.loads(metadata["liqscape.provenance"])["name"] == PROVENANCE.name


def test_writer_does_not_go_on_from_a_damaged_state(folder: Path) -> None:
    path = sorted((folder / "head").iterdir())[-1]
    path.write_bytes(cut(path.read_bytes()))
    with HistoryWriter(folder, PROVENANCE) as writer, pytest.raises(CorruptSegment, match=path.name):
        writer.append(make_frame(2, 43, markets=MARKETS), make_accounts(2, 43, 2), TABLES)
