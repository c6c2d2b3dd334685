"""Stored liquidations: kept once, found by every filter, replaced by better evidence only."""

from __future__ import annotations

import math
import random
import resource
import signal
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from liqscape.errors import CorruptSegment, StoreError
from liqscape.model.liquidations import Evidence, Liquidation, LiquidationMethod
from liqscape.store.damage import list_damaged
from liqscape.store.liquidations import LiquidationFilter, LiquidationReader, LiquidationWriter, StoredLiquidation
from liqscape.store.liquidations.schema import SCHEMA, read_day, write_day

COINS = ("BTC", "ETH")
DAY_MS = 86_400_000
START_MS = 1_770_076_800_000
"""Midnight of 2026-02-03 UTC."""
LONG = Liquidation(
    address="0x" + "1" * 40,
    market_index=0,
    side=1,
    size=2.0,
    price=70_000.0,
    notional=140_000.0,
    mark=70_010.0,
    predicted_price=70_005.0,
    method=LiquidationMethod.MARKET,
    evidence=Evidence.INFERRED,
    fee=math.nan,
    account_value=math.nan,
    fill_count=2,
    first_ms=START_MS + 1_000,
    last_ms=START_MS + 1_500,
    trade_ids=(5, 9),
)
SHORT = replace(
    LONG,
    address="0x" + "2" * 40,
    market_index=1,
    side=-1,
    notional=500.0,
    method=LiquidationMethod.BACKSTOP,
    evidence=Evidence.EXACT,
    first_ms=START_MS + DAY_MS + 7,
    last_ms=START_MS + DAY_MS + 7,
    trade_ids=(11,),
)


def found(folder: Path, limit: int = 100, **wanted: object) -> list[StoredLiquidation]:
    return LiquidationReader(folder).find(LiquidationFilter(**wanted), limit).rows  # type: ignore[arg-type]


def test_events_come_back_newest_first_with_nan_as_unknown(tmp_path: Path) -> None:
    LiquidationWriter(tmp_path).keep([LONG, SHORT], COINS)
    newest, oldest = found(tmp_path)
    assert (newest.coin, newest.side, newest.method, newest.evidence) == ("ETH", -1, "backstop", "exact")
    assert (oldest.address, oldest.trade_ids, oldest.predicted_price) == (LONG.address, (5, 9), 70_005.0)
    assert math.isnan(oldest.fee)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2026-02-03.parquet", "2026-02-04.parquet"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"coin": "BTC"}, ["BTC"]),
        ({"address": SHORT.address}, ["ETH"]),
        ({"side": 1}, ["BTC"]),
        ({"method": "backstop"}, ["ETH"]),
        ({"evidence": "inferred"}, ["BTC"]),
        ({"from_ms": LONG.first_ms}, ["ETH", "BTC"]),
        ({"from_ms": LONG.first_ms + 1}, ["ETH"]),
        ({"to_ms": SHORT.first_ms}, ["BTC"]),
        ({"to_ms": SHORT.first_ms + 1}, ["ETH", "BTC"]),
        ({"min_notional": 501.0}, ["BTC"]),
        ({"coin": "BTC", "side": -1}, []),
    ],
)
def test_each_filter_chooses(tmp_path: Path, wanted: dict[str, object], expected: list[str]) -> None:
    LiquidationWriter(tmp_path).keep([LONG, SHORT], COINS)
    assert [row.coin for row in found(tmp_path, **wanted)] == expected


def test_the_limit_bounds_rows_and_not_sums(tmp_path: Path) -> None:
    refuted = replace(LONG, evidence=Evidence.REFUTED, first_ms=START_MS, trade_ids=(1,), notional=1e9)
    LiquidationWriter(tmp_path).keep([LONG, SHORT, refuted], COINS)
    answer = LiquidationReader(tmp_path).find(LiquidationFilter(), 1)
    assert [row.coin for row in answer.rows] == ["ETH"]
    assert (answer.sums.count, answer.sums.address_count, answer.sums.refuted_count) == (2, 2, 1)
    assert (answer.sums.long_notional, answer.sums.short_notional) == (140_000.0, 500.0)


@pytest.mark.parametrize("settled", [Evidence.CONFIRMED, Evidence.REFUTED, Evidence.EXACT])
@pytest.mark.parametrize("is_together", [True, False])
def test_an_inferred_event_is_replaced_and_does_not_come_back(
    tmp_path: Path, settled: Evidence, is_together: bool
) -> None:
    writer, better = LiquidationWriter(tmp_path), replace(LONG, evidence=settled, fee=12.0)
    if is_together:
        writer.keep([LONG, better], COINS)
    else:
        writer.keep([LONG], COINS)
        writer.keep([better], COINS)
    writer.keep([LONG], COINS)
    (row,) = found(tmp_path)
    assert (row.evidence, row.fee) == (settled.name.lower(), 12.0)


def test_the_same_event_told_twice_is_kept_once_and_writes_nothing(tmp_path: Path) -> None:
    writer = LiquidationWriter(tmp_path)
    writer.keep([LONG, LONG], COINS)
    (path,) = tmp_path.iterdir()
    before = path.stat().st_ino
    writer.keep([LONG], COINS)
    assert len(found(tmp_path)) == 1
    assert path.stat().st_ino == before


def test_events_that_share_a_trade_are_one_and_others_of_the_same_wallet_are_not(tmp_path: Path) -> None:
    writer = LiquidationWriter(tmp_path)
    whole = replace(LONG, evidence=Evidence.EXACT, first_ms=LONG.first_ms - 3, trade_ids=(4, 5, 9))
    another = replace(LONG, trade_ids=(70,))
    writer.keep([LONG, another], COINS)
    writer.keep([whole], COINS)
    assert sorted(row.trade_ids for row in found(tmp_path)) == [(4, 5, 9), (70,)]


def test_without_trades_the_first_millisecond_tells(tmp_path: Path) -> None:
    reported = replace(LONG, evidence=Evidence.EXACT, trade_ids=())
    LiquidationWriter(tmp_path).keep([LONG, reported, replace(reported, first_ms=LONG.first_ms + 1)], COINS)
    assert [row.evidence for row in found(tmp_path)] == ["exact", "exact"]


def test_a_full_disk_leaves_the_day_as_it_was_and_the_same_events_may_come_again(tmp_path: Path) -> None:
    writer = LiquidationWriter(tmp_path)
    writer.keep([LONG], COINS)
    more = replace(LONG, first_ms=LONG.first_ms + 60_000, trade_ids=(77,))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
        with pytest.raises(StoreError, match=r"2026-02-03\.parquet"):
            writer.keep([more], COINS)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert [row.trade_ids for row in found(tmp_path)] == [(5, 9)]
    writer.keep([more], COINS)
    assert [row.trade_ids for row in found(tmp_path)] == [(77,), (5, 9)]


DAMAGE = {
    "cut": lambda content: content[:-20],
    "emptied": lambda _: b"",
    "flipped": lambda content: content[:200] + bytes([content[200] ^ 1]) + content[201:],
    "no Parquet": lambda _: b"what is this" * 9,
}


@pytest.mark.parametrize("damage", sorted(DAMAGE))
def test_a_damaged_day_is_passed_over_and_said_and_what_comes_in_is_stored(tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "liquidations"
    other = replace(LONG, first_ms=LONG.first_ms + DAY_MS, last_ms=LONG.last_ms + DAY_MS, trade_ids=(800,))
    writer = LiquidationWriter(folder)
    writer.keep([LONG, other], COINS)
    path = sorted(folder.iterdir())[0]
    path.write_bytes(DAMAGE[damage](path.read_bytes()))
    answer = LiquidationReader(folder).find(LiquidationFilter(), 100)
    assert [row.trade_ids for row in answer.rows] == [(800,)]
    (row,) = answer.damaged
    assert (row.file, row.kept_as) == (f"liquidations/{path.name}", None)
    assert path.exists(), "who only looks renames nothing"
    assert LiquidationReader(folder).find(LiquidationFilter(from_ms=other.first_ms), 100).damaged == ()

    more = replace(LONG, first_ms=LONG.first_ms + 1_000, trade_ids=(77,))
    writer.keep([more], COINS)
    answer = LiquidationReader(folder).find(LiquidationFilter(), 100)
    assert [row.trade_ids for row in answer.rows] == [(800,), (77,)]
    (row,) = answer.damaged
    assert row.kept_as == f"liquidations/{path.name}.damaged-1"
    LiquidationWriter(folder)
    assert LiquidationReader(folder).find(LiquidationFilter(), 100).damaged == answer.damaged


def test_a_day_damaged_while_nothing_runs_is_set_aside_at_the_start(tmp_path: Path) -> None:
    folder = tmp_path / "liquidations"
    LiquidationWriter(folder).keep([LONG], COINS)
    (path,) = folder.iterdir()
    path.unlink()
    path.mkdir()
    LiquidationWriter(folder)
    assert [each.name for each in folder.iterdir()] == [f"{path.name}.damaged-1"]
    assert [row.file for row in list_damaged(tmp_path)] == [f"liquidations/{path.name}"]


def test_a_day_without_a_checksum_is_of_the_version_before_and_read(tmp_path: Path) -> None:
    LiquidationWriter(tmp_path).keep([LONG], COINS)
    (path,) = tmp_path.iterdir()
    read_day(tmp_path, path.stem).write_parquet(path, metadata={"liqscape.schema_version": "1"})
    assert [row.trade_ids for row in found(tmp_path)] == [LONG.trade_ids]


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert found(tmp_path / "none") == []


def test_every_changed_byte_of_a_day_is_told_before_it_is_parsed(tmp_path: Path) -> None:
    """Without a checksum one flip in eight is another number, and some damage makes the Parquet reader panic."""
    row = {name: _some(kind) for name, kind in SCHEMA.items()} | {"first_ms": 1_770_000_000_000}
    frame = pl.DataFrame([row for _ in range(30)], schema=SCHEMA)
    write_day(tmp_path, "2026-02-02", frame)
    day = tmp_path / "2026-02-02.parquet"
    good, chance = day.read_bytes(), random.Random(3)
    seal = good.rindex(b"liqscape.crc32")  # its name too: a file of today has one
    for place in [*chance.sample(range(len(good)), 300), *range(seal, seal + 14)]:
        content = bytearray(good)
        content[place] ^= 1 << chance.randrange(8)
        day.write_bytes(content)
        with pytest.raises(CorruptSegment):
            read_day(tmp_path, "2026-02-02")
    day.write_bytes(good)
    assert read_day(tmp_path, "2026-02-02").equals(frame)


def _some(kind: pl.DataType) -> object:
    if kind == pl.String:
        return "x"
    return [1, 2] if isinstance(kind, pl.List) else 1


def test_a_day_with_the_content_of_another_is_not_taken_for_it(tmp_path: Path) -> None:
    folder = tmp_path / "liquidations"
    LiquidationWriter(folder).keep([LONG], COINS)
    (path,) = folder.iterdir()
    other = folder / "2001-01-01.parquet"
    path.rename(other)
    answer = LiquidationReader(folder).find(LiquidationFilter(), 10)
    assert not answer.rows
    assert [row.file for row in answer.damaged] == [f"liquidations/{other.name}"]


def test_a_part_of_an_event_does_not_take_its_place_and_the_whole_does(tmp_path: Path) -> None:
    """Who begins to read in the middle of it tells less, by evidence as good."""
    whole = replace(SHORT, size=3.0, trade_ids=(11, 12, 13))
    later = replace(whole, size=1.0, first_ms=whole.first_ms + 500, trade_ids=(13,))
    writer = LiquidationWriter(tmp_path)
    for reported in (later, whole, later):
        writer.keep([reported], COINS)
    (kept,) = found(tmp_path)
    assert (kept.size, kept.trade_ids) == (3.0, (11, 12, 13))
