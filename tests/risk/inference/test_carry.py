"""Pools carried to other marks keep their free margin."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from populations import TABLES, make_accounts, make_markets, make_snapshot

from liqscape.model import Accounts, MarketSnapshot
from liqscape.risk.inference import carry_free_margin
from liqscape.risk.liquidation import solve_liquidation
from liqscape.risk.margin import pool_margin

MARKETS = make_markets(9)


def observed(seed: int) -> tuple[Accounts, MarketSnapshot, np.ndarray]:
    snapshot = make_snapshot(seed, MARKETS)
    accounts = make_accounts(seed, snapshot, 30)
    accounts = replace(accounts, observed_mark=snapshot.mark[accounts.market_index])
    return accounts, snapshot, snapshot.mark * np.random.default_rng(seed).uniform(0.99, 1.01, 9)


@given(st.integers(0, 2**32))
def test_free_margin_at_the_new_marks_is_that_at_the_observed_ones(seed: int) -> None:
    accounts, snapshot, marks = observed(seed)
    carried = carry_free_margin(accounts, marks, TABLES)
    before = pool_margin(accounts, snapshot, TABLES).free_margin
    after = pool_margin(carried, MarketSnapshot.of_marks(MARKETS, 0, marks), TABLES).free_margin
    scale = np.bincount(accounts.pool_of_position(), np.abs(accounts.size) * snapshot.mark[accounts.market_index])
    several = np.diff(accounts.offsets) > 1
    assert np.all(np.abs(after - before)[several] <= 1e-12 * (scale + np.abs(accounts.raw_usd))[several])


def test_pools_with_one_position_and_pools_with_unknown_marks_are_left_alone() -> None:
    accounts, _, marks = observed(3)
    lone = np.diff(accounts.offsets) == 1
    np.testing.assert_array_equal(carry_free_margin(accounts, marks, TABLES).raw_usd[lone], accounts.raw_usd[lone])
    unknown = carry_free_margin(accounts, np.full(9, np.nan), TABLES)
    np.testing.assert_array_equal(unknown.raw_usd, accounts.raw_usd)


def test_a_level_moves_by_no_more_than_its_own_mark_did() -> None:
    accounts, snapshot, marks = observed(5)
    first = solve_liquidation(accounts, snapshot, TABLES).price
    carried = carry_free_margin(accounts, marks, TABLES)
    again = solve_liquidation(carried, MarketSnapshot.of_marks(MARKETS, 0, marks), TABLES).price
    moved = np.abs(marks - snapshot.mark)[accounts.market_index]
    both = np.isfinite(first) & np.isfinite(again)
    assert both.sum() > 20
    assert np.all(np.abs(again - first)[both] <= 1.25 * moved[both] + 1e-9 * first[both])
