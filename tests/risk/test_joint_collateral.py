"""Collateral that moves along a path: against a plain search over the path, by hand, and against the engine."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from populations import TABLES, make_accounts, make_markets, make_snapshot

from liqscape.errors import ModelError
from liqscape.exchange.columns import BookKind
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.market_loader import load_accounts
from liqscape.exchange.rules import MarkSource, Rules
from liqscape.model import Accounts, MarginTables, Market, Markets, MarketSnapshot, flat_table
from liqscape.model.collateral import Collateral
from liqscape.risk.joint import along_betas, along_moves, solve_joint
from liqscape.risk.joint.solve import JointStatus
from liqscape.risk.margin import pool_margin
from liqscape.units import Float64Array, PoolMode

HYPE = MarketSnapshot.of_marks(
    Markets.build(
        [
            Market(coin="HYPE", size_decimals=2, max_leverage=10, table_row=0),
            Market(coin="BTC", size_decimals=5, max_leverage=10, table_row=0),
        ]
    ),
    0,
    np.array([40.0, 100_000.0]),
)
TEN = MarginTables.build([flat_table(10)])


def free_margin(
    accounts: Accounts, snapshot: MarketSnapshot, collateral: Collateral, marks: Float64Array
) -> Float64Array:
    """(A,) by the definition: what the pools are worth less maintenance, collateral taken out of the cash and moved."""
    rest = accounts.raw_usd - np.bincount(collateral.pool, collateral.after_haircut(snapshot.mark), accounts.pool_count)
    plain = pool_margin(replace(accounts, raw_usd=rest), replace(snapshot, mark=marks), TABLES).free_margin
    return plain + np.bincount(collateral.pool, collateral.after_haircut(marks), accounts.pool_count)


@settings(max_examples=examples(25))
@given(seed=st.integers(0, 2**32), direction=st.sampled_from((-1, 1)))
def test_the_solver_finds_the_first_point_that_a_search_along_the_path_finds(seed: int, direction: int) -> None:
    random = np.random.default_rng([seed, 5])
    snapshot = make_snapshot(seed, make_markets(6))
    accounts = make_accounts(seed, snapshot, 12)
    count = 8
    pool = random.choice(12, count, replace=False).astype(np.int64)
    market = random.integers(0, 6, count)
    gross = np.bincount(accounts.pool_of_position(), np.abs(accounts.size) * snapshot.mark[accounts.market_index], 12)
    size = (0.01 + gross[pool]) * random.uniform(0.01, 2.0, count) / snapshot.mark[market]
    collateral = Collateral(pool, market, size, random.choice((0.5, 0.65), count))
    path = along_betas(random.uniform(0.3, 2.0, 6), direction, 1.0)
    levels = solve_joint(accounts, snapshot, TABLES, path, collateral=collateral)
    grid = np.linspace(0.0, path.reach, 1_500)
    free = np.array([free_margin(accounts, snapshot, collateral, path.marks(snapshot.mark, f)) for f in grid])
    scale = 1e-9 * (gross + np.abs(accounts.raw_usd) + 1.0)
    for row in np.flatnonzero(np.isfinite(accounts.raw_usd) & (np.diff(accounts.offsets) > 0)):
        below = np.flatnonzero(free[:, row] < -scale[row])
        if levels.status[row] == JointStatus.NONE:
            assert not len(below)
            continue
        assert len(below) == 0 or levels.factor[row] <= grid[below[0]]
        earlier = grid < levels.factor[row]
        assert (free[earlier, row] >= -scale[row]).all()


def hype_loan(loan_usd: float, short: float = 0.0) -> tuple[Accounts, Collateral]:
    """1,000 HYPE at 40 USD as collateral and a loan; a short of HYPE or, without, a tiny long of BTC."""
    collateral = Collateral(np.array([0]), np.array([0]), np.array([1_000.0]), np.array([0.65]))
    size, market = (-short, 0) if short else (1e-6, 1)
    cash = -loan_usd + float(collateral.after_haircut(HYPE.mark)[0]) - size * HYPE.mark[market]
    accounts = Accounts.build(
        addresses=["0xabc"],
        address_row=[0],
        raw_usd=[cash],
        offsets=[0, 1],
        market_index=[market],
        size=[size],
        table_row=[0],
        mode=[PoolMode.PORTFOLIO],
    )
    return accounts, collateral


def test_a_loan_is_liquidated_where_the_haircut_leaves_nothing() -> None:
    """docs/margin.md: 0.825 * 1,000 p = 30,000 at 36.36 (a millionth of a BTC aside)."""
    accounts, collateral = hype_loan(30_000.0)
    path = along_moves(np.array([-0.5, 0.0]))
    levels = solve_joint(accounts, HYPE, TEN, path, collateral=collateral)
    assert float(path.marks(HYPE.mark, levels.factor[0])[0]) == pytest.approx(30_000.0 / 825.0, rel=1e-5)
    assert solve_joint(accounts, HYPE, TEN, path).status[0] == JointStatus.NONE  # as cash it would never fall


def test_a_short_hedged_by_its_own_coin_outlives_what_kills_it_without() -> None:
    accounts, collateral = hype_loan(20_000.0, short=800.0)
    path = along_moves(np.array([3.0, 0.0]))
    hedged = solve_joint(accounts, HYPE, TEN, path, collateral=collateral)
    bare = solve_joint(accounts, HYPE, TEN, path)
    assert bare.status[0] == JointStatus.OK
    assert bare.factor[0] < 0.7 * (hedged.factor[0] if hedged.status[0] == JointStatus.OK else 1.0)


def test_engine_and_solver_agree_on_the_mark_at_which_a_loan_ends() -> None:
    accounts, collateral = hype_loan(30_000.0)
    accounts = replace(accounts, addresses=("0x" + "a" * 40,), size=np.array([1e-4]))
    factor = float(
        solve_joint(accounts, HYPE, TEN, along_moves(np.array([-0.5, 0.0])), collateral=collateral).factor[0]
    )
    mark = 40.0 * np.exp(np.log(0.5) * factor)
    rules = Rules(mark_source=MarkSource.GIVEN)
    exchange = Exchange.build(HYPE.markets, TEN, rules, time_ms=0, book_kind=BookKind.AT_MARK, can_trade=False)
    report = load_accounts(exchange, accounts, HYPE, collateral=collateral)
    row = int(report.pool_row[0])
    for price, is_below in ((mark * 1.0001, False), (mark * 0.9999, True)):
        exchange.set_marks(np.array([round(price * 1e4), 1_000_000]))
        exchange.step(exchange.time_ms + 3_000)
        value, maintenance = exchange.pool_margin()
        left = int(value[row]) * int(exchange.state.clock[14]) - int(maintenance[row])
        assert (left < 0) == is_below


def test_columns_that_do_not_fit_are_refused() -> None:
    one = np.array([0])
    with pytest.raises(ModelError, match="differ in length"):
        Collateral(one, one, np.array([1.0, 2.0]), np.array([0.5]))
    with pytest.raises(ModelError, match="not above 0"):
        Collateral(one, one, np.array([0.0]), np.array([0.5]))
    with pytest.raises(ModelError, match=r"outside 0\.\.1"):
        Collateral(one, one, np.array([1.0]), np.array([1.0]))
    accounts, _ = hype_loan(1.0)
    strange = Collateral(np.array([7]), one, np.array([1.0]), np.array([0.5]))
    with pytest.raises(ModelError, match="names pool 7; there are 1"):
        solve_joint(accounts, HYPE, TEN, along_moves(np.array([-0.1, 0.0])), collateral=strange)
