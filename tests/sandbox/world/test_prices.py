"""Outside prices: correlated by betas, fat-tailed, clustered, and the same walk at any step."""

from __future__ import annotations

import numpy as np
import pytest

from liqscape.sandbox.world.coins import COINS, CoinSet
from liqscape.sandbox.world.prices import PriceModel, PriceState
from liqscape.sandbox.world.streams import Stream, generator
from liqscape.units import Float64Array

COUNT = len(COINS)


def walk(minutes: float, steps: int, seed: int = 1) -> Float64Array:
    """(steps + 1, M) log prices."""
    coins = CoinSet(COUNT)
    model, state = PriceModel.build(coins), PriceState.start(coins)
    rng = generator(seed, Stream.PRICES)
    path = [state.log_price]
    for _ in range(steps):
        state = model.advance(state, minutes, np.zeros(COUNT), rng)
        path.append(state.log_price)
    return np.array(path)


@pytest.fixture(scope="module")
def week() -> Float64Array:
    """A week of minutes."""
    return walk(1.0, 7 * 1_440)


def test_a_day_moves_bitcoin_a_few_percent_and_alts_more(week: Float64Array):
    daily = np.diff(week, axis=0).std(axis=0) * 1_440**0.5
    assert 0.02 < daily[0] < 0.07
    assert np.median(daily) > daily[0]
    assert daily.max() < 0.2


def test_coins_move_with_the_market_by_their_betas(week: Float64Array):
    hourly = np.diff(week[::60], axis=0)
    market = hourly[:, 0]
    beta = (hourly * market[:, None]).mean(axis=0) / (market**2).mean()
    names = [coin.name for coin in COINS]
    assert beta[names.index("ETH")] == pytest.approx(1.15, abs=0.3)
    assert beta[names.index("PAXG")] < 0.4
    assert np.corrcoef(market, hourly[:, names.index("ETH")])[0, 1] > 0.6


def test_returns_have_fat_tails_and_volatility_clusters(week: Float64Array):
    returns = np.diff(week[:, 0])
    assert (returns**4).mean() / (returns**2).mean() ** 2 > 4.0
    size = np.abs(returns - returns.mean())
    assert np.corrcoef(size[:-5], size[5:])[0, 1] > 0.1


def test_every_week_has_moves_that_sweep_a_cluster(week: Float64Array):
    quarter = week[15:] - week[:-15]
    assert np.abs(quarter[:, 0]).max() > 0.01
    assert np.mean(np.abs(quarter).max(axis=0) > 0.03) > 0.5


def test_short_steps_are_the_same_kind_of_walk():
    """A day in steps of a second moves as much as one in steps of a minute, up to the chance of a day."""
    fine = walk(1.0 / 60.0, 3 * 3_600)
    coarse = walk(1.0, 3 * 60)
    small, large = (np.median(np.abs(np.diff(each, axis=0)), axis=0) for each in (fine, coarse))  # jumps apart
    ratio = np.median(small * 60**0.5 / large)
    assert 0.4 < ratio < 2.5


def test_pressure_moves_the_price_of_its_coin_alone():
    coins = CoinSet(4)
    model, state = PriceModel.build(coins), PriceState.start(coins)
    free = model.advance(state, 1.0, np.zeros(4), generator(1, Stream.PRICES))
    pressed = model.advance(state, 1.0, np.array([0.0, -0.002, 0.0, 0.0]), generator(1, Stream.PRICES))
    assert pressed.log_price - free.log_price == pytest.approx([0.0, -0.002, 0.0, 0.0], abs=1e-12)


def test_months_later_prices_are_still_prices():
    path = walk(60.0, 24 * 180)
    assert np.isfinite(path).all()
    assert np.abs(path - path[0]).max() < 2.5


def test_oracle_and_venues_stay_close_to_the_common_price():
    coins = CoinSet(COUNT)
    model, state = PriceModel.build(coins), PriceState.start(coins)
    rng = generator(2, Stream.PRICES)
    for _ in range(500):
        state = model.advance(state, 1.0, np.zeros(COUNT), rng)
    common = np.exp(state.log_price)
    assert np.abs(model.oracle(state) / common - 1.0).max() < 0.003
    assert 1e-6 < np.abs(model.venues(state, rng) / common[:, None] - 1.0).max() < 0.001
