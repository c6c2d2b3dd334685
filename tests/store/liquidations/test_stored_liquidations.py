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
    told = replace(LONG, evidence=Evidence.EXACT, trade_ids=())
    LiquidationWriter(tmp_path).keep([LONG, told, replace(told, first_ms=LONG.first_ms + 1)], COINS)
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


def test_a_damaged_day_is_said(tmp_path: Path) -> None:
    LiquidationWriter(tmp_path).keep([LONG], COINS)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(CorruptSegment, match=r"2026-02-03\.parquet"):
        found(tmp_path)


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert found(tmp_path / "none") == []


def test_whatever_bytes_a_day_holds_it_is_read_or_said_to_be_damaged(tmp_path: Path) -> None:
    """Some damage makes the Parquet reader panic, which is no ordinary exception: it would end the program."""
    day = tmp_path / "2026-02-02.parquet"
    frame = pl.DataFrame([{name: _some(kind) for name, kind in SCHEMA.items()} for _ in range(300)], schema=SCHEMA)
    write_day(tmp_path, "2026-02-02", frame)
    good, chance, damaged = day.read_bytes(), random.Random(3), 0
    for _ in range(200):
        content = bytearray(good)
        for _ in range(chance.choice((1, 3, 20))):
            content[chance.randrange(len(content))] = chance.randrange(256)
        day.write_bytes(content)
        try:
            read_day(tmp_path, "2026-02-02")
        except StoreError:
            damaged += 1
    assert damaged > 100


def _some(kind: pl.DataType) -> object:
    if kind == pl.String:
        return "x"
    return [1, 2] if isinstance(kind, pl.List) else 1
