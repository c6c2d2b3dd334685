"""Levels kept up to date are the levels solved afresh, bit for bit, and no pool is solved without need."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from populations import TABLES, make_accounts, make_markets, make_snapshot

from liqscape.model import MarketSnapshot
from liqscape.risk.incremental import IncrementalLevels
from liqscape.risk.liquidation import solve_roots


@given(st.integers(0, 2**32), st.lists(st.sets(st.integers(0, 8), min_size=1), max_size=5))
def test_any_sequence_of_mark_batches_ends_where_a_full_solve_does(seed: int, batches: list[set[int]]) -> None:
    snapshot = make_snapshot(seed, make_markets(9))
    accounts = make_accounts(seed, snapshot, 40)
    levels = IncrementalLevels(accounts, snapshot, TABLES)
    marks = snapshot.mark.copy()
    for batch in batches:
        marks[list(batch)] *= 1.01
        levels.update_marks(marks)
    fresh = solve_roots(accounts, MarketSnapshot.of_marks(snapshot.markets, 0, marks), TABLES)
    np.testing.assert_array_equal(levels.root, fresh)


def test_exactly_the_pools_with_several_positions_that_hold_a_changed_coin_are_solved_again() -> None:
    snapshot = make_snapshot(2, make_markets(30))
    accounts = make_accounts(2, snapshot, 500)
    levels = IncrementalLevels(accounts, snapshot, TABLES)
    marks = snapshot.mark.copy()
    marks[4] *= 1.02
    solved = levels.update_marks(marks)
    lengths = np.diff(accounts.offsets)
    holders = np.unique(accounts.pool_of_position()[accounts.market_index == 4])
    np.testing.assert_array_equal(solved, holders[lengths[holders] > 1])
    assert 0 < len(solved) < 500


def test_same_marks_again_solve_nothing() -> None:
    snapshot = make_snapshot(2, make_markets(9))
    levels = IncrementalLevels(make_accounts(2, snapshot, 50), snapshot, TABLES)
    assert len(levels.update_marks(snapshot.mark)) == 0


@pytest.mark.parametrize("pools", [[3], [0, 7, 19]])
def test_new_raw_usd_of_some_pools_ends_where_a_full_solve_does(pools: list[int]) -> None:
    snapshot = make_snapshot(4, make_markets(9))
    accounts = make_accounts(4, snapshot, 20)
    levels = IncrementalLevels(accounts, snapshot, TABLES)
    raw_usd = accounts.raw_usd.copy()
    raw_usd[pools] += 777.0
    levels.update_raw_usd(np.array(pools), raw_usd[pools])
    np.testing.assert_array_equal(levels.root, solve_roots(replace(accounts, raw_usd=raw_usd), snapshot, TABLES))
