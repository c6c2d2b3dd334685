"""The curve counts every position once, at its account's first liquidation; frozen is the single-coin maps."""

from __future__ import annotations

import math

import numpy as np
import pytest
from populations import TABLES, make_accounts, make_markets, make_snapshot

from liqscape.model import Accounts, MarketSnapshot
from liqscape.risk.joint import JointPath, JointStatus, along_betas, joint_curve, solve_joint
from liqscape.risk.liquidation import LevelStatus, solve_liquidation, solve_roots

MARKETS = make_markets(8)
FACTORS = np.array([0.0, 0.02, 0.1, 0.3, 1.0, 2.0])


def world(seed: int) -> tuple[Accounts, MarketSnapshot, JointPath]:
    snapshot = make_snapshot(seed, MARKETS)
    accounts = make_accounts(seed, snapshot, 300)
    accounts.is_exempt[::17] = True
    accounts.raw_usd[5::23] = np.nan
    return accounts, snapshot, along_betas(np.linspace(0.4, 2.0, len(MARKETS)), -1)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_curve_is_the_plain_count_of_positions(seed: int) -> None:
    accounts, snapshot, path = world(seed)
    solo, levels = solve_roots(accounts, snapshot, TABLES), solve_joint(accounts, snapshot, TABLES, path)
    curve = joint_curve(accounts, snapshot, path, levels, solo, FACTORS)
    solved = solve_liquidation(accounts, snapshot, TABLES)
    pool = accounts.pool_of_position()
    for at, factor in enumerate(FACTORS):
        joint, frozen = np.zeros(len(MARKETS)), np.zeros(len(MARKETS))
        gone = set()
        for row in range(accounts.position_count):
            coin, own = int(accounts.market_index[row]), int(pool[row])
            mark, size = float(snapshot.mark[coin]), float(accounts.size[row])
            if accounts.is_exempt[own]:
                continue
            if levels.status[own] in (JointStatus.OK, JointStatus.NOW) and levels.factor[own] <= factor:
                joint[coin] += abs(size) * mark
                gone.add(own)
            # Frozen: has the coin's own path, down to here, come to the solo price?
            reached = float(path.marks(snapshot.mark, float(factor))[coin])
            price = float(solved.price[row])
            if solved.status[row] == LevelStatus.INSOLVENT:
                frozen[coin] += abs(size) * mark
            elif solved.status[row] == LevelStatus.OK:
                is_hit = reached <= price if size > 0.0 else mark >= price
                frozen[coin] += abs(size) * mark * is_hit
        assert curve.joint[at] == pytest.approx(joint, rel=1e-12)
        assert curve.frozen[at] == pytest.approx(frozen, rel=1e-12)
        assert curve.pool_count[at] == len(gone)
    assert curve.joint[-1].sum() > curve.joint[1].sum() > 0.0


def test_what_is_left_out_is_stated() -> None:
    accounts, snapshot, path = world(4)
    levels = solve_joint(accounts, snapshot, TABLES, path)
    curve = joint_curve(accounts, snapshot, path, levels, solve_roots(accounts, snapshot, TABLES), FACTORS)
    notional = np.abs(accounts.size) * snapshot.mark[accounts.market_index]
    pool = accounts.pool_of_position()
    assert curve.exempt == pytest.approx(notional[accounts.is_exempt[pool]].sum())
    unknown = np.isnan(accounts.raw_usd[pool]) & ~accounts.is_exempt[pool]
    assert curve.unknown == pytest.approx(notional[unknown].sum())
    assert min(curve.exempt, curve.unknown) > 0.0


def test_one_position_pools_have_no_gap_between_joint_and_frozen() -> None:
    accounts, snapshot, path = world(5)
    accounts = accounts.take(np.flatnonzero(np.diff(accounts.offsets) == 1))
    levels = solve_joint(accounts, snapshot, TABLES, path)
    curve = joint_curve(accounts, snapshot, path, levels, solve_roots(accounts, snapshot, TABLES), FACTORS)
    assert np.array_equal(curve.joint, curve.frozen)


def test_two_longs_go_jointly_where_neither_map_shows_them() -> None:
    """1,000 USD long in each of two coins, 250 USD of value, 40x: alone a coin must fall by 22.8 % (225 / 987.5),
    together both fall by 11.4 %: exactly (2,000 - 250) / 1,975 = 0.88608 of the mark."""
    snapshot = MarketSnapshot.of_marks(MARKETS, 1_000, np.full(len(MARKETS), 10.0))
    accounts = Accounts.build(
        addresses=["0x0"],
        address_row=[0],
        raw_usd=[-1_750.0],
        offsets=[0, 2],
        market_index=[0, 1],
        size=[100.0, 100.0],
        table_row=[2, 2],
    )
    path = along_betas(np.ones(len(MARKETS)), -1)
    levels = solve_joint(accounts, snapshot, TABLES, path)
    assert levels.factor[0] == pytest.approx(-math.log(1_750.0 / 1_975.0), rel=1e-15)
    at = np.array([0.0, -math.log(0.85), -math.log(0.75)])
    curve = joint_curve(accounts, snapshot, path, levels, solve_roots(accounts, snapshot, TABLES), at)
    assert curve.joint.sum(axis=1) == pytest.approx([0.0, 2_000.0, 2_000.0])
    assert curve.frozen.sum(axis=1) == pytest.approx([0.0, 0.0, 2_000.0])
    reached = 2_000.0 * 1_750.0 / 1_975.0
    assert curve.joint_level.sum(axis=1) == pytest.approx([0.0, reached, reached])
