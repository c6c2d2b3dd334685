"""Backstop and bankruptcy of pools over several dexs, with and without protected margin, against exact fractions."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from populations import TABLES, holdings_of, make_accounts, make_markets, make_snapshot
from reference import Holding, gross, maintenance, rate_and_deduction

from liqscape.model import Accounts, MarginTables, Market, Markets, MarketSnapshot, flat_table
from liqscape.risk.liquidation import LevelStatus
from liqscape.risk.stages import backstop_price, bankruptcy_price

DEXS = ("", "", "xyz", "abc", "xyz", "", "abc", "xyz", "")
STAGES = {"backstop": (backstop_price, Fraction(2, 3)), "bankruptcy": (bankruptcy_price, Fraction(0))}


def over_dexs(seed: int) -> MarketSnapshot:
    snapshot = make_snapshot(seed, make_markets(9))
    rows = [replace(row, dex=dex) for row, dex in zip(snapshot.markets.rows, DEXS, strict=True)]
    return replace(snapshot, markets=Markets.build(rows))


def price_at(raw_usd: Fraction, holdings: list[Holding], index: int, shares: list[Fraction]) -> Fraction | None:
    """Price of one coin at which value is the sum of each position's maintenance times its share; None if none."""
    others = raw_usd
    for holding, share in zip(holdings, shares, strict=True):
        if holding is not holdings[index]:
            exposure = holding.size * holding.mark
            others += exposure - maintenance(abs(exposure), holding.tiers, share)
    moved, share = holdings[index], shares[index]
    rows = rate_and_deduction(moved.tiers)
    for tier, (bound, rate, deduction) in enumerate(rows):
        price = -(others + deduction * share) / (moved.size - abs(moved.size) * rate * share)
        above = rows[tier + 1][0] if tier + 1 < len(rows) else None
        notional = abs(moved.size) * price
        if price > 0 and notional >= bound and (above is None or notional < above):
            return price
    return None


@pytest.mark.parametrize("stage", STAGES)
@given(seed=st.integers(0, 2**32), pools=st.integers(1, 30))
def test_protected_stages_equal_the_exact_twin(stage: str, seed: int, pools: int) -> None:
    solve, share = STAGES[stage]
    snapshot = over_dexs(seed)
    accounts = make_accounts(seed, snapshot, pools)
    solved = solve(accounts, snapshot, TABLES, protects_cross_margin=True)
    for pool in range(pools):
        raw_usd, holdings = holdings_of(accounts, snapshot, pool)
        rows = range(int(accounts.offsets[pool]), int(accounts.offsets[pool + 1]))
        dexs = [DEXS[accounts.market_index[row]] for row in rows]
        scale = float(gross(raw_usd, holdings))
        for index, row in enumerate(rows):
            found = [
                price_at(raw_usd, holdings, index, [share if dex == each else Fraction(1) for dex in dexs])
                for each in set(dexs)
            ]
            slack = 1e-12 * scale / abs(float(holdings[index].size))
            is_long = holdings[index].size > 0
            if (not is_long and None in found) or found == [None] * len(found):
                assert solved.status[row] != LevelStatus.OK or solved.price[row] <= slack
                continue
            known = [price for price in found if price is not None]
            expected = float(max(known) if is_long else min(known))
            assert solved.status[row] == LevelStatus.OK
            assert abs(solved.price[row] - expected) <= max(1e-12 * expected, slack)


@pytest.mark.parametrize("stage", STAGES)
def test_without_the_rule_or_in_one_dex_nothing_changes(stage: str) -> None:
    solve, _ = STAGES[stage]
    snapshot = make_snapshot(3, make_markets(9))
    accounts = make_accounts(3, snapshot, 200)
    usual = solve(accounts, snapshot, TABLES).price
    assert np.array_equal(usual, solve(accounts, snapshot, TABLES, protects_cross_margin=True).price, equal_nan=True)
    assert np.array_equal(usual, solve(accounts, over_dexs(3), TABLES).price, equal_nan=True)


def test_protection_brings_both_stages_nearer_and_never_moves_them_away() -> None:
    snapshot = over_dexs(11)
    accounts = make_accounts(11, snapshot, 500)
    for solve, _ in STAGES.values():
        usual, protected = (solve(accounts, snapshot, TABLES, protects_cross_margin=on) for on in (False, True))
        both = (usual.status == LevelStatus.OK) & (protected.status == LevelStatus.OK)
        change = (protected.price - usual.price)[both] * np.sign(accounts.size[both])
        assert (change >= -1e-9 * usual.price[both]).all()
        assert (change > 1e-3 * usual.price[both]).sum() > 20


def test_an_unknown_pool_stays_unknown_under_protection() -> None:
    markets = Markets.build(
        [
            Market(coin="A", size_decimals=2, max_leverage=10, table_row=0),
            Market(coin="xyz:B", size_decimals=2, max_leverage=10, table_row=0, dex="xyz"),
        ]
    )
    tables = MarginTables.build([flat_table(10)])
    accounts = Accounts.build(
        addresses=["0xabc"],
        address_row=[0],
        raw_usd=[np.nan],
        offsets=[0, 2],
        market_index=[0, 1],
        size=[1.0, 1.0],
        table_row=[0, 0],
    )
    snapshot = MarketSnapshot.of_marks(markets, 0, np.array([100.0, 100.0]))
    solved = backstop_price(accounts, snapshot, tables, protects_cross_margin=True)
    assert solved.status.tolist() == [LevelStatus.UNKNOWN] * 2
