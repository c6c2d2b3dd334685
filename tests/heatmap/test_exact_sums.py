"""Sums of bands as whole numbers: against fractions, in any order, and kept from batch to batch."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from populations import TABLES, in_lots, make_accounts, make_markets, make_snapshot

from liqscape.heatmap.bands import BAND_COLUMNS
from liqscape.heatmap.build import build_bands, window_start
from liqscape.heatmap.exact_sums import USD_STEPS
from liqscape.heatmap.grid import band_of_price
from liqscape.heatmap.kept_sums import keep_sums
from liqscape.heatmap.plan import plan_bands
from liqscape.model import Accounts, MarketSnapshot
from liqscape.risk.liquidation import HIGHEST_PRICE, solve_roots

LOTS_PER_COIN = 100


def make_market(seed: int, pools: int) -> tuple[Accounts, MarketSnapshot]:
    """Accounts whose sizes are whole lots."""
    snapshot = make_snapshot(seed, make_markets(3))
    accounts = make_accounts(seed, snapshot, pools)
    return replace(accounts, size=in_lots(accounts.size)), snapshot


@given(st.integers(0, 2**32), st.integers(1, 80))
def test_sizes_are_the_exact_sums_of_decimals_and_levels_are_good_to_half_a_step_a_position(
    seed: int, pools: int
) -> None:
    accounts, snapshot = make_market(seed, pools)
    root = solve_roots(accounts, snapshot, TABLES)
    bands, _ = build_bands(accounts, snapshot, root)
    start, source = window_start(snapshot.mark), accounts.margin_source[accounts.pool_of_position()]
    expected: dict[tuple[int, ...], list[Fraction]] = defaultdict(lambda: [Fraction(0)] * 4)
    for row in np.flatnonzero((root > 0.0) & (root <= HIGHEST_PRICE)).tolist():
        market, size, price = int(accounts.market_index[row]), float(accounts.size[row]), float(root[row])
        band = int(band_of_price(np.array([price]))[0])
        if not 0 <= band - start[market] < 8192:
            continue
        coins = Fraction(round(abs(size) * LOTS_PER_COIN), LOTS_PER_COIN)
        level = coins * Fraction(price)
        first = coins / 5 if level > 100_000 else coins
        key = (market, band, 1 if size > 0 else -1, int(source[row]))
        expected[key] = [a + b for a, b in zip(expected[key], (coins, level, first, Fraction(1)), strict=True)]
    keys = list(zip(*(getattr(bands, name).tolist() for name in list(BAND_COLUMNS)[:4]), strict=True))
    assert keys == sorted(expected)
    for row, key in enumerate(keys):
        coins, level, first, count = expected[key]
        assert (bands.size[row], bands.first_order_size[row]) == (float(coins), float(first))
        assert bands.position_count[row] == count
        rounded = Fraction(bands.level_notional[row]) * int(USD_STEPS)
        assert rounded.denominator == 1
        assert abs(rounded / int(USD_STEPS) - level) <= count / Fraction(2 * USD_STEPS) + level / 2**50


@given(st.integers(0, 2**32), st.integers(1, 80))
def test_the_order_of_accounts_changes_no_bit(seed: int, pools: int) -> None:
    accounts, snapshot = make_market(seed, pools)
    order = np.random.default_rng(seed).permutation(pools)
    one, two = (
        build_bands(rows, snapshot, solve_roots(rows, snapshot, TABLES)) for rows in (accounts, accounts.take(order))
    )
    for name in BAND_COLUMNS:
        assert getattr(one[0], name).tobytes() == getattr(two[0], name).tobytes(), name
    assert one[1].size.tobytes() == two[1].size.tobytes()


def test_three_tenths_are_three_tenths() -> None:
    accounts, snapshot = make_market(1, 40)
    lone = accounts.take(np.flatnonzero(np.diff(accounts.offsets) == 1)[:3])
    lone = replace(lone, size=np.array([0.1, 0.1, 0.1]), market_index=np.zeros(3, np.int32))
    lone = replace(lone, margin_source=np.ones(3, np.uint8))
    bands, _ = build_bands(lone, snapshot, np.full(3, snapshot.mark[0]))
    assert bands.size.sum() == 0.3 != 0.1 + 0.1 + 0.1


@pytest.mark.parametrize(("size", "kept"), [(0.1, 1), (0.1 + 0.2, 1), (0.125, 0), (1e20, 0)])
def test_a_market_with_a_size_that_is_no_whole_number_of_lots_keeps_no_sums(size: float, kept: int) -> None:
    accounts, snapshot = make_market(1, 40)
    lone = accounts.take(np.flatnonzero(np.diff(accounts.offsets) == 1)[:1])
    lone = replace(lone, size=np.array([size]))
    plan = plan_bands(lone, snapshot.markets)
    sums = keep_sums(plan, np.ones(1, np.bool_), np.ones(1), snapshot.markets.lots_per_coin)
    assert (len(sums.columns.cell), len(sums.others.lots)) == (kept, 1 - kept)
