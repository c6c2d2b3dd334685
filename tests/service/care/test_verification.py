"""What `history verify` finds, by breaking each kind of file; and what it must not find."""

from __future__ import annotations

import json
import shutil
import zlib
from pathlib import Path

import polars as pl
import pytest
from store_frames import PROVENANCE, TABLES
from store_killed_writer import FIRST_STEP, frame_of
from stored_moments import moment_of

from liqscape.heatmap.build import build_frame
from liqscape.heatmap.moment import Moment
from liqscape.service.care.verification import Verification, verify_folder
from liqscape.store.history import HistoryWriter
from liqscape.store.history.part_files import FileEntry, list_of_files
from liqscape.store.raw_log.format import MAGIC

FRAMES = 40


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    with HistoryWriter(folder, PROVENANCE) as writer:
        for step in range(FIRST_STEP, FIRST_STEP + FRAMES):
            writer.append(moment_at(step))
        writer.compact()
        writer.append(moment_at(FIRST_STEP + FRAMES))
    return folder


def moment_at(step: int) -> Moment:
    """With the sums of its accounts; those of `frame_of` are made up."""
    frame, accounts = frame_of(step)
    return moment_of(build_frame(accounts, frame.snapshot, TABLES, PROVENANCE), accounts, TABLES)


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "data")
    return tmp_path / "data"


def verify(folder: Path) -> Verification:
    return verify_folder(folder, 4, lambda _: None)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def write_part_file(path: Path, frame: pl.DataFrame) -> None:
    """Replace a file of a part by another one, and its checksum in the list with it."""
    metadata = pl.read_parquet_metadata(path)
    frame.write_parquet(path, metadata={key: text for key, text in metadata.items() if key != "ARROW:schema"})
    listed = [each for each in json.loads((path.parent / "files.json").read_bytes()) if each["name"] != "files.json"]
    content = path.read_bytes()
    files = [
        FileEntry(path.name, len(content), zlib.crc32(content)) if each["name"] == path.name else FileEntry(**each)
        for each in listed
    ]
    (path.parent / "files.json").write_bytes(list_of_files(path.parent.name, files))


def test_a_sound_folder_has_no_problem_and_its_sums_were_compared(folder: Path) -> None:
    found = verify(folder)
    assert found.problems == []
    assert (found.part_count, found.sample_count) == (2, 4)
    assert found.byte_count > 0


def test_each_file_of_a_part_that_is_damaged_is_named(folder: Path) -> None:
    (first, _) = sorted((folder / "parts").iterdir())
    for path in sorted(first.iterdir()):
        content = path.read_bytes()
        flip(path)
        found = verify(folder).problems
        assert [each.file for each in found] == [path.relative_to(folder).as_posix()]
        path.write_bytes(content)
    assert verify(folder).problems == []


@pytest.mark.parametrize("name", ["manifest.json", "manifest.copy.json"])
def test_a_damaged_manifest_or_copy_is_named(folder: Path, name: str) -> None:
    flip(folder / name)
    assert [each.file for each in verify(folder).problems] == [name]


def test_heads_missing_parts_and_what_was_set_aside_are_named(folder: Path) -> None:
    (head,) = (folder / "head").iterdir()
    flip(head)
    assert f"head/{head.name}" in {each.file for each in verify(folder).problems}
    (first, second) = sorted((folder / "parts").iterdir())
    first.rename(folder / "elsewhere")
    assert f"parts/{first.name}" in {each.file for each in verify(folder).problems}
    (second / "bands.parquet").rename(second / "bands.parquet.damaged-1")
    assert f"parts/{second.name}/bands.parquet" in {each.file for each in verify(folder).problems}


def test_a_column_that_is_missing_is_named_though_the_checksum_fits(folder: Path) -> None:
    path = next((folder / "parts").glob("*/coins.parquet"))
    write_part_file(path, pl.read_parquet(path).drop("oracle"))
    (found,) = verify(folder).problems
    assert found.file == path.relative_to(folder).as_posix()
    assert "oracle" in found.reason


@pytest.mark.parametrize(
    ("table", "column", "said"),
    [
        ("bands", "size", "stored bands differ from those of bands of the accounts"),
        ("coins", "long_size", "accounts differ from those of coins"),
        ("positions", "size", "accounts differ from those of coins"),
    ],
)
def test_sums_that_do_not_agree_are_named_though_every_checksum_fits(
    folder: Path, table: str, column: str, said: str
) -> None:
    for path in sorted((folder / "parts").glob(f"*/{table}.parquet")):
        write_part_file(path, pl.read_parquet(path).with_columns(pl.col(column) * 1.001))
    found = verify(folder).problems
    assert len(found) == 2
    assert all(said in each.reason for each in found), found


def test_frames_that_are_not_those_of_the_manifest_are_named(folder: Path) -> None:
    path = next((folder / "parts").glob("*/frames.parquet"))
    rows = pl.read_parquet(path)
    write_part_file(path, rows.head(len(rows) - 1))
    found = verify(folder).problems
    assert [each.file for each in found] == [path.relative_to(folder).as_posix()]
    assert "not those the manifest names" in found[0].reason


def test_a_damaged_register_and_raw_log_are_named_but_not_the_block_that_is_being_written(folder: Path) -> None:
    (folder / "register.sqlite").write_bytes(b"SQLite format 3\x00" + bytes(4_000))
    (folder / "raw").mkdir()
    (folder / "raw" / "20260203T000000-001.lqlog").write_bytes(MAGIC + b"\x10\x00\x00\x00")
    assert [each.file for each in verify(folder).problems] == ["register.sqlite"]
    (folder / "raw" / "20260203T010000-001.lqlog").write_bytes(MAGIC)
    assert [each.file for each in verify(folder).problems] == ["raw/20260203T000000-001.lqlog", "register.sqlite"]
