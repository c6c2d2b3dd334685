"""Price paths: positive, on the venue's grid, bridged exactly, with a crash and a squeeze in every week."""

from __future__ import annotations

import numpy as np
import pytest

from liqscape.sources.generated import GeneratedMarket
from liqscape.sources.generated.coins import COINS, TABLES, CoinSet
from liqscape.sources.generated.prices import PriceModel, PriceState, round_prices
from liqscape.sources.generated.schedule import WEEK_MINUTES, forced_move, week_path
from liqscape.sources.generated.streams import Stream, generator

START = 1_770_000_000_000 // 3_600_000 * 3_600_000
QUARTER = 900_000


@pytest.fixture(scope="module")
def week() -> tuple[np.ndarray, np.ndarray]:
    """(marks (673, M), USD forcibly closed in each step (672,)) of one week in steps of 15 minutes."""
    market = GeneratedMarket(3, START, 250, 8, QUARTER)
    marks, forced = [market.initial_events()[1].snapshot.mark], []
    for _ in range(7 * 96):
        marks.append(market.step()[0].snapshot.mark)
        forced.append(np.sum(np.abs(market.liquidated.size) * market.liquidated.price))
    return np.array(marks), np.array(forced)


def test_marks_are_positive_and_finite_all_week(week):
    marks, _ = week
    assert np.all(np.isfinite(marks) & (marks > 0.0))


def test_bitcoin_crashes_by_eight_to_twenty_percent_within_three_hours(week):
    bitcoin = week[0][:, 0]
    drop = max(1.0 - bitcoin[i] / bitcoin[max(0, i - 12) : i + 1].max() for i in range(len(bitcoin)))
    assert 0.08 < drop < 0.20


def test_the_crash_liquidates_more_than_a_calm_day(week):
    marks, forced = week
    steepest = int(np.argmin(marks[12:, 0] / marks[:-12, 0]))
    assert forced[steepest : steepest + 12].sum() > 0.0
    assert forced[steepest : steepest + 12].mean() > 3.0 * np.median(forced)


def test_every_week_of_every_seed_holds_a_crash_and_a_squeeze():
    for seed in range(40):
        path = week_path(seed, seed % 3).market
        ahead = path[180:] - path[:-180]
        assert -0.16 < ahead.min() < np.log(1.0 - 0.08)
        assert 0.05 < ahead.max() < 0.10


def test_forced_moves_of_short_steps_sum_to_that_of_the_long_one():
    whole = forced_move(9, 6_000.0, 6_060.0)
    parts = np.sum([forced_move(9, 6_000.0 + k, 6_001.0 + k) for k in range(60)], axis=0)
    np.testing.assert_allclose(parts, whole, atol=1e-12)
    assert not np.array_equal(week_path(9, 0).market, week_path(9, 1).market)
    end = WEEK_MINUTES - 1.0
    assert forced_move(9, end, end + 1.0) == (0.0, 0.0)  # the last event of a week is over before it ends


def test_volatility_comes_in_clusters():
    """Squared returns of a path without events go on being large after a large one."""
    coins = CoinSet(1)
    model, state = PriceModel.build(coins), PriceState.start(coins)
    returns = []
    for index in range(4_000):
        after = model.advance(state, 1.0, (0.0, 0.0), generator(5, Stream.STEP, index))
        returns.append(float(after.log_price[0] - state.log_price[0]))
        state = after
    size = np.abs(returns)
    assert np.corrcoef(size[:-10], size[10:])[0, 1] > 0.05


def test_coins_move_together(week):
    change = np.diff(np.log(week[0]), axis=0)
    assert np.corrcoef(change[:, 0], change[:, 1])[0, 1] > 0.7


@pytest.mark.parametrize(
    ("price", "most_decimals", "expected"),
    [
        (68_123.4567, 1, 68_123.0),  # 5 figures
        (123_456.7, 1, 123_457.0),  # whole numbers always
        (2_003.456, 2, 2_003.5),
        (0.0951234, 6, 0.095123),  # 6 decimals at most
        (0.00000012, 6, 0.000001),  # never zero
    ],
)
def test_marks_are_printed_like_the_venue_prints_prices(price: float, most_decimals: int, expected: float):
    assert round_prices(np.array([price]), np.array([most_decimals]))[0] == pytest.approx(expected, rel=1e-12)


def test_a_bridge_begins_and_ends_on_the_minute_path():
    coins = CoinSet(4)
    model, before = PriceModel.build(coins), PriceState.start(coins)
    after = model.advance(before, 1.0, (0.0, 0.0), generator(1, Stream.STEP))
    path = model.bridge(before, after, 1.0, 20, generator(1, Stream.BRIDGE))
    assert path.shape == (21, 4)
    assert np.array_equal(path[0], before.log_price)
    assert np.array_equal(path[-1], after.log_price)
    assert np.all(np.std(path - np.linspace(path[0], path[-1], 21), axis=0) > 0.0)


def test_the_coins_carry_the_venues_margin_tables():
    tables = CoinSet(len(COINS)).tables
    deduction = {name: tables.deduction[tables.row_of(table), 1] for name, table in TIERED.items()}
    # Deductions as the venue's page prints them (protocol notes 1.3).
    assert deduction["BTC"] == 1_875_000.0
    assert deduction["ETH"] == pytest.approx(1_333_333.3333, abs=1e-3)
    assert deduction["SOL"] == 1_750_000.0
    assert deduction["XRP"] == 1_000_000.0
    assert deduction["HYPE"] == 1_000_000.0
    assert deduction["ARB"] == 150_000.0


TIERED = {coin.name: coin.table_id for coin in COINS if coin.name in ("BTC", "ETH", "SOL", "XRP", "HYPE", "ARB")}


def test_there_are_forty_coins_or_more_each_with_its_own_leverage():
    markets = CoinSet(len(COINS)).markets
    assert len(markets) >= 40
    assert {market.max_leverage for market in markets.rows} == {3, 5, 10, 20, 25, 40}
    assert len({table.table_id for table in TABLES}) == len(TABLES)
