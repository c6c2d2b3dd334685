"""Trigger orders of the sandbox: set by its traders, shown by every door, told by the node's files to the last one."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
from small_sandbox import BTC, FIRST_PRICES, SmallSandbox, name, quotes

from liqscape.exchange.columns import (
    MARKET_TRIGGER,
    REDUCE_ONLY,
    TAKE_PROFIT,
    WHOLE_POSITION,
    Action,
    MarketColumn,
    RequestColumn,
    TriggerColumn,
)
from liqscape.sandbox.answers import answer_info
from liqscape.sandbox.files.lines import order_statuses
from liqscape.sandbox.files.order_snapshot import build_orders, write_orders
from liqscape.sandbox.records import Records
from liqscape.sandbox.triggers import trigger_rows
from liqscape.sandbox.world import World, WorldSettings
from liqscape.units import Int64Array
from liqscape.wire.node.trigger_snapshot import read_node_snapshot

Story = tuple[World, Records, set[int], list[str]]


@pytest.fixture(scope="module")
def story() -> Story:
    """A small world two hours on: the orders its node statuses leave standing, and every status they said."""
    world = World.new(WorldSettings(seed=5, accounts=150, coins=3, stops_percent=60))
    records = Records(world.exchange.markets)
    records.triggers.look_at(world.exchange)
    standing = {int(row[TriggerColumn.ID]) for row in world.exchange.waiting_triggers()}
    said: list[str] = []
    for output in world.preroll(world.time_ms + 120 * 60_000):
        records.observe(world.exchange, output)
        for line in order_statuses(world.exchange, output, records.triggers):
            order = line["order"]
            assert isinstance(order, dict)
            if not order["isTrigger"]:
                continue
            said.append(str(line["status"]))
            if line["status"] == "open":
                standing.add(int(order["oid"]))
            else:
                standing.discard(int(order["oid"]))
    return world, records, standing, said


def test_traders_set_move_and_lose_stops_on_the_right_side_of_the_mark(story: Story) -> None:
    world, _, _, said = story
    rows = world.exchange.waiting_triggers()
    assert len(rows) > 50
    mark = world.exchange.state.market[rows[:, TriggerColumn.MARKET], MarketColumn.MARK]
    is_profit = (rows[:, TriggerColumn.FLAGS] & TAKE_PROFIT) != 0
    gain = -rows[:, TriggerColumn.SIDE] * (rows[:, TriggerColumn.TRIGGER_PRICE] - mark)
    assert (np.where(is_profit, gain, -gain) >= 0).mean() > 0.98, "only those reached by the last mark are beyond it"
    assert {"open", "filled", "canceled", "reduceOnlyCanceled"} <= set(said)


def test_node_statuses_leave_exactly_the_orders_that_wait(story: Story) -> None:
    world, _, standing, _ = story
    assert standing == set(world.exchange.waiting_triggers()[:, TriggerColumn.ID].tolist())


def test_the_snapshot_of_all_orders_is_read_back_to_the_last_trigger(story: Story, tmp_path: Path) -> None:
    world, _, _, _ = story
    market_of = {coin: row for row, coin in enumerate(world.exchange.markets.coins)}
    path = write_orders(world.exchange, tmp_path)
    snapshot = read_node_snapshot(path.read_bytes(), market_of, path.name)
    assert (snapshot.height, snapshot.faults.total()) == (world.exchange.block, 0)
    wanted = trigger_rows(world.exchange, np.arange(len(world.exchange.addresses)))
    found, order = snapshot.orders, np.lexsort((wanted.order_id, wanted.market_index))
    assert found.order_id.tolist() == wanted.order_id[order].tolist()
    for column in ("side", "kind", "is_market", "trigger_price", "limit_price", "size", "is_whole_position"):
        assert getattr(found, column).tolist() == getattr(wanted, column)[order].tolist(), column
    assert [found.addresses[row] for row in found.user] == [wanted.addresses[row] for row in wanted.user[order]]


def test_a_restored_world_with_stops_goes_on_to_the_bit(story: Story) -> None:
    world, _, _, _ = story
    again = World.restore(world.checkpoint())
    for each in (world, again):
        for _ in range(3):
            each.block(60_000)
    assert world.digest() == again.digest()


def trigger(world: SmallSandbox, account: int, size: float, price: float, flags: int, limit: float = 0.0) -> list[int]:
    row = world.order(account, BTC, size, price)
    row[RequestColumn.ACTION], row[RequestColumn.TRIGGER_PRICE] = Action.PLACE_TRIGGER, row[RequestColumn.PRICE]
    row[RequestColumn.PRICE] = world.order(account, BTC, size, limit)[RequestColumn.PRICE] if limit else 0
    row[RequestColumn.FLAGS] = flags | (0 if limit else MARKET_TRIGGER)
    return row


def ask(world: SmallSandbox, kind: str, **fields: object) -> object:
    answer = answer_info({"type": kind, "user": name(2), **fields}, world.state)
    return json.loads(msgspec.json.encode(answer))


def statuses(world: SmallSandbox, idents: Int64Array) -> list[str]:
    return [ask(world, "orderStatus", oid=int(each))["order"]["status"] for each in idents]  # type: ignore[index]


def test_the_wire_shows_a_trigger_from_open_to_its_end() -> None:
    world = SmallSandbox()
    maker, user = world.open(1, 50_000_000.0), world.open(2, 500_000.0)
    world.step(3_000, *quotes(world, maker, FIRST_PRICES))
    world.step(100, world.order(user, BTC, 0.4))
    world.step(
        100,
        trigger(world, user, -0.4, 66_000.0, WHOLE_POSITION),
        trigger(world, user, -0.1, 72_000.0, REDUCE_ONLY | TAKE_PROFIT, 71_900.0),
        trigger(world, user, -0.2, 69_900.0, REDUCE_ONLY),
    )
    rows = ask(world, "frontendOpenOrders")
    assert isinstance(rows, list)
    shown = [
        (r["orderType"], r["triggerCondition"], r["triggerPx"], r["limitPx"], r["sz"], r["isPositionTpsl"])
        for r in sorted(rows, key=lambda row: row["oid"])
    ]
    assert shown == [
        ("Stop Market", "Price below 66000", "66000.0", "59400.0", "0.0", True),
        ("Take Profit Limit", "Price above 72000", "72000.0", "71900.0", "0.1", False),
        ("Stop Market", "Price below 69900", "69900.0", "62910.0", "0.2", False),
    ]
    assert all(row["isTrigger"] and row["reduceOnly"] and row["tif"] is None for row in rows)
    assert len(ask(world, "openOrders")) == 3  # type: ignore[arg-type]
    idents = world.exchange.waiting_triggers(user)[:, TriggerColumn.ID]
    assert statuses(world, idents) == ["open", "open", "open"]
    world.prices((69_000.0, *FIRST_PRICES[1:]))
    world.step(3_000)
    world.step(100)
    assert statuses(world, idents) == ["open", "open", "filled"]
    world.step(100, world.order(user, BTC, -0.2))
    assert statuses(world, idents) == ["reduceOnlyCanceled", "reduceOnlyCanceled", "filled"]
    assert ask(world, "frontendOpenOrders") == []
    history = ask(world, "historicalOrders")
    assert isinstance(history, list)
    by_number = {row["order"]["oid"]: (row["order"]["isTrigger"], row["status"]) for row in history}
    assert [by_number[each] for each in idents.tolist()] == [
        (True, "reduceOnlyCanceled"),
        (True, "reduceOnlyCanceled"),
        (True, "filled"),
    ]
    assert len(by_number) == len(history), "an order stands once"


def test_a_snapshot_without_triggers_names_every_coin() -> None:
    world = SmallSandbox()
    height, coins = json.loads(build_orders(world.exchange))
    assert height == 0
    assert [coin for coin, _ in coins] == list(world.markets.coins)
    assert all(not held["untriggered_orders"] for _, held in coins)
