"""A folder is used again for the same thing and never written to for another."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from liqscape.errors import SettingsError
from liqscape.service.folders import (
    ORIGIN,
    Origin,
    cache_folder,
    claim_folder,
    holds_history,
    key_of_files,
    read_origin,
    write_origin,
)

WANTED = Origin(kind="recording", name="some market", key="abc")


def test_new_and_empty_folders_are_claimed(tmp_path: Path) -> None:
    for folder in (tmp_path / "new" / "deep", tmp_path / "empty"):
        if folder.name == "empty":
            folder.mkdir()
        assert claim_folder(folder, WANTED) == WANTED
        assert read_origin(folder) == WANTED


def test_same_origin_is_taken_up_as_it_stands(tmp_path: Path) -> None:
    done = Origin(kind="recording", name="renamed", key="abc", is_complete=True)
    write_origin(tmp_path, done)
    assert claim_folder(tmp_path, WANTED) == done


@pytest.mark.parametrize(
    "held",
    [
        Origin(kind="recording", name="some market", key="other"),
        Origin(kind="demo", name="some market", key="abc"),
        Origin(kind="recording", name="some market", key="abc", version="0.0.0"),
    ],
)
def test_folder_of_another_origin_is_refused_untouched(tmp_path: Path, held: Origin) -> None:
    write_origin(tmp_path, held)
    with pytest.raises(SettingsError, match="holds the history of"):
        claim_folder(tmp_path, WANTED)
    assert read_origin(tmp_path) == held


def test_folder_with_other_files_is_refused_untouched(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(SettingsError, match="is not empty and not a history"):
        claim_folder(tmp_path, WANTED)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    with pytest.raises(SettingsError, match="is not empty"):
        claim_folder(tmp_path / "thesis.txt", WANTED)


@pytest.mark.parametrize("content", [b"", b'{"kind":', b'{"kind": "demo", "name": "x", "key": "y", "crc32": 1}'])
def test_a_damaged_origin_is_read_from_its_copy_and_set_aside(tmp_path: Path, content: bytes) -> None:
    write_origin(tmp_path, WANTED)
    (tmp_path / ORIGIN).write_bytes(content)
    assert read_origin(tmp_path) == WANTED
    assert claim_folder(tmp_path, WANTED) == WANTED
    assert (tmp_path / f"{ORIGIN}.damaged-1").read_bytes() == content
    (tmp_path / "origin.copy.json").unlink()
    assert read_origin(tmp_path) == WANTED
    assert claim_folder(tmp_path, WANTED) == WANTED
    assert (tmp_path / "origin.copy.json").exists()


def test_an_origin_of_the_version_before_is_read_and_gets_a_checksum(tmp_path: Path) -> None:
    (tmp_path / ORIGIN).write_bytes(msgspec.json.encode(WANTED))
    assert claim_folder(tmp_path, WANTED) == WANTED
    assert b"crc32" in (tmp_path / ORIGIN).read_bytes()
    assert [path.name for path in tmp_path.glob("*.damaged-*")] == []


def test_an_origin_that_nothing_tells_any_more_is_refused_untouched_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / ORIGIN).write_bytes(b'{"kind":')
    assert read_origin(tmp_path) is None
    with pytest.raises(SettingsError, match=r"origin\.json is damaged .* put a backup of it back"):
        claim_folder(tmp_path, WANTED)
    assert [path.name for path in tmp_path.iterdir()] == [ORIGIN]


def test_key_follows_names_and_contents_only(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        (folder / "a.parquet").write_bytes(b"one")
        (folder / "b.parquet").write_bytes(b"two")
    files = sorted(first.iterdir())
    assert key_of_files(files) == key_of_files(files[::-1]) == key_of_files(list(second.iterdir()))
    (second / "b.parquet").write_bytes(b"twp")
    assert key_of_files(files) != key_of_files(list(second.iterdir()))


def test_cache_folder_follows_the_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "liqscape"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == Path.home() / ".cache" / "liqscape"


def test_rules_written_before_the_first_run_keep_no_map_out(tmp_path: Path) -> None:
    (tmp_path / "alerts.toml").write_text("[rules]\n")
    assert claim_folder(tmp_path, WANTED) == WANTED
    assert not holds_history(tmp_path)
