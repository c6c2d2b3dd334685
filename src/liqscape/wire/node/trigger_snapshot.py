"""Everybody's trigger orders at one block: a node's `l4Snapshots` file, and the answer of an order book server.

A node writes it where `{"type": "fileSnapshot", "request": {"type": "l4Snapshots", "includeUsers": true,
"includeTriggerOrders": true}, "outPath": ..., "includeHeightInOutput": true}` is posted to its info server:

    [height, [[coin, orders], ...]]

with `orders` in either of two layouts that readers of such files are seen to expect (HL.NODE.L4):
`{"book_orders": [bids, asks], "untriggered_orders": list}`, or `[bids, asks]` in which a trigger order stands among
the orders of both sides. A server that follows the node (`GET /untriggeredOrders`) answers

    {"time": ms, "height": height, "data": [[coin, list], ...]}

In all of them a list is of [owner, order]. Lists are decoded one after the other, so that a file is held once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from liqscape.errors import RemoteWireError
from liqscape.model.trigger_rows import TriggerFault, TriggerFaults, TriggerRows, no_trigger_rows
from liqscape.wire.decode import decode_record, try_decode
from liqscape.wire.triggers import OrderRow, OwnedOrder, map_triggers

CoinOrders = tuple[str, msgspec.Raw]


class _Apart(msgspec.Struct, frozen=True):
    untriggered_orders: msgspec.Raw


class _ServerAnswer(msgspec.Struct, frozen=True):
    time: int
    height: int
    data: tuple[CoinOrders, ...]


class TriggerSnapshot(NamedTuple):
    """Orders of everybody, by market and order id.

    height     block; time_ms of it, 0 where the file does not say.
    coins      coins the file names, whether or not they have any.
    faults     rows left out.
    """

    height: int
    time_ms: int
    coins: tuple[str, ...]
    orders: TriggerRows
    faults: TriggerFaults


def read_node_snapshot(content: bytes, market_of: Mapping[str, int], source: str) -> TriggerSnapshot:
    """A node's file. Raises RemoteWireError for another layout, or one without its height or its users."""
    height, listed = decode_record(content, tuple[int, tuple[CoinOrders, ...]], source)
    return _read(height, 0, listed, market_of, source)


def read_server_answer(content: bytes, market_of: Mapping[str, int], source: str) -> TriggerSnapshot:
    """The answer of an order book server. Raises RemoteWireError for another layout."""
    answer = decode_record(content, _ServerAnswer, source)
    return _read(answer.height, answer.time, answer.data, market_of, source)


def joined_snapshots(parts: Sequence[TriggerSnapshot]) -> TriggerSnapshot:
    """Snapshots of several coins, made one after the other, as one of the oldest of them: what came since is in it,
    what ended since is not, and no more is claimed than that all of it is known as of then. parts: at least one."""
    oldest = min(parts, key=lambda part: part.time_ms)
    return TriggerSnapshot(
        height=oldest.height,
        time_ms=oldest.time_ms,
        coins=tuple(coin for part in parts for coin in part.coins),
        orders=joined_rows([part.orders for part in parts]),
        faults=sum((part.faults for part in parts), TriggerFaults()),
    )


def _read(
    height: int, time_ms: int, listed: tuple[CoinOrders, ...], market_of: Mapping[str, int], source: str
) -> TriggerSnapshot:
    if height <= 0 or time_ms < 0:
        raise RemoteWireError(f"{source}: block {height} at {time_ms} ms is none", source=source)
    faults = TriggerFaults()
    parts = [
        map_triggers(_owned(orders, f"{source}: {coin}", faults), market_of, faults)
        for coin, orders in listed
        if coin in market_of
    ]
    return TriggerSnapshot(height, time_ms, tuple(coin for coin, _ in listed), joined_rows(parts), faults)


def _owned(orders: msgspec.Raw, source: str, faults: TriggerFaults) -> Iterator[OwnedOrder]:
    """Trigger orders among the orders of a coin, each once. Raises RemoteWireError for another layout."""
    text = bytes(orders)
    if text.lstrip()[:1] == b"{":
        yield from _pairs(decode_record(text, _Apart, source).untriggered_orders, source, faults)
        return
    found = decode_record(text, tuple[msgspec.Raw, ...], source)
    if not found:
        return
    if not bytes(found[0]).lstrip().startswith(b"[") or _is_pair(found[0]):
        yield from _pairs(orders, source, faults)
        return
    seen: set[int] = set()
    for side in found:
        for owner, order in _pairs(side, source, faults):
            if order.oid not in seen:
                seen.add(order.oid)
                yield owner, order


def _is_pair(first: msgspec.Raw) -> bool:
    """Whether it begins like [owner, order] and not like a list of them."""
    return bytes(first)[1:].lstrip()[:1] == b'"'


def _pairs(raw: msgspec.Raw, source: str, faults: TriggerFaults) -> Iterator[OwnedOrder]:
    """[owner, order] of a list; one that cannot be read costs itself alone, unless none can: that is a layout."""
    found = try_decode(bytes(raw), list[OwnedOrder])
    if found is None:
        pieces = decode_record(bytes(raw), list[msgspec.Raw], source)
        read: list[OwnedOrder | None] = [try_decode(bytes(piece), tuple[str, OrderRow]) for piece in pieces]
        faults[TriggerFault.UNREADABLE] += read.count(None)
        found = [each for each in read if each is not None]
        if pieces and not found:
            raise RemoteWireError(f"{source}: {len(pieces)} orders, none of them [owner, order]", source=source)
    return (pair for pair in found if pair[1].isTrigger)


def joined_rows(parts: Sequence[TriggerRows]) -> TriggerRows:
    """Rows of several lists as one; addresses each once."""
    row_of: dict[str, int] = {}
    users = []
    for part in parts:
        rows = np.array([row_of.setdefault(each, len(row_of)) for each in part.addresses], np.int32)
        users.append(rows[part.user])
    names = [name for name in TriggerRows.__dataclass_fields__ if name not in ("addresses", "user")]
    empty = no_trigger_rows()
    columns = {name: np.concatenate([getattr(each, name) for each in (empty, *parts)]) for name in names}
    return TriggerRows(addresses=tuple(row_of), user=np.concatenate([empty.user, *users]), **columns)
