"""Margin of pools against the exact twin and against figures worked by hand."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from populations import TABLES, holdings_of, make_accounts, make_markets, make_snapshot
from reference import account_value, gross, maintenance, pool_maintenance

from liqscape.errors import ModelError
from liqscape.model import Accounts, MarginTable, MarginTables, MarginTier, MarketSnapshot
from liqscape.risk.margin import maintenance_margin, pool_margin


@given(st.integers(0, 2**32), st.integers(1, 40))
def test_value_and_maintenance_of_random_pools_equal_the_exact_twin(seed: int, pools: int) -> None:
    snapshot = make_snapshot(seed, make_markets(9))
    accounts = make_accounts(seed, snapshot, pools)
    margin = pool_margin(accounts, snapshot, TABLES)
    for pool in range(pools):
        raw_usd, holdings = holdings_of(accounts, snapshot, pool)
        scale = float(gross(raw_usd, holdings))
        assert abs(margin.account_value[pool] - float(account_value(raw_usd, holdings))) <= 1e-15 * 16 * scale
        assert margin.maintenance_margin[pool] == pytest.approx(float(pool_maintenance(holdings)), rel=1e-12)


@pytest.mark.parametrize(
    ("notional", "expected"),
    [
        (0.0, 0.0),
        (100_000_000.0, 1_250_000.0),  # BTC tier 0: 1.25 %
        (150_000_000.0, 1_875_000.0),  # the boundary is continuous
        (200_000_000.0, 3_125_000.0),  # 200M * 2.5 % - 1,875,000
    ],
)
def test_maintenance_follows_the_brackets_of_the_btc_table(notional: float, expected: float) -> None:
    rows = np.array([4])
    assert maintenance_margin(np.array([notional]), rows, TABLES)[0] == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("table", range(len(TABLES)))
def test_maintenance_is_the_searched_tier_at_and_around_every_boundary(table: int) -> None:
    tiers = tuple((Fraction(t.lower_bound), t.max_leverage) for t in TABLES.tables[table].tiers)
    for bound in TABLES.lower_bound[table]:
        if np.isfinite(bound):
            for notional in (bound, np.nextafter(bound, np.inf), max(np.nextafter(bound, 0.0), 0.0), bound + 1.0):
                exact = maintenance(Fraction(float(notional)), tiers)
                solved = maintenance_margin(np.array([notional]), np.array([table]), TABLES)[0]
                assert solved == pytest.approx(float(exact), rel=1e-12, abs=1e-12)


def test_equal_to_maintenance_is_not_liquidatable() -> None:
    snapshot = MarketSnapshot.of_marks(make_markets(3), 0, np.array([1.0, 100.0, 1.0]))
    # 10 coins at 100 USD with 10x maximum: maintenance 50 USD; raw -950 leaves exactly 50.
    at_limit = _one_pool(-950.0)
    below = _one_pool(np.nextafter(-950.0, -np.inf))
    assert not pool_margin(at_limit, snapshot, TABLES).is_liquidatable[0]
    assert pool_margin(at_limit, snapshot, TABLES).health[0] == 1.0
    assert pool_margin(below, snapshot, TABLES).is_liquidatable[0]


def test_shortage_is_what_is_missing_and_never_negative() -> None:
    snapshot = MarketSnapshot.of_marks(make_markets(3), 0, np.array([1.0, 100.0, 1.0]))
    assert pool_margin(_one_pool(-980.0), snapshot, TABLES).margin_shortage[0] == 30.0
    assert pool_margin(_one_pool(0.0), snapshot, TABLES).margin_shortage[0] == 0.0


def test_unknown_raw_usd_gives_unknown_not_zero() -> None:
    snapshot = MarketSnapshot.of_marks(make_markets(3), 0, np.array([1.0, 100.0, 1.0]))
    margin = pool_margin(_one_pool(np.nan), snapshot, TABLES)
    assert np.isnan(margin.account_value[0])
    assert np.isnan(margin.maintenance_margin[0])
    assert np.isnan(margin.health[0])


def test_position_in_an_unknown_market_is_refused_by_name() -> None:
    snapshot = MarketSnapshot.of_marks(make_markets(1), 0, np.array([1.0]))
    with pytest.raises(ModelError, match="position 0 names market 1; there are 1"):
        pool_margin(_one_pool(0.0), snapshot, TABLES)


@pytest.mark.parametrize(
    ("tiers", "message"),
    [
        ((), "has no tier"),
        (((5.0, 10),), "must start at 0"),
        (((0.0, 10), (0.0, 5)), "does not rise"),
        (((0.0, 10), (5.0, 20)), "not convex"),
        (((0.0, 0),), "outside 1"),
        (((0.0, 10), (float("inf"), 5)), "not finite"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused(tiers: tuple[tuple[float, int], ...], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        MarginTable(1, tuple(MarginTier(*tier) for tier in tiers))


def test_two_tables_of_one_id_are_refused() -> None:
    table = MarginTable(7, (MarginTier(0.0, 7),))
    with pytest.raises(ModelError, match="repeat"):
        MarginTables.build([table, table])


def _one_pool(raw_usd: float) -> Accounts:
    return Accounts.build(
        addresses=["0x" + "0" * 40],
        address_row=[0],
        raw_usd=[raw_usd],
        offsets=[0, 1],
        market_index=[1],
        size=[10.0],
        table_row=[1],
    )
