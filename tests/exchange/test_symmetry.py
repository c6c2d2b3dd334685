"""What must not change an exchange: mirrors, units, the order of rows, a restart, threads, depth that is never met."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_exchange import TICK, Desk, events_of, fills_of, orders_of
from worlds import Plan, Script, build_exchange, play, write_script

from liqscape.exchange.columns import BookKind, EventKind, FillColumn, MarketColumn, Method, PositionColumn, Role
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.market_loader import load_accounts
from liqscape.exchange.rules import MarkSource, Rules
from liqscape.model import Accounts, MarginTables, Markets, MarketSnapshot, flat_table
from liqscape.model import Market as ModelMarket
from liqscape.units import PoolMode


def digest_of(script: Script) -> str:
    """Hash of a world and of everything that happened in it."""
    exchange = build_exchange(script)
    total = hashlib.sha256()
    for _, output in play(script, exchange):
        total.update(output.fills.tobytes() + output.events.tobytes() + output.answers.tobytes())
    total.update(exchange.digest().encode())
    return total.hexdigest()


ALONE = """
import sys
sys.path.insert(0, sys.argv[1])
from worlds import Plan, build_exchange, play, write_script
exchange = build_exchange(script := write_script(Plan(44, blocks=200, jump_chance=0.05)))
for _ in play(script, exchange):
    pass
print(exchange.digest())
"""


@pytest.mark.parametrize("threads", ["1", "3"])
def test_another_process_with_any_number_of_threads_gives_the_same_hash(threads: str) -> None:
    exchange = build_exchange(script := write_script(Plan(44, blocks=200, jump_chance=0.05)))
    for _ in play(script, exchange):
        pass
    support = str(Path(__file__).parent.parent / "support")
    environment = {**os.environ, "NUMBA_NUM_THREADS": threads, "OMP_NUM_THREADS": threads, "PYTHONHASHSEED": threads}
    ran = subprocess.run(
        [sys.executable, "-c", ALONE, support], env=environment, capture_output=True, text=True, check=True, timeout=300
    )
    assert ran.stdout.strip() == exchange.digest()


def test_the_same_script_gives_the_same_bits_in_every_thread() -> None:
    script = write_script(Plan(41, blocks=300, jump_chance=0.05))
    alone = digest_of(script)
    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(digest_of, [script] * 4)) == {alone}


@pytest.mark.parametrize("cut", [1, 137, 299])
def test_a_restart_from_a_checkpoint_changes_nothing(cut: int) -> None:
    script = write_script(Plan(42, blocks=300, jump_chance=0.05))
    whole = build_exchange(script)
    outputs = [output for _, output in play(script, whole)]
    first = build_exchange(script)
    for _ in play(replace(script, times_ms=script.times_ms[:cut]), first):
        pass
    resumed = Exchange.restore(first.checkpoint())
    assert resumed.digest() == first.digest()
    for (_, output), expected in zip(play(script, resumed, cut), outputs[cut:], strict=True):
        np.testing.assert_array_equal(output.fills, expected.fills)
        np.testing.assert_array_equal(output.events, expected.events)
    assert resumed.digest() == whole.digest()


def test_room_that_is_not_used_changes_nothing() -> None:
    script = write_script(Plan(43, blocks=200))
    small, large = build_exchange(script), build_exchange(script)
    grown = large.state._replace(order=np.concatenate((large.state.order, np.zeros_like(large.state.order))))
    large.adopt(grown, large.addresses)
    for (_, left), (_, right) in zip(play(script, small), play(script, large), strict=True):
        assert left.fills.tobytes() == right.fills.tobytes()
    assert small.digest() == large.digest()


def test_a_digest_sees_a_single_micro_usd() -> None:
    desk = Desk()
    before = desk.exchange.digest()
    desk.exchange.deposit(desk.street, 1)
    assert desk.exchange.digest() != before


MARKETS = Markets.build(
    (
        ModelMarket(coin="AAA", size_decimals=2, max_leverage=10, table_row=0),
        ModelMarket(coin="BBB", size_decimals=1, max_leverage=20, table_row=1),
    )
)
TABLES = MarginTables.build((flat_table(10), flat_table(20)))
MARKS = np.array([100.0, 50.0])


def market_of(rng: np.random.Generator, order: np.ndarray | None = None, count: int = 60) -> Accounts:
    """Accounts with random positions; `order` permutes their rows."""
    size = np.round(rng.normal(0.0, 300.0, (count, 2)), 1)
    size[size == 0.0] = 1.0
    worth = np.abs(size * MARKS).sum(axis=1) * rng.uniform(0.02, 0.3, count)
    raw = worth - (size * MARKS).sum(axis=1)
    rows = np.arange(count) if order is None else order
    return Accounts.build(
        addresses=tuple(f"0x{int(row) * 7919 % 10_007:040x}" for row in rows),
        address_row=np.arange(count),
        raw_usd=np.round(raw[rows], 6),
        offsets=np.arange(0, 2 * count + 1, 2),
        market_index=np.tile([0, 1], count),
        size=size[rows].ravel(),
        table_row=np.tile([0, 1], count),
        mode=np.full(count, PoolMode.CROSS),
    )


def loaded(accounts: Accounts) -> Exchange:
    rules = Rules(mark_source=MarkSource.GIVEN, mark_period_ms=1, taker_rate=0)
    exchange = Exchange.build(MARKETS, TABLES, rules, time_ms=0, book_kind=BookKind.AT_MARK, can_trade=False)
    load_accounts(exchange, accounts, MarketSnapshot.of_marks(MARKETS, 0, MARKS))
    exchange.open_account("0x" + "a" * 40, 2_000 * 10**6, Role.LIQUIDATOR)
    return exchange


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_the_given_rows_changes_nothing(seed: int) -> None:
    outcomes = []
    for order in (np.arange(60), np.random.default_rng(100 + seed).permutation(60)):
        exchange = loaded(market_of(np.random.default_rng(seed), order))
        first, methods = exchange.digest(), Counter()
        for step in range(1, 20):
            exchange.set_marks(np.rint(MARKS * (1 + 0.02 * step * np.array([-1, 1])) * [1e4, 1e5]).astype(np.int64))
            methods.update(exchange.step(1_000 * step).fills[:, FillColumn.METHOD].tolist())
        outcomes.append((first, exchange.digest()))
    assert outcomes[0] == outcomes[1]
    assert methods[Method.MARKET] > 5
    assert methods[Method.BACKSTOP] + methods[Method.ADL] > 5


def test_infinite_depth_at_the_mark_has_no_impact_and_fills_everything_at_the_mark() -> None:
    exchange = loaded(market_of(np.random.default_rng(9)))
    for step in range(1, 20):
        marks = np.rint(MARKS * (1 + 0.02 * step) * [1e4, 1e5]).astype(np.int64)
        exchange.set_marks(marks)
        output = exchange.step(1_000 * step)
        assert exchange.state.market[:, MarketColumn.MARK].tolist() == marks.tolist()
        sent = output.fills[output.fills[:, FillColumn.METHOD] == Method.MARKET]
        assert (sent[:, FillColumn.PRICE] == sent[:, FillColumn.MARK]).all()
        for row in events_of(output, EventKind.LIQUIDATION_ORDER):
            assert row[5] == row[6], "everything that was sent is filled"


@pytest.mark.parametrize("sign", [1, -1])
def test_a_book_that_is_deep_at_the_mark_equals_infinite_depth(sign: int) -> None:
    outcomes = []
    for kind in (BookKind.ORDERS, BookKind.AT_MARK):
        desk = Desk()
        accounts = [desk.account(number) for number in (1, 2, 3)]
        for account, coins, worth in zip(
            accounts, (900.0, 3_000.0, 2_000.0), (4_000.0, 12_000.0, 8_000.0), strict=True
        ):
            desk.hold(account, sign * coins)
            desk.make_worth(account, worth)
        desk.exchange.state.market[:, MarketColumn.BOOK_KIND] = kind
        if kind == BookKind.ORDERS:
            desk.quote(sign * 10_000.0, 100.0)
        sent = [orders_of(desk.block(after)) for after in (100, 1_000, 40_000)]
        outcomes.append((sent, [desk.coins(account) for account in accounts], [desk.worth(a) for a in accounts]))
    assert outcomes[0] == outcomes[1]
    assert sum(len(orders) for orders in outcomes[0][0]) >= 3


@pytest.mark.parametrize("seed", range(4))
def test_without_positions_the_marks_are_the_outside_path_and_nothing_happens(seed: int) -> None:
    """Zero fuel: accounts, resting orders and every rule in force, but nobody holds anything."""
    path = np.random.default_rng(seed).uniform(50.0, 150.0, 50).round(2)
    desk = Desk(mark_source=MarkSource.MEDIAN)
    account = desk.account(1)
    desk.quote(100.0, 40.0)
    desk.exchange.drain()
    for price in path:
        output = desk.block(A=price)
        assert (len(output.fills), len(output.events)) == (0, 0)
        assert desk.exchange.state.market[0, MarketColumn.MARK] == round(price * TICK)
    assert desk.worth(account) == 10_000_000.0


def cascade(sign: int, factor: int = 1) -> tuple[list[tuple[object, ...]], list[float], Desk]:
    """One block with all three stages around a mark of 100; `sign` -1 mirrors it, `factor` multiplies every amount."""
    desk = Desk(slice_threshold_uusd=100_000 * 10**6 * factor)
    vault = desk.account(90, 0.0, Role.LIQUIDATOR)
    desk.make_worth(vault, -1.0 * factor)
    table = (
        (1, 900.0, 3_900.0),
        (2, 2_500.0, 9_000.0),
        (3, 700.0, -40.0),
        (4, 1_500.0, -900.0),
        (5, 400.0, 1_500.0),
        (6, -1_600.0, 30_000.0),
        (7, -2_000.0, 11_000.0),
        (8, -500.0, 90_000.0),
    )
    for number, coins, worth in table:
        account = desk.account(number, 10**8)
        desk.hold(account, sign * coins * factor)
        desk.make_worth(account, worth * factor)
    for coins, away in ((300.0, 0.5), (250.0, 0.7), (900.0, 1.2)):
        desk.quote(sign * coins * factor, 100.0 - sign * away)
    output = desk.block()
    rows: list[tuple[object, ...]] = [
        (method.name, taker, other, coins / factor, round((price - 100.0) * sign, 6))
        for method in Method
        for taker, other, coins, price in fills_of(output, method)
    ]
    rows += [
        (account, market, sent / factor, filled / factor, cut)
        for account, market, sent, filled, cut in orders_of(output)
    ]
    return rows, [round(desk.worth(account) / factor, 6) for account in range(2, 10)], desk


def test_a_mirrored_market_is_mirrored_fill_by_fill() -> None:
    """Long for short and prices reflected at the mark, where maintenance of both sides is the same."""
    long, short = cascade(1), cascade(-1)
    assert {row[0] for row in long[0]} >= {"MARKET", "ADL"}
    assert long[:2] == short[:2]
    held = [[desk.coins(account) for account in range(2, 10)] for desk in (long[2], short[2])]
    assert held[0] == [-coins for coins in held[1]]


@pytest.mark.parametrize("factor", [2, 10, 1_000])
def test_scaling_sizes_cash_and_thresholds_scales_every_fill(factor: int) -> None:
    assert cascade(1)[:2] == cascade(1, factor)[:2]


def test_every_position_belongs_to_one_market_and_longs_are_shorts() -> None:
    desk = cascade(1)[2]
    total = sum(
        int(row[PositionColumn.LOTS])
        for account in range(len(desk.exchange.addresses))
        for pool in desk.exchange.pools_of(account)
        for row in desk.exchange.positions_of(pool)
    )
    assert total == 0
