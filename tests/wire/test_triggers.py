"""Trigger orders as the exchange prints them: which are read, and what is left out is counted by its reason."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from liqscape.errors import RemoteWireError
from liqscape.model.trigger_rows import MAX_ORDER_ID, TriggerFault, TriggerFaults, TriggerRows
from liqscape.model.triggers import BUY, SELL, TriggerKind
from liqscape.wire.node.trigger_snapshot import read_node_snapshot, read_server_answer
from liqscape.wire.triggers import OrderRow, map_triggers, read_order_rows

ALICE, BOB = ("0x" + digit * 40 for digit in "aB")
MARKET_OF = {"BTC": 0, "ETH": 1}
STOP: dict[str, Any] = {
    "coin": "ETH",
    "side": "A",
    "limitPx": "1472.0",
    "sz": "0.01",
    "oid": 54893222199,
    "timestamp": 1770000000000,
    "triggerCondition": "Price below 1600",
    "isTrigger": True,
    "triggerPx": "1600.0",
    "children": [],
    "isPositionTpsl": False,
    "reduceOnly": True,
    "orderType": "Stop Market",
    "origSz": "0.01",
    "tif": None,
    "cloid": None,
}
"""A long's stop, in the fields and texts that public clients show."""


def read(*orders: object, faults: TriggerFaults | None = None) -> TriggerRows:
    counted = TriggerFaults() if faults is None else faults
    rows = read_order_rows(msgspec.json.encode(orders), counted)
    assert rows is not None
    return map_triggers(((ALICE, row) for row in rows), MARKET_OF, counted)


def test_a_stop_is_read_with_its_price_side_and_size() -> None:
    made = read(STOP)
    assert made.addresses == (ALICE,)
    assert (made.market_index[0], made.order_id[0], made.side[0], made.kind[0]) == (1, 54893222199, SELL, 0)
    assert (made.trigger_price[0], made.limit_price[0], made.size[0]) == (1600.0, 1472.0, 0.01)
    assert (made.is_market[0], made.is_reduce_only[0], made.is_whole_position[0]) == (True, True, False)


KINDS = [
    ("Stop Market", "A", "Price below 1600", TriggerKind.STOP, SELL, True),
    ("Stop Limit", "B", "Price above 1600", TriggerKind.STOP, BUY, False),
    ("Take Profit Market", "A", "Price above 1600", TriggerKind.TAKE_PROFIT, SELL, True),
    ("Take Profit Limit", "B", "PriceBelow", TriggerKind.TAKE_PROFIT, BUY, False),
    ("Take Profit Limit", "B", "N/A", TriggerKind.TAKE_PROFIT, BUY, False),
]


@pytest.mark.parametrize(("order_type", "side", "condition", "kind", "sign", "is_market"), KINDS)
def test_every_type_is_read(
    order_type: str, side: str, condition: str, kind: TriggerKind, sign: int, is_market: bool
) -> None:
    made = read({**STOP, "orderType": order_type, "side": side, "triggerCondition": condition})
    assert (made.kind.tolist(), made.side.tolist(), made.is_market.tolist()) == ([kind], [sign], [is_market])


def test_size_nothing_closes_the_whole_position_where_the_order_says_so() -> None:
    made = read({**STOP, "sz": "0.0", "isPositionTpsl": True, "reduceOnly": False})
    assert (made.size[0], made.is_whole_position[0], made.is_reduce_only[0]) == (0.0, True, True)


LEFT_OUT = [
    ({"orderType": "Trailing Stop"}, TriggerFault.UNKNOWN_TYPE),
    ({"orderType": "Limit"}, TriggerFault.UNKNOWN_TYPE),
    ({"side": "S"}, TriggerFault.UNKNOWN_SIDE),
    ({"triggerPx": "0.0"}, TriggerFault.NO_PRICE),
    ({"triggerPx": None}, TriggerFault.NO_PRICE),
    ({"triggerPx": "nan"}, TriggerFault.NO_PRICE),
    ({"sz": "0.0"}, TriggerFault.NO_SIZE),
    ({"sz": "-1"}, TriggerFault.NO_SIZE),
    ({"sz": "inf"}, TriggerFault.NO_SIZE),
    ({"triggerCondition": "Price above 1600"}, TriggerFault.CONDITION_DISAGREES),
    ({"oid": MAX_ORDER_ID + 1}, TriggerFault.BAD_NUMBER),
    ({"oid": -1}, TriggerFault.BAD_NUMBER),
    ({"coin": "@107"}, TriggerFault.NOT_LISTED),
    ({"sz": {}}, TriggerFault.UNREADABLE),
]


@pytest.mark.parametrize(("change", "fault"), LEFT_OUT)
def test_what_cannot_be_used_costs_its_own_row_and_is_counted(change: dict[str, object], fault: TriggerFault) -> None:
    faults = TriggerFaults()
    made = read({**STOP, **change}, {**STOP, "oid": 1}, faults=faults)
    assert made.order_id.tolist() == [1]
    assert +faults == {fault: 1}


def test_resting_orders_are_none_and_their_children_wait_unarmed() -> None:
    faults = TriggerFaults()
    parent = {**STOP, "isTrigger": False, "orderType": "Limit", "triggerPx": "0.0", "children": [STOP, STOP]}
    assert len(read(parent, faults=faults)) == 0
    assert +faults == {TriggerFault.NOT_ARMED: 2}


def test_an_answer_that_is_no_list_is_said() -> None:
    assert read_order_rows(b"{}", TriggerFaults()) is None
    assert read_order_rows(b"[", TriggerFaults()) is None


def test_an_owner_that_is_no_address_is_left_out() -> None:
    faults = TriggerFaults()
    row = msgspec.convert(STOP, OrderRow, strict=False)
    assert map_triggers([("0x12", row), (BOB, row)], MARKET_OF, faults).addresses == (BOB.lower(),)
    assert +faults == {TriggerFault.NO_ADDRESS: 1}


OWNED = [[BOB, STOP], [ALICE, {**STOP, "oid": 5}]]
RESTING = [ALICE, {**STOP, "oid": 9, "isTrigger": False, "orderType": "Limit", "triggerPx": "0.0"}]
LAYOUTS = [
    ("apart", {"book_orders": [[RESTING], []], "untriggered_orders": OWNED}),
    ("among both sides", [[RESTING, *OWNED], OWNED]),
    ("one list", OWNED),
]


@pytest.mark.parametrize("orders", [layout for _, layout in LAYOUTS], ids=[name for name, _ in LAYOUTS])
def test_a_node_snapshot_is_read_in_every_layout_with_each_order_once(orders: object) -> None:
    content = msgspec.json.encode([900_000_000, [["BTC", [[], []]], ["ETH", orders], ["@107", orders]]])
    made = read_node_snapshot(content, MARKET_OF, "file")
    assert (made.height, made.time_ms, made.coins) == (900_000_000, 0, ("BTC", "ETH", "@107"))
    assert made.orders.order_id.tolist() == [54893222199, 5]
    assert [made.orders.addresses[row] for row in made.orders.user] == [BOB.lower(), ALICE]
    assert not +made.faults


def test_the_answer_of_an_order_book_server_is_read() -> None:
    whole = {**STOP, "coin": "BTC", "sz": "0", "isPositionTpsl": True}
    data = {"time": 1770000000123, "height": 7, "data": [["BTC", [[ALICE, whole]]], ["ETH", OWNED]]}
    made = read_server_answer(msgspec.json.encode(data), MARKET_OF, "server")
    assert (made.height, made.time_ms) == (7, 1770000000123)
    assert made.orders.market_index.tolist() == [0, 1, 1]
    assert made.orders.is_whole_position.tolist() == [True, False, False]
    assert made.orders.addresses == (ALICE, BOB.lower())


def test_one_order_that_cannot_be_read_costs_itself_alone() -> None:
    content = msgspec.json.encode([1, [["ETH", {"book_orders": [], "untriggered_orders": [*OWNED, [BOB, {}]]}]]])
    made = read_node_snapshot(content, MARKET_OF, "file")
    assert len(made.orders) == 2
    assert +made.faults == {TriggerFault.UNREADABLE: 1}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b'[["ETH", []]]',
        b"[0, []]",
        b'[1, [["ETH", {"other": []}]]]',
        b'[1, [["ETH", {"untriggered_orders": [{"coin": "ETH"}]}]]]',
        b'[1, [["ETH", 5]]]',
    ],
)
def test_another_layout_is_refused_and_named(content: bytes) -> None:
    with pytest.raises(RemoteWireError, match=r"^file"):
        read_node_snapshot(content, MARKET_OF, "file")
