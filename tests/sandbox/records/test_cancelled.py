"""Orders that were cancelled are found, told with what was left of them, and survive a checkpoint."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small_sandbox import BTC, FIRST_PRICES, KPEPE, MARKETS, SmallSandbox, crash, name, quotes

from liqscape.exchange.columns import POST_ONLY, Action, OrderColumn, RequestColumn
from liqscape.sandbox.answers import answer_info
from liqscape.sandbox.records import Records
from liqscape.sandbox.records.cancelled import Cancelled, CancelledOrders


def ask(world: SmallSandbox, kind: str, number: int, **more: object) -> Any:
    return answer_info({"type": kind, "user": name(number), **more}, world.state)


def cancel_all(account: int) -> list[int]:
    row = [0] * RequestColumn.WIDTH
    row[RequestColumn.ACTION], row[RequestColumn.ACCOUNT] = Action.CANCEL_ALL, account
    return row


def resting(world: SmallSandbox, account: int) -> list[int]:
    return [int(row[OrderColumn.ID]) for row in world.exchange.open_orders(account)]


@pytest.fixture
def world() -> SmallSandbox:
    """A maker and a user, each with money."""
    world = SmallSandbox()
    maker, user = world.open(1, 50_000_000.0), world.open(2, 100_000.0)
    world.step(3_000, *quotes(world, maker, FIRST_PRICES))
    world.step(100, world.order(user, BTC, 0.3, 69_000.0, POST_ONLY), world.order(user, BTC, -0.2, 71_000.0, POST_ONLY))
    return world


def test_a_cancelled_order_is_told_with_its_size_and_time(world: SmallSandbox) -> None:
    orders = resting(world, 1)
    assert {ask(world, "orderStatus", 2, oid=order)["order"]["status"] for order in orders} == {"open"}
    world.step(100, cancel_all(1))
    for order in orders:
        reported = ask(world, "orderStatus", 2, oid=order)["order"]
        assert (reported["status"], reported["statusTimestamp"]) == ("canceled", world.exchange.time_ms)
        assert reported["order"]["sz"] == reported["order"]["origSz"]
    history = ask(world, "historicalOrders", 2)
    assert {(each["order"]["oid"], each["status"]) for each in history} == {(order, "canceled") for order in orders}
    assert ask(world, "orderStatus", 1, oid=orders[0]) == {"status": "unknownOid"}, "it is another account's"


def test_an_order_filled_in_part_and_cancelled_tells_what_was_left_and_stands_once(world: SmallSandbox) -> None:
    other = world.open(3, 1_000_000.0)
    world.step(100, cancel_all(0))
    buy, sell = sorted(resting(world, 1))
    world.step(100, world.order(other, BTC, 0.05))
    world.step(100, cancel_all(1))
    reported = ask(world, "orderStatus", 2, oid=sell)["order"]
    assert (reported["status"], reported["order"]["sz"], reported["order"]["origSz"]) == ("canceled", "0.15", "0.2")
    assert sorted(each["order"]["oid"] for each in ask(world, "historicalOrders", 2)) == [buy, sell]


def test_an_order_that_was_filled_is_not_cancelled(world: SmallSandbox) -> None:
    other = world.open(3, 1_000_000.0)
    world.step(100, cancel_all(0))
    _, sell = sorted(resting(world, 1))
    world.step(100, world.order(other, BTC, 0.2))
    assert ask(world, "orderStatus", 2, oid=sell)["order"]["status"] == "filled"
    assert len(world.state.records.cancelled.of(1)) == 0


def test_orders_of_the_liquidated_say_why_they_ended(world: SmallSandbox) -> None:
    greedy = world.open(3, 3_000.0)
    world.exchange.set_leverage(greedy, BTC, 40, is_isolated=False)
    world.step(100, world.order(greedy, BTC, 1.0), world.order(greedy, KPEPE, 10_000.0, 0.0035, POST_ONLY))
    (order,) = resting(world, greedy)
    crash(world, 0.15)
    assert ask(world, "orderStatus", 3, oid=order)["order"]["status"] == "liquidatedCanceled"
    assert {ask(world, "orderStatus", 2, oid=each)["order"]["status"] for each in resting(world, 1)} == {"open"}


def test_every_order_that_ever_rested_is_open_filled_or_cancelled() -> None:
    world = SmallSandbox()
    maker, user = world.open(1, 50_000_000.0), world.open(2, 5_000_000.0)
    ever: set[int] = set()
    draws = np.random.default_rng(5)
    for _ in range(60):
        requests = quotes(world, maker, FIRST_PRICES) if draws.random() < 0.3 else []
        if draws.random() < 0.5:
            requests.append(world.order(user, BTC, float(draws.choice([-0.6, 0.6]))))
        if draws.random() < 0.2:
            requests.insert(0, cancel_all(maker))
        world.step(100, *requests)
        ever |= set(resting(world, maker))
    assert len(ever) > 200
    reported = {order: ask(world, "orderStatus", 1, oid=order)["order"]["status"] for order in sorted(ever)}
    now = set(resting(world, maker))
    assert {order for order, status in reported.items() if status == "open"} == now
    assert set(reported.values()) == {"open", "filled", "canceled"}


def test_the_newest_of_an_account_are_kept(world: SmallSandbox) -> None:
    small = CancelledOrders(most=3)
    small.look_at(world.exchange)
    for _ in range(4):
        output = world.exchange.step(
            world.exchange.time_ms + 100,
            np.array([cancel_all(1), world.order(1, BTC, 0.1, 69_000.0, POST_ONLY)], np.int64),
        )
        small.observe(world.exchange, output)
    rows = small.of(1)
    assert len(rows) == 3
    assert rows[:, Cancelled.ENDED_MS].tolist() == sorted(rows[:, Cancelled.ENDED_MS].tolist())
    assert rows[-1, Cancelled.ENDED_MS] == world.exchange.time_ms


def test_a_checkpoint_holds_them(world: SmallSandbox) -> None:
    world.step(100, cancel_all(1))
    again = Records(MARKETS)
    again.restore(world.state.records.checkpoint())
    assert np.array_equal(again.cancelled.of(1), world.state.records.cancelled.of(1))
    assert len(again.cancelled.of(1)) == 2
