"""Liquidation prices against the exact twin, by property, and by hand."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from populations import TABLES, holdings_of, make_accounts, make_markets, make_snapshot
from reference import gross, liquidation_price, maintenance

from liqscape.model import Accounts, MarginTables, MarketSnapshot, flat_table
from liqscape.risk.liquidation import LevelStatus, solve_liquidation
from liqscape.risk.margin import pool_margin
from liqscape.risk.stages import backstop_price, bankruptcy_price

AGREEMENT = 1e-12
"""Relative to the price, or where terms cancel to the scale of the terms themselves."""


@pytest.mark.parametrize("share", [Fraction(1), Fraction(2, 3), Fraction(0)], ids=["level", "backstop", "bankruptcy"])
@given(seed=st.integers(0, 2**32), pools=st.integers(1, 30))
def test_random_pools_equal_the_exact_twin(share: Fraction, seed: int, pools: int) -> None:
    snapshot = make_snapshot(seed, make_markets(9))
    accounts = make_accounts(seed, snapshot, pools)
    solve = {Fraction(1): solve_liquidation, Fraction(2, 3): backstop_price, Fraction(0): bankruptcy_price}[share]
    solved = solve(accounts, snapshot, TABLES)
    for pool in range(pools):
        raw_usd, holdings = holdings_of(accounts, snapshot, pool)
        scale = gross(raw_usd, holdings)
        for index, row in enumerate(range(int(accounts.offsets[pool]), int(accounts.offsets[pool + 1]))):
            expected = liquidation_price(raw_usd, holdings, index, share)
            slack = AGREEMENT * float(scale / abs(holdings[index].size))
            if expected is None:
                assert solved.status[row] != LevelStatus.OK or solved.price[row] <= slack
                continue
            price = float(expected[0])
            assert solved.status[row] == LevelStatus.OK
            assert abs(solved.price[row] - price) <= max(AGREEMENT * price, slack)


def test_ordinary_accounts_agree_to_1e_12_of_the_price_itself() -> None:
    snapshot = make_snapshot(5, make_markets(9))
    accounts = make_accounts(5, snapshot, 1500)
    solved = solve_liquidation(accounts, snapshot, TABLES)
    near = worst = 0.0
    for pool in range(accounts.pool_count):
        raw_usd, holdings = holdings_of(accounts, snapshot, pool)
        for index, row in enumerate(range(int(accounts.offsets[pool]), int(accounts.offsets[pool + 1]))):
            expected = liquidation_price(raw_usd, holdings, index)
            mark = float(holdings[index].mark)
            if expected is not None and 0.2 * mark < expected[0] < 5 * mark:
                near += 1
                worst = max(worst, abs(solved.price[row] / float(expected[0]) - 1.0))
                assert solved.tier[row] == expected[1]
    assert near > 1000
    assert worst <= 1e-12


@pytest.mark.parametrize("side", [1.0, -1.0])
@pytest.mark.parametrize("table", [3, 4, 5])
def test_levels_whose_notional_meets_a_tier_boundary_are_the_twins(table: int, side: float) -> None:
    bounds = TABLES.lower_bound[table]
    for bound in bounds[np.isfinite(bounds) & (bounds > 0.0)]:
        for nudge in (0.0, -1e-9, 1e-9, -1e-4, 1e-4):
            size = side * 64.0
            price = Fraction(float(bound)) * Fraction(1 + nudge) / 64
            tiers = TABLES.tables[table].tiers
            # raw USD that puts the level at this price: maintenance at the price minus exposure there.
            exact = _maintenance(price * 64, table) - Fraction(size) * price
            accounts = _lone(float(exact), size, table)
            snapshot = MarketSnapshot.of_marks(make_markets(6), 0, np.ones(6))
            solved = solve_liquidation(accounts, snapshot, TABLES)
            raw_usd, holdings = holdings_of(accounts, snapshot, 0)
            expected = liquidation_price(raw_usd, holdings, 0)
            assert expected is not None
            assert solved.price[0] == pytest.approx(float(expected[0]), rel=1e-12)
            if abs(nudge) > 1e-6:
                assert solved.tier[0] == expected[1]
            assert len(tiers) > 1


def test_isolated_long_by_hand() -> None:
    # 0.0335 ETH, raw -95.059824, 50x maximum: 95.059824 / (0.0335 * 0.99) = 2866.2693653 (docs example, 2024-02-22)
    accounts = _lone(-95.059824, 0.0335, 2)
    flat_50 = replace(accounts, table_row=np.array([0], np.int32))
    tables = MarginTables.build([flat_table(50)])
    snapshot = MarketSnapshot.of_marks(make_markets(6), 0, np.ones(6))
    assert solve_liquidation(flat_50, snapshot, tables).price[0] == pytest.approx(2866.26936529, rel=1e-8)


def test_safe_long_has_no_level_and_sunk_short_is_insolvent() -> None:
    snapshot = MarketSnapshot.of_marks(make_markets(6), 0, np.ones(6))
    safe = solve_liquidation(_lone(10.0, 5.0, 1), snapshot, TABLES)
    sunk = solve_liquidation(_lone(-10.0, -5.0, 1), snapshot, TABLES)
    assert (safe.status[0], sunk.status[0]) == (LevelStatus.NO_LEVEL, LevelStatus.INSOLVENT)
    assert np.isnan(safe.price[0])
    assert np.isnan(sunk.price[0])
    assert safe.tier[0] == sunk.tier[0] == -1


def test_a_long_that_no_printable_mark_saves_is_insolvent_and_a_short_out_of_reach_has_no_level() -> None:
    # 1e-9 coins against -1e8 USD: solvent above 1e17 USD only; short 1e-9 with 1e8 USD: safe up to 1e17.
    snapshot = MarketSnapshot.of_marks(make_markets(6), 0, np.ones(6))
    sunk, safe = _lone(-1e8, 1e-9, 1), _lone(1e8, -1e-9, 1)
    assert pool_margin(sunk, snapshot, TABLES).is_liquidatable[0]
    assert solve_liquidation(sunk, snapshot, TABLES).status[0] == LevelStatus.INSOLVENT
    assert not pool_margin(safe, snapshot, TABLES).is_liquidatable[0]
    assert solve_liquidation(safe, snapshot, TABLES).status[0] == LevelStatus.NO_LEVEL


def test_unknown_mark_of_another_coin_makes_the_level_unknown_but_an_own_unknown_mark_does_not() -> None:
    marks = np.array([1.0, np.nan, 1.0])
    snapshot = MarketSnapshot.of_marks(make_markets(3), 0, marks)
    both = Accounts.build(
        addresses=["a"],
        address_row=[0],
        raw_usd=[100.0],
        offsets=[0, 2],
        market_index=[0, 1],
        size=[-30.0, -30.0],
        table_row=[0, 1],
    )
    lone = Accounts.build(
        addresses=["a"], address_row=[0], raw_usd=[100.0], offsets=[0, 1], market_index=[1], size=[-30.0], table_row=[1]
    )
    assert solve_liquidation(both, snapshot, TABLES).status[0] == LevelStatus.UNKNOWN
    assert solve_liquidation(lone, snapshot, TABLES).status[0] == LevelStatus.OK


def test_unknown_raw_usd_makes_every_level_of_the_pool_unknown() -> None:
    snapshot = make_snapshot(1, make_markets(9))
    accounts = make_accounts(1, snapshot, 50)
    raw_usd = accounts.raw_usd.copy()
    raw_usd[7] = np.nan
    status = solve_liquidation(replace(accounts, raw_usd=raw_usd), snapshot, TABLES).status
    is_hit = accounts.pool_of_position() == 7
    assert np.all(status[is_hit] == LevelStatus.UNKNOWN)
    assert np.all(status[~is_hit] != LevelStatus.UNKNOWN)


@given(st.integers(0, 2**32))
def test_more_cash_moves_longs_down_and_shorts_up(seed: int) -> None:
    snapshot = make_snapshot(seed, make_markets(9))
    accounts = make_accounts(seed, snapshot, 20)
    before = solve_liquidation(accounts, snapshot, TABLES)
    after = solve_liquidation(replace(accounts, raw_usd=accounts.raw_usd + 1_000.0), snapshot, TABLES)
    both = (before.status == LevelStatus.OK) & (after.status == LevelStatus.OK)
    is_long = accounts.size > 0.0
    assert np.all(after.price[both & is_long] <= before.price[both & is_long])
    assert np.all(after.price[both & ~is_long] >= before.price[both & ~is_long])


@given(st.integers(0, 2**32))
def test_at_its_level_a_pool_stands_at_maintenance(seed: int) -> None:
    snapshot = make_snapshot(seed, make_markets(9))
    accounts = make_accounts(seed, snapshot, 12)
    solved = solve_liquidation(accounts, snapshot, TABLES)
    pool = accounts.pool_of_position()
    for row in np.flatnonzero(solved.status == LevelStatus.OK):
        marks = snapshot.mark.copy()
        marks[accounts.market_index[row]] = solved.price[row]
        moved = MarketSnapshot.of_marks(snapshot.markets, 0, marks)
        margin = pool_margin(accounts.take(np.array([pool[row]])), moved, TABLES)
        held = accounts.take(np.array([pool[row]]))
        scale = np.abs(held.raw_usd[0]) + np.sum(np.abs(held.size) * marks[held.market_index])
        assert abs(margin.free_margin[0]) <= 1e-12 * scale


def test_order_of_pools_changes_no_bit() -> None:
    snapshot = make_snapshot(3, make_markets(9))
    accounts = make_accounts(3, snapshot, 3000)
    shuffled = np.random.default_rng(0).permutation(3000)
    solved = solve_liquidation(accounts, snapshot, TABLES)
    other = solve_liquidation(accounts.take(shuffled), snapshot, TABLES)
    lengths = np.diff(accounts.offsets)[shuffled]
    rows = np.concatenate([np.arange(accounts.offsets[p], accounts.offsets[p + 1]) for p in shuffled])
    assert len(rows) == lengths.sum()
    np.testing.assert_array_equal(other.price, solved.price[rows])


def test_price_of_an_isolated_position_ignores_its_entry_leverage_and_mark() -> None:
    accounts = _lone(-95.0, 1.0, 1)
    marks = np.ones(6)
    first = solve_liquidation(accounts, MarketSnapshot.of_marks(make_markets(6), 0, marks), TABLES).price[0]
    moved = replace(accounts, entry_price=np.array([5.0]), leverage=np.array([3.0]))
    again = solve_liquidation(moved, MarketSnapshot.of_marks(make_markets(6), 0, marks * 100.0), TABLES).price[0]
    assert first == again == pytest.approx(100.0)


def test_empty_market_solves_to_nothing() -> None:
    snapshot = MarketSnapshot.of_marks(make_markets(2), 0, np.ones(2))
    assert solve_liquidation(Accounts.empty(), snapshot, TABLES).price.shape == (0,)


def _lone(raw_usd: float, size: float, table: int) -> Accounts:
    return Accounts.build(
        addresses=["0x" + "0" * 40],
        address_row=[0],
        raw_usd=[raw_usd],
        offsets=[0, 1],
        market_index=[table],
        size=[size],
        table_row=[table],
    )


def _maintenance(notional: Fraction, table: int) -> Fraction:
    return maintenance(notional, tuple((Fraction(t.lower_bound), t.max_leverage) for t in TABLES.tables[table].tiers))
