"""`liqscape export`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars
import pytest

from liqscape.cli import export_tables
from liqscape.cli.export_tables import TableFile
from liqscape.cli.main import main

Run = Callable[..., str]
RunJson = Callable[..., Any]
TIME = polars.Datetime("ms", "UTC")
KINDS = ("pools", "bands", "positions", "marks", "clusters")


@pytest.mark.parametrize("what", KINDS)
def test_every_row_carries_source_time_and_quality(what: str, stored: Any, command: Run, tmp_path: Path) -> None:
    out = tmp_path / "table.parquet"
    command("export", "--data", stored.folder, "--what", what, "--out", out)
    table = polars.read_parquet(out)
    assert table.height > 0
    assert set(table["as_of"].cast(polars.Int64)) == {frame.time_ms for frame in stored.market.frames}
    assert set(table["provenance_kind"]) == {"generated"}
    assert set(table["provenance_name"]) == {"small test market"}
    assert set(table["is_simulated"]) == {True}
    assert table["margin_source"].null_count() == 0


@pytest.mark.parametrize("what", KINDS)
def test_csv_and_parquet_hold_the_same_rows(what: str, stored: Any, command: Run, tmp_path: Path) -> None:
    for suffix in ("parquet", "csv"):
        command("export", "--data", stored.folder, "--what", what, "--out", tmp_path / f"t.{suffix}")
    table = polars.read_parquet(tmp_path / "t.parquet")
    times = [name for name, dtype in table.schema.items() if dtype == TIME]
    again = polars.read_csv(tmp_path / "t.csv", schema={**table.schema, **dict.fromkeys(times, polars.String())})
    again = again.with_columns(polars.col(times).str.to_datetime(time_unit="ms", time_zone="UTC"))
    assert table.equals(again)


def test_bands_sum_to_the_bands_of_the_frames(stored: Any, command: Run, tmp_path: Path) -> None:
    command("export", "--data", stored.folder, "--what", "bands", "--out", tmp_path / "b.parquet")
    sums = polars.read_parquet(tmp_path / "b.parquet").group_by("as_of").agg(polars.col("size").sum()).sort("as_of")
    expected = [float(frame.bands.size.sum()) for frame in stored.market.frames]
    assert sums["size"].to_list() == pytest.approx(expected, rel=1e-12)


def test_positions_hold_every_position_once(stored: Any, command: Run, tmp_path: Path) -> None:
    command("export", "--data", stored.folder, "--what", "positions", "--out", tmp_path / "p.parquet")
    table = polars.read_parquet(tmp_path / "p.parquet")
    for frame, accounts in zip(stored.market.frames, stored.market.accounts, strict=True):
        assert table.filter(polars.col("as_of").cast(polars.Int64) == frame.time_ms).height == accounts.position_count
    # A level that is not known is null, never zero or NaN.
    assert table.filter(polars.col("level_status") != "ok")["liquidation_price"].null_count() > 0
    assert table["liquidation_price"].is_nan().sum() == 0
    assert table.filter(polars.col("level_status") == "ok")["liquidation_price"].null_count() == 0


def test_an_unknown_mark_is_null(stored: Any, command: Run, tmp_path: Path) -> None:
    command("export", "--data", stored.folder, "--what", "marks", "--coin", "DARK", "--out", tmp_path / "m.parquet")
    table = polars.read_parquet(tmp_path / "m.parquet")
    assert table["mark"].null_count() == table.height == len(stored.market.frames)
    assert set(table["margin_source"]) == {"unknown"}


def test_coins_and_times_narrow_the_export(stored: Any, command_json: RunJson, tmp_path: Path) -> None:
    second, fourth = stored.market.frames[1].time_ms, stored.market.frames[3].time_ms
    out = tmp_path / "m.csv"
    said = command_json(
        *("export", "--data", stored.folder, "--what", "marks", "--out", out),
        *("--coin", "BTC", "--coin", "ETH", "--start", second, "--end", fourth),
    )
    assert said == {"out": str(out), "what": "marks", "frames": 3, "rows": 6}
    table = polars.read_csv(out)
    assert set(table["coin"]) == {"BTC", "ETH"}
    times = table["as_of"].str.to_datetime(time_unit="ms", time_zone="UTC").cast(polars.Int64)
    assert (times.min(), times.max()) == (second, fourth)


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_many_parts_join_in_order(
    suffix: str, stored: Any, command: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command("export", "--data", stored.folder, "--what", "bands", "--out", tmp_path / f"one.{suffix}")
    monkeypatch.setattr(export_tables, "PART_ROWS", 50)
    command("export", "--data", stored.folder, "--what", "bands", "--out", tmp_path / f"many.{suffix}")
    read = polars.read_parquet if suffix == "parquet" else polars.read_csv
    assert read(tmp_path / f"one.{suffix}").equals(read(tmp_path / f"many.{suffix}"))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--out", "x.txt"), ".parquet or .csv"),
        (("--out", "nowhere/x.csv"), "does not exist"),
        (("--out", "x.csv", "--coin", "NOPE"), "NOPE"),
        (("--out", "x.csv", "--start", "2026-02-03", "--end", "2026-02-02"), "--start"),
        (("--out", "x.csv", "--start", "2030-01-01"), "no frame"),
        (("--out", "x.csv", "--at", "2020-01-01"), "no frame at or before"),
        (("--out", "x.csv", "--at", "2026-02-03", "--end", "2026-02-03"), "--at names one frame"),
        (("--out", "x.csv", "--within-percent", "5"), "--within-percent goes with --what levels"),
    ],
)
def test_a_refused_export_writes_nothing(
    options: tuple[str, ...],
    expected: str,
    stored: Any,
    refused: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert expected in refused("export", "--data", stored.folder, "--what", "bands", *options)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_export_keeps_the_file_that_was_there(stored: Any, tmp_path: Path) -> None:
    out = tmp_path / "x.csv"
    out.write_text("before")
    assert main(["export", "--data", str(stored.folder), "--what", "bands", "--out", str(out), "--coin", "NOPE"]) == 2
    assert out.read_text() == "before"
    assert list(tmp_path.iterdir()) == [out]


def test_a_table_that_is_not_finished_leaves_nothing(tmp_path: Path) -> None:
    with TableFile(tmp_path / "t.csv") as file:
        file.add(polars.DataFrame({"a": [1]}))
    assert list(tmp_path.iterdir()) == []


def test_levels_are_the_positions_on_the_map_of_each_frame(stored: Any, command: Run, tmp_path: Path) -> None:
    command("export", "--data", stored.folder, "--what", "levels", "--out", tmp_path / "l.parquet")
    table = polars.read_parquet(tmp_path / "l.parquet")
    assert table["as_of"].dtype == polars.Datetime("ms", "UTC")
    times = table["as_of"].dt.epoch("ms")
    for frame in stored.market.frames:
        rows = table.filter(times == frame.time_ms)
        sizes = rows.group_by("coin").agg(polars.col("size").abs().sum()).rows()
        on_map = {
            coin: float(frame.bands.of_market(row).size.sum())
            for row, coin in enumerate(frame.snapshot.markets.coins)
            if len(frame.bands.of_market(row))
        }
        assert dict(sizes) == pytest.approx(on_map, rel=1e-12)


def test_levels_near_the_mark_are_those_of_all_that_are_near(stored: Any, command: Run, tmp_path: Path) -> None:
    for name, options in (("all", ()), ("near", ("--within-percent", "12.5"))):
        command("export", "--data", stored.folder, "--what", "levels", "--out", tmp_path / f"{name}.parquet", *options)
    every, near = (polars.read_parquet(tmp_path / f"{name}.parquet") for name in ("all", "near"))
    assert 0 < near.height < every.height
    assert near.equals(every.filter(polars.col("distance_percent").abs() <= 12.5))


def test_one_time_is_the_last_frame_at_or_before_it(stored: Any, command_json: RunJson, tmp_path: Path) -> None:
    third = stored.market.frames[2].time_ms
    out = tmp_path / "x.parquet"
    for what in ("levels", "marks"):
        options = ("export", "--data", stored.folder, "--what", what, "--out", out, "--at", third + 59_999)
        assert command_json(*options)["frames"] == 1
        assert set(polars.read_parquet(out)["as_of"].cast(polars.Int64)) == {third}


def test_levels_of_nobody_are_a_table_without_rows(stored: Any, command: Run, tmp_path: Path) -> None:
    options = ("export", "--data", stored.folder, "--what", "levels", "--coin", "DARK", "--within-percent", "5")
    command(*options, "--out", tmp_path / "none.parquet")
    command(*options[:-4], "--out", tmp_path / "all.parquet")
    none, every = (polars.read_parquet(tmp_path / f"{name}.parquet") for name in ("none", "all"))
    assert none.height == 0
    assert none.schema == every.schema
