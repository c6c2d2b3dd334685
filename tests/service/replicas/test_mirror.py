"""A replica's folder: killed at any moment it can be read, and only files of a map get into it."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path

import pytest
from dying_disk import Killed, killed_after

from liqscape.errors import RemoteWireError
from liqscape.service.replicas.changes import FileChange, FileChanges, decode_changes, encode_changes
from liqscape.service.replicas.listing import FileMark, check_path, mark_of
from liqscape.service.replicas.mirror import Mirror
from liqscape.store.history.head import HEAD_FOLDER

MAX_STEPS = 40


def manifest(*parts: str) -> bytes:
    return json.dumps({"definitions": [], "parts": parts}).encode()


BEFORE = {
    "manifest.json": manifest("one"),
    f"{HEAD_FOLDER}/2.head": b"two",
    "parts/one/files.json": b"[]",
    "parts/one/pools.parquet": b"pools of one",
    "parts/one/positions.parquet": b"positions of one",
}
AFTER = {
    "manifest.json": manifest("both"),
    f"{HEAD_FOLDER}/3.head": b"three",
    "parts/both/files.json": b"[]",
    "parts/both/pools.parquet": b"pools of both",
    "parts/both/positions.parquet": b"positions of both",
}


def change(files: dict[str, bytes], number: int, *, removed: list[str]) -> FileChanges:
    listed = [FileChange(path, *mark_of(content), content) for path, content in files.items()]
    return FileChanges(
        epoch="one", number=number, made_ms=1, stored_ms=1, is_whole=number == 0, files=listed, removed=removed
    )


async def nobody(path: str, mark: FileMark) -> bytes:
    raise AssertionError(f"{path} of {mark} came with its change")


def held(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "replica.json"
    }


def assert_readable(folder: Path) -> None:
    """Whatever the manifest names is there, whole."""
    found = held(folder)
    for part in json.loads(found["manifest.json"])["parts"]:
        for content in (BEFORE, AFTER):
            for path in (each for each in content if each.startswith(f"parts/{part}/")):
                assert found.get(path) == content[path], path


def test_killed_at_any_step_the_folder_can_be_read_and_the_rest_is_done_after(tmp_path: Path) -> None:
    removed = [path for path in BEFORE if path not in AFTER]
    first = tmp_path / "first"
    mirror = Mirror(first, "main")
    mirror.prepare()
    assert mirror.take(change(BEFORE, 0, removed=[]), 2)
    asyncio.run(mirror.advance(nobody))
    assert held(first) == BEFORE
    step = 0
    for step in range(MAX_STEPS):
        folder = tmp_path / f"killed-{step}"
        shutil.copytree(first, folder)
        mirror = Mirror(folder, "main")
        mirror.prepare()
        mirror.begin()
        assert mirror.take(change(AFTER, 1, removed=removed), 3)
        try:
            with killed_after(step):
                asyncio.run(mirror.advance(nobody))
        except Killed:
            assert_readable(folder)
        else:
            break
        again = Mirror(folder, "main")
        again.prepare()
        if again.reached.number == 0:
            again.begin()
            assert again.take(change(AFTER, 1, removed=removed), 3)
            asyncio.run(again.advance(nobody))
        assert held(folder) == AFTER
        assert again.reached.next_message == 3
    assert 5 < step < MAX_STEPS, "each step was tried, and there were some"


def test_a_change_that_does_not_follow_is_not_taken(tmp_path: Path) -> None:
    mirror = Mirror(tmp_path / "copy", "main")
    mirror.prepare()
    assert not mirror.take(change(AFTER, 1, removed=[]), 3), "there was no whole list"
    assert mirror.take(change(BEFORE, 0, removed=[]), 2)
    assert not mirror.take(change(AFTER, 2, removed=[]), 4)
    assert mirror.take(change(AFTER, 1, removed=[]), 3)


@pytest.mark.parametrize(
    "path",
    [
        "../manifest.json",
        "parts/../../etc/passwd",
        "/etc/passwd",
        "parts//x",
        "parts/.hidden",
        "parts",
        "token",
        "raw/2026-02-01.zst",
        "parts/one/a\nb",
        "parts/one/two/three/four/five",
        f"parts/{'x' * 300}",
        "",
    ],
)
def test_only_files_of_a_map_are_named(path: str) -> None:
    with pytest.raises(RemoteWireError, match="is no file of a map"):
        check_path(path)
    content = encode_changes(change({path: b"x"}, 0, removed=[]))
    with pytest.raises(RemoteWireError, match="is no file of a map"):
        decode_changes(content)
    with pytest.raises(RemoteWireError, match="is no file of a map"):
        decode_changes(encode_changes(change({}, 0, removed=[path])))


def test_a_content_that_is_not_what_its_change_says_is_refused() -> None:
    wrong = FileChanges(
        epoch="one",
        number=0,
        made_ms=1,
        stored_ms=1,
        is_whole=True,
        files=[FileChange("manifest.json", 2, mark_of(b"{}").crc32, b"[]")],
    )
    with pytest.raises(RemoteWireError, match="its content is not what the change says of it"):
        decode_changes(encode_changes(wrong))
