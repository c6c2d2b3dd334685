"""Buckets over real HTTP on the loopback address: who pays, what is tried again, what is said."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from bucket_server import Bucket, reach_bucket, serve_bucket

from liqscape.errors import RequestFailed, SettingsError
from liqscape.sources.archive.bucket import ATTEMPTS, BucketStore
from liqscape.sources.archive.store import open_stores

pytest.importorskip("obstore")

CONTENT = bytes(range(256)) * 20_000
"""5 MB: several chunks."""
PATH = "node_fills_by_block/hourly/20251027/16.lz4"


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    with serve_bucket(Bucket(objects={f"data/{PATH}": CONTENT})) as served:
        reach_bucket(served, monkeypatch)
        yield served


def store(waits: list[float] | None = None) -> BucketStore:
    return BucketStore("test-bucket/data", sleep=(waits if waits is not None else []).append)


def test_the_reader_says_that_it_pays(bucket: Bucket) -> None:
    assert store().size(PATH) == len(CONTENT)
    assert b"".join(store().read(PATH)) == CONTENT
    assert {headers.get("x-amz-request-payer") for _, _, headers in bucket.seen} == {"requester"}


@pytest.mark.usefixtures("bucket")
def test_an_object_that_is_not_there_has_no_size() -> None:
    assert store().size("node_fills_by_block/hourly/20251027/17.lz4") is None


@pytest.mark.parametrize("cuts", [1, 3])
def test_a_cut_transfer_goes_on_from_the_byte_it_reached(bucket: Bucket, cuts: int) -> None:
    bucket.cuts, bucket.cut_after = cuts, 1_500_000
    assert b"".join(store([]).read(PATH)) == CONTENT
    ranges = [headers["range"] for _, _, headers in bucket.seen if "range" in headers]
    assert len(ranges) == cuts


def test_transfers_that_bring_nothing_are_given_up(bucket: Bucket) -> None:
    bucket.cuts, bucket.cut_after = 10_000, 0
    waits: list[float] = []
    with pytest.raises(RequestFailed, match=r"16\.lz4: no answer after 5 attempts"):
        list(store(waits).read(PATH))
    assert len(waits) == ATTEMPTS - 1
    assert waits == sorted(waits)


def test_a_server_that_is_busy_for_a_moment_is_asked_again(bucket: Bucket) -> None:
    bucket.refusals = [503, 503]
    assert b"".join(store().read(PATH)) == CONTENT


def test_an_object_replaced_while_it_is_read_is_refused(bucket: Bucket) -> None:
    bucket.cuts, bucket.cut_after, bucket.changes_after_cut = 1, 1_500_000, True
    with pytest.raises(RequestFailed, match=r"16\.lz4 changed while it was read"):
        list(store().read(PATH))


def test_denied_access_says_who_pays(bucket: Bucket) -> None:
    bucket.refusals = [403] * 20
    with pytest.raises(SettingsError, match="the reader pays for this bucket"):
        store().size(PATH)


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)
    with pytest.raises(SettingsError, match=r"pip install 'liqscape\[s3\]'"):
        open_stores(["s3://hl-mainnet-node-data"])


def test_a_bucket_has_a_name() -> None:
    with pytest.raises(SettingsError, match="names no bucket"):
        open_stores(["s3://"])
