"""The place for larger files: a folder, a bucket over real HTTP, and what is done while it is out of order."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from bucket_server import Bucket, reach_bucket, serve_bucket

from liqscape.errors import RequestFailed, SettingsError
from liqscape.service.replicas.changes import INLINE_BYTES
from liqscape.service.replicas.listing import Listing, mark_of
from liqscape.service.replicas.sealed import SealedFiles
from liqscape.service.replicas.sealing import SEAL_AGAIN_SECONDS, Sealer
from liqscape.store.history.head import HEAD_FOLDER

SECRET = "never to be told"
LARGE = {
    "parts/2026-02-01/pools.parquet": bytes(range(256)) * 300,
    "parts/2026-02-01/positions.parquet": b"".join(number.to_bytes(4, "big") for number in range(3_000_000)),
    "books/2026-02-01.parquet": b"book" * 20_000,
}
SMALL = {"manifest.json": b"{}", f"{HEAD_FOLDER}/1.head": b"head" * 40_000, "parts/2026-02-01/files.json": b"[]"}


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    pytest.importorskip("obstore")
    with serve_bucket(Bucket(is_payer_needed=False)) as served:
        reach_bucket(served, monkeypatch, SECRET)
        yield served


def written(folder: Path) -> Listing:
    for path, content in {**LARGE, **SMALL}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return {path: mark_of(content) for path, content in {**LARGE, **SMALL}.items()}


def assert_kept(place: SealedFiles, listing: Listing) -> None:
    for path, mark in listing.items():
        expected = LARGE.get(path)
        assert place.read(path, mark) == expected, path
        assert place.size(path) == (None if expected is None else len(expected))
    assert place.read("parts/2026-02-01/pools.parquet", mark_of(b"another one")) is None


def test_a_folder_holds_what_is_too_large_for_messages(tmp_path: Path) -> None:
    listing = written(tmp_path / "data")
    place = SealedFiles(str(tmp_path / "sealed"), "--sealed-to")
    place.keep(tmp_path / "data", listing)
    assert_kept(SealedFiles(str(tmp_path / "sealed"), "--sealed-from"), listing)


def test_a_bucket_holds_them_and_takes_the_largest_in_pieces(bucket: Bucket, tmp_path: Path) -> None:
    listing = written(tmp_path / "data")
    address = "s3://test-bucket/maps/main"
    SealedFiles(address, "--sealed-to").keep(tmp_path / "data", listing)
    assert sum("partNumber=" in path for _, path, _ in bucket.seen) == 3
    assert sorted(bucket.objects) == sorted(f"maps/main/{path}" for path in LARGE)
    assert_kept(SealedFiles(address, "--sealed-from"), listing)
    bucket.seen.clear()
    again = SealedFiles(address, "--sealed-to")
    again.keep(tmp_path / "data", listing)
    again.keep(tmp_path / "data", listing)
    puts = [path for method, path, _ in bucket.seen if method == "PUT"]
    assert puts == ["/test-bucket/maps/main/books/2026-02-01.parquet"], "parts never change, others may have"


def test_a_bucket_of_memory_is_one_too(tmp_path: Path) -> None:
    pytest.importorskip("obstore")
    listing = written(tmp_path / "data")
    place = SealedFiles("memory://", "--sealed-to")
    place.keep(tmp_path / "data", listing)
    assert_kept(place, listing)


def test_what_a_bucket_refuses_is_said_without_a_secret_and_no_half_file_is_there(
    bucket: Bucket, tmp_path: Path
) -> None:
    listing = written(tmp_path / "data")
    place = SealedFiles("s3://test-bucket/maps", "--sealed-to")
    bucket.is_payer_needed = True
    for refused in (
        lambda: place.keep(tmp_path / "data", listing),
        lambda: place.read("books/2026-02-01.parquet", listing["books/2026-02-01.parquet"]),
    ):
        with pytest.raises(RequestFailed, match=r"^s3://test-bucket/maps/") as failed:
            refused()
        assert SECRET not in str(failed.value)
    assert not bucket.objects


def test_while_the_place_is_out_of_order_files_wait_and_are_put_there_later(tmp_path: Path) -> None:
    listing = written(tmp_path / "data")
    sealed = tmp_path / "sealed"
    sealed.write_text("a file and no folder")
    now = [0.0]
    sealer = Sealer(SealedFiles(str(sealed), "--sealed-to"), tmp_path / "data", None, lambda: now[0])
    asyncio.run(sealer.seal(listing, []))
    assert sealer.trouble is not None
    assert str(sealed) in sealer.trouble
    sealed.unlink()
    now[0] = SEAL_AGAIN_SECONDS - 1.0
    asyncio.run(sealer.seal({}, ["books/2026-02-01.parquet"]))
    assert not sealed.exists(), "it is not tried each second"
    now[0] = SEAL_AGAIN_SECONDS
    asyncio.run(sealer.seal({}, []))
    assert sealer.trouble is None
    found = {path.relative_to(sealed).as_posix() for path in sealed.rglob("*") if path.is_file()}
    assert found == set(LARGE) - {"books/2026-02-01.parquet"}, "what is gone is not waited for"


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("ftp://host/path", "--sealed-to is neither a folder nor an address such as s3://bucket/prefix"),
        ("s3://", "--sealed-to cannot be used"),
    ],
)
def test_an_address_that_is_none_is_refused(place: str, said: str) -> None:
    pytest.importorskip("obstore")
    with pytest.raises(SettingsError, match=said):
        SealedFiles(place, "--sealed-to")


def test_the_address_is_shown_without_what_may_be_secret() -> None:
    pytest.importorskip("obstore")
    place = SealedFiles("s3://key:secret@bucket/maps?token=secret", "--sealed-to")
    assert place.shown == "s3://bucket/maps"
    assert min(map(len, LARGE.values())) > INLINE_BYTES
