"""Tables of others: with their columns named they give what a recording gives; with cash the exact levels."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import polars
import pytest
from archived_world import archived_world

from liqscape.errors import InputError, SettingsError
from liqscape.model.accounts import Accounts
from liqscape.model.events import AccountsObserved, Event, FrameDue, MarksUpdated
from liqscape.sources.recording import RecordingSource
from liqscape.sources.tables.foreign import ForeignSource, parse_columns
from liqscape.units import MarginSource, PoolMode

ADDRESS = "0x" + "Ab" * 20
OTHER = "0x" + "12" * 20
ROWS = {
    "at": ["2026-02-03T12:00:00Z"] * 3 + ["2026-02-03T13:00:00Z"] * 2,
    "wallet": [ADDRESS, ADDRESS, OTHER, ADDRESS, OTHER],
    "symbol": ["BTC", "ETH", "BTC", "BTC", "BTC"],
    "amount": [1.5, 20.0, 0.25, 1.0, 0.25],
    "way": ["long", "SHORT", "short", "long", "short"],
    "mark": [70_000.0, 2_000.0, 70_000.0, 71_000.0, 71_000.0],
    "equity": [30_000.0, 30_000.0, 9_000.0, 31_000.0, 8_750.0],
}
COLUMNS = {
    "snapshot_ts": "at",
    "address": "wallet",
    "coin": "symbol",
    "szi": "amount",
    "side": "way",
    "mark_px": "mark",
    "account_value": "equity",
}


def write(path: Path, **changed: object) -> Path:
    polars.DataFrame({**ROWS, **changed}).write_parquet(path)
    return path


def accounts_of(events: Iterable[Event]) -> list[Accounts]:
    return [event.accounts for event in events if isinstance(event, AccountsObserved)]


def test_account_values_give_the_cash_of_every_snapshot(tmp_path: Path) -> None:
    source = ForeignSource(write(tmp_path / "table.parquet"), COLUMNS)
    first, second = accounts_of(source.events())
    assert first.addresses == (OTHER, ADDRESS.lower())
    assert first.raw_usd.tolist() == [9_000.0 + 0.25 * 70_000.0, 30_000.0 - 1.5 * 70_000.0 + 20.0 * 2_000.0]
    assert second.raw_usd.tolist() == [8_750.0 + 0.25 * 71_000.0, 31_000.0 - 71_000.0]
    assert first.size.tolist() == [-0.25, 1.5, -20.0]
    assert set(first.margin_source) == {MarginSource.STATE}
    assert set(first.mode) == {PoolMode.CROSS}
    assert np.isnan(first.entry_price).all()
    assert np.isnan(first.leverage).all()
    marks = [event.snapshot.mark for event in source.events() if isinstance(event, MarksUpdated)]
    assert marks[0].tolist() == [70_000.0, 2_000.0]
    assert len([event for event in source.events() if isinstance(event, FrameDue)]) == 2
    assert source.provenance.name == "table.parquet"
    assert "cash given" in source.provenance.note


@pytest.mark.parametrize(
    "kind", ["seconds", "milliseconds", "microseconds", "nanoseconds", "fractions", "texts", "datetime", "zoned", "csv"]
)
def test_times_may_be_numbers_or_datetimes(tmp_path: Path, kind: str) -> None:
    seconds = [1_770_120_000] * 3 + [1_770_123_600] * 2
    times = polars.Series(seconds)
    moments = polars.from_epoch(times, time_unit="s")
    changed = {
        "seconds": times,
        "milliseconds": times * 1_000,
        "microseconds": times * 1_000_000,
        "nanoseconds": times * 1_000_000_000 + 123,
        "fractions": times.cast(polars.Float64),
        "texts": (times * 1_000_000_000).cast(polars.String),
        "datetime": moments,
        "zoned": moments.dt.replace_time_zone("UTC").dt.convert_time_zone("Asia/Tokyo"),
        "csv": times * 1_000,
    }[kind]
    path = write(tmp_path / "table.parquet", at=changed)
    if kind == "csv":
        polars.read_parquet(path).write_csv(tmp_path / "table.csv")
        path = tmp_path / "table.csv"
    source = ForeignSource(path, COLUMNS)
    assert (source.first_ms, source.last_ms) == (1_770_120_000_000, 1_770_123_600_000)


def test_raw_usd_of_the_exchange_gives_the_cash_of_the_exchange(tmp_path: Path) -> None:
    """Our own dump read as if it were a table of others."""
    world = archived_world(tmp_path, 1)
    dump = polars.read_parquet(world.base).filter(polars.col("margin_mode") == "cross")
    dump.drop("liquidation_px").write_parquet(tmp_path / "table.parquet")
    (found,) = accounts_of(ForeignSource(tmp_path / "table.parquet", {}).events())
    cash = dict(zip(dump["address"], dump["raw_usd"], strict=True))
    assert dict(zip((found.addresses[row] for row in found.address_row), found.raw_usd.tolist(), strict=True)) == cash


def test_a_table_without_cash_is_solved_like_a_recording(recorded: Path, tmp_path: Path) -> None:
    """The recorded market under other names gives the same events, to the bit."""
    own = tmp_path / "own"
    own.mkdir()
    times = polars.read_parquet(recorded / "market_2026_02" / "positions.parquet")["snapshot_ts"].unique().sort()[:2]
    table = polars.read_parquet(recorded / "market_2026_02" / "positions.parquet")
    table.filter(polars.col("snapshot_ts").is_in(times.implode())).write_parquet(own / "positions.parquet")
    renamed = {"snapshot_ts": "at", "address": "wallet", "szi": "amount", "liquidation_px": "liq"}
    polars.read_parquet(own / "positions.parquet").rename(renamed).write_parquet(tmp_path / "theirs.parquet")
    theirs = ForeignSource(tmp_path / "theirs.parquet", renamed)
    for found, expected in zip(accounts_of(theirs.events()), accounts_of(RecordingSource(own).events()), strict=True):
        assert found.addresses == expected.addresses
        for name in ("raw_usd", "size", "table_row", "margin_source", "mode", "entry_price", "leverage"):
            assert getattr(found, name).tobytes() == getattr(expected, name).tobytes(), name
    shutil.rmtree(own)


@pytest.mark.parametrize(
    ("changed", "dropped", "rule"),
    [
        ({"way": ["up"] * 5}, (), "side holds 'up', must say long or short"),
        ({}, ("wallet",), "column 'wallet' is missing"),
        ({}, ("mark",), "column 'mark' is missing"),
        ({"at": [True] * 5}, (), "table.parquet: at holds Boolean, must hold times"),
        ({"at": [4_102_444_800] * 5}, (), "row 0, at = 4102444800: must be an ISO 8601 time between 2000 and 2100"),
        ({"at": [2**62] * 5}, (), "row 0, at = 4611686018427387904: must be an ISO 8601 time"),
        ({"at": ["2026-02-03T12:00:00Z", "later", *["2026-02-03T12:00:00Z"] * 3]}, (), "row 1, at = 'later': must be"),
        ({"wallet": ["0x12"] * 5}, (), r"table\.parquet: row 0, wallet = '0x12': must be 0x and 40 hexadecimal digits"),
        ({"amount": ["many"] * 5}, (), r"table\.parquet: row 0, amount = 'many': must be a number"),
        ({"amount": [1.0, None, 2.0, 1.0, 1.0]}, (), r"row 1, amount = None: must be a finite number"),
        ({"amount": [True] * 5}, (), "column 'amount' holds Boolean, must hold numbers"),
        ({"mark": [7e4, 2e3, -5.0, 7e4, 7e4]}, (), r"row 2, mark = -1\.25: must be a finite number"),
    ],
)
def test_what_is_wrong_is_named(
    tmp_path: Path, changed: dict[str, object], dropped: tuple[str, ...], rule: str
) -> None:
    path = write(tmp_path / "table.parquet", **changed)
    polars.read_parquet(path).drop(dropped).write_parquet(path)
    with pytest.raises(InputError, match=rule):
        ForeignSource(path, COLUMNS)


@pytest.mark.parametrize(
    ("columns", "rule"),
    [
        ({key: value for key, value in COLUMNS.items() if key != "account_value"}, "nothing to solve levels from"),
        ({key: value for key, value in COLUMNS.items() if key != "mark_px"}, "neither position_value nor mark_px"),
        ({key: value for key, value in COLUMNS.items() if key != "coin"}, "name it with --column coin=THEIRS"),
    ],
)
def test_a_column_that_is_needed_and_not_named_is_asked_for(tmp_path: Path, columns: dict[str, str], rule: str) -> None:
    with pytest.raises(InputError, match=rule):
        ForeignSource(write(tmp_path / "table.parquet"), columns)


def test_no_table_at_all_is_refused(tmp_path: Path) -> None:
    (tmp_path / "table.parquet").write_bytes(b"rubbish")
    with pytest.raises(InputError, match=r"table\.parquet: not a readable table"):
        ForeignSource(tmp_path / "table.parquet", COLUMNS)


def csv_of(path: Path, sizes: list[str], **changed: list[str]) -> Path:
    """An account a row, 100 USD of mark, cash of nine tenths of it owed."""
    columns = {
        "snapshot_ts": ["2026-06-01T00:00:00Z"] * len(sizes),
        "address": [f"0x{row:040x}" for row in range(len(sizes))],
        "coin": ["SOL"] * len(sizes),
        "szi": sizes,
        "mark_px": ["100"] * len(sizes),
        "raw_usd": [str(-90.0 * float(size)) for size in sizes],
        **changed,
    }
    lines = [",".join(columns), *(",".join(row) for row in zip(*columns.values(), strict=True))]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_types_do_not_depend_on_the_first_rows(tmp_path: Path) -> None:
    """Two hundred whole numbers and then a fraction; a price column that begins empty; cash in both notations."""
    sizes = [str(row + 1) for row in range(200)] + ["0.5"]
    path = csv_of(tmp_path / "table.csv", sizes, liquidation_px=[""] * 200 + ["85.5"])
    (found,) = accounts_of(ForeignSource(path, {}).events())
    assert sorted(found.size.tolist()) == sorted(float(size) for size in sizes)


@pytest.mark.parametrize("nothing", ["", "nan", "NaN", "null", "None", "N/A"])
def test_texts_for_nothing_are_null(tmp_path: Path, nothing: str) -> None:
    path = csv_of(tmp_path / "table.csv", ["1", "2"], liquidation_px=["85", nothing], raw_usd=["-90", nothing])
    (found,) = accounts_of(ForeignSource(path, {}).events())
    assert found.raw_usd[0] == -90.0
    assert np.isnan(found.raw_usd[1])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_table_may_be_written_by_a_spreadsheet(tmp_path: Path, encoding: str) -> None:
    path = csv_of(tmp_path / "table.csv", ["1", "2"])
    path.write_text(path.read_text(), encoding=encoding)
    (found,) = accounts_of(ForeignSource(path, {}).events())
    assert found.size.tolist() == [1.0, 2.0]


def test_cash_of_a_standard_account_is_that_of_each_dex_and_the_same_figure_twice_is_one_pool(tmp_path: Path) -> None:
    path = csv_of(
        tmp_path / "table.csv",
        ["1", "2", "3", "4"],
        address=[ADDRESS, ADDRESS, OTHER, OTHER],
        coin=["SOL", "abc:OIL", "SOL", "abc:OIL"],
        raw_usd=["-50", "-70", "-600", "-600"],
    )
    (found,) = accounts_of(ForeignSource(path, {}).events())
    assert found.addresses == (OTHER, ADDRESS.lower())
    assert found.raw_usd.tolist() == [-600.0, -50.0, -70.0]
    assert np.diff(found.offsets).tolist() == [2, 1, 1]
    assert found.mode.tolist() == [PoolMode.UNIFIED, PoolMode.CROSS, PoolMode.CROSS]
    values = csv_of(
        tmp_path / "values.csv",
        ["1", "2"],
        address=[ADDRESS, ADDRESS],
        coin=["SOL", "abc:OIL"],
        raw_usd=["", ""],
        account_value=["40", "40"],
    )
    values.write_text(values.read_text().replace("raw_usd", "nothing"))
    (one,) = accounts_of(ForeignSource(values, {}).events())
    assert one.raw_usd.tolist() == [40.0 - 100.0 - 200.0]


def test_rows_of_a_pool_that_name_different_cash_leave_it_unknown_and_no_other(tmp_path: Path) -> None:
    path = csv_of(
        tmp_path / "table.csv",
        ["1", "2", "3"],
        address=[ADDRESS, ADDRESS, OTHER],
        coin=["SOL", "BTC", "SOL"],
        raw_usd=["-50", "-60", "-70"],
    )
    source = ForeignSource(path, {})
    (found,) = accounts_of(source.events())
    assert found.raw_usd.tolist()[0] == -70.0
    assert np.isnan(found.raw_usd[1])
    assert found.margin_source.tolist() == [MarginSource.STATE, MarginSource.UNKNOWN]
    assert "1 pools unknown: their rows name different cash" in source.provenance.note


@pytest.mark.parametrize("pair", ["szi", "szi=", "size=szi", "=x"])
def test_columns_are_named_as_pairs(pair: str) -> None:
    with pytest.raises(SettingsError, match="must be OURS=THEIRS"):
        parse_columns([pair])
    assert parse_columns(["szi=size", "address=who=it"]) == {"szi": "size", "address": "who=it"}
