"""The part of the bands that is vaults', and sums by kind of account."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from populations import TABLES, make_accounts, make_markets, make_snapshot

from liqscape.heatmap.build import build_bands
from liqscape.heatmap.grid import band_of_price
from liqscape.heatmap.kept_apart import FAR_FACTOR, LARGE_USD, is_far, size_within, sum_by_kind, vault_bands
from liqscape.heatmap.merge import merge_bands
from liqscape.model import Accounts, MarginTables, Markets, MarketSnapshot, flat_table
from liqscape.model.account_kinds import AccountKind, kind_of_pools
from liqscape.model.markets import Market
from liqscape.risk.liquidation import solve_roots

FLAT = MarginTables.build((flat_table(10),))
NOBODY = np.empty(0, np.int64)


def one_market(mark: float, open_interest: float) -> MarketSnapshot:
    markets = Markets.build((Market(coin="BTC", size_decimals=5, max_leverage=10, table_row=0),))
    return MarketSnapshot(
        markets=markets,
        time_ms=0,
        mark=np.array([mark]),
        oracle=np.array([mark]),
        open_interest=np.array([open_interest]),
    )


def lone(cash_and_size: list[tuple[float, float]], exempt: tuple[int, ...] = ()) -> Accounts:
    """One address with one position of BTC each."""
    count = len(cash_and_size)
    return Accounts.build(
        addresses=[f"0x{row:040x}" for row in range(count)],
        address_row=range(count),
        raw_usd=[cash for cash, _ in cash_and_size],
        offsets=range(count + 1),
        market_index=[0] * count,
        size=[size for _, size in cash_and_size],
        table_row=[0] * count,
        is_exempt=[row in exempt for row in range(count)],
    )


@given(st.integers(0, 2**32), st.integers(1, 60), st.integers(0, 6))
def test_vaults_and_all_others_add_up_to_the_bands(seed: int, pools: int, level: int) -> None:
    snapshot = make_snapshot(seed, make_markets(3))
    accounts = make_accounts(seed, snapshot, pools)
    rng = np.random.default_rng(seed)
    count = len(accounts.addresses)
    vaults = np.flatnonzero(rng.random(count) < 0.4)
    others = np.setdiff1d(np.arange(count), vaults)
    bands, _ = build_bands(accounts, snapshot, solve_roots(accounts, snapshot, TABLES))
    for market in range(3):
        whole = merge_bands(bands.of_market(market), level)
        parts = [
            size_within(vault_bands(accounts, rows, snapshot, TABLES, market), whole, level)
            for rows in (vaults, others)
        ]
        np.testing.assert_allclose(parts[0] + parts[1], whole.size, rtol=1e-12)


def test_vault_stands_in_the_band_of_its_level() -> None:
    # 1 BTC long on 5,000 of equity at 10,000: liquidated at (10,000 - 5,000) / 0.95 = 5,263.16
    accounts = lone([(-5_000.0, 1.0), (-5_000.0, 2.0)])
    snapshot = one_market(10_000.0, 3.0)
    part = vault_bands(accounts, np.array([0]), snapshot, FLAT, 0)
    assert part.size.tolist() == [1.0]
    assert part.band.tolist() == [int(band_of_price(np.array([5_000.0 / 0.95]))[0])]


def test_exempt_vault_is_in_no_band() -> None:
    accounts = lone([(-5_000.0, 1.0)], exempt=(0,))
    assert len(vault_bands(accounts, np.array([0]), one_market(10_000.0, 1.0), FLAT, 0)) == 0


def test_vaults_of_other_coins_are_not_of_this_one() -> None:
    assert not len(vault_bands(lone([(-5_000.0, 1.0)]), NOBODY, one_market(10_000.0, 1.0), FLAT, 0))


def test_exempt_goes_before_vault() -> None:
    accounts = lone([(0.0, 1.0), (0.0, 1.0), (0.0, 1.0)], exempt=(2,))
    kinds = kind_of_pools(accounts, np.array([1, 2]))
    assert kinds.tolist() == [AccountKind.TRADER, AccountKind.VAULT, AccountKind.EXEMPT]


def test_sums_by_kind_are_everybody_once() -> None:
    # mark 10,000; 1, 2 and 3 BTC; open interest 12 BTC, so 2 * 12 * 10,000 = 240,000 USD of both sides
    accounts = lone([(-5_000.0, 1.0), (-5_000.0, 2.0), (60_000.0, -3.0)], exempt=(2,))
    snapshot = one_market(10_000.0, 12.0)
    figures = sum_by_kind(accounts, np.array([1, 2]), snapshot, solve_roots(accounts, snapshot, FLAT))
    assert [each.notional for each in figures.by_kind] == [10_000.0, 20_000.0, 30_000.0]
    assert [each.account_count for each in figures.by_kind] == [1, 1, 1]
    assert figures.by_kind[1].share == pytest.approx(20_000.0 / 240_000.0)
    assert figures.no_practical_level.account_count == 0


def test_share_is_unknown_where_open_interest_is() -> None:
    accounts, snapshot = lone([(-5_000.0, 1.0)]), one_market(10_000.0, math.nan)
    assert math.isnan(sum_by_kind(accounts, NOBODY, snapshot, np.array([5_000.0])).by_kind[0].share)


LARGE = LARGE_USD / 10_000.0


@pytest.mark.parametrize(
    ("name", "size", "root", "is_counted"),
    [
        ("long without a level", LARGE, -1.0, True),
        ("long with a level a tenth of the mark away", LARGE, 10_000.0 / FAR_FACTOR, True),
        ("long just inside", LARGE, 10_000.0 / FAR_FACTOR + 0.01, False),
        ("short ten times above", -LARGE, 10_000.0 * FAR_FACTOR, True),
        ("short just inside", -LARGE, 10_000.0 * FAR_FACTOR - 0.01, False),
        ("small", LARGE * 0.999, -1.0, False),
        ("of unknown cash", LARGE, math.nan, False),
        ("short below maintenance at any mark", -LARGE, -1.0, False),
    ],
)
def test_large_account_without_a_level_within_reach(name: str, size: float, root: float, is_counted: bool) -> None:
    accounts = lone([(0.0, size)])
    figures = sum_by_kind(accounts, NOBODY, one_market(10_000.0, LARGE), np.array([root]))
    assert figures.no_practical_level.account_count == is_counted, name
    assert figures.by_kind[0].account_count == 1  # a figure of its levels; it stays a trader


def test_one_level_within_reach_is_enough_to_be_practical() -> None:
    accounts = lone([(0.0, LARGE), (0.0, LARGE)])
    both = replace(accounts, address_row=np.zeros(2, np.int32), addresses=accounts.addresses[:1])
    figures = sum_by_kind(both, NOBODY, one_market(10_000.0, LARGE), np.array([-1.0, 9_000.0]))
    assert figures.no_practical_level.account_count == 0


def test_exempt_accounts_are_not_counted_as_makers() -> None:
    accounts = lone([(0.0, LARGE)], exempt=(0,))
    figures = sum_by_kind(accounts, NOBODY, one_market(10_000.0, LARGE), np.array([-1.0]))
    assert figures.no_practical_level.account_count == 0


def test_unknown_mark_is_not_far() -> None:
    assert not is_far(np.array([-1.0]), np.array([math.nan]), np.array([1.0]))[0]
