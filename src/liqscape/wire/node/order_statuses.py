"""`node_order_statuses`: what became of an order, a line a status; by block or streaming a line a block of them.

Of most orders only the coin is wanted; those that are trigger orders are wanted whole. A node writes some 25 GB of
statuses an hour. A line of which some order cannot be read whole is read for the coins alone, and says so.
"""

from __future__ import annotations

from collections.abc import Container
from typing import NamedTuple

import msgspec

from liqscape.model.addresses import is_address
from liqscape.wire.decode import decode_record, try_decode
from liqscape.wire.node.block_time import read_block_time
from liqscape.wire.node.tables import Batching
from liqscape.wire.triggers import OrderRow

REJECTED = "Rejected"
"""How the statuses of orders end that never were: perpMarginRejected, badAloPxRejected, ... ."""


class NodeOrderStatus(msgspec.Struct, frozen=True):
    """status: open, filled, canceled, triggered, ..., or a rejection. time as text, without zone."""

    time: str
    user: str
    status: str
    order: OrderRow


class OrderStatusBlock(msgspec.Struct, frozen=True):
    """One line of node_order_statuses_by_block or node_order_statuses_streaming."""

    local_time: str
    block_time: str
    block_number: int
    events: tuple[NodeOrderStatus, ...]


class _LooseOrder(msgspec.Struct, frozen=True):
    coin: str


class _LooseStatus(msgspec.Struct, frozen=True):
    time: str
    user: str
    status: str
    order: _LooseOrder


class _LooseBlock(msgspec.Struct, frozen=True):
    local_time: str
    block_time: str
    block_number: int
    events: tuple[_LooseStatus, ...]


class StatusLine(NamedTuple):
    """One line. time_ms, block: of it, None where it does not say; is_whole: its orders were read whole."""

    statuses: tuple[NodeOrderStatus, ...]
    time_ms: int | None
    block: int | None
    is_whole: bool


def parse_order_statuses(line: bytes, batching: Batching, source: str) -> StatusLine:
    """Statuses of one line. Raises RemoteWireError."""
    if batching is Batching.EVENT:
        status = try_decode(line, NodeOrderStatus)
        if status is not None:
            return StatusLine((status,), read_block_time(status.time), None, is_whole=True)
        loose = decode_record(line, _LooseStatus, source)
        return StatusLine((_status(loose),), read_block_time(loose.time), None, is_whole=False)
    block = try_decode(line, OrderStatusBlock)
    if block is not None:
        return StatusLine(block.events, read_block_time(block.block_time), block.block_number, is_whole=True)
    found = decode_record(line, _LooseBlock, source)
    statuses = tuple(map(_status, found.events))
    return StatusLine(statuses, read_block_time(found.block_time), found.block_number, is_whole=False)


def _status(loose: _LooseStatus) -> NodeOrderStatus:
    return NodeOrderStatus(loose.time, loose.user, loose.status, OrderRow(coin=loose.order.coin))


def users_of(statuses: tuple[NodeOrderStatus, ...], coins: Container[str]) -> set[str]:
    """Lower-case addresses that have, or had, an order in one of the coins; not those whose order was rejected."""
    found = {each.user.lower() for each in statuses if each.order.coin in coins and not each.status.endswith(REJECTED)}
    return {user for user in found if is_address(user)}
