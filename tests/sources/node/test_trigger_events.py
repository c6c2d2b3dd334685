"""Everybody's trigger orders out of a node's order statuses and snapshots, as records and as events."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from liqscape.errors import InputError, RemoteWireError
from liqscape.feed.records import Record, RecordKind
from liqscape.ledger.triggers import TriggerRegister
from liqscape.model.markets import Market, Markets
from liqscape.model.trigger_rows import TriggerFault, TriggerFaults
from liqscape.sources.node.order_users import OrderUsers
from liqscape.sources.node.trigger_events import map_trigger_snapshot, map_trigger_statuses
from liqscape.wire.node.trigger_columns import pack_triggers
from liqscape.wire.node.trigger_snapshot import read_node_snapshot, read_server_answer

DAY_MS = 1_770_076_800_000
"""2026-02-03."""
ONE, TWO = ("0x" + digit * 40 for digit in "ab")
MARKET_OF = {"BTC": 0, "ETH": 1}
MARKETS = Markets.build(Market(coin=coin, size_decimals=2, max_leverage=10, table_row=0) for coin in MARKET_OF)


def order(number: int, coin: str = "BTC", **more: object) -> dict[str, Any]:
    return {
        "coin": coin, "side": "A", "limitPx": "80.0", "sz": "1.0", "oid": number, "timestamp": DAY_MS,
        "triggerCondition": "Price below 90", "isTrigger": True, "triggerPx": "90.0", "children": [],
        "isPositionTpsl": False, "reduceOnly": True, "orderType": "Stop Market", "origSz": "1.0", "tif": None,
        "cloid": None, **more,
    }  # fmt: skip


def status(what: str, made: dict[str, Any], user: str = ONE) -> dict[str, Any]:
    return {"time": "2026-02-03T00:00:05.000000000", "user": user, "status": what, "order": made}


def block(number: int, second: int, *events: dict[str, Any]) -> bytes:
    time = f"2026-02-03T00:00:{second:02d}.000000000"
    whole = {"local_time": time, "block_time": time, "block_number": number, "events": events}
    return json.dumps(whole).encode() + b"\n"


class Node:
    """Files of order statuses by block, a reader of them, and a register behind it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "node_order_statuses_by_block" / "hourly" / "20260203" / "0"
        self.path.parent.mkdir(parents=True)
        self.reader = OrderUsers(folder, start_ms=DAY_MS)
        self.register, self.faults = TriggerRegister(), TriggerFaults()
        self.register.set_markets(MARKETS, is_extended=True)
        self.contents: list[bytes] = []

    def write(self, *lines: bytes) -> None:
        with self.path.open("ab") as file:
            file.writelines(lines)
        self.reader.read(MARKET_OF)
        content = self.reader.take_triggers()
        if content is not None:
            self.contents.append(content)
            self.register.move(map_trigger_statuses(record(content), MARKET_OF, self.faults))

    def snapshot(self, second: int, *orders: dict[str, Any]) -> None:
        data = [[coin, [[ONE, each] for each in orders if each["coin"] == coin]] for coin in MARKET_OF]
        answer = json.dumps({"time": DAY_MS + 1_000 * second, "height": 5, "data": data}).encode()
        packed = pack_triggers(read_server_answer(answer, MARKET_OF, "x"), tuple(MARKET_OF), tuple(MARKET_OF))
        self.register.observe(map_trigger_snapshot(snapshot_record(packed), MARKET_OF, self.faults))

    @property
    def orders(self) -> list[int]:
        standing = self.register.standing()
        return [] if standing is None else sorted(standing.table.order_id.tolist())

    @property
    def known_s(self) -> list[int]:
        standing = self.register.standing()
        assert standing is not None
        return [(each - DAY_MS) // 1_000 if each >= 0 else -1 for each in standing.whole_ms.tolist()]


def record(content: bytes) -> Record:
    return Record(RecordKind.NODE_TRIGGERS, "node_order_statuses", content, 0)


def snapshot_record(content: bytes) -> Record:
    return Record(RecordKind.TRIGGER_SNAPSHOT, "server", content, 0)


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return Node(tmp_path)


def test_an_order_opens_and_ends_by_its_statuses(node: Node) -> None:
    node.snapshot(1)
    node.write(block(1, 2, status("open", order(7)), status("open", order(8, "ETH"), TWO)))
    assert node.orders == [7, 8]
    node.write(block(2, 3, status("triggered", order(7))))
    assert node.orders == [8]
    node.write(block(3, 4, status("reduceOnlyCanceled", order(8, "ETH"), TWO)))
    assert node.orders == []


def test_an_order_that_opens_and_ends_in_one_piece_of_the_file_never_stood(node: Node) -> None:
    node.write(block(1, 2, status("open", order(7)), status("canceled", order(7))))
    assert node.orders == []


def test_time_that_passes_without_trigger_orders_keeps_everybody_known(node: Node) -> None:
    node.snapshot(1)
    node.write(block(1, 2, status("open", {**order(7), "isTrigger": False})))
    node.write(block(2, 9))
    assert node.known_s == [9, 9]
    assert node.orders == []


@pytest.mark.parametrize(
    "lines",
    [
        (block(5, 9),),
        (b'{"half":\n', block(2, 9)),
        (block(2, 9, status("open", {**order(7), "sz": {}})),),
    ],
    ids=["a block is missing", "a line cannot be read", "an order cannot be read"],
)
def test_what_is_missed_leaves_everybody_as_of_before_until_a_snapshot(node: Node, lines: tuple[bytes, ...]) -> None:
    node.snapshot(1)
    node.write(block(1, 2))
    node.write(*lines)
    node.write(block(6, 12))
    assert node.known_s == [2, 2]
    node.snapshot(20, order(3))
    assert node.known_s == [20, 20]
    assert node.orders == [3]


def test_coins_that_are_no_market_are_left_alone(node: Node) -> None:
    node.write(block(1, 2, status("open", order(7, "@107"))))
    assert node.orders == []
    assert not +node.faults


def test_numbers_that_no_json_has_are_left_out_and_counted(node: Node) -> None:
    node.write(block(1, 2, status("open", order(7, sz="nan")), status("open", order(8, triggerPx="inf"))))
    assert node.orders == []
    assert +node.faults == {TriggerFault.NO_SIZE: 1, TriggerFault.NO_PRICE: 1}


def test_a_record_of_statuses_that_is_none_is_refused() -> None:
    with pytest.raises(RemoteWireError, match=r"^node_order_statuses"):
        map_trigger_statuses(record(b"[]"), MARKET_OF, TriggerFaults())


def test_a_snapshot_survives_its_columns_and_markets_that_are_others_by_then() -> None:
    content = json.dumps([9, [["ETH", [[ONE, order(1, "ETH")]]], ["BTC", [[TWO, order(2)], [ONE, order(3)]]]]]).encode()
    found = read_node_snapshot(content, MARKET_OF, "x")._replace(time_ms=DAY_MS)
    packed = pack_triggers(found, tuple(MARKET_OF), found.coins)
    event = map_trigger_snapshot(snapshot_record(packed), {"NEW": 0, "ETH": 1, "BTC": 2}, TriggerFaults())
    assert event.market_index is not None
    assert (event.block, event.addresses, event.market_index.tolist()) == (9, None, [1, 2])
    assert event.orders.order_id.tolist() == [1, 2, 3]
    assert event.orders.market_index.tolist() == [1, 2, 2]
    assert [event.orders.addresses[row] for row in event.orders.user] == [ONE, TWO, ONE]
    faults = TriggerFaults()
    event = map_trigger_snapshot(snapshot_record(packed), {"ETH": 0}, faults)
    assert event.orders.order_id.tolist() == [1]
    assert +faults == {TriggerFault.NOT_LISTED: 2}


def test_a_snapshot_without_a_time_or_of_other_bytes_is_refused() -> None:
    found = read_node_snapshot(b'[9, [["ETH", []]]]', MARKET_OF, "x")
    packed = pack_triggers(found, tuple(MARKET_OF), found.coins)
    for content, words in ((packed, "do not say when"), (b"\x00", "cannot be read")):
        with pytest.raises(InputError, match=words):
            map_trigger_snapshot(snapshot_record(content), MARKET_OF, TriggerFaults())
