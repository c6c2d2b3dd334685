"""Dexs of one address in a recording: a pool each for a standard account, one for a unified one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars
import pytest
from planted import Leg, PlantedMarket, Wallet, address

from liqscape.model.accounts import Accounts
from liqscape.model.events import AccountsObserved
from liqscape.risk.joint import JointStatus, along_moves, solve_joint
from liqscape.risk.liquidation import solve_liquidation
from liqscape.service.market_inputs import read_recorded
from liqscape.service.pipeline import Pipeline
from liqscape.sources.archive.base import read_base
from liqscape.sources.recording import RecordingSource, solve_levels
from liqscape.units import MarginSource, PoolMode

TIME = "2026-02-03T12:00:00Z"
MAIN = [Leg("BTC", "3.01237", "69000"), Leg("HYPE", "-3000.137", "25")]
ABC = [Leg("abc:OIL", "1000.31", "60"), Leg("abc:GOLD", "40.0213", "4000")]
MAIN_CASH, ABC_CASH, UNIFIED_CASH = "-50000", "-195000", "-300000"


def standard(tmp_path: Path) -> Path:
    """Two pools of one address."""
    market = PlantedMarket()
    market.record(TIME, [Wallet(address(1), MAIN_CASH, MAIN), Wallet(address(1), ABC_CASH, ABC)])
    return market.write(tmp_path / "standard")


def unified(tmp_path: Path) -> Path:
    """The same positions in one pool of less cash."""
    market = PlantedMarket()
    market.record(TIME, [Wallet(address(1), UNIFIED_CASH, [*MAIN, *ABC])])
    return market.write(tmp_path / "unified")


def accounts_of(folder: Path) -> Accounts:
    (found,) = [event.accounts for event in RecordingSource(folder).events() if isinstance(event, AccountsObserved)]
    return found


def test_every_price_of_a_standard_account_on_two_dexs_is_reproduced_from_its_own_dex(tmp_path: Path) -> None:
    table = solve_levels(standard(tmp_path)).table
    assert table["class"].to_list() == ["reproduced"] * 4
    np.testing.assert_allclose(table["solved_liquidation_price"], table["published_liquidation_price"], rtol=1e-9)
    accounts = accounts_of(tmp_path / "standard")
    assert accounts.mode.tolist() == [PoolMode.CROSS] * 2
    assert accounts.raw_usd.tolist() == pytest.approx([float(MAIN_CASH), float(ABC_CASH)], rel=1e-9)
    assert accounts.addresses == (address(1),)
    assert "1 accounts a snapshot" in RecordingSource(tmp_path / "standard").provenance.note


def test_prices_that_imply_one_free_margin_over_dexs_show_a_unified_account(tmp_path: Path) -> None:
    table = solve_levels(unified(tmp_path)).table
    assert table["class"].to_list() == ["reproduced"] * 4
    accounts = accounts_of(tmp_path / "unified")
    assert accounts.mode.tolist() == [PoolMode.UNIFIED]
    assert accounts.raw_usd[0] == pytest.approx(float(UNIFIED_CASH), rel=1e-9)
    assert len(accounts.offsets) == 2


def test_one_price_on_each_dex_is_enough_to_show_it(tmp_path: Path) -> None:
    market = PlantedMarket()
    market.record(TIME, [Wallet(address(2), "-60000", [MAIN[0], Leg("abc:OIL", "-1000", "60")])])
    assert solve_levels(market.write(tmp_path / "two")).table["class"].to_list() == ["reproduced"] * 2


def test_a_dex_without_a_price_stays_unknown_and_the_other_is_solved_without_it(tmp_path: Path) -> None:
    market = PlantedMarket()
    rich = [Wallet(address(1), MAIN_CASH, MAIN), Wallet(address(1), "900000", [Leg("abc:OIL", "10", "60")])]
    market.record(TIME, rich)
    folder = market.write(tmp_path / "rich")
    assert solve_levels(folder).table["class"].to_list() == ["reproduced", "reproduced", "null_alone"]
    assert accounts_of(folder).margin_source.tolist() == [MarginSource.PUBLISHED, MarginSource.UNKNOWN]


@pytest.mark.parametrize("order", range(3))
def test_dexs_between_others_by_name_and_any_order_of_rows_change_nothing(tmp_path: Path, order: int) -> None:
    """ "abc:" sorts between coins of the first dex in lower and upper case."""
    market = PlantedMarket()
    market.record(TIME, [Wallet(address(1), UNIFIED_CASH, [*MAIN, *ABC]), Wallet(address(2), MAIN_CASH, MAIN)])
    rows = [market.rows[row] for row in np.random.default_rng(order).permutation(len(market.rows))]
    renamed = [dict(row, coin="kBTC" if row["coin"] == "BTC" else row["coin"]) for row in rows]
    folder = market.write(tmp_path / "mixed", renamed)
    (folder / "markets.parquet").unlink()
    found = solve_levels(folder).table
    assert found.select("address", "coin").equals(polars.DataFrame(renamed).select("address", "coin"))
    assert set(found["class"]) == {"reproduced"}


def test_a_standard_account_has_two_pools_on_the_map_as_a_base_and_in_what_if_questions(tmp_path: Path) -> None:
    folder = standard(tmp_path)
    published = polars.read_parquet(folder / "positions.parquet")["liquidation_px"].to_list()
    source = RecordingSource(folder)
    pipeline = Pipeline(source.provenance)
    frames = [moment.frame for event in source.events() if (moment := pipeline.feed(event)) is not None]
    assert frames[0].position_count.sum() == 4
    base = read_base(folder, None)
    assert base.accounts.raw_usd.tolist() == pytest.approx([float(MAIN_CASH), float(ABC_CASH)])
    assert {market.coin: market.dex for market in base.markets.rows}["abc:OIL"] == "abc"
    given = read_recorded(folder).cascade
    level = solve_liquidation(given.accounts, given.snapshot, given.tables)
    assert sorted(level.price.tolist()) == pytest.approx(sorted(published), rel=1e-9)
    # Only the dex whose coins fall is touched: together with the other's cash nothing would be.
    falling = np.where([market.dex == "abc" for market in given.snapshot.markets.rows], -0.3, 0.0)
    joint = solve_joint(given.accounts, given.snapshot, given.tables, along_moves(falling))
    assert joint.status.tolist() == [JointStatus.NONE, JointStatus.OK]
