"""Channels that only other people's screens use say what is so, or that nothing is there."""

from __future__ import annotations

from typing import Any

import pytest
from small_sandbox import BTC, FIRST_PRICES, MARKETS, SmallSandbox, name, quotes

from liqscape.exchange.columns import POST_ONLY, Action, OrderColumn, RequestColumn
from liqscape.sandbox.answers import ws_snapshot, ws_updates
from liqscape.wire.ws.channels import read_subscription
from liqscape.wire.ws.unread import UserHistoricalOrdersSubscription


@pytest.fixture
def world() -> SmallSandbox:
    world = SmallSandbox()
    maker, user = world.open(1, 50_000_000.0), world.open(2, 100_000.0)
    world.step(3_000, *quotes(world, maker, FIRST_PRICES))
    world.step(100, world.order(user, BTC, 0.3, 69_000.0, POST_ONLY))
    return world


def test_order_history_tells_a_cancelled_order_once(world: SmallSandbox) -> None:
    subscription = UserHistoricalOrdersSubscription(name(2))
    snapshot: Any = ws_snapshot(subscription, world.state)
    (order,) = (int(row[OrderColumn.ID]) for row in world.exchange.open_orders(1))
    assert [(each["order"]["oid"], each["status"]) for each in snapshot[0]["orderHistory"]] == [(order, "open")]
    cancel = [0] * RequestColumn.WIDTH
    cancel[RequestColumn.ACTION], cancel[RequestColumn.ACCOUNT] = Action.CANCEL_ALL, 1
    (message,) = ws_updates(subscription, world.state, world.step(100, cancel))
    reported: Any = message
    assert [(each["order"]["oid"], each["status"]) for each in reported["orderHistory"]] == [(order, "canceled")]
    assert ws_updates(subscription, world.state, world.step(100)) == []


def test_contexts_of_a_dex_come_in_the_order_of_its_markets(world: SmallSandbox) -> None:
    (message,) = ws_snapshot(read_subscription({"type": "assetCtxs", "dex": ""}, "test"), world.state)
    reported: Any = message
    assert reported["dex"] == ""
    assert [float(each["markPx"]) for each in reported["ctxs"]] == [world.mark(row) for row in range(len(MARKETS))]


def test_channels_with_nothing_to_tell_say_so(world: SmallSandbox) -> None:
    for kind, field in (("userTwapHistory", "history"), ("userTwapSliceFills", "twapSliceFills")):
        (message,) = ws_snapshot(read_subscription({"type": kind, "user": name(2)}, "test"), world.state)
        assert message == {"isSnapshot": True, "user": name(2), field: []}
