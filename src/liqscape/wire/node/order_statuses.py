"""`node_order_statuses`: what became of an order, a line a status; by block or streaming a line a block of them.

Of the order only its coin is read. A node writes some 25 GB of them an hour, so nothing else is even decoded.
"""

from __future__ import annotations

from collections.abc import Container

import msgspec

from liqscape.model.addresses import is_address
from liqscape.wire.decode import decode_record
from liqscape.wire.node.tables import Batching

REJECTED = "Rejected"
"""How the statuses of orders end that never were: perpMarginRejected, badAloPxRejected, ... ."""


class StatusOrder(msgspec.Struct, frozen=True):
    """The order, as far as it is read."""

    coin: str


class NodeOrderStatus(msgspec.Struct, frozen=True):
    """status: open, filled, canceled, triggered, ..., or a rejection. time as text, without zone."""

    time: str
    user: str
    status: str
    order: StatusOrder


class OrderStatusBlock(msgspec.Struct, frozen=True):
    """One line of node_order_statuses_by_block or node_order_statuses_streaming."""

    local_time: str
    block_time: str
    block_number: int
    events: tuple[NodeOrderStatus, ...]


def parse_order_statuses(line: bytes, batching: Batching, source: str) -> tuple[NodeOrderStatus, ...]:
    """Statuses of one line. Raises RemoteWireError."""
    if batching is Batching.EVENT:
        return (decode_record(line, NodeOrderStatus, source),)
    return decode_record(line, OrderStatusBlock, source).events


def users_of(statuses: tuple[NodeOrderStatus, ...], coins: Container[str]) -> set[str]:
    """Lower-case addresses that have, or had, an order in one of the coins; not those whose order was rejected."""
    found = {each.user.lower() for each in statuses if each.order.coin in coins and not each.status.endswith(REJECTED)}
    return {user for user in found if is_address(user)}
