"""Backups in a bucket, over real HTTP on the loopback address."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from bucket_server import Bucket, reach_bucket, serve_bucket
from store_frames import MINUTE_MS, PROVENANCE, START_MS, TABLES
from store_killed_writer import FIRST_STEP, frame_of
from stored_moments import moment_of

from liqscape.errors import StoreError
from liqscape.store.backup import check_backup, list_backups, open_place, read_backup, restore_backup, take_backup
from liqscape.store.backup import place as places
from liqscape.store.history import HistoryReader, HistoryWriter

pytest.importorskip("obstore")

NOW_MS = 1_790_000_000_000
ADDRESS = "s3://test-bucket/copies of mine"


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    with serve_bucket(Bucket(is_payer_needed=False)) as served:
        reach_bucket(served, monkeypatch, "never to be told")
        yield served


def write(folder: Path, steps: range) -> None:
    with HistoryWriter(folder, PROVENANCE) as writer:
        for step in steps:
            writer.append(moment_of(*frame_of(step), TABLES))


def test_a_bucket_takes_backups_gives_them_back_and_forgets_older_ones(bucket: Bucket, tmp_path: Path) -> None:
    data = tmp_path / "data"
    write(data, range(FIRST_STEP, FIRST_STEP + 4))
    place = open_place(ADDRESS)
    first = take_backup(data, place, NOW_MS)
    assert {name.split("/")[0] for name in bucket.objects} == {"copies of mine"}
    bucket.seen.clear()
    write(data, range(FIRST_STEP + 4, FIRST_STEP + 5))
    again = take_backup(data, place, NOW_MS + 1)
    assert again.copied_count == 1
    assert sum(method == "PUT" for method, _, _ in bucket.seen) == 2, "one head and the list"
    assert list_backups(place) == [first.backup.name, again.backup.name]
    assert check_backup(place, read_backup(place), data) == ([], len(again.backup.files) - 2)
    last = take_backup(data, place, NOW_MS + 2, keep=1)
    assert last.removed == (first.backup.name, again.backup.name)
    assert list_backups(place) == [last.backup.name]
    restore_backup(place, last.backup, tmp_path / "back")
    times = HistoryReader(tmp_path / "back").frame_times(0, 2**50)
    assert ((times - START_MS) // MINUTE_MS).tolist() == list(range(FIRST_STEP, FIRST_STEP + 5))


@pytest.mark.usefixtures("bucket")
def test_what_is_large_is_known_by_its_content_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "PIECE_BYTES", 1_000)
    data = tmp_path / "data"
    write(data, range(FIRST_STEP, FIRST_STEP + 2))
    place = open_place(ADDRESS)
    backup = take_backup(data, place, NOW_MS).backup
    assert check_backup(place, backup, data)[0] == []


def test_a_refusal_leaves_the_earlier_backup_and_says_where_without_a_secret(bucket: Bucket, tmp_path: Path) -> None:
    data = tmp_path / "data"
    write(data, range(FIRST_STEP, FIRST_STEP + 2))
    place = open_place(ADDRESS)
    earlier = take_backup(data, place, NOW_MS).backup
    write(data, range(FIRST_STEP + 2, FIRST_STEP + 4))
    bucket.is_payer_needed = True
    with pytest.raises(StoreError, match="s3://test-bucket") as refused:
        take_backup(data, place, NOW_MS + 1)
    assert "never to be told" not in str(refused.value)
    bucket.is_payer_needed = False
    assert list_backups(place) == [earlier.name]
    assert check_backup(place, earlier)[0] == []


def test_a_large_file_goes_up_in_pieces_and_comes_back_whole(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "WHOLE_BYTES", 1_000_000)
    content = b"".join(number.to_bytes(4, "big") for number in range(3_000_000))
    place = open_place(ADDRESS)
    pieces = (content[first : first + 1_000_000] for first in range(0, len(content), 1_000_000))
    place.write("parts/large", pieces, len(content))
    assert sum("partNumber=" in path for _, path, _ in bucket.seen) == 3
    assert bucket.objects["copies of mine/parts/large"] == content
    assert b"".join(place.read("parts/large")) == content


def test_an_upload_that_is_refused_leaves_no_file(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "WHOLE_BYTES", 1_000_000)
    place = open_place(ADDRESS)
    bucket.refusals[:] = [403]
    with pytest.raises(StoreError, match="copies of mine/parts/large"):
        place.write("parts/large", iter([bytes(12_000_000)]), 12_000_000)
    assert not bucket.objects
