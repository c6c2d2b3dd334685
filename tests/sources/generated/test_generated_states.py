"""What the accounts of the generated market are like, and that the made-up exchange keeps its books."""

from __future__ import annotations

import numpy as np
import pytest

from liqscape.ledger import Ledger
from liqscape.model.accounts import Accounts
from liqscape.risk.liquidation import LevelStatus, solve_liquidation
from liqscape.risk.margin import pool_margin
from liqscape.sources.generated import GeneratedMarket
from liqscape.sources.generated.coins import CoinSet
from liqscape.sources.generated.holdings import FEE_RATE, Holdings
from liqscape.sources.generated.liquidations import Liquidated, liquidate
from liqscape.sources.generated.population import VAULTS, Population
from liqscape.units import PoolMode

START = 1_770_000_000_000 // 3_600_000 * 3_600_000
MINUTE = 60_000


@pytest.fixture(scope="module")
def market() -> GeneratedMarket:
    """A settled market, 30 minutes in."""
    market = GeneratedMarket(5, START, 900, 12)
    for _ in range(30):
        market.step()
    return market


@pytest.fixture(scope="module")
def accounts(market: GeneratedMarket) -> Accounts:
    return market.initial_events()[2].accounts


def test_about_seventy_percent_of_addresses_are_cross_and_some_unified():
    population = Population.build(2, 4_000, CoinSet(44))
    mode = population.pool_mode[population.address_pool[VAULTS:-1]]  # an address's first pool is its shared one
    assert np.mean(mode == PoolMode.CROSS) == pytest.approx(0.70, abs=0.03)
    assert np.mean(mode == PoolMode.UNIFIED) == pytest.approx(0.14, abs=0.02)


def test_about_seventy_percent_of_open_positions_are_cross(accounts: Accounts):
    mode = accounts.mode[accounts.pool_of_position()]
    assert 0.6 < np.mean(mode == PoolMode.CROSS) < 0.8
    assert np.any(mode == PoolMode.UNIFIED)
    assert np.any(mode == PoolMode.ISOLATED)


def test_an_isolated_pool_has_one_position(accounts: Accounts):
    assert np.all(np.diff(accounts.offsets)[accounts.mode == PoolMode.ISOLATED] == 1)


def test_cross_accounts_hold_several_positions_and_some_hold_both_sides(accounts: Accounts):
    count = np.diff(accounts.offsets)
    shared = (accounts.mode == PoolMode.CROSS) & ~accounts.is_exempt
    assert np.mean(count[shared] > 1) > 0.3
    longs = np.add.reduceat((accounts.size > 0).astype(int), accounts.offsets[:-1])
    assert np.sum(shared & (longs >= 1) & (count - longs >= 1) & (count >= 3)) > 10


def test_accounts_are_heavy_tailed(accounts: Accounts, market: GeneratedMarket):
    mark = market.initial_events()[1].snapshot.mark
    notional = np.add.reduceat(np.abs(accounts.size) * mark[accounts.market_index], accounts.offsets[:-1])
    notional = np.sort(notional[~accounts.is_exempt])[::-1]
    assert notional[: len(notional) // 20].sum() > 0.4 * notional.sum()
    assert notional[-1] < 1e-4 * notional[0]


def test_two_vaults_are_exempt_and_no_other(accounts: Accounts, market: GeneratedMarket):
    exempt = {accounts.addresses[row] for row in accounts.address_row[accounts.is_exempt]}
    assert exempt == set(market.addresses[:VAULTS])


def test_sizes_of_all_accounts_sum_to_zero_in_every_coin_always():
    market = GeneratedMarket(8, START, 120, 5)
    for _ in range(90):
        market.step()
        lots = np.bincount(market.population.slot_market, market.holdings.lots, 5)
        assert np.all(lots == 0.0)


def test_open_interest_is_what_all_longs_hold_hidden_ones_too(market: GeneratedMarket, accounts: Accounts):
    snapshot = market.initial_events()[1].snapshot
    longs = np.bincount(market.population.slot_market, np.maximum(market.holdings.size, 0.0), len(snapshot.mark))
    np.testing.assert_allclose(snapshot.open_interest, longs, rtol=1e-12)
    known = np.bincount(accounts.market_index, np.abs(accounts.size), len(snapshot.mark))
    assert np.all(known <= 2.0 * snapshot.open_interest * (1.0 + 1e-12))
    assert known.sum() < 2.0 * snapshot.open_interest.sum()


def test_hidden_accounts_are_never_named(market: GeneratedMarket, accounts: Accounts):
    hidden = {market.addresses[row] for row in np.flatnonzero(market.population.is_hidden)}
    assert hidden
    assert not hidden & set(accounts.addresses)


def test_the_market_and_the_map_compute_the_same_margin(market: GeneratedMarket, accounts: Accounts):
    _, marks, _, _ = market.initial_events()
    tables = market.coins.tables
    ours = pool_margin(accounts, marks.snapshot, tables)
    theirs = market.holdings.margins(marks.snapshot.mark)
    population = market.population
    key = {
        (population.addresses[population.pool_address[pool]], coin): pool
        for pool in range(population.pool_count)
        for coin in population.slot_market[population.pool_slot[pool] : population.pool_slot[pool + 1]].tolist()
    }
    first_coin = accounts.market_index[accounts.offsets[:-1]].tolist()
    pools = [
        key[accounts.addresses[row], coin] for row, coin in zip(accounts.address_row.tolist(), first_coin, strict=True)
    ]
    np.testing.assert_allclose(theirs.account_value[pools], ours.account_value, rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(theirs.maintenance[pools], ours.maintenance_margin, rtol=1e-12)


def test_exactly_the_pools_below_maintenance_are_liquidated():
    """Against the map's own maths: known states before a step, marks after it."""
    market = GeneratedMarket(6, START, 300, 6, 15 * MINUTE)
    ledger = Ledger()
    for event in market.initial_events():
        ledger.apply(event)
    closings = lone = 0
    for step in range(1, 193):
        before = ledger.accounts
        events = market.step()
        for event in events:
            ledger.apply(event)
        if step % 4 == 0:
            continue  # funding came between
        marks = events[0].snapshot
        below = pool_margin(before, marks, ledger.tables).is_liquidatable & ~before.is_exempt
        expected = {before.addresses[row] for row in before.address_row[below]}
        hidden = market.population.is_hidden[market.liquidated.address_row]
        found = {market.addresses[row] for row in market.liquidated.address_row[~hidden]}
        assert found == expected
        closings += len(found)

        levels = solve_liquidation(before, marks, ledger.tables)
        pool = before.pool_of_position()
        is_lone = below[pool] & (np.diff(before.offsets)[pool] == 1)
        mark = marks.mark[before.market_index]
        is_crossed = np.where(before.size > 0.0, mark < levels.price, mark > levels.price)
        assert np.all(levels.status[is_lone] != LevelStatus.NO_LEVEL)
        assert np.all(is_crossed[is_lone & (levels.status == LevelStatus.OK)])
        lone += int(is_lone.sum())
    assert closings > 5
    assert lone > 0


def test_a_large_position_is_first_cut_by_a_fifth():
    market, slot = lone_long(notional=500_000.0)
    mark = crossed_mark(market, slot, 0.9995)
    before = market.holdings.lots[slot]
    closed = run_liquidation(market, mark)
    assert market.holdings.lots[slot] == before - np.ceil(0.2 * before)
    assert not closed.is_backstop.any()
    assert closed.size.tolist() == [pytest.approx(0.2 * before / market.coins.lots_per_coin[0], rel=1e-5)]


def test_a_small_position_is_closed_whole_and_the_rest_of_the_margin_stays():
    market, slot = lone_long(notional=50_000.0)
    run_liquidation(market, crossed_mark(market, slot, 0.9995))
    assert market.holdings.lots[slot] == 0
    pool = market.population.slot_pool[slot]
    assert market.holdings.cash[pool] > 0.0


def test_far_below_maintenance_the_second_vault_takes_all():
    market, slot = lone_long(notional=500_000.0)
    pool = market.population.slot_pool[slot]
    mark = crossed_mark(market, slot, 0.985)
    money = wealth(market, mark)
    vault_lots = market.holdings.lots[market.coins.count]
    lots = market.holdings.lots[slot]
    closed = run_liquidation(market, mark)
    assert closed.is_backstop.tolist() == [True]
    assert market.holdings.lots[slot] == 0
    assert market.holdings.cash[pool] == 0.0
    assert market.holdings.lots[market.coins.count] == vault_lots + lots
    assert wealth(market, mark) == pytest.approx(money, rel=1e-12)


def test_a_vault_under_water_is_not_liquidated():
    market, _ = lone_long(notional=500_000.0)
    mark = market.coins.column("price")
    market.holdings.cash[:VAULTS] = -1e9
    assert len(run_liquidation(market, mark)) == 0
    assert np.all(market.holdings.lots[[0, market.coins.count]] < 0)


def test_equal_to_maintenance_is_not_liquidated():
    market, slot = lone_long(notional=50_000.0)
    mark = market.coins.column("price").copy()
    exposure = market.holdings.size[slot] * mark[0]
    pool = market.population.slot_pool[slot]
    market.holdings.cash[pool] = 0.0125 * exposure - exposure  # BTC: 1.25 % of notional below 150M
    value = market.holdings.margins(mark)
    market.holdings.cash[pool] += value.maintenance[pool] - value.account_value[pool]
    assert len(run_liquidation(market, mark)) == 0


def test_a_trade_moves_coins_and_cash_to_the_vaults_and_loses_only_the_fee():
    market, slot = lone_long(notional=80_000.0)
    mark = market.coins.column("price")
    money = wealth(market, mark)
    lots = int(market.holdings.lots[slot])
    traded = market.holdings.trade(np.array([slot]), np.array([-2 * lots]), mark[:1])
    assert traded.tolist() == [slot]
    notional = 3 * lots / market.coins.lots_per_coin[0] * mark[0]
    assert money - wealth(market, mark) == pytest.approx(FEE_RATE * notional, rel=1e-6)
    assert market.holdings.entry[slot] == mark[0]
    assert np.bincount(market.population.slot_market, market.holdings.lots, 2).tolist() == [0.0, 0.0]


def test_entry_averages_on_adding_and_stays_on_reducing():
    market, slot = lone_long(notional=100_000.0)
    lots = int(market.holdings.lots[slot])
    market.holdings.trade(np.array([slot]), np.array([2 * lots]), np.array([74_000.0]))
    assert market.holdings.entry[slot] == pytest.approx(71_000.0, rel=1e-9)  # half at 68,000, half at 74,000
    market.holdings.trade(np.array([slot]), np.array([lots]), np.array([90_000.0]))
    assert market.holdings.entry[slot] == pytest.approx(71_000.0, rel=1e-9)
    market.holdings.trade(np.array([slot]), np.array([0]), np.array([90_000.0]))
    assert np.isnan(market.holdings.entry[slot])


def test_funding_moves_cash_between_accounts_and_creates_none():
    market = GeneratedMarket(4, START, 60, 3)
    cash = market.holdings.cash.sum()
    before = market.holdings.cash.copy()
    market._pay_funding()
    assert np.any(market.holdings.cash != before)
    assert market.holdings.cash.sum() == pytest.approx(cash, rel=1e-9)


class Bench:
    """Bare holdings of a small population: one place for the tests of the exchange's parts."""

    def __init__(self) -> None:
        self.coins = CoinSet(2)
        self.population = Population.build(1, 40, self.coins)
        self.holdings = Holdings(self.population, self.coins)


def lone_long(notional: float) -> tuple[Bench, int]:
    """One account long BTC at 68,000 with 10x, nothing else in the market."""
    bench = Bench()
    is_free = (bench.population.slot_market == 0) & (bench.population.slot_pool >= VAULTS)
    slot = int(np.flatnonzero(is_free)[0])
    price = bench.coins.column("price")
    lots = bench.holdings.whole_lots(np.array([notional]), np.array([slot]), price)
    bench.holdings.cash[bench.population.slot_pool[slot]] = notional / 10.0
    bench.holdings.trade(np.array([slot]), lots, price[:1])
    return bench, slot


def crossed_mark(bench: Bench, slot: int, share: float) -> np.ndarray:
    """Marks with BTC at `share` of the account's liquidation price: -cash / size / (1 - 1.25 %)."""
    level = -bench.holdings.cash[bench.population.slot_pool[slot]] / bench.holdings.size[slot] / (1.0 - 0.0125)
    marks = bench.coins.column("price").copy()
    marks[0] = share * level
    return marks


def run_liquidation(bench: Bench, marks: np.ndarray) -> Liquidated:
    return liquidate(bench.holdings, bench.holdings.margins(marks), marks)


def wealth(bench: Bench, marks: np.ndarray) -> float:
    """Cash and exposure of everyone."""
    return float(bench.holdings.cash.sum() + np.sum(bench.holdings.size * marks[bench.population.slot_market]))
