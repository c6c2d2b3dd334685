"""The inverse: free margin and raw USD from published prices, and their agreement (docs/liquidation.md, eq. 10)."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from populations import TABLES, holdings_of, make_accounts, make_markets, make_snapshot
from reference import account_value, liquidation_price, pool_maintenance

from liqscape.risk.inference.free_margin import implied_free_margin
from liqscape.risk.pool import (
    PriceVotes,
    agree,
    leave_one_out,
    price_votes,
    raw_usd_from_free_margin,
)


def votes(*values: float, width: float = 1e-3) -> PriceVotes:
    return PriceVotes(np.array(values), np.full(len(values), width))


@given(st.integers(0, 10_000))
def test_every_exact_price_of_a_pool_implies_the_free_margin_of_the_fraction_twin(seed: int) -> None:
    snapshot = make_snapshot(seed, make_markets(8))
    accounts = make_accounts(seed, snapshot, pools=1)
    raw_usd, holdings = holdings_of(accounts, snapshot, 0)
    free_margin = account_value(raw_usd, holdings) - pool_maintenance(holdings)
    mark = snapshot.mark[accounts.market_index]
    exact = [liquidation_price(raw_usd, holdings, row) for row in range(len(holdings))]
    price = np.array([np.nan if found is None else float(found[0]) for found in exact])
    implied = implied_free_margin(accounts.size, mark, price, accounts.table_row, TABLES)
    scale = np.abs(accounts.size) * (mark + np.nan_to_num(price))
    for row, found in enumerate(exact):
        if found is None:
            assert np.isnan(implied[row])
        else:
            assert implied[row] == pytest.approx(float(free_margin), rel=0, abs=1e-11 * scale[row] + 1e-9)
    back = raw_usd_from_free_margin(float(free_margin), accounts.size, mark, accounts.table_row, TABLES)
    gross = float(np.sum(np.abs(accounts.size) * mark)) + abs(float(raw_usd))
    assert float(back) == pytest.approx(float(raw_usd), rel=0, abs=1e-12 * gross)


def test_one_price_worked_by_hand() -> None:
    # Short 2 at mark 100, price 150, flat 10x: M(300) = 15, M(200) = 10; G = 15 - 10 + 2 * 50 = 105 USD.
    row = np.array([1])
    free = implied_free_margin(np.array([-2.0]), np.array([100.0]), np.array([150.0]), row, TABLES)
    assert free[0] == pytest.approx(105.0, rel=1e-15)
    # raw USD = 105 + 10 + 200 = 315: equity 115 at the mark, 15 at 150, which is the maintenance there.
    assert float(raw_usd_from_free_margin(105.0, np.array([-2.0]), np.array([100.0]), row, TABLES)) == 315.0


def test_a_price_in_the_upper_tier_implies_its_margin_with_the_deduction() -> None:
    # Short 100 at 1,000 (100k USD), price 50,000 (5M USD): 10x up to 3M, then 5x. M = 500,000 - 150,000 = 350,000.
    free = implied_free_margin(np.array([-100.0]), np.array([1_000.0]), np.array([50_000.0]), np.array([3]), TABLES)
    assert free[0] == 350_000.0 - 5_000.0 + 100.0 * 49_000.0


def test_a_vote_is_as_wide_as_a_unit_of_the_last_printed_digit_is_worth() -> None:
    size, mark, price = np.array([-1e6, -1.0]), np.array([1.0, 100.0]), np.array([2.0, 150.0])
    found = price_votes(size, mark, price, np.array([0.5e-4, 0.5e-4]), np.array([1, 1]), TABLES)
    assert 50.0 <= found.width[0] <= 80.0  # a million coins times half of 0.0001 USD
    assert found.width[1] < 1e-3


def test_votes_within_their_widths_agree_and_an_outlier_does_not_pull_them() -> None:
    agreement = agree(votes(100.0, 100.001, 250.0, 99.9995))
    assert agreement.count == 3
    assert agreement.is_agreeing.tolist() == [True, True, False, True]
    assert agreement.free_margin == pytest.approx(100.0001666, abs=1e-6)
    assert agreement.spread == pytest.approx(0.0015 / 100.001)


def test_the_sharper_price_weighs_more() -> None:
    agreement = agree(PriceVotes(np.array([100.0, 101.0]), np.array([1e-4, 1.0])))
    assert agreement.count == 2
    assert agreement.free_margin == pytest.approx(100.0, abs=1e-7)


def test_two_groups_of_equal_size_agree_on_nothing() -> None:
    agreement = agree(votes(100.0, 100.0, 200.0, 200.0))
    assert np.isnan(agreement.free_margin)
    assert agreement.count == 0


def test_no_price_agrees_on_nothing_and_one_has_no_spread() -> None:
    assert np.isnan(agree(votes(np.nan, np.nan)).free_margin)
    assert agree(votes()).count == 0
    single = agree(votes(np.nan, 5.0))
    assert (single.free_margin, single.count) == (5.0, 1)
    assert np.isnan(single.spread)


def test_what_the_others_say_does_not_depend_on_the_price_itself() -> None:
    others, count = leave_one_out(votes(100.0, 100.001, 99.999, 100.0))
    for row, moved_to in ((0, 1e9), (2, -5.0), (3, 99.0)):
        moved = np.array([100.0, 100.001, 99.999, 100.0])
        moved[row] = moved_to
        changed, _ = leave_one_out(votes(*moved.tolist()))
        assert changed[row] == others[row]
    assert count.tolist() == [3, 3, 3, 3]


def test_the_only_price_has_no_others_and_a_missing_one_gets_all() -> None:
    others, count = leave_one_out(votes(7.0, np.nan))
    assert np.isnan(others[0])
    assert others[1] == 7.0
    assert count.tolist() == [0, 1]


def test_the_fraction_twin_of_the_worked_example() -> None:
    size, mark, price, rate = Fraction(-2), Fraction(100), Fraction(150), Fraction(1, 20)
    assert abs(size) * price * rate - abs(size) * mark * rate - size * (price - mark) == 105
