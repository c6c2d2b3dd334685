"""Dumps of positions: what is read back is what was written, to the bit; damage is refused by name."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import polars
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_market import small_market

from liqscape.errors import InputError
from liqscape.model.accounts import Accounts
from liqscape.model.margin_tables import MarginTable, MarginTables, MarginTier, flat_table
from liqscape.model.markets import Market, Markets, MarketSnapshot
from liqscape.risk.liquidation import solve_liquidation
from liqscape.sources.tables import read_positions, write_positions
from liqscape.units import MarginSource, PoolMode

TABLES = MarginTables.build((flat_table(10), MarginTable(56, (MarginTier(0.0, 40), MarginTier(1.5e5, 20)), "tiered")))
MARKETS = Markets.build(
    (
        Market(coin="BTC", size_decimals=5, max_leverage=40, table_row=1),
        Market(coin="kPEPE", size_decimals=0, max_leverage=10, table_row=0),
        Market(coin="xyz:GOLD", size_decimals=3, max_leverage=10, table_row=0, dex="xyz"),
    )
)
DROPPED = {"observed_mark", "published", "published_price"}
"""Columns of what others printed; a dump says what we solved."""

SIZE = st.floats(-1e6, 1e6).filter(lambda size: size != 0.0)
POOL = st.tuples(
    st.integers(0, 3),
    st.one_of(st.floats(-1e9, 1e9), st.just(np.nan)),
    st.sampled_from(sorted(MarginSource)),
    st.sampled_from(sorted(PoolMode)),
    st.booleans(),
    st.lists(st.tuples(st.integers(0, 2), SIZE), max_size=3, unique_by=lambda position: position[0]),
)


def accounts_of(pools: list[tuple[int, float, MarginSource, PoolMode, bool, list[tuple[int, float]]]]) -> Accounts:
    pools = sorted(pools, key=lambda pool: pool[0])
    named = sorted({pool[0] for pool in pools})
    positions = [position for pool in pools for position in pool[5]]
    market = [position[0] for position in positions]
    return Accounts.build(
        addresses=[f"0x{number:040x}" for number in named],
        address_row=[named.index(pool[0]) for pool in pools],
        raw_usd=[pool[1] for pool in pools],
        offsets=np.cumsum([0, *(len(pool[5]) for pool in pools)]),
        market_index=market,
        size=[position[1] for position in positions],
        table_row=MARKETS.table_row[market] if market else [],
        margin_source=[pool[2] for pool in pools],
        mode=[pool[3] for pool in pools],
        is_exempt=[pool[4] for pool in pools],
        observed_ms=[1_000 * row for row in range(len(pools))],
        entry_price=[1.5 * row + 0.1 if row % 2 else np.nan for row in range(len(positions))],
        leverage=[float(row + 1) if row % 3 else np.nan for row in range(len(positions))],
    )


def assert_same(found: Accounts, expected: Accounts) -> None:
    for field in fields(Accounts):
        if field.name in DROPPED:
            continue
        left, right = getattr(found, field.name), getattr(expected, field.name)
        if field.name == "addresses":
            assert left == right
        else:
            assert left.dtype == right.dtype, field.name
            np.testing.assert_array_equal(left, right, field.name)


@given(st.lists(POOL, max_size=8))
def test_what_is_read_back_is_what_was_written(
    tmp_path_factory: pytest.TempPathFactory,
    pools: list[tuple[int, float, MarginSource, PoolMode, bool, list[tuple[int, float]]]],
) -> None:
    path = tmp_path_factory.mktemp("dump") / "2026-02-03.parquet"
    accounts = accounts_of(pools)
    mark = np.array([70_000.5, 0.004, np.nan])
    snapshot = MarketSnapshot(
        markets=MARKETS,
        time_ms=1_770_163_200_123,
        mark=mark,
        oracle=mark * 1.001,
        open_interest=np.array([1.0, np.nan, 3.0]),
    )
    rows = write_positions(path, accounts, snapshot, TABLES, is_simulated=True)
    assert rows == accounts.position_count + int(np.count_nonzero(np.diff(accounts.offsets) == 0))
    table = read_positions(path)
    assert_same(table.accounts, accounts)
    assert table.snapshot.markets == MARKETS
    assert table.snapshot.time_ms == snapshot.time_ms
    for name in ("mark", "oracle", "open_interest"):
        np.testing.assert_array_equal(getattr(table.snapshot, name), getattr(snapshot, name))
    assert table.tables.tables == TABLES.tables
    assert table.is_simulated


def test_columns_are_those_of_a_recorded_market_and_more(tmp_path: Path) -> None:
    market = small_market(count=1)
    frame, accounts = market.frames[0], market.accounts[0]
    path = tmp_path / "dump.parquet"
    write_positions(path, accounts, frame.snapshot, market.tables, is_simulated=True)
    table = polars.read_parquet(path)
    assert table.columns[:9] == [
        "snapshot_ts",
        "address",
        "coin",
        "szi",
        "entry_px",
        "leverage",
        "position_value",
        "unrealized_pnl",
        "liquidation_px",
    ]
    level = solve_liquidation(accounts, frame.snapshot, market.tables)
    held = table.filter(polars.col("coin").is_not_null())
    np.testing.assert_array_equal(held["szi"].to_numpy(), accounts.size)
    np.testing.assert_array_equal(
        held["liquidation_px"].fill_null(np.nan).to_numpy(), np.where(level.status == 0, level.price, np.nan)
    )
    mark = frame.snapshot.mark[accounts.market_index]
    np.testing.assert_array_equal(held["position_value"].fill_null(np.nan).to_numpy(), np.abs(accounts.size) * mark)


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    path = tmp_path / "dump.parquet"
    accounts = accounts_of([(1, 5.0, MarginSource.STATE, PoolMode.CROSS, False, [(0, 1.0), (1, -2.0)])])
    snapshot = MarketSnapshot.of_marks(MARKETS, 1_770_163_200_000, np.array([1.0, 2.0, 3.0]))
    write_positions(path, accounts, snapshot, TABLES, is_simulated=False)
    return path


def rewritten(path: Path, **columns: polars.Expr) -> Path:
    metadata = polars.read_parquet_metadata(path)
    kept = {"liqscape.positions": metadata["liqscape.positions"]}
    polars.read_parquet(path).with_columns(**columns).write_parquet(path, metadata=kept)
    return path


@pytest.mark.parametrize(
    ("columns", "rule"),
    [
        ({"coin": polars.lit("DOGE")}, "unknown coin 'DOGE'"),
        ({"table_id": polars.lit(77, polars.Int32)}, "margin table 77 is unknown"),
        ({"margin_source": polars.lit("perfect")}, "margin_source holds 'perfect'"),
        ({"raw_usd": polars.lit("much")}, "column 'raw_usd' is missing or of another type"),
        ({"pool": polars.Series([1, 0], dtype=polars.Int32)}, "must stand together"),
    ],
)
def test_a_dump_that_contradicts_itself_is_refused(dump: Path, columns: dict[str, polars.Expr], rule: str) -> None:
    with pytest.raises(InputError, match=rule):
        read_positions(rewritten(dump, **columns))


def test_a_dump_with_the_former_names_of_columns_is_read_the_same(dump: Path) -> None:
    today = read_positions(dump)
    metadata = {"liqscape.positions": polars.read_parquet_metadata(dump)["liqscape.positions"]}
    former = polars.read_parquet(dump).rename({"margin_source": "quality", "margin_mode": "mode"})
    former.write_parquet(dump, metadata=metadata)
    read = read_positions(dump)
    assert np.array_equal(read.accounts.margin_source, today.accounts.margin_source)
    assert np.array_equal(read.accounts.mode, today.accounts.mode)


def test_other_files_are_refused_by_name(dump: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.parquet"
    polars.DataFrame({"x": [1]}).write_parquet(other)
    with pytest.raises(InputError, match=r"other\.parquet: no dump of positions of ours"):
        read_positions(other)
    with pytest.raises(InputError, match="not a readable dump"):
        read_positions(tmp_path / "missing.parquet")
    content = dump.read_bytes()
    dump.write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match="not a readable dump"):
        read_positions(dump)


def test_a_dump_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    accounts = Accounts.empty()
    snapshot = MarketSnapshot.of_marks(MARKETS, 0, np.ones(3))
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    with pytest.raises(InputError, match="cannot be written"):
        write_positions(blocked / "dump.parquet", accounts, snapshot, TABLES, is_simulated=False)
    path = tmp_path / "empty.parquet"
    assert write_positions(path, accounts, snapshot, TABLES, is_simulated=False) == 0
    assert read_positions(path).accounts.position_count == 0
    assert [each.name for each in tmp_path.iterdir() if each.name.endswith(".part")] == []
