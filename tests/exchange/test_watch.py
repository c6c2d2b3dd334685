"""The watch and the comparison themselves: one wrong number in an exchange, and they say so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from exchange_comparison import compare
from exchange_invariants import Watch
from small_exchange import Desk
from worlds import Plan, build_exchange, play, write_script

from liqscape.exchange.columns import (
    AccountColumn,
    EventColumn,
    EventKind,
    FillColumn,
    FlowColumn,
    LevelColumn,
    MarketColumn,
    Method,
    OrderColumn,
    PoolColumn,
    PositionColumn,
    RequestColumn,
)
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.output import BlockOutput


def busy_desk() -> Desk:
    """Two accounts, one of them short, resting orders on both sides."""
    desk = Desk()
    for number, coins in ((1, 500.0), (2, -300.0)):
        desk.hold(desk.account(number), coins)
    desk.account(3)
    desk.quote(10.0, 99.0)
    desk.quote(-10.0, 101.0)
    desk.send(desk.order(1, 4.0, 98.0), desk.order(1, 4.0, 98.0))
    return desk


def change_cash(exchange: Exchange) -> None:
    exchange.state.pool[1, PoolColumn.CASH] += 1


def change_lots(exchange: Exchange) -> None:
    exchange.state.position[exchange.state.pool[1, PoolColumn.START], PositionColumn.LOTS] += 1


def change_declared(exchange: Exchange) -> None:
    exchange.state.flow[FlowColumn.FEES] += 1


def cross_the_book(exchange: Exchange) -> None:
    exchange.state.level[0, 0, exchange.state.market[0, MarketColumn.BIDS] - 1, LevelColumn.PRICE] = 1_020_000


def empty_a_level(exchange: Exchange) -> None:
    exchange.state.level[0, 1, 0, LevelColumn.LOTS] = 0


def swap_levels(exchange: Exchange) -> None:
    exchange.state.level[0, 0, :2] = exchange.state.level[0, 0, [1, 0]]


def forget_open_interest(exchange: Exchange) -> None:
    exchange.state.market[0, MarketColumn.OPEN_LOTS] -= 1


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (change_cash, "undeclared flow"),
        (change_declared, "undeclared flow"),
        (change_lots, "do not sum to zero"),
        (cross_the_book, "crossed|out of order"),
        (empty_a_level, "without lots"),
        (swap_levels, "out of order"),
        (forget_open_interest, "open interest"),
    ],
)
def test_a_single_wrong_number_is_seen(damage: Callable[[Exchange], None], said: str) -> None:
    desk = busy_desk()
    watch = Watch(desk.exchange)
    watch.sums_and_books_are_sound()
    damage(desk.exchange)
    with pytest.raises(AssertionError, match=said):
        watch.sums_and_books_are_sound()


def test_money_of_the_uninvolved_orders_and_the_map_are_watched() -> None:
    desk = busy_desk()
    watch = Watch(desk.exchange)
    desk.exchange.state.pool[desk.pool(3), PoolColumn.CASH] -= 1
    with pytest.raises(AssertionError, match="without a position"):
        watch.the_uninvolved_keep_their_money(np.zeros((0, FillColumn.WIDTH), np.int64))
    watch.every_order_is_in_its_level()
    desk.exchange.state.order[int(desk.exchange.state.account[1, AccountColumn.FIRST_ORDER]), OrderColumn.LOTS] += 1
    with pytest.raises(AssertionError, match="not those of its orders"):
        watch.every_order_is_in_its_level()


def liquidation() -> tuple[Exchange, BlockOutput]:
    """A slice filled in two parts, then two winners cut."""
    desk = Desk()
    for number, coins, worth in ((1, 2_000.0, 8_000.0), (2, 100.0, -5.0)):
        account = desk.account(number)
        desk.hold(account, coins)
        desk.make_worth(account, worth)
    for number in (3, 4):
        winner = desk.account(number)
        desk.hold(winner, -60.0, price=110.0)
    desk.quote(100.0, 100.0)
    desk.quote(300.0, 99.5)
    return desk.exchange, desk.block()


@pytest.mark.parametrize(
    ("column", "change", "said"),
    [
        (FillColumn.LOTS, 10**9, "grew or flipped"),
        (FillColumn.LIQUIDATED, 7, "did not trade"),
        (FillColumn.BUYER_FEE, 1, "without a book"),
    ],
)
def test_wrong_forced_fills_are_seen(column: FillColumn, change: int, said: str) -> None:
    exchange, output = liquidation()
    fills = output.fills.copy()
    Watch(exchange).forced_fills_reduce(fills)
    fills[-1, column] += change
    with pytest.raises(AssertionError, match=said):
        Watch(exchange).forced_fills_reduce(fills)


def test_a_queue_with_two_partial_winners_or_a_gap_is_seen() -> None:
    exchange, output = liquidation()
    fills = output.fills[output.fills[:, FillColumn.METHOD] == Method.ADL]
    assert fills[:, FillColumn.SCORE_RANK].tolist() == [0, 1]
    Watch(exchange).deleveraging_is_greedy(fills)
    for row, column, value, said in (
        (0, FillColumn.LOTS, 5_000, "cut in part"),
        (1, FillColumn.SCORE_RANK, 3, "passed over"),
        (0, FillColumn.PRICE, 1, "price of the rule"),
    ):
        wrong = fills.copy()
        wrong[row, column] = value
        with pytest.raises(AssertionError, match=said):
            Watch(exchange).deleveraging_is_greedy(wrong)


@pytest.mark.parametrize(("column", "value"), [(EventColumn.A, 50_000), (EventColumn.C, 0), (EventColumn.B, 10**9)])
def test_a_slice_of_the_wrong_size_is_seen(column: EventColumn, value: int) -> None:
    exchange, output = liquidation()
    events = output.events[output.events[:, EventColumn.KIND] == EventKind.LIQUIDATION_ORDER].copy()
    Watch(exchange).orders_follow_the_slices(events)
    events[0, column] = value
    with pytest.raises(AssertionError, match=r"wrong size|against the rule|more was filled"):
        Watch(exchange).orders_follow_the_slices(events)


def test_a_fill_past_a_limit_is_seen() -> None:
    script = write_script(Plan(3, blocks=60))
    exchange = build_exchange(script)
    watch = Watch(exchange)
    for requests, output in play(script, exchange, before_step=watch.before):
        watch.after(requests, output)
        trades = output.fills[output.fills[:, FillColumn.METHOD] == Method.TRADE].copy()
        if len(trades):
            trades[0, FillColumn.PRICE] += 1
            with pytest.raises(AssertionError, match="at his price"):
                watch.prices_keep_limits(trades)
            return
    raise AssertionError("nobody traded")


def test_the_comparison_sees_one_micro_usd_and_one_request_more() -> None:
    script = write_script(Plan(5, blocks=40))
    engine = build_exchange(script)
    engine.state.pool[0, PoolColumn.CASH] += 1
    with pytest.raises(AssertionError, match="cash"):
        compare(script, engine)
    taxed = build_exchange(script)
    taxed.state.account[:, AccountColumn.TAKER_RATE] += 1
    with pytest.raises(AssertionError, match="fill"):
        compare(replace(script, plan=replace(script.plan, blocks=40)), taxed)
    assert int(script.requests[0][0, RequestColumn.ACCOUNT]) in (0, 1)
