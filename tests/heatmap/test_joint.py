"""The joint map: same grid and rest, every position once, and its distance to the solo map as a number."""

from __future__ import annotations

import math

import numpy as np
import pytest
from populations import TABLES, make_accounts, make_markets, make_snapshot

from liqscape.heatmap.build import build_frame
from liqscape.heatmap.clusters import find_clusters
from liqscape.heatmap.frame import MarketFrame, Provenance
from liqscape.heatmap.grid import band_of_price
from liqscape.heatmap.joint import band_spread, build_joint_frame
from liqscape.model import Accounts, MarketSnapshot
from liqscape.risk.joint import JointLevels, along_betas, nearest, solve_joint
from liqscape.risk.liquidation import solve_roots
from liqscape.units import Side

MARKETS = make_markets(6)
MADE = Provenance("generated", "test", True)


def both_maps(
    accounts: Accounts, snapshot: MarketSnapshot, beta: float
) -> tuple[MarketFrame, MarketFrame, JointLevels]:
    betas = np.full(len(MARKETS), beta)
    down, up = (solve_joint(accounts, snapshot, TABLES, along_betas(betas, way)) for way in (-1, 1))
    levels = nearest(down, up, accounts)
    solo = build_frame(accounts, snapshot, TABLES, MADE)
    return solo, build_joint_frame(accounts, snapshot, TABLES, MADE, levels), levels


@pytest.mark.parametrize("seed", [1, 2])
def test_bands_and_rest_of_the_joint_map_hold_every_position_once(seed: int) -> None:
    snapshot = make_snapshot(seed, MARKETS)
    accounts = make_accounts(seed, snapshot, 400)
    accounts.is_exempt[3] = True
    accounts.raw_usd[7] = np.nan
    solo, joint, _ = both_maps(accounts, snapshot, 1.0)
    counted = joint.outside.position_count.sum() + joint.bands.position_count.sum()
    assert counted == accounts.position_count
    for coin in range(len(MARKETS)):
        banded = joint.bands.of_market(coin).size.sum() + joint.outside.size[coin].sum()
        assert banded == pytest.approx(solo.position_size[coin].sum(), rel=1e-12)
    assert np.array_equal(joint.position_size, solo.position_size)
    assert not np.array_equal(joint.bands.band, solo.bands.band)


def test_a_hedging_short_stands_below_the_mark_in_joint_mode() -> None:
    """Long 2,000 USD of one coin, short 500 of another, 200 of value: down 9 % both go, the short with the long."""
    snapshot = MarketSnapshot.of_marks(MARKETS, 1_000, np.full(len(MARKETS), 10.0))
    accounts = Accounts.build(
        addresses=["0x0"],
        address_row=[0],
        raw_usd=[200.0 - 1_500.0],
        offsets=[0, 2],
        market_index=[0, 1],
        size=[200.0, -50.0],
        table_row=[2, 2],
    )
    solo, joint, levels = both_maps(accounts, snapshot, 1.0)
    # g(x) = -1300 + 2000 x (1 - r) - 500 x (1 + r), r = 1/80
    reached = 1_300.0 / (2_000.0 * (1.0 - 1.0 / 80.0) - 500.0 * (1.0 + 1.0 / 80.0))
    assert levels.price == pytest.approx([10.0 * reached] * 2, rel=1e-14)
    short = joint.bands.of_market(1)
    assert short.side.tolist() == [Side.SHORT]
    assert short.band[0] == band_of_price(np.array([10.0 * reached]))[0]
    assert solo.bands.of_market(1).band[0] > band_of_price(np.array([10.0]))[0]
    assert find_clusters(joint, 1)[0].distance_percent == pytest.approx(100.0 * (reached - 1.0), abs=0.2)


def test_spread_is_zero_for_positions_alone_and_the_log_distance_for_others() -> None:
    snapshot = MarketSnapshot.of_marks(MARKETS, 1_000, np.full(len(MARKETS), 10.0))
    accounts = Accounts.build(
        addresses=["0x0", "0x1"],
        address_row=[0, 1],
        raw_usd=[-1_750.0, -900.0],
        offsets=[0, 2, 3],
        market_index=[0, 1, 0],
        size=[100.0, 100.0, 100.0],
        table_row=[2, 2, 2],
    )
    _, _, levels = both_maps(accounts, snapshot, 1.0)
    solo = solve_roots(accounts, snapshot, TABLES)
    spread = band_spread(accounts, 0, solo, levels)
    alone = spread.band == band_of_price(solo[2:3])[0]
    pair = spread.band == band_of_price(solo[0:1])[0]
    assert spread.spread[alone].tolist() == spread.shift[alone].tolist() == [0.0]
    way = math.log(levels.price[0] / solo[0])
    assert way > 0.1
    assert spread.spread[pair] == pytest.approx([way], rel=1e-14)
    assert spread.shift[pair] == pytest.approx([way], rel=1e-14)
    assert spread.moved_size[pair].tolist() == [100.0]
    assert spread.moved_size[alone].tolist() == [0.0]
    assert spread.lost_size.sum() == 0.0


@pytest.mark.parametrize("level", [0, 4])
def test_spread_columns_hold_all_positions_of_both_maps(level: int) -> None:
    snapshot = make_snapshot(3, MARKETS)
    accounts = make_accounts(3, snapshot, 500)
    _, _, levels = both_maps(accounts, snapshot, 1.4)
    solo = solve_roots(accounts, snapshot, TABLES)
    for coin in range(len(MARKETS)):
        spread = band_spread(accounts, coin, solo, levels, level)
        rows = accounts.market_index == coin
        size = np.abs(accounts.size[rows])
        has_solo, has_joint = solo[rows] > 0.0, levels.price[rows] > 0.0
        assert spread.solo_size.sum() == pytest.approx(size[has_solo].sum(), rel=1e-12)
        assert spread.joint_size.sum() == pytest.approx(size[has_joint].sum(), rel=1e-12)
        assert spread.lost_size.sum() == pytest.approx(size[has_solo & ~has_joint].sum(), rel=1e-12)
        assert np.all(spread.moved_size <= spread.solo_size * (1.0 + 1e-12))
        assert np.all(np.diff(spread.band.astype(np.int64) * 2 + (spread.side < 0)) > 0)
        held = ~np.isnan(spread.spread)
        assert np.all(np.abs(spread.shift[held]) <= spread.spread[held] + 1e-12)
