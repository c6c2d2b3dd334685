"""Joint liquidation and the exchange engine with given marks liquidate the same accounts, at the same step."""

from __future__ import annotations

import numpy as np
import pytest
from populations import TABLES, make_accounts

from liqscape.exchange.columns import BookKind, EventColumn, EventKind
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.market_loader import load_accounts
from liqscape.exchange.rules import MarkSource, Rules
from liqscape.exchange.scale import price_scale
from liqscape.exchange.to_model import to_accounts, to_snapshot
from liqscape.model import Accounts, Market, Markets, MarketSnapshot
from liqscape.risk.joint import JointPath, along_betas, along_moves, solve_joint
from liqscape.risk.margin import pool_margin
from liqscape.units import BoolArray, Float64Array, Int64Array

START_MS = 1_770_000_000_000 // 3_600_000 * 3_600_000
STEPS = 250
COINS = 8
RULES = Rules(
    mark_source=MarkSource.GIVEN,
    slice_threshold_uusd=2**60,  # whole positions at once: what is left of an account must not be liquidated again
    orders_below_backstop=1,
)


def make_world(seed: int) -> Exchange:
    """400 accounts of one to six positions over eight coins, in the engine's own integers."""
    markets = Markets.build(
        Market(
            coin=f"C{row}",
            size_decimals=0,
            max_leverage=TABLES.tables[row % len(TABLES)].max_leverage,
            table_row=row % len(TABLES),
        )
        for row in range(COINS)
    )
    random = np.random.default_rng([seed, 7])
    mark = np.round(np.exp(random.uniform(-2.0, 5.0, COINS)), 3)
    snapshot = MarketSnapshot.of_marks(markets, START_MS, mark)
    exchange = Exchange.build(markets, TABLES, RULES, time_ms=START_MS, book_kind=BookKind.AT_MARK, can_trade=False)
    load_accounts(exchange, make_accounts(seed, snapshot, 400), snapshot)
    return exchange


def walk_engine(exchange: Exchange, path: JointPath, mark: Float64Array, factors: Float64Array) -> dict[int, int]:
    """Step at which each pool of the engine is first liquidated, marks set along the path."""
    scale = np.array([price_scale(market.size_decimals) for market in exchange.markets.rows], np.float64)
    first: dict[int, int] = {}
    for step, factor in enumerate(factors):
        exchange.set_marks(np.rint(path.marks(mark, float(factor)) * scale).astype(np.int64))
        events = exchange.step(START_MS + (step + 1) * RULES.mark_period_ms).events
        started = events[events[:, EventColumn.KIND] == EventKind.LIQUIDATION_STARTED]
        for pool in started[:, EventColumn.C].tolist():
            first.setdefault(pool, step)
    return first


def user_pools(exchange: Exchange, accounts: Accounts) -> tuple[Int64Array, BoolArray]:
    """(engine pool row of each of `accounts`' pools, which of them are users)."""
    rows = [exchange.cross_pool(exchange.account_row(accounts.addresses[row]) or 0) for row in accounts.address_row]
    isolated = [
        exchange.pools_of(exchange.account_row(accounts.addresses[row]) or 0)[1:] for row in accounts.address_row
    ]
    pools = np.array([own[0] if own else row for row, own in zip(rows, isolated, strict=True)])
    return pools, ~accounts.is_exempt


def within_half_a_tick(
    exchange: Exchange, accounts: Accounts, snapshot: MarketSnapshot, path: JointPath, factor: float
) -> BoolArray:
    """(A,) pools whose free margin at a point is smaller than what rounding its marks to ticks may change."""
    moved = MarketSnapshot.of_marks(exchange.markets, START_MS, path.marks(snapshot.mark, factor))
    scale = np.array([price_scale(market.size_decimals) for market in exchange.markets.rows], np.float64)
    change = 1.5 * np.abs(accounts.size) * 0.5 / scale[accounts.market_index]
    return np.abs(pool_margin(accounts, moved, TABLES).free_margin) <= np.bincount(accounts.pool_of_position(), change)


@pytest.mark.parametrize("seed", [1, 2, 6])
@pytest.mark.parametrize("kind", ["falls", "rises", "vector"])
def test_engine_liquidates_by_each_step_whom_the_joint_solver_says(seed: int, kind: str) -> None:
    exchange = make_world(seed)
    accounts, snapshot = to_accounts(exchange), to_snapshot(exchange)
    random = np.random.default_rng([seed, 8])
    beta = random.uniform(0.4, 2.0, COINS)
    if kind == "vector":
        path = along_moves(random.uniform(-0.4, 0.5, COINS))
    else:
        path = along_betas(beta, -1 if kind == "falls" else 1, 0.5)
    levels = solve_joint(accounts, snapshot, TABLES, path)
    factors = path.reach * np.arange(STEPS + 1) / STEPS  # the first step leaves the marks where they are
    never = len(factors)
    engine = walk_engine(exchange, path, snapshot.mark, factors)
    pools, is_user = user_pools(exchange, accounts)
    wanted = np.searchsorted(factors, levels.factor, side="left")
    wanted[np.isnan(levels.factor)] = never
    found = np.array([engine.get(int(pool), never) for pool in pools])
    others = np.flatnonzero(is_user & (found != wanted))
    assert len(others) <= 1
    for pool in others:  # the engine's marks are whole ticks
        assert abs(found[pool] - wanted[pool]) == 1
        step = float(factors[min(found[pool], wanted[pool])])
        assert within_half_a_tick(exchange, accounts, snapshot, path, step)[pool]
    assert np.count_nonzero(found[is_user] == 0) > 0
    assert 60 < np.count_nonzero(found[is_user] < never) < is_user.sum() - 60
