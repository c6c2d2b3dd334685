"""Objects from folders, several stores looked through in order, and a cache in front of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from liqscape.errors import InputError, RequestFailed, SettingsError
from liqscape.sources.archive.store import CachedStore, LocalStore, Stores, open_stores

PATH = "asset_ctxs/20251027.csv.lz4"


class CountingStore:
    """Gives one object; fails in the middle while `failures` last."""

    address = "counting"

    def __init__(self, content: bytes, failures: int = 0) -> None:
        self.content = content
        self.failures = failures
        self.reads = 0

    def size(self, path: str) -> int | None:
        return len(self.content) if path == PATH else None

    def read(self, path: str) -> Iterator[bytes]:
        assert path == PATH
        self.reads += 1
        yield self.content[:3]
        if self.failures:
            self.failures -= 1
            raise RequestFailed("gone")
        yield self.content[3:]


def write(folder: Path, content: bytes) -> Path:
    file = folder / PATH
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    return folder


def test_a_folder_gives_what_it_has_in_chunks(tmp_path: Path) -> None:
    content = bytes(3 << 20)
    store = LocalStore(write(tmp_path, content))
    assert store.size(PATH) == len(content)
    assert store.size("asset_ctxs") is None
    assert store.size("asset_ctxs/20251028.csv.lz4") is None
    chunks = list(store.read(PATH))
    assert len(chunks) == 3
    assert b"".join(chunks) == content


def test_the_first_store_that_has_an_object_gives_it(tmp_path: Path) -> None:
    first, second = tmp_path / "first", write(tmp_path / "second", b"of the second")
    first.mkdir()
    stores = open_stores([str(first), str(second)])
    assert stores.size(PATH) == 13
    assert b"".join(stores.read(PATH)) == b"of the second"
    write(first, b"of the first")
    assert b"".join(stores.read(PATH)) == b"of the first"
    with pytest.raises(InputError, match="is in none of"):
        list(stores.read("asset_ctxs/20251028.csv.lz4"))


def test_what_was_fetched_is_not_fetched_again(tmp_path: Path) -> None:
    behind = CountingStore(b"content")
    store = CachedStore(behind, tmp_path / "cache")
    assert [b"".join(store.read(PATH)) for _ in range(3)] == [b"content"] * 3
    assert behind.reads == 1
    assert store.size(PATH) == 7


def test_half_a_transfer_is_not_taken_for_the_whole(tmp_path: Path) -> None:
    store = CachedStore(CountingStore(b"content", failures=1), tmp_path / "cache")
    with pytest.raises(RequestFailed):
        list(store.read(PATH))
    assert b"".join(Stores([store]).read(PATH)) == b"content"


@pytest.mark.parametrize(
    ("addresses", "rule"),
    [
        ([], "no archive is named"),
        (["does-not-exist"], "is not a folder"),
        (["https://example.org/archive"], "only folders and s3://"),
    ],
)
def test_addresses_that_are_no_archive_are_refused(addresses: list[str], rule: str) -> None:
    with pytest.raises(SettingsError, match=rule):
        open_stores(addresses)
