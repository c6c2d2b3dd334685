"""The exchange engine: orders a second, and the risk check of a block."""

from __future__ import annotations

import time

import numpy as np
from figures import Section

from liqscape.exchange.columns import (
    NO_ROW,
    AccountColumn,
    ClockColumn,
    MarketColumn,
    PoolColumn,
    PositionColumn,
    RequestColumn,
)
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.kernels.liquidation import find_all_liquidatable, find_exposed_liquidatable
from liqscape.exchange.kernels.marks import update_marks
from liqscape.exchange.rules import MarkSource, Rules
from liqscape.exchange.state import State
from liqscape.model.margin_tables import MarginTables, flat_table
from liqscape.model.markets import Market as ListedMarket
from liqscape.model.markets import Markets
from liqscape.units import Int64Array

MARKETS = 40
START_TICKS = 100_000
BATCH, BATCHES = 2_000, 100
RISK_ACCOUNTS = 20_000
UPDATES = 200
MARK_MOVE = 5e-4
"""Standard deviation of log-price between two mark updates: 5 bp in 3 s is about 165 % a year."""


def engine(seed: int) -> Section:
    """Random orders through books of 40 markets, and checks of 20,000 accounts that hold all of them or a few."""
    section = Section(
        "Exchange engine",
        "Orders: limit and crossing ones of 1,000 accounts in 40 markets, blocks of 2,000, with margin checks, fills, "
        "fees and logs. Risk check: 20,000 accounts, marks of all markets moving 5 bp (standard deviation) between two "
        "checks; `index` is what a block does, `every pool` the brute force it is proven equal to.",
    )
    rng = np.random.default_rng(seed)
    exchange = _exchange(1_000)
    exchange.step(50, _orders(rng, 10))
    batches = [_orders(rng, BATCH) for _ in range(BATCHES)]
    fills = 0
    started = time.perf_counter()
    for number, batch in enumerate(batches):
        fills += len(exchange.step(100 + 84 * number, batch).fills)
    rate = BATCH * BATCHES / (time.perf_counter() - started)
    section.add("orders", rate, "orders/s", target=100_000, wanted="at least", note=f"{fills} fills")
    for held in (MARKETS, 4):
        state = _risk_state(rng, held)
        indexed, brute = _check_times(rng, state)
        name = f"risk check, {RISK_ACCOUNTS} accounts x {held} positions"
        section.add(f"{name}, index, mean", indexed, "ms", target=2.0 if held == MARKETS else None)
        section.add(f"{name}, every pool", brute, "ms")
    return section


def _exchange(accounts: int) -> Exchange:
    tables = MarginTables.build([flat_table(40), flat_table(10)])
    markets = Markets.build(
        [ListedMarket(coin=f"C{row}", size_decimals=3, max_leverage=40, table_row=0) for row in range(MARKETS)]
    )
    exchange = Exchange.build(markets, tables, Rules(), time_ms=0)
    for row in range(accounts):
        exchange.open_account(f"0x{(row * 7_919 + 13) << 100:040x}", 10_000_000_000_000)
    ticks = np.full(MARKETS, START_TICKS)
    exchange.start_prices(ticks)
    exchange.set_oracle(ticks)
    return exchange


def _orders(rng: np.random.Generator, count: int) -> Int64Array:
    rows = np.zeros((count, RequestColumn.WIDTH), np.int64)
    rows[:, RequestColumn.ACCOUNT] = rng.integers(0, 1_000, count)
    rows[:, RequestColumn.MARKET] = rng.integers(0, MARKETS, count)
    rows[:, RequestColumn.SIDE] = rng.choice([1, -1], count)
    price = START_TICKS - rows[:, RequestColumn.SIDE] * rng.integers(-20, 100, count)
    rows[:, RequestColumn.PRICE] = np.where(price >= 100_000, price - price % 10, price)
    rows[:, RequestColumn.LOTS] = rng.integers(1, 1_000, count)
    return rows


def _risk_state(rng: np.random.Generator, held: int) -> State:
    """Accounts that hold `held` positions each at 3 to 40 times their value."""
    state = _exchange(1).state
    count = RISK_ACCOUNTS * held
    position = np.zeros((count, PositionColumn.WIDTH), np.int64)
    position[:, PositionColumn.MARKET] = np.tile(np.arange(held) * (MARKETS // held), RISK_ACCOUNTS)
    position[:, PositionColumn.LOTS] = rng.integers(1, 1_000, count) * rng.choice([-1, 1], count)
    position[:, PositionColumn.LEVERAGE] = 20
    pool = np.zeros((RISK_ACCOUNTS, PoolColumn.WIDTH), np.int64)
    pool[:, PoolColumn.ACCOUNT] = np.arange(RISK_ACCOUNTS)
    pool[:, PoolColumn.ISOLATED_MARKET] = NO_ROW
    pool[:, PoolColumn.START], pool[:, PoolColumn.COUNT] = np.arange(RISK_ACCOUNTS) * held, held
    pool[:, PoolColumn.IS_OPEN] = 1
    lots = position[:, PositionColumn.LOTS].reshape(RISK_ACCOUNTS, held)
    gross = np.abs(lots).sum(axis=1) * START_TICKS
    margin = gross / rng.uniform(3.0, 35.0, RISK_ACCOUNTS)
    pool[:, PoolColumn.CASH] = margin.astype(np.int64) - lots.sum(axis=1) * START_TICKS
    clock, market, rules = state.clock.copy(), state.market.copy(), Rules(mark_source=MarkSource.GIVEN).column()
    clock[ClockColumn.POOL_COUNT] = RISK_ACCOUNTS
    market[:, MarketColumn.OPEN_LOTS] = 1
    account = np.zeros((RISK_ACCOUNTS, AccountColumn.WIDTH), np.int64)
    return state._replace(clock=clock, market=market, rules=rules, pool=pool, position=position, account=account)


def _check_times(rng: np.random.Generator, state: State) -> tuple[float, float]:
    """(mean ms of a check by index over a path of marks, least ms of brute force); asserts that both find the same."""
    found, other = np.empty(RISK_ACCOUNTS, np.int64), np.empty(RISK_ACCOUNTS, np.int64)
    find_all_liquidatable(state, other)
    find_exposed_liquidatable(state, found)
    log_price = np.zeros(MARKETS)
    indexed, brute = [], []
    for _ in range(UPDATES):
        log_price += rng.normal(0.0, MARK_MOVE, MARKETS)
        state.market[:, MarketColumn.NEXT_MARK] = np.rint(START_TICKS * np.exp(log_price))
        update_marks(state)
        started = time.perf_counter()
        count = find_exposed_liquidatable(state, found)
        indexed.append(time.perf_counter() - started)
        started = time.perf_counter()
        count_other = find_all_liquidatable(state, other)
        brute.append(time.perf_counter() - started)
        if not np.array_equal(found[:count], other[:count_other]):
            raise AssertionError("the index and brute force disagree")
    return float(np.mean(indexed)) * 1e3, min(brute) * 1e3
