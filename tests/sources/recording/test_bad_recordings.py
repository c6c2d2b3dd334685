"""Whatever is wrong with a recorded folder becomes one InputError naming file, row, field, value and rule."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import polars
import pytest
from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import SCHEMA, Leg, PlantedMarket, Wallet, address, market_row

from liqscape.errors import InputError, LiqscapeError
from liqscape.sources.recording import RecordingSource, open_candles, solve_levels
from liqscape.sources.recording.markets import read_markets

TIME = "2026-02-03T12:44:34.279741Z"


def small_rows() -> list[dict[str, object]]:
    market = PlantedMarket()
    legs = [Leg("BTC", "-3", "80000"), Leg("HYPE", "-3000", "25"), Leg("ATOM", "90", "1.9")]
    market.record(TIME, [Wallet(address(1), "900000", legs), Wallet(address(2), "-100", legs[2:])])
    return market.rows


def write(folder: Path, rows: list[dict[str, Any]], **types: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    polars.DataFrame(rows, schema={**SCHEMA, **types}).write_parquet(folder / "positions.parquet")
    return folder


def refusal(folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        solve_levels(folder)
    return str(caught.value)


BAD_VALUES = [
    ("szi", 1e-13, "szi = 1e-13: must be zero or at least 1e-12"),
    ("szi", math.nan, "szi = nan: must be a finite number"),
    ("szi", math.inf, "szi = inf: must be a finite number"),
    ("szi", 1e300, "szi = 1e+300: must be a finite number"),
    ("szi", None, "szi = None: must be a finite number"),
    ("position_value", -5.0, "position_value = -5.0: must be a finite number >= 1e-15"),
    ("position_value", 0.0, "position_value = 0.0: must be a finite number >= 1e-15"),
    ("entry_px", -1.0, "entry_px = -1.0: must be a finite number >= 1e-15"),
    ("leverage", 0.0, "leverage = 0.0: must be a finite number >= 1 and <= 1000"),
    ("liquidation_px", -3.0, "liquidation_px = -3.0: must be a finite number >= 1e-15 and <= 1e+15 or null"),
    ("liquidation_px", math.nan, "liquidation_px = nan: must be a finite number >= 1e-15 and <= 1e+15 or null"),
    ("address", "0x12", "address = '0x12': must be 0x and 40 hexadecimal digits"),
    ("address", None, "address = None: must not be null"),
    ("coin", "", "coin = '': must be 1 to 64 printable characters"),
    ("coin", "A B", "coin = 'A B': must be 1 to 64 printable characters"),
    ("snapshot_ts", "yesterday", "snapshot_ts = 'yesterday': must be an ISO 8601 time"),
    ("snapshot_ts", "2026-02-30T12:44:34Z", "must be an ISO 8601 time"),
    ("snapshot_ts", "1026-02-03T12:44:34Z", "between 2000 and 2100"),
]


@pytest.mark.parametrize(("field", "value", "message"), BAD_VALUES, ids=[f"{f}={v}" for f, v, _ in BAD_VALUES])
def test_a_bad_value_is_named_with_its_row(field: str, value: object, message: str, tmp_path: Path) -> None:
    rows = small_rows()
    rows[2][field] = value
    text = refusal(write(tmp_path, rows))
    assert "positions.parquet: row 2, " in text
    assert message in text


def test_rows_of_size_zero_are_left_out_and_counted_whatever_else_they_hold(tmp_path: Path) -> None:
    closed = {**small_rows()[0], "coin": "GOAT", "szi": -0.0, "position_value": 0.0, "entry_px": None, "leverage": None}
    found = solve_levels(write(tmp_path / "more", [closed, *small_rows(), {**closed, "coin": "STX"}]))
    assert found.summary.empty == 2
    assert found.table.equals(solve_levels(write(tmp_path / "same", small_rows())).table)
    assert "2 rows of size zero left out" in RecordingSource(tmp_path / "more").provenance.note
    assert "all 1 rows are of size zero" in refusal(write(tmp_path / "none", [closed]))


def test_rows_after_one_that_is_left_out_keep_their_number(tmp_path: Path) -> None:
    rows = small_rows()
    rows[0]["szi"] = 0.0
    rows[3]["address"] = "0x12"
    assert "positions.parquet: row 3, address = '0x12'" in refusal(write(tmp_path, rows))


def test_unknown_entry_price_and_leverage_change_no_level(tmp_path: Path) -> None:
    bare = [{**row, "entry_px": None, "leverage": None} for row in small_rows()]
    prices = [
        solve_levels(write(tmp_path / name, rows)).table["solved_liquidation_price"]
        for name, rows in (("bare", bare), ("whole", small_rows()))
    ]
    assert prices[0].equals(prices[1])
    assert prices[0].null_count() < len(bare)


def test_a_repeated_row_is_named_with_the_row_it_repeats(tmp_path: Path) -> None:
    rows = small_rows()
    rows.append(dict(rows[1], address=str(rows[1]["address"]).upper().replace("0X", "0x"), szi=-1.0))
    text = refusal(write(tmp_path, rows))
    assert f"row {len(rows) - 1}" in text
    assert "repeats row 1" in text


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    write(tmp_path, small_rows())
    path = tmp_path / "positions.parquet"
    polars.read_parquet(path).drop("leverage").write_parquet(path)
    assert "column 'leverage' is missing" in refusal(tmp_path)


def test_a_column_of_another_type_is_named(tmp_path: Path) -> None:
    rows = [dict(row, szi=str(row["szi"])) for row in small_rows()]
    assert "column 'szi' holds String, must hold numbers" in refusal(write(tmp_path, rows, szi=polars.String))
    rows = [dict(row, coin=7) for row in small_rows()]
    assert "column 'coin' holds Int64, must hold text" in refusal(write(tmp_path, rows, coin=polars.Int64))


def test_whole_numbers_are_numbers(tmp_path: Path) -> None:
    rows = [dict(row, leverage=5) for row in small_rows()]
    assert solve_levels(write(tmp_path, rows, leverage=polars.Int64)).table.height == len(rows)


def test_a_column_of_nulls_alone_is_a_column_of_unpublished_prices(tmp_path: Path) -> None:
    rows = [{**row, "liquidation_px": None} for row in small_rows()]
    table = solve_levels(write(tmp_path, rows, liquidation_px=polars.Null)).table
    assert table["published_liquidation_price"].null_count() == len(rows)


def test_a_file_without_rows_or_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "there is no such file" in refusal(tmp_path)
    assert "holds no rows" in refusal(write(tmp_path, []))


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.9, 0.999])
def test_a_truncated_file_is_refused(kept: float, tmp_path: Path) -> None:
    path = write(tmp_path, small_rows()) / "positions.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept * len(whole))])
    assert "not a readable Parquet file" in refusal(tmp_path)


def test_bad_markets_are_named_too(tmp_path: Path) -> None:
    folder = write(tmp_path, small_rows())
    good = market_row(TIME, "BTC", 7e4)
    for change, message in (
        ({"max_leverage": 0}, "max_leverage = 0.0: must be a finite number >= 1"),
        ({"mark_px": -1.0}, "mark_px = -1.0: must be a finite number >= 1e-15"),
        ({"open_interest_coins": math.inf}, "open_interest_coins = inf"),
    ):
        polars.DataFrame([good, {**good, "coin": "HYPE", **change}]).write_parquet(folder / "markets.parquet")
        text = refusal(folder)
        assert "markets.parquet: row 1" in text
        assert message in text
    polars.DataFrame([good, good]).write_parquet(folder / "markets.parquet")
    assert "repeats row 0" in refusal(folder)


def test_open_interest_and_oracle_that_are_null_are_unknown_not_refused(tmp_path: Path) -> None:
    folder = write(tmp_path, small_rows())
    unknown = {**market_row(TIME, "BTC", 7e4), "open_interest_coins": None, "oracle_px": None}
    polars.DataFrame([{**unknown, "coin": "HYPE", "open_interest_coins": 5.0}, unknown]).write_parquet(
        folder / "markets.parquet"
    )
    read = read_markets(folder)
    np.testing.assert_array_equal(read.open_interest, [np.nan, 5.0])
    assert np.isnan(read.oracle).all()


def test_a_market_file_is_not_needed(tmp_path: Path) -> None:
    found = solve_levels(write(tmp_path, small_rows()))
    assert found.table.height == len(small_rows())


VALUES = st.one_of(
    st.none(),
    st.floats(width=64),
    st.sampled_from([0.0, -0.0, 1e-320, 1e15, 1e16, -1e300, 2.0**53]),
)
TEXTS = st.one_of(st.none(), st.text(max_size=12), st.sampled_from([TIME, "BTC", address(1), "2026-02-30T00:00:00Z"]))
CHANGES = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(list(SCHEMA))).flatmap(
        lambda place: st.tuples(st.just(place), TEXTS if SCHEMA[place[1]] == polars.String else VALUES)
    ),
    max_size=4,
)


@settings(max_examples=examples(80))
@given(changes=CHANGES, dropped=st.lists(st.sampled_from(list(SCHEMA)), max_size=1))
def test_mutated_tables_are_solved_or_refused(
    tmp_path_factory: pytest.TempPathFactory, changes: list[Any], dropped: list[str]
) -> None:
    rows = small_rows()
    for (row, field), value in changes:
        rows[row][field] = value
    folder = write(tmp_path_factory.mktemp("mutated"), rows)
    if dropped:
        path = folder / "positions.parquet"
        polars.read_parquet(path).drop(dropped).write_parquet(path)
    try:
        found = solve_levels(folder)
    except LiqscapeError as error:
        assert "positions.parquet" in str(error)  # noqa: PT017 - either outcome is right, both are checked
    else:
        assert found.table.height == sum(row["szi"] != 0.0 for row in rows)


@settings(max_examples=examples(80))
@given(data=st.data())
def test_damaged_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = write(tmp_path_factory.mktemp("damaged"), small_rows()) / "positions.parquet"
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(content))
    try:
        found = solve_levels(path.parent)
    except LiqscapeError as error:
        assert "positions.parquet" in str(error)  # noqa: PT017
    else:
        assert found.table.height > 0


def test_bad_candles_are_named(tmp_path: Path) -> None:
    path = tmp_path / "candles.parquet"
    hour = polars.datetime_range(
        polars.datetime(2026, 2, 3), polars.datetime(2026, 2, 3, 2), "1h", time_zone="UTC", eager=True
    )
    good = polars.DataFrame({"timestamp": hour, "o": [1.0, 2, 3], "h": [3.0, 3, 3], "l": [0.5, 1, 2], "c": [2.0, 3, 2]})
    good = good.with_columns(polars.lit("binance").alias("venue"), polars.lit("BTC").alias("coin"))
    good.with_columns(polars.lit(1.0).alias("h")).write_parquet(path)
    with pytest.raises(InputError, match=r"candles\.parquet: row 0, h = 1\.0: must not be below"):
        open_candles(path, None)
    good.with_columns(polars.lit("okx").alias("venue")).write_parquet(path)
    with pytest.raises(InputError, match="no candle of venue 'binance'; there are: okx"):
        open_candles(path, None)
    good.with_columns(polars.lit("x").alias("timestamp")).write_parquet(path)
    with pytest.raises(InputError, match="column 'timestamp' holds String"):
        open_candles(path, None)
    with pytest.raises(InputError, match="no such file"):
        open_candles(tmp_path / "other.parquet", None)
