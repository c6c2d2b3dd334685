"""First liquidation along a path: equal to the twin, first and not any, and what symmetry asks of it."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pytest
from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from joint_twin import Moving, first_liquidation, free_margin
from populations import TABLES, make_accounts, make_markets, make_snapshot

from liqscape.errors import ModelError
from liqscape.model import Accounts, MarketSnapshot
from liqscape.risk.joint import JointLevels, JointPath, JointStatus, along_betas, along_moves, nearest, solve_joint
from liqscape.risk.liquidation import solve_roots

MARKETS = make_markets(8)
REACH = 2.0


def positions_of(accounts: Accounts, snapshot: MarketSnapshot, path: JointPath, pool: int) -> list[Moving]:
    """One pool as the twin wants it."""
    return [
        Moving(
            float(accounts.size[row]),
            float(snapshot.mark[accounts.market_index[row]]),
            float(path.slope[accounts.market_index[row]]),
            tuple((tier.lower_bound, tier.max_leverage) for tier in TABLES.tables[accounts.table_row[row]].tiers),
        )
        for row in range(int(accounts.offsets[pool]), int(accounts.offsets[pool + 1]))
    ]


def gross_at(positions: list[Moving], raw_usd: float, factor: float) -> float:
    """USD whose rounding a float sum carries."""
    return abs(raw_usd) + sum(abs(p.size) * p.mark * math.exp(p.slope * factor) for p in positions)


def assert_first(raw_usd: float, positions: list[Moving], reach: float, levels: JointLevels, pool: int) -> None:
    """The pool's level is where free margin first turns negative, up to the rounding of the sum."""
    found = float(levels.factor[pool])
    wanted = first_liquidation(raw_usd, positions, reach, 60)
    if levels.status[pool] in (JointStatus.OK, JointStatus.NOW):
        rounding = 1e-14 * gross_at(positions, raw_usd, found)
        assert abs(free_margin(raw_usd, positions, Decimal(found))) <= rounding or found == 0.0
        assert free_margin(raw_usd, positions, Decimal(found + 1e-9)) < rounding
        for cell in range(61):
            point = reach * cell / 60
            if point < found - 1e-9:
                assert free_margin(raw_usd, positions, Decimal(point)) >= 0
        assert wanted is None or found <= float(wanted) + 1e-9
    else:
        assert wanted is None


@pytest.mark.parametrize("seed", range(6))
def test_every_pool_is_first_liquidated_where_the_twin_says(seed: int) -> None:
    snapshot = make_snapshot(seed, MARKETS)
    accounts = make_accounts(seed, snapshot, 50)
    random = np.random.default_rng([seed, 2])
    path = JointPath(random.normal(-1.0 if seed % 2 else 1.0, 0.8, len(MARKETS)), REACH)
    levels = solve_joint(accounts, snapshot, TABLES, path)
    assert len(set(levels.status.tolist())) > 1
    for pool in range(accounts.pool_count):
        positions = positions_of(accounts, snapshot, path, pool)
        assert_first(float(accounts.raw_usd[pool]), positions, REACH, levels, pool)


HELD = st.tuples(
    st.sampled_from([-1.0, 1.0]),
    st.floats(10.0, 1e7),  # USD
    st.floats(-3.0, 3.0),
    st.integers(0, len(TABLES) - 1),
)


@settings(max_examples=examples(150))
@given(st.lists(HELD, min_size=2, max_size=4), st.floats(1e-6, 0.5))
def test_random_pools_agree_with_the_twin(held: list[tuple[float, float, float, int]], spare: float) -> None:
    snapshot = MarketSnapshot.of_marks(MARKETS, 1_000, np.ones(len(MARKETS)))
    slope = np.zeros(len(MARKETS))
    slope[: len(held)] = [row[2] for row in held]
    size = [side * notional for side, notional, _, _ in held]
    raw_usd = sum(abs(s) * (1.0 / 6.0 + spare) - s for s in size)
    accounts = Accounts.build(
        addresses=["0x0"],
        address_row=[0],
        raw_usd=[raw_usd],
        offsets=[0, len(held)],
        market_index=range(len(held)),
        size=size,
        table_row=[row[3] for row in held],
    )
    path = JointPath(slope, REACH)
    levels = solve_joint(accounts, snapshot, TABLES, path)
    assert_first(raw_usd, positions_of(accounts, snapshot, path, 0), REACH, levels, 0)


def dipping_pool(depth: float) -> tuple[Accounts, MarketSnapshot, JointPath, float]:
    """A long of slope -1 against a short of slope -2: free margin falls to -depth at f = 0.5 and comes back.

    Flat tables of 40x, so free margin is L e^-f (1 - r) - S e^-2f (1 + r) + raw; the derivative vanishes at 0.5.
    Its second derivative there is about -L e^-0.5: so g has a *maximum* at 0.5 for these signs, and a minimum with
    both signs turned. Hence short L, long S.
    """
    r = 1.0 / 80.0
    long_slow, short_fast = -1_000.0, 1_000.0 * math.exp(0.5) * (1.0 + r) / (2.0 * (1.0 - r))
    low = long_slow * math.exp(-0.5) * (1.0 + r) + short_fast * math.exp(-1.0) * (1.0 - r)
    raw_usd = -low - depth
    snapshot = MarketSnapshot.of_marks(MARKETS, 1_000, np.ones(len(MARKETS)))
    slope = np.zeros(len(MARKETS))
    slope[0], slope[1] = -1.0, -2.0
    accounts = Accounts.build(
        addresses=["0x0"],
        address_row=[0],
        raw_usd=[raw_usd],
        offsets=[0, 2],
        market_index=[0, 1],
        size=[long_slow, short_fast],
        table_row=[2, 2],
    )
    return accounts, snapshot, JointPath(slope, REACH), raw_usd


@pytest.mark.parametrize("depth", [100.0, 1.0, 1e-3, 1e-6, 1e-9])
def test_a_dip_and_return_is_found_at_its_first_edge_however_short(depth: float) -> None:
    accounts, snapshot, path, raw_usd = dipping_pool(depth)
    levels = solve_joint(accounts, snapshot, TABLES, path)
    positions = positions_of(accounts, snapshot, path, 0)
    assert free_margin(raw_usd, positions, Decimal(REACH)) > 0  # solvent again at the end
    assert levels.status[0] == JointStatus.OK
    found = float(levels.factor[0])
    assert found < 0.5
    # Down to rounding the depth is curvature / 2 * distance^2, curvature about 600 USD.
    assert 0.5 - found == pytest.approx(math.sqrt(2.0 * depth / 607.0), rel=0.5)


@pytest.mark.parametrize("margin", [1.0, 1e-3, 1e-6, 1e-9])
def test_a_dip_that_stays_above_maintenance_is_no_liquidation(margin: float) -> None:
    accounts, snapshot, path, _ = dipping_pool(-margin)
    assert solve_joint(accounts, snapshot, TABLES, path).status[0] == JointStatus.NONE


def test_one_position_has_its_solo_price_to_the_bit() -> None:
    snapshot = make_snapshot(3, MARKETS)
    accounts = make_accounts(3, snapshot, 400)
    solo = solve_roots(accounts, snapshot, TABLES)
    alone = accounts.is_lone == 1
    for direction in (-1, 1):
        levels = solve_joint(accounts, snapshot, TABLES, along_betas(np.ones(len(MARKETS)), direction, 20.0))
        reached = alone & (levels.status[accounts.pool_of_position()] == JointStatus.OK)
        assert reached.sum() > 50
        assert np.array_equal(levels.price[reached], solo[reached])


def test_moving_one_coin_alone_gives_the_solo_prices_of_that_coin() -> None:
    snapshot = make_snapshot(4, MARKETS)
    accounts = make_accounts(4, snapshot, 300)
    solo = solve_roots(accounts, snapshot, TABLES)
    compared = 0
    for coin in range(len(MARKETS)):
        for direction in (-1.0, 1.0):
            slope = np.zeros(len(MARKETS))
            slope[coin] = direction
            levels = solve_joint(accounts, snapshot, TABLES, JointPath(slope, 5.0))
            found = levels.status[accounts.pool_of_position()] == JointStatus.OK
            rows = found & (accounts.market_index == coin)
            assert levels.price[rows] == pytest.approx(solo[rows], rel=1e-12)
            compared += int(rows.sum())
    assert compared > 300


def test_a_long_of_several_coins_goes_before_any_of_its_solo_prices() -> None:
    snapshot = make_snapshot(5, MARKETS)
    accounts = make_accounts(5, snapshot, 400)
    # Turn every position long, the account value staying as it was.
    exposure = np.abs(accounts.size) * snapshot.mark[accounts.market_index]
    turned = np.bincount(accounts.pool_of_position(), exposure - accounts.size * snapshot.mark[accounts.market_index])
    accounts = Accounts.build(
        addresses=accounts.addresses,
        address_row=accounts.address_row,
        raw_usd=accounts.raw_usd - turned,
        offsets=accounts.offsets,
        market_index=accounts.market_index,
        size=np.abs(accounts.size),
        table_row=accounts.table_row,
    )
    solo = solve_roots(accounts, snapshot, TABLES)
    levels = solve_joint(accounts, snapshot, TABLES, along_betas(np.ones(len(MARKETS)), -1, 20.0))
    is_found = levels.status[accounts.pool_of_position()] == JointStatus.OK
    rows = is_found & (accounts.is_lone == 0) & (solo > 0.0)
    assert rows.sum() > 100
    assert np.all(levels.price[rows] > solo[rows])


def test_a_perfectly_hedged_pool_is_never_liquidated() -> None:
    """1,000 USD long and short in two coins of one beta, 100 USD of value, tables of 40x: at most 25 USD at first,
    and maintenance grows on the way up until 100 = 2 * 1,000 e^f / 80, f = log 4."""
    snapshot = MarketSnapshot.of_marks(MARKETS, 1_000, np.full(len(MARKETS), 10.0))
    accounts = Accounts.build(
        addresses=["0x0"],
        address_row=[0],
        raw_usd=[100.0],
        offsets=[0, 2],
        market_index=[0, 1],
        size=[100.0, -100.0],
        table_row=[2, 2],
    )
    beta = np.ones(len(MARKETS))
    assert solve_joint(accounts, snapshot, TABLES, along_betas(beta, -1)).status[0] == JointStatus.NONE
    up = solve_joint(accounts, snapshot, TABLES, along_betas(beta, 1))
    assert up.factor[0] == pytest.approx(math.log(4.0), rel=1e-15)
    assert up.price == pytest.approx([40.0, 40.0], rel=1e-15)


def test_an_exact_hedge_with_nothing_to_spare_is_walked_to_its_end() -> None:
    """Long and short of one beta whose slopes cancel: free margin stays at 0.001 USD all the way, so NONE."""
    snapshot = MarketSnapshot.of_marks(MARKETS, 1_000, np.ones(len(MARKETS)))
    r = 1.0 / 80.0
    pools = 200
    short = -1e6 * (1.0 - r) / (1.0 + r)
    accounts = Accounts.build(
        addresses=["0x0"],
        address_row=[0] * pools,
        raw_usd=[1e-3] * pools,
        offsets=2 * np.arange(pools + 1),
        market_index=[0, 1] * pools,
        size=[1e6, short] * pools,
        table_row=[2, 2] * pools,
    )
    levels = solve_joint(accounts, snapshot, TABLES, along_betas(np.ones(len(MARKETS)), -1))
    assert set(levels.status.tolist()) == {JointStatus.NONE}


def test_unknown_is_never_guessed_and_below_maintenance_is_now() -> None:
    marks = np.ones(len(MARKETS))
    marks[3] = np.nan
    snapshot = MarketSnapshot.of_marks(MARKETS, 1_000, marks)
    slope = np.full(len(MARKETS), -1.0)
    slope[4] = np.nan
    accounts = Accounts.build(
        addresses=["0x0"],
        address_row=[0] * 6,
        raw_usd=[np.nan, -50.0, -50.0, -99.0, -50.0, 7.0],
        offsets=[0, 1, 2, 3, 4, 6, 6],
        market_index=[0, 3, 4, 0, 0, 3],
        size=[100.0] * 6,
        table_row=[2] * 6,
    )
    levels = solve_joint(accounts, snapshot, TABLES, JointPath(slope, REACH))
    known = JointStatus
    assert levels.status.tolist() == [known.UNKNOWN, known.UNKNOWN, known.UNKNOWN, known.NOW, known.UNKNOWN, known.NONE]
    assert np.isnan(levels.price[[0, 1, 2, 4, 5]]).all()
    assert levels.price[3] == 1.0
    assert levels.factor[3] == 0.0


def test_exactly_at_maintenance_is_not_liquidated_yet() -> None:
    """100 USD long at 40x needs 1.25: with 1.25 it is safe, and goes with the first step down."""
    snapshot = MarketSnapshot.of_marks(MARKETS, 1_000, np.ones(len(MARKETS)))
    accounts = Accounts.build(
        addresses=["0x0"],
        address_row=[0],
        raw_usd=[-98.75],
        offsets=[0, 1],
        market_index=[0],
        size=[100.0],
        table_row=[2],
    )
    down = solve_joint(accounts, snapshot, TABLES, along_betas(np.ones(len(MARKETS)), -1))
    assert (down.status[0], down.factor[0]) == (JointStatus.OK, 0.0)
    up = solve_joint(accounts, snapshot, TABLES, along_betas(np.ones(len(MARKETS)), 1))
    assert up.status[0] == JointStatus.NONE


def test_order_of_pools_and_of_positions_in_them_changes_no_bit_but_rounding() -> None:
    snapshot = make_snapshot(6, MARKETS)
    accounts = make_accounts(6, snapshot, 200)
    path = along_betas(np.linspace(0.5, 2.0, len(MARKETS)), -1)
    levels = solve_joint(accounts, snapshot, TABLES, path)
    order = np.random.default_rng(1).permutation(accounts.pool_count)
    turned = solve_joint(accounts.take(order), snapshot, TABLES, path)
    assert np.array_equal(turned.factor, levels.factor[order], equal_nan=True)
    assert np.array_equal(turned.status, levels.status[order])


def test_nearest_takes_the_direction_that_comes_first() -> None:
    snapshot = make_snapshot(7, MARKETS)
    accounts = make_accounts(7, snapshot, 300)
    beta = np.linspace(0.5, 2.0, len(MARKETS))
    down = solve_joint(accounts, snapshot, TABLES, along_betas(beta, -1))
    up = solve_joint(accounts, snapshot, TABLES, along_betas(beta, 1))
    first = nearest(down, up, accounts)
    ways = np.fmin(down.factor, up.factor)
    assert np.array_equal(first.factor, ways, equal_nan=True)
    takes_up = first.factor == up.factor
    pool = accounts.pool_of_position()
    assert 20 < takes_up.sum() < accounts.pool_count - 20
    assert np.array_equal(first.price[takes_up[pool]], up.price[takes_up[pool]])
    is_down = first.factor == down.factor
    assert np.array_equal(first.price[is_down[pool]], down.price[is_down[pool]])


def test_a_path_refuses_what_has_no_price() -> None:
    with pytest.raises(ModelError, match="leaves no price"):
        along_moves(np.array([0.0, -1.0]))
    with pytest.raises(ModelError, match="neither 1"):
        along_betas(np.ones(2), 0)
    with pytest.raises(ModelError, match="beyond 20"):
        JointPath(np.array([21.0]), 1.0)
    with pytest.raises(ModelError, match="outside"):
        JointPath(np.array([1.0]), 0.0)


def test_a_vector_of_moves_ends_where_it_says() -> None:
    path = along_moves(np.array([-0.1, 0.25, 0.0]))
    assert path.marks(np.array([100.0, 8.0, 3.0]), 1.0) == pytest.approx([90.0, 10.0, 3.0], rel=1e-15)
