"""`liqscape liquidations`: from a folder, as table, JSON and file."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import polars
import pytest
from store_frames import PROVENANCE, TABLES, make_accounts, make_frame, make_markets
from stored_moments import moment_of

from liqscape.cli.liquidations import liquidations
from liqscape.errors import RequestFailed, SettingsError
from liqscape.model.liquidations import Evidence, Liquidation, LiquidationMethod
from liqscape.store.history import HistoryWriter
from liqscape.store.liquidations import LiquidationWriter

NAN = float("nan")
EVENT = Liquidation(
    address="0x" + "a" * 40,
    market_index=0,
    side=1,
    size=2.0,
    price=100.0,
    notional=200.0,
    mark=NAN,
    predicted_price=101.0,
    method=LiquidationMethod.MARKET,
    evidence=Evidence.EXACT,
    fee=NAN,
    account_value=NAN,
    fill_count=1,
    first_ms=1_770_000_000_000,
    last_ms=1_770_000_000_000,
    trade_ids=(4, 5),
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder, markets = tmp_path / "data", make_markets(2)
    with HistoryWriter(folder, PROVENANCE) as writer:
        writer.append(moment_of(make_frame(1, 0, markets=markets), make_accounts(1, 0, len(markets)), TABLES))
    refuted = replace(EVENT, evidence=Evidence.REFUTED, trade_ids=(6,), side=-1)
    LiquidationWriter(folder / "liquidations").keep([EVENT, refuted], markets.coins)
    return folder


def test_a_table_with_the_miss_and_the_totals(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    liquidations(data=data)
    shown = capsys.readouterr().out
    assert "-0.99 %" in shown
    assert EVENT.address in shown
    assert "1 liquidations of 1 wallets: 200 long, 0 short; 1 inferred and refuted" in shown


def test_a_narrow_output_cuts_no_time_and_no_wallet(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    unlike = replace(EVENT, address="0x" + "b" * 40, price=123_456.789, size=1_234.567_8, trade_ids=(9,))
    events = [replace(unlike, predicted_price=120_000.123), replace(unlike, method=LiquidationMethod.ADL)]
    LiquidationWriter(data / "liquidations").keep(events[:1], ["BTC", "ETH"])
    LiquidationWriter(data / "liquidations").keep([replace(events[1], trade_ids=(10,))], ["BTC", "ETH"])
    liquidations(data=data)
    shown = capsys.readouterr().out
    assert shown.count("2026-02-02T02:40:00Z") == 4
    assert shown.count(unlike.address) == 2
    assert "…" not in shown


def test_json_holds_the_answer_of_the_api(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    liquidations(data=data, side="long", json=True)
    answer = json.loads(capsys.readouterr().out)
    assert [row["trade_ids"] for row in answer["liquidations"]] == [[4, 5]]


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_a_file_holds_every_row(data: Path, tmp_path: Path, ending: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / f"out.{ending}"
    liquidations(data=data, out=out)
    rows = polars.read_parquet(out) if ending == "parquet" else polars.read_csv(out)
    assert rows.height == 2
    assert set(rows["trade_ids"].cast(polars.String)) == {"4 5", "6"}
    assert "2 of 2 events" in capsys.readouterr().out


def test_options_that_do_not_fit_are_refused(data: Path) -> None:
    with pytest.raises(SettingsError, match="either --data DIR"):
        liquidations()
    with pytest.raises(SettingsError, match="either --data DIR"):
        liquidations(data=data, url="http://127.0.0.1:1")
    with pytest.raises(SettingsError, match=r"\.parquet or \.csv"):
        liquidations(data=data, out=Path("here.txt"))


def test_a_server_that_does_not_answer_is_one_error() -> None:
    with pytest.raises(RequestFailed, match=r"no map answers at http://127\.0\.0\.1:1: Connection refused"):
        liquidations(url="http://127.0.0.1:1")
