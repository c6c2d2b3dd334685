"""The ladder of the market makers: both sides, inside the reach, against the inventory."""

from __future__ import annotations

import numpy as np
import pytest

from liqscape.exchange.columns import Action, RequestColumn
from liqscape.sandbox.world.coins import CoinSet
from liqscape.sandbox.world.makers import COARSE_LEVELS, LEVELS, REACH, MarketMaking
from liqscape.units import Float64Array, Int64Array

COINS = CoinSet(6)
MAKERS = np.array([0, 1, 3])
OUTSIDE = COINS.column("price") * 10.0 ** (6 - COINS.size_decimals)


def quotes(
    markets: Int64Array, inventory: Float64Array | None = None, volatility: float = 0.0
) -> tuple[Int64Array, Int64Array]:
    """(cancels, orders)."""
    making = MarketMaking(COINS, MAKERS, 1_000)
    held = np.zeros(6) if inventory is None else inventory
    rows = making.requests(markets, OUTSIDE, np.full(6, volatility), held, is_coarse=len(markets) == 6)
    is_order = rows[:, RequestColumn.ACTION] == Action.PLACE
    return rows[~is_order], rows[is_order]


def spread(orders: Int64Array) -> float:
    best_bid = orders[orders[:, RequestColumn.SIDE] == 1, RequestColumn.PRICE].max()
    best_ask = orders[orders[:, RequestColumn.SIDE] == -1, RequestColumn.PRICE].min()
    return float(best_ask / best_bid - 1.0)


@pytest.mark.parametrize("market", range(6))
def test_quotes_stand_on_both_sides_of_the_outside_price_and_inside_the_reach(market: int):
    _, orders = quotes(np.array([market]))
    side, price = orders[:, RequestColumn.SIDE], orders[:, RequestColumn.PRICE] / OUTSIDE[market]
    assert len(orders) == 2 * LEVELS
    assert np.all(price[side == 1] < 1.0)
    assert np.all(price[side == -1] > 1.0)
    assert np.abs(price - 1.0).max() < 1.01 * REACH
    assert np.all(orders[:, RequestColumn.LOTS] > 0)
    assert set(orders[:, RequestColumn.ACCOUNT].tolist()) == set(MAKERS.tolist())


def test_the_coarse_ladder_is_equally_deep():
    making = MarketMaking(COINS, MAKERS, 1_000)
    _, coarse = quotes(np.arange(6))
    assert len(coarse) == 6 * 2 * COARSE_LEVELS
    for rows in (coarse[coarse[:, RequestColumn.MARKET] == 0], quotes(np.array([0]))[1]):
        bids = rows[rows[:, RequestColumn.SIDE] == 1]
        money = (bids[:, RequestColumn.PRICE] * bids[:, RequestColumn.LOTS]).sum() / 1e6
        assert money == pytest.approx(making.depth[0], rel=0.02)


def test_every_maker_cancels_what_it_quoted_before():
    cancels, _ = quotes(np.array([2, 4]))
    pairs = set(zip(cancels[:, RequestColumn.ACCOUNT].tolist(), cancels[:, RequestColumn.MARKET].tolist(), strict=True))
    assert pairs == {(maker, market) for maker in MAKERS.tolist() for market in (2, 4)}
    assert np.all(cancels[:, RequestColumn.ACTION] == Action.CANCEL_MARKET)
    every, _ = quotes(np.arange(6))
    assert every[:, RequestColumn.ACTION].tolist() == [Action.CANCEL_ALL] * 3


def test_an_inventory_moves_quotes_against_it():
    making = MarketMaking(COINS, MAKERS, 1_000)
    flat = quotes(np.array([0]))[1][:, RequestColumn.PRICE]
    long = quotes(np.array([0]), making.depth.copy())[1][:, RequestColumn.PRICE]
    short = quotes(np.array([0]), -making.depth)[1][:, RequestColumn.PRICE]
    assert np.all(long <= flat)
    assert np.all(short >= flat)
    assert long.sum() < flat.sum() < short.sum()


def test_volatility_widens_and_thins_the_book():
    _, calm = quotes(np.array([1]))
    _, wild = quotes(np.array([1]), volatility=1.5)
    assert spread(wild) > 2.0 * spread(calm)
    assert wild[:, RequestColumn.LOTS].sum() < 0.7 * calm[:, RequestColumn.LOTS].sum()
