"""`liqscape levels`: one row per recorded position, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars
import pytest
from planted import Leg, PlantedMarket, Wallet, address

COLUMNS = {
    "snapshot_ts": polars.String,
    "address": polars.String,
    "coin": polars.String,
    "size": polars.Float64,
    "mark": polars.Float64,
    "notional": polars.Float64,
    "published_liquidation_price": polars.Float64,
    "solved_liquidation_price": polars.Float64,
    "class": polars.String,
}


@pytest.fixture
def market() -> PlantedMarket:
    market = PlantedMarket()
    legs = [Leg("BTC", "-12.5", "80000"), Leg("HYPE", "-40000", "31.5"), Leg("ATOM", "300", "2.2")]
    market.record("2026-02-03T18:00:00.279741Z", [Wallet(address(2), "3100000", legs)])
    market.record("2026-02-03T12:00:00Z", [Wallet(address(1), "2900000", legs)])
    return market


def test_rows_stand_in_the_order_of_the_input_with_the_promised_columns(
    market: PlantedMarket, tmp_path: Path, command_json: Callable[..., Any]
) -> None:
    out = tmp_path / "levels.parquet"
    answer = command_json("levels", "--recording", market.write(tmp_path / "in"), "--out", out)
    table = polars.read_parquet(out)
    assert dict(table.schema) == COLUMNS
    for field, name in (("snapshot_ts", "snapshot_ts"), ("address", "address"), ("coin", "coin"), ("size", "szi")):
        assert table[field].to_list() == [row[name] for row in market.rows]
    assert table["notional"].to_list() == [row["position_value"] for row in market.rows]
    assert table["published_liquidation_price"].to_list() == [row["liquidation_px"] for row in market.rows]
    assert table["class"].to_list() == ["reproduced", "reproduced", "null_agrees"] * 2
    assert (answer["rows"], answer["published"], answer["reproduced"], answer["explained"]) == (6, 4, 4, 6)
    assert answer["classes"]["null_agrees"] == {"rows": 2, "share": 2 / 6}
    assert sum(part["rows"] for part in answer["classes"].values()) == 6


def test_the_summary_counts_every_class(market: PlantedMarket, tmp_path: Path, command: Callable[..., str]) -> None:
    text = command("levels", "--recording", market.write(tmp_path / "in"), "--out", tmp_path / "levels.parquet")
    assert "reproduced" in text
    assert "66.67 %" in text
    assert "6 rows, 100.0 % explained" in text


def test_bad_input_writes_nothing_and_keeps_what_was_there(
    market: PlantedMarket, tmp_path: Path, refused: Callable[..., str]
) -> None:
    out = tmp_path / "levels.parquet"
    out.write_bytes(b"before")
    rows = [dict(row, szi=1e-13) for row in market.rows]
    line = refused("levels", "--recording", market.write(tmp_path / "in", rows), "--out", out)
    assert "row 0, szi = 1e-13: must be zero or at least 1e-12" in line
    assert out.read_bytes() == b"before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "levels.parquet"]


def test_options_that_cannot_work_are_refused(
    market: PlantedMarket, tmp_path: Path, refused: Callable[..., str]
) -> None:
    folder = market.write(tmp_path / "in")
    assert "must end in .parquet" in refused("levels", "--recording", folder, "--out", tmp_path / "levels.txt")
    assert "is not a folder" in refused("levels", "--recording", tmp_path / "no", "--out", tmp_path / "a.parquet")
    assert "does not exist" in refused("levels", "--recording", folder, "--out", tmp_path / "no" / "a.parquet")
    (tmp_path / "b.parquet").mkdir()
    assert "is a folder" in refused("levels", "--recording", folder, "--out", tmp_path / "b.parquet")
