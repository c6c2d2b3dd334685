"""Removing a folder: whole or gone, for who looks at the same time; a private file, whatever was there before."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

import pytest

from liqscape.store import durable


def test_a_folder_is_gone_before_the_first_of_its_files_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "part"
    (folder / "inner").mkdir(parents=True)
    (folder / "inner" / "file").write_bytes(b"x")
    seen: list[tuple[bool, int]] = []
    remove = shutil.rmtree

    def looking(path: Path) -> None:
        seen.append((folder.exists(), len(list(path.rglob("file")))))
        remove(path)

    monkeypatch.setattr(durable.shutil, "rmtree", looking)
    durable.remove_folder(folder)
    assert seen == [(False, 1)]
    assert list(tmp_path.iterdir()) == []


def test_what_an_interrupted_removal_leaves_is_cleaned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "part"
    folder.mkdir()
    with monkeypatch.context() as patch:
        patch.setattr(durable.shutil, "rmtree", lambda _: None)
        durable.remove_folder(folder)
    assert len(list(tmp_path.iterdir())) == 1
    durable.clean_temporary(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_private_file_is_so_whatever_an_interrupted_write_left(tmp_path: Path) -> None:
    (tmp_path / f"{durable.TEMPORARY}file").write_bytes(b"left by a kill")
    (tmp_path / f"{durable.TEMPORARY}file").chmod(0o644)
    durable.replace_file(tmp_path / "file", b"x", is_private=True)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_bytes() == b"x"
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o600
