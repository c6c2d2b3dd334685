"""Order statuses of a node: read in each form it writes, for who orders in which coin and nothing else."""

from __future__ import annotations

import json

import pytest

from liqscape.errors import RemoteWireError
from liqscape.wire.node.order_statuses import NodeOrderStatus, parse_order_statuses, users_of
from liqscape.wire.node.tables import ORDER_STATUS_TABLES, Batching, split_table

ONE, TWO, THREE = ("0x" + digit * 40 for digit in "Abc")


def status(user: str, coin: str = "BTC", what: str = "open") -> dict[str, object]:
    order = {"coin": coin, "side": "B", "limitPx": "1.0", "sz": "2.0", "oid": 7, "children": [], "tif": "Gtc"}
    return {"time": "2026-02-03T09:00:00.123456789", "user": user, "status": what, "order": order}


def block(*events: dict[str, object]) -> bytes:
    whole = {"local_time": "2026-02-03T09:00:00.3", "block_time": "2026-02-03T09:00:00.1", "block_number": 5}
    return json.dumps({**whole, "events": events}).encode()


def test_a_line_is_a_status_or_a_block_of_them() -> None:
    (one,) = parse_order_statuses(json.dumps(status(ONE)).encode(), Batching.EVENT, "x").statuses
    assert (one.user, one.status, one.order.coin) == (ONE, "open", "BTC")
    for batching in (Batching.BLOCK, Batching.STREAM):
        found = parse_order_statuses(block(status(ONE), status(TWO, "ETH")), batching, "x").statuses
        assert [(each.user, each.order.coin) for each in found] == [(ONE, "BTC"), (TWO, "ETH")]
    assert parse_order_statuses(block(), Batching.BLOCK, "x").statuses == ()


def test_rejected_orders_and_other_coins_name_nobody() -> None:
    lines: list[NodeOrderStatus] = []
    for each in (
        status(ONE, what="filled"),
        status(TWO, what="perpMarginRejected"),
        status(THREE, coin="@107"),
        status("0x12"),
    ):
        lines += parse_order_statuses(json.dumps(each).encode(), Batching.EVENT, "x").statuses
    assert users_of(tuple(lines), {"BTC", "ETH"}) == {ONE.lower()}


@pytest.mark.parametrize("content", [b"", b"{", b"null", b"[]", b'{"user": "0x1"}', b'{"order": {}}'])
def test_what_is_no_status_is_refused(content: bytes) -> None:
    for batching in Batching:
        with pytest.raises(RemoteWireError, match=r"^x"):
            parse_order_statuses(content, batching, "x")


def test_tables_are_the_three_a_node_may_write() -> None:
    assert [split_table(table) for table in ORDER_STATUS_TABLES] == [
        ("node_order_statuses", Batching.BLOCK),
        ("node_order_statuses", Batching.STREAM),
        ("node_order_statuses", Batching.EVENT),
    ]
