"""Parts of studies: whole or not there, gone on with, made again where they are damaged (store/studies)."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest

from liqscape.errors import StoreError
from liqscape.insight.study_rows import TABLES, StudiedAsymmetry, StudyRows
from liqscape.store.damage import list_damaged
from liqscape.store.studies import FOLDER, StudyReader, StudyWriter, remove_parts_before
from liqscape.store.studies.schema import TIME, columns_of, frame_of, frames_of, time_column
from liqscape.store.studies.writer import StudiedCoin
from liqscape.units import DAY_MS

DAY = 20_600


def rows(*times_of: tuple[str, int], usd: float | None = 1.0) -> StudyRows:
    return StudyRows(
        asymmetry=[
            StudiedAsymmetry(
                time_ms=DAY * DAY_MS + at, coin=coin, percent=1.0, long_usd=usd, short_usd=None, known_at_ms=at
            )
            for coin, at in times_of
        ]
    )


def coin(name: str, last: int, *, goes_on: bool = False, since: int = 0) -> StudiedCoin:
    return StudiedCoin(
        coin=name,
        since_ms=DAY * DAY_MS + since,
        last_ms=DAY * DAY_MS + last,
        state=f"{name}@{last}".encode(),
        goes_on=goes_on,
    )


def test_unknown_is_null_times_are_timestamps_and_every_table_has_a_time() -> None:
    frame = frame_of("asymmetry", rows(("BTC", 60_000)).asymmetry)
    assert frame["short_usd"].null_count() == 1
    assert frame.schema["time"] == frame.schema["known_at"] == TIME
    assert frame["time"].dt.epoch("ms").to_list() == [DAY * DAY_MS + 60_000]
    for table in TABLES:
        assert columns_of(table)[time_column(table)] == TIME
        assert frame_of(table, []).schema == columns_of(table)


def test_a_day_goes_on_and_its_rows_stand_by_coin_then_in_order(tmp_path: Path) -> None:
    with StudyWriter(tmp_path, "h") as writer:
        writer.keep(DAY, [coin("ETH", 1), coin("BTC", 1)], frames_of(rows(("BTC", 1), ("ETH", 1))))
        part = writer.keep(
            DAY,
            [coin("ETH", 2, goes_on=True), coin("BTC", 2, goes_on=True)],
            frames_of(rows(("BTC", 2), ("ETH", 2))),
        )
        assert part.states() == {"BTC": b"BTC@2", "ETH": b"ETH@2"}
        found = part.frame("asymmetry")
    assert found["coin"].to_list() == ["BTC", "BTC", "ETH", "ETH"]
    assert (found["time"].dt.epoch("ms") - DAY * DAY_MS).to_list() == [1, 2, 1, 2]
    assert [path.name[-6:] for path in (tmp_path / FOLDER).iterdir() if path.is_dir()] == ["000002"]


def test_a_coin_studied_again_replaces_its_own_rows_alone(tmp_path: Path) -> None:
    with StudyWriter(tmp_path, "h") as writer:
        writer.keep(DAY, [coin("ETH", 1), coin("BTC", 1)], frames_of(rows(("BTC", 1), ("ETH", 1))))
        part = writer.keep(DAY, [coin("BTC", 1, since=-5)], frames_of(rows(("BTC", 1), usd=7.0)))
    assert part.frame("asymmetry")["long_usd"].to_list() == [7.0, 1.0]
    assert part.coins["BTC"].since_ms == DAY * DAY_MS - 5


def test_nothing_is_gone_on_with_that_is_not_there(tmp_path: Path) -> None:
    with StudyWriter(tmp_path, "h") as writer, pytest.raises(StoreError, match="no part of"):
        writer.keep(DAY, [coin("BTC", 1, goes_on=True)], frames_of(rows()))


def test_a_writing_that_was_interrupted_is_not_there_and_the_former_one_is(tmp_path: Path) -> None:
    with StudyWriter(tmp_path, "h") as writer:
        part = writer.keep(DAY, [coin("BTC", 1)], frames_of(rows(("BTC", 1))))
    folder = tmp_path / FOLDER
    # killed while writing, and killed before the former one was removed
    shutil.copytree(part.path, folder / f".tmp-{part.path.name[:-1]}2")
    shutil.copytree(part.path, folder / f"{part.path.name[:-1]}0")
    with StudyWriter(tmp_path, "h") as writer:
        found = writer.part(DAY)
        assert found is not None
        assert found.path == part.path
    assert [path for path in folder.iterdir() if path.is_dir()] == [part.path]


@pytest.mark.parametrize("file", ["asymmetry.parquet", "states.bin", "part.json"])
def test_a_damaged_part_is_set_aside_and_listed(tmp_path: Path, file: str) -> None:
    with StudyWriter(tmp_path, "h") as writer:
        part = writer.keep(DAY, [coin("BTC", 1)], frames_of(rows(("BTC", 1))))
    content = bytearray((part.path / file).read_bytes())
    content[len(content) // 2] ^= 1
    (part.path / file).write_bytes(content)
    with StudyWriter(tmp_path, "h") as writer:
        assert writer.check(DAY) is None
        again = writer.keep(DAY, [coin("BTC", 1)], frames_of(rows(("BTC", 1))))
        assert again.frame("asymmetry").height == 1
    (found,) = list_damaged(tmp_path)
    assert found.file.startswith(f"{FOLDER}/")
    assert "studied again" in found.remedy
    assert StudyReader(tmp_path).rows("asymmetry").height == 1


def test_parts_of_another_history_are_nothing_here(tmp_path: Path) -> None:
    with StudyWriter(tmp_path, "h") as writer:
        writer.keep(DAY, [coin("BTC", 1)], frames_of(rows(("BTC", 1))))
    with StudyWriter(tmp_path, "other") as writer:
        assert writer.part(DAY) is None
    assert StudyReader(tmp_path).rows("asymmetry").is_empty()


def test_two_writers_do_not_share_a_folder(tmp_path: Path) -> None:
    with StudyWriter(tmp_path, "h"), pytest.raises(StoreError, match="another program"):
        StudyWriter(tmp_path, "h")


def test_a_reader_finds_rows_by_coin_and_time_while_parts_are_replaced(tmp_path: Path) -> None:
    reader = StudyReader(tmp_path)
    assert reader.rows("asymmetry").schema == columns_of("asymmetry")
    assert reader.last_ms is None
    with StudyWriter(tmp_path, "h") as writer:
        writer.keep(DAY, [coin("BTC", 2)], frames_of(rows(("BTC", 1), ("BTC", 2))))
        writer.keep(DAY + 1, [coin("ETH", DAY_MS)], frames_of(rows(("ETH", DAY_MS))))
        at = DAY * DAY_MS
        assert reader.rows("asymmetry", "BTC", at + 2).height == 1
        assert reader.rows("asymmetry", "BTC", at, at + 2).height == 1
        assert reader.rows("asymmetry", None, at + 1, at + DAY_MS + 1)["coin"].to_list() == ["BTC", "BTC", "ETH"]
        assert reader.last_ms == (DAY + 1) * DAY_MS
        writer.keep(DAY, [coin("BTC", 3, goes_on=True)], frames_of(rows(("BTC", 3))))
        assert reader.rows("asymmetry", "BTC").height == 3


def test_days_before_a_day_are_removed(tmp_path: Path) -> None:
    with StudyWriter(tmp_path, "h") as writer:
        for day in (DAY, DAY + 1):
            writer.keep(day, [coin("BTC", 1)], frames_of(rows(("BTC", 1))))
        assert remove_parts_before(tmp_path, DAY + 1) == 1
        assert remove_parts_before(tmp_path / "none", DAY + 1) == 0
    assert len([path for path in (tmp_path / FOLDER).iterdir() if path.is_dir()]) == 1


def test_the_same_rows_are_the_same_bytes_however_they_came(tmp_path: Path) -> None:
    at_once, bit_by_bit = tmp_path / "a", tmp_path / "b"
    with StudyWriter(at_once, "h") as writer:
        whole = frames_of(rows(("BTC", 1), ("BTC", 2), ("ETH", 1), ("ETH", 2)))
        one = writer.keep(DAY, [coin("BTC", 2), coin("ETH", 2)], whole)
    with StudyWriter(bit_by_bit, "h") as writer:
        writer.keep(DAY, [coin("ETH", 2)], frames_of(rows(("ETH", 1), ("ETH", 2))))
        writer.keep(DAY, [coin("BTC", 1)], frames_of(rows(("BTC", 1))))
        other = writer.keep(DAY, [coin("BTC", 2, goes_on=True)], frames_of(rows(("BTC", 2))))
    assert one.digests == other.digests
    assert pl.read_parquet(other.path / "asymmetry.parquet").equals(one.frame("asymmetry"))
