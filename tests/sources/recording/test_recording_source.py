"""Events of a recorded folder: order, marks, pools, ages, provenance, candles."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import polars
import pytest
from planted import Leg, PlantedMarket, Wallet, address, market_row

from liqscape.model import Accounts
from liqscape.model.events import AccountsObserved, FrameDue, MarketDefined, MarksUpdated
from liqscape.risk.liquidation import solve_liquidation
from liqscape.service.pipeline import Pipeline
from liqscape.sources.recording import RecordingSource, open_candles
from liqscape.sources.recording.digits import decimals, resolution
from liqscape.states.child_trait import CHILD_LEVERAGE
from liqscape.units import MarginSource, PoolMode

FIRST, SECOND, LATE = "2026-02-03T12:00:00Z", "2026-02-03T12:05:00.25Z", "2026-02-04T12:00:00Z"
HOUR_MS = 3_600_000
LEGS = [
    Leg("BTC", "-12.5", "80000"),
    Leg("HYPE", "-40000", "31.5"),
    Leg("ATOM", "-30000", "2.2"),
    Leg("MEGA", "-50000", "0.14", 3, is_isolated=True),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    market = PlantedMarket()
    lone = Wallet(address(1), "-20000", [Leg("ATOM", "90000", "1.9")])
    market.record(LATE, [Wallet(address(2), "2500000", LEGS)])
    market.record(FIRST, [Wallet(address(2), "3100000", LEGS), lone])
    market.record(SECOND, [lone], {"ATOM": "1.95"})
    return market.write(tmp_path / "planted")


def test_events_come_in_time_order_and_are_the_same_twice(folder: Path) -> None:
    source = RecordingSource(folder)
    events = list(source.events())
    assert [type(event) for event in events] == [MarketDefined, *([MarksUpdated, AccountsObserved, FrameDue] * 3)]
    times = [event.time_ms for event in events]
    assert times == sorted(times)
    assert (source.first_ms, source.last_ms, source.snapshot_count) == (times[0], times[-1], 3)
    assert times[4] - times[1] == 300_250
    for one, other in zip(events, source.events(), strict=True):
        assert (type(one), one.time_ms) == (type(other), other.time_ms)
        if isinstance(one, AccountsObserved):
            assert isinstance(other, AccountsObserved)
            assert_same(one.accounts, other.accounts)


def test_a_snapshot_names_its_own_addresses_and_replaces_everything(folder: Path) -> None:
    observed = [event for event in RecordingSource(folder).events() if isinstance(event, AccountsObserved)]
    assert [event.accounts.addresses for event in observed] == [
        (address(1), address(2)),
        (address(1),),
        (address(2),),
    ]
    assert all(event.is_complete for event in observed)
    assert all((event.accounts.observed_ms == event.time_ms).all() for event in observed)


def test_pools_are_split_and_their_quality_is_published(folder: Path) -> None:
    last = [event for event in RecordingSource(folder).events() if isinstance(event, AccountsObserved)][-1].accounts
    assert last.mode.tolist() == [PoolMode.CROSS, PoolMode.ISOLATED]
    assert np.diff(last.offsets).tolist() == [3, 1]
    assert last.margin_source.tolist() == [MarginSource.PUBLISHED, MarginSource.PUBLISHED]
    assert last.raw_usd == pytest.approx([2_500_000, 7_000 + 7_000 / 3], rel=1e-9)


def test_the_ledger_solves_to_the_published_prices(folder: Path) -> None:
    source = RecordingSource(folder)
    pipeline = Pipeline(source.provenance)
    frames = 0
    for event in source.events():
        moment = pipeline.feed(event)
        if moment is None:
            continue
        frames += 1
        assert moment.frame.provenance == source.provenance
        ledger = pipeline.ledger
        solved = solve_liquidation(ledger.accounts, ledger.snapshot, ledger.tables).price
        assert solved == pytest.approx(ledger.accounts.published_price, rel=1e-8, nan_ok=True)
    assert frames == 3


def test_marks_are_of_the_positions_and_open_interest_ages(folder: Path) -> None:
    snapshots = [event.snapshot for event in RecordingSource(folder).events() if isinstance(event, MarksUpdated)]
    coins = snapshots[0].markets
    atom, stx = coins.index_of("ATOM"), coins.index_of("STX")
    assert [snapshot.mark[atom] for snapshot in snapshots] == pytest.approx([1.9871, 1.95, 1.9871])
    # Nobody holds STX: its mark is that of markets.parquet for ten minutes, its open interest for six hours.
    assert snapshots[0].mark[stx] == snapshots[1].mark[stx] == 0.27115
    assert np.isnan(snapshots[2].mark[stx])
    assert snapshots[1].open_interest[stx] == 1e6
    assert np.isnan(snapshots[2].open_interest).all()
    assert np.isnan(snapshots[2].oracle).all()


def test_the_mark_of_a_coin_is_the_median_of_its_rows(tmp_path: Path) -> None:
    market = PlantedMarket()
    for number, mark in enumerate(("1.99", "2.03", "2.00", "2.01")):
        market.record(FIRST, [Wallet(address(number), "90000", [Leg("ATOM", "-3", "2")])], {"ATOM": mark})
    source = RecordingSource(market.write(tmp_path))
    marks = next(event for event in source.events() if isinstance(event, MarksUpdated)).snapshot
    assert marks.mark[marks.markets.index_of("ATOM")] == pytest.approx(2.005)


def test_the_provenance_says_what_it_is_and_is_not(folder: Path) -> None:
    provenance = RecordingSource(folder).provenance
    assert (provenance.kind, provenance.name, provenance.is_simulated) == ("recording", "planted", False)
    assert "1 to 2 accounts a snapshot, not the whole market" in provenance.note
    assert "may be a failed request" in provenance.note
    assert "not recorded" not in provenance.note


def test_coins_without_recorded_leverage_are_guessed_and_named(folder: Path) -> None:
    first = polars.DataFrame([market_row(FIRST, "HYPE", 33.0)])
    first.write_parquet(folder / "markets.parquet")
    source = RecordingSource(folder)
    assert "maximum leverage not recorded for ATOM, BTC, MEGA" in source.provenance.note
    markets = source.solved.tables.markets
    assert {market.coin: market.max_leverage for market in markets.rows} == {
        "ATOM": 5,  # the highest leverage seen, a step of the venue
        "BTC": 40,  # the dated list
        "HYPE": 10,
        "MEGA": 3,
    }


def test_a_listed_coin_with_another_recorded_leverage_is_plain(folder: Path) -> None:
    row = market_row(FIRST, "HYPE", 33.0) | {"max_leverage": 7}
    polars.DataFrame([row]).write_parquet(folder / "markets.parquet")
    tables = RecordingSource(folder).solved.tables
    hype = tables.markets.rows[tables.markets.index_of("HYPE")]
    assert tables.tables.tier_count[hype.table_row] == 1
    assert tables.tables.max_leverage[tables.exempt_table_row, 0] == CHILD_LEVERAGE


def test_printed_digits_are_told_from_the_column() -> None:
    assert decimals(np.array([1.0, 0.25, 12.125, 7650.4258098245])).tolist()[:3] == [0, 2, 3]
    by_decimals = resolution(np.array([0.1234567891, 7650.4258098245, np.nan, 12.5]))
    assert by_decimals[0] == pytest.approx(5e-11)
    assert by_decimals[2] == 0.0
    assert by_decimals[3] <= 5e-9
    by_significant = resolution(np.array([71234.5, 0.0312345, 2.34567, 1.5]))
    assert by_significant[0] == pytest.approx(0.05)
    assert by_significant[3] == pytest.approx(5e-6)


def test_candles_are_read_by_coin_and_time(tmp_path: Path) -> None:
    hours = [1_770_000_000_000 + hour * HOUR_MS for hour in range(4)]
    rows = [
        {"timestamp": time, "venue": venue, "coin": coin, "o": 2.0, "h": 4.0, "l": 1.0, "c": 3.0 + place, "v": 9.0}
        for venue in ("okx", "binance")
        for coin in ("ETH", "BTC")
        for place, time in enumerate(hours if venue == "binance" else hours[:1])
        if place < 2 or coin == "BTC"
    ]
    for row in rows:
        row["h"] = max(4.0, float(str(row["c"])))
    table = polars.DataFrame(rows).with_columns(polars.col("timestamp").cast(polars.Datetime("ms", "UTC")))
    (tmp_path / "multivenue").mkdir()
    table.reverse().write_parquet(tmp_path / "multivenue" / "candles.parquet")
    candles = open_candles(None, tmp_path / "recording")
    assert candles is not None
    assert (candles.name, candles.interval_ms, candles.coins) == ("Binance, 1 hour", HOUR_MS, ("BTC", "ETH"))
    found = candles.read("BTC", hours[1], hours[3])
    assert found.tolist() == [[hours[1], 2.0, 4.0, 1.0, 4.0], [hours[2], 2.0, 5.0, 1.0, 5.0]]
    assert candles.read("SOL", 0, hours[3]).shape == (0, 5)
    assert open_candles(None, tmp_path / "elsewhere" / "recording") is None


def assert_same(left: Accounts, right: Accounts) -> None:
    for column in fields(Accounts):
        one, other = getattr(left, column.name), getattr(right, column.name)
        if isinstance(one, tuple):
            assert one == other
        else:
            np.testing.assert_array_equal(one, other)
