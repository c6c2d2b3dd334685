"""The own liquidation price against maintenance worked out by hand, in exact fractions where it is alone."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from liqscape.insight.advice import OwnLevel, PoolBacking, StopTrade, solve_own_levels
from liqscape.model import Accounts, MarginTable, MarginTables, MarginTier, Market, Markets, MarketSnapshot, flat_table
from liqscape.risk.joint import Betas, estimate_betas

TABLES = MarginTables.build((flat_table(10), MarginTable(60, (MarginTier(0.0, 40), MarginTier(150_000.0, 20)), "two")))
MARKETS = Markets.build(
    (
        Market(coin="BTC", size_decimals=5, max_leverage=40, table_row=1),
        Market(coin="ETH", size_decimals=4, max_leverage=10, table_row=0),
    )
)
SNAPSHOT = MarketSnapshot.of_marks(MARKETS, 0, np.array([100.0, 50.0]))
BETAS = Betas(
    down=np.array([1.0, 1.5]),
    up=np.array([1.0, 0.5]),
    source=np.zeros(2, np.uint8),
    standard_error=np.full(2, np.nan),
    return_count=np.zeros(2, np.int64),
    centre_down=1.0,
    centre_up=1.0,
)


def solved(
    trade: StopTrade,
    size: float,
    backing: PoolBacking,
    fee_bp: float = 0.0,
    market: int = 0,
    betas: Betas | None = None,
) -> OwnLevel:
    (level,) = solve_own_levels([(trade, size)], backing, fee_bp, market, snapshot=SNAPSHOT, tables=TABLES, betas=betas)
    return level


def pool(raw_usd: float, *held: tuple[int, float]) -> Accounts:
    return Accounts.build(
        addresses=("0x1",),
        address_row=[0],
        raw_usd=[raw_usd],
        offsets=[0, len(held)],
        market_index=[market for market, _ in held],
        size=[size for _, size in held],
        table_row=[MARKETS.rows[market].table_row for market, _ in held],
    )


def maintenance(notional: Fraction, market: int) -> Fraction:
    """Tiers by hand: 10x flat; or 40x, from 150,000 USD 20x with a deduction of 150,000 * (1/40 - 1/80)."""
    if market == 1:
        return notional / 20
    return max(notional / 80, notional / 40 - 150_000 * (Fraction(1, 40) - Fraction(1, 80)))


@settings(max_examples=examples(300), deadline=None)
@given(
    st.sampled_from((1, -1)),
    st.floats(0.001, 5_000.0),
    st.floats(20.0, 400.0),
    st.floats(1.5, 40.0),
    st.floats(0.0, 10.0),
    st.sampled_from((0, 1)),
)
def test_at_the_solo_price_the_pool_is_worth_its_maintenance(
    side: int, size: float, entry: float, leverage: float, fee_bp: float, market: int
) -> None:
    """margin - fee + side * size * (price - entry) = maintenance at the price; the twin adds in fractions."""
    leverage = min(leverage, 10.0) if market else leverage
    trade = StopTrade(side, entry, entry * (1.0 - 0.001 * side))
    level = solved(trade, size, PoolBacking(pool="cross", backed_by="leverage", leverage=leverage), fee_bp, market)
    assert level.margin_usd == size * entry / leverage
    exact_size, exact_entry = Fraction(size), Fraction(entry)
    start = Fraction(level.margin_usd) - Fraction(fee_bp) / 10_000 * exact_size * exact_entry
    if level.solo is None:
        assert level.note is not None
        if side > 0:
            assert start >= exact_size * exact_entry  # it may lose everything and is never below
        return
    price = Fraction(level.solo)
    worth = start + side * exact_size * (price - exact_entry)
    required = maintenance(exact_size * price, market)
    assert abs(worth - required) <= Fraction(1, 10**9) * exact_size * max(price, exact_entry)
    assert level.joint == level.solo


def test_margin_and_the_leverage_it_means_give_one_price() -> None:
    # 10 BTC at 100 with 100 USD: 10x. 100 - 10 * (100 - p) = 10 p / 80: p = 900 / 9.875
    trade = StopTrade(1, 100.0, 95.0)
    by_margin = solved(trade, 10.0, PoolBacking(pool="isolated", backed_by="margin", margin_usd=100.0))
    by_leverage = solved(trade, 10.0, PoolBacking(pool="isolated", backed_by="leverage", leverage=10.0))
    assert by_margin.solo == by_leverage.solo == pytest.approx(900.0 / 9.875, rel=1e-15)
    assert by_margin.leverage == 10.0
    assert by_margin.is_before_stop is False
    assert solved(StopTrade(1, 100.0, 91.0), 10.0, PoolBacking(backed_by="leverage", leverage=10.0)).is_before_stop


def test_a_short_is_the_mirror() -> None:
    # 100 + 10 * (100 - p) = 10 p / 80: p = 1,100 / 10.125 = 108.64
    backing = PoolBacking(pool="cross", backed_by="leverage", leverage=10.0)
    level = solved(StopTrade(-1, 100.0, 105.0), 10.0, backing)
    assert level.solo == pytest.approx(1_100.0 / 10.125, rel=1e-15)
    assert level.is_before_stop is False
    assert solved(StopTrade(-1, 100.0, 109.0), 10.0, backing).is_before_stop is True


def test_equal_to_the_stop_is_not_before_it() -> None:
    backing = PoolBacking(pool="cross", backed_by="leverage", leverage=10.0)
    price = solved(StopTrade(1, 100.0, 50.0), 10.0, backing).solo
    assert price is not None
    assert solved(StopTrade(1, 100.0, price), 10.0, backing).is_before_stop is False
    assert solved(StopTrade(1, 100.0, math.nextafter(price, 0.0)), 10.0, backing).is_before_stop is True


def test_the_entry_fee_is_paid_out_of_the_pool() -> None:
    backing = PoolBacking(pool="cross", backed_by="margin", margin_usd=100.0)
    # 10 bp of 1,000 USD: one dollar less to lose, so 1 / 9.875 nearer
    free, paid = (solved(StopTrade(1, 100.0, 95.0), 10.0, backing, fee).solo for fee in (0.0, 10.0))
    assert free is not None
    assert paid is not None
    assert paid - free == pytest.approx(1.0 / 9.875)


def test_without_margin_leverage_or_account_it_is_unknown() -> None:
    level = solved(StopTrade(1, 100.0, 95.0), 10.0, PoolBacking())
    assert (level.solo, level.joint, level.is_before_stop) == (None, None, None)
    assert level.note == "unknown: needs margin, leverage or account"


def test_enough_margin_for_any_mark_has_no_price() -> None:
    level = solved(StopTrade(1, 100.0, 95.0), 1.0, PoolBacking(backed_by="margin", margin_usd=1_000.0))
    assert (level.solo, level.is_before_stop) == (None, False)
    assert level.note == "no mark of this coin alone liquidates it"


def test_more_leverage_than_the_coin_allows_is_said() -> None:
    level = solved(StopTrade(1, 100.0, 95.0), 10.0, PoolBacking(backed_by="margin", margin_usd=20.0))
    assert level.note is not None
    assert "above 40x" in level.note


def test_an_accounts_pool_carries_its_other_positions() -> None:
    # 1,000 USD of equity: 20 ETH at 50 cost 1,000, so raw_usd is 0; their maintenance is 1,000 / 20 = 50.
    # 10 BTC at 100 more: 1,000 + 10 (p - 100) = 50 + 10 p / 80, p = 50 / 9.875
    held = pool(0.0, (1, 20.0))
    trade = StopTrade(1, 100.0, 95.0)
    level = solved(trade, 10.0, PoolBacking(pool="cross", backed_by="account", held=held), betas=BETAS)
    assert level.solo == pytest.approx(50.0 / 9.875)
    assert (level.margin_usd, level.leverage) == (None, None)


@pytest.mark.parametrize("side", [1, -1])
def test_at_the_joint_price_the_whole_pool_is_worth_its_maintenance(side: int) -> None:
    """Both coins go along the betas against the trade; ETH is held on the same side."""
    held = pool(1_500.0 if side < 0 else -500.0, (1, side * 20.0))
    trade = StopTrade(side, 100.0, 100.0 - 5.0 * side)
    level = solved(trade, 10.0, PoolBacking(pool="cross", backed_by="account", held=held), betas=BETAS)
    assert level.joint is not None
    assert level.solo is not None
    assert side * (level.joint - level.solo) > 0.0, "moving together liquidates sooner"
    ways = BETAS.down if side > 0 else BETAS.up
    other = 50.0 * (level.joint / 100.0) ** (ways[1] / ways[0])
    worth = held.raw_usd[0] - side * 1_000.0 + side * 10.0 * level.joint + side * 20.0 * other
    assert worth == pytest.approx(10.0 * level.joint / 80.0 + 20.0 * other / 20.0, rel=1e-9)


def test_a_joint_price_before_the_stop_counts() -> None:
    held = pool(-500.0, (1, 20.0))
    backing = PoolBacking(pool="cross", backed_by="account", held=held)
    far = solved(StopTrade(1, 100.0, 50.0), 10.0, backing, betas=BETAS)
    assert far.joint is not None
    assert far.solo is not None
    assert far.solo < far.joint
    between = 0.5 * (far.solo + far.joint)
    level = solved(StopTrade(1, 100.0, between), 10.0, backing, betas=BETAS)
    assert level.is_before_stop is True


def test_what_the_account_holds_of_the_coin_is_one_position_with_the_trade() -> None:
    # 5 BTC with 500 USD of raw are worth 1,000; 5 more on top: 10 BTC, raw 0: nothing to lose it by
    level = solved(
        StopTrade(1, 100.0, 95.0), 5.0, PoolBacking(pool="cross", backed_by="account", held=pool(100.0, (0, 5.0)))
    )
    # raw 100 - 500 = -400 with 10 BTC: p = 400 / 9.875
    assert level.solo == pytest.approx(400.0 / 9.875)


def test_a_trade_that_only_reduces_says_so_and_is_not_liquidated_first() -> None:
    held = pool(1_200.0, (0, -10.0))
    level = solved(StopTrade(1, 100.0, 95.0), 4.0, PoolBacking(pool="cross", backed_by="account", held=held))
    # 6 BTC short left on 800: 800 - 6 p = 6 p / 80
    assert level.solo == pytest.approx(800.0 / (6.0 + 6.0 / 80.0))
    assert level.is_before_stop is False
    assert level.note is not None
    assert "other side" in level.note


def test_a_trade_that_closes_the_position_leaves_nothing_to_liquidate() -> None:
    held = pool(1_200.0, (0, -10.0))
    level = solved(StopTrade(1, 100.0, 95.0), 10.0, PoolBacking(pool="cross", backed_by="account", held=held))
    assert (level.solo, level.joint, level.is_before_stop) == (None, None, False)


def test_an_unknown_pool_stays_unknown() -> None:
    held = pool(math.nan, (1, 1.0))
    level = solved(
        StopTrade(1, 100.0, 95.0), 1.0, PoolBacking(pool="cross", backed_by="account", held=held), betas=BETAS
    )
    assert (level.solo, level.joint, level.is_before_stop) == (None, None, None)


def test_a_pool_sunk_by_its_others_is_liquidated_first() -> None:
    held = pool(2_000.0, (1, -200.0))  # 200 ETH short, worth -8,000
    level = solved(
        StopTrade(-1, 100.0, 105.0), 1.0, PoolBacking(pool="cross", backed_by="account", held=held), betas=BETAS
    )
    assert level.solo is None
    assert level.is_before_stop is True


def test_without_a_beta_joint_is_unknown_and_said() -> None:
    betas = estimate_betas(MARKETS.coins, {})
    unknown = Betas(**{**vars(betas), "down": np.array([0.0, 1.0]), "up": np.array([0.0, 1.0])})
    level = solved(
        StopTrade(1, 100.0, 95.0), 10.0, PoolBacking(pool="cross", backed_by="account", held=pool(0.0, (1, 20.0))),
        betas=unknown,
    )  # fmt: skip
    assert level.joint is None
    assert level.solo is not None
    assert level.note is not None
    assert "joint unknown" in level.note


def test_many_sizes_are_solved_as_one_each() -> None:
    backing = PoolBacking(pool="cross", backed_by="account", held=pool(0.0, (1, 20.0)))
    trades = [(StopTrade(1, 100.0, 95.0), 10.0), (StopTrade(1, 100.0, 90.0), 4.0), (StopTrade(1, 100.0, 80.0), 1.0)]
    together = solve_own_levels(trades, backing, 4.5, 0, snapshot=SNAPSHOT, tables=TABLES, betas=BETAS)
    assert together == tuple(solved(trade, size, backing, 4.5, betas=BETAS) for trade, size in trades)
