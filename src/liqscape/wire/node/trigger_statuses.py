"""Statuses of trigger orders as a record keeps them: what became of which order, up to when, and whether that is all.

A node writes every status of every order, thousands a second; those of trigger orders are taken out of its lines
(sources.node.order_users) and kept as JSON: `{"through_ms", "is_whole", "statuses": [[time_ms, user, status, order]]}`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import msgspec
import numpy as np

from liqscape.model.trigger_rows import MAX_ORDER_ID, TriggerFault, TriggerFaults, TriggerRows
from liqscape.units import Int32Array, Int64Array
from liqscape.wire.decode import decode_record
from liqscape.wire.triggers import UNKNOWN, OrderRow, map_triggers

OPEN = "open"
"""The only status after which a trigger order waits: all others end it (triggered, canceled, ...)."""

Status = tuple[int, str, str, OrderRow]
"""(time_ms, user, status, order)."""


class TriggerStatuses(msgspec.Struct, frozen=True, kw_only=True):
    """through_ms: time of the newest status of any order; is_whole: none was missed since the record before."""

    through_ms: int
    is_whole: bool
    statuses: tuple[Status, ...]


class TriggerMoves(NamedTuple):
    """Orders that were placed and stand, with when; and those that ended, by market and number, with when."""

    opened: TriggerRows
    opened_ms: Int64Array
    ended: Int64Array
    ended_market: Int32Array
    ended_ms: Int64Array


def encode_statuses(statuses: TriggerStatuses) -> bytes:
    """As JSON, which has no number that is not finite."""
    rows = tuple((at_ms, user, status, _finite(order)) for at_ms, user, status, order in statuses.statuses)
    return msgspec.json.encode(msgspec.structs.replace(statuses, statuses=rows))


def parse_statuses(content: bytes, source: str) -> TriggerStatuses:
    """The inverse. Raises RemoteWireError."""
    return decode_record(content, TriggerStatuses, source)


def map_statuses(statuses: TriggerStatuses, market_of: Mapping[str, int], faults: TriggerFaults) -> TriggerMoves:
    """What became of each order in the end; one that opened and ended within the same record has ended."""
    newest: dict[tuple[int, int], Status] = {}
    for each in statuses.statuses:
        order = each[3]
        market = market_of.get(order.coin)
        if market is None:
            faults[TriggerFault.NOT_LISTED] += 1
        elif not 0 <= order.oid <= MAX_ORDER_ID:
            faults[TriggerFault.BAD_NUMBER] += 1
        else:
            newest[market, order.oid] = each
    opened = [each for each in newest.values() if each[2] == OPEN]
    ended = [(market, number, each[0]) for (market, number), each in newest.items() if each[2] != OPEN]
    orders = map_triggers(((user, order) for _, user, _, order in opened), market_of, faults)
    time_of = {order.oid: at_ms for at_ms, _, _, order in opened}
    return TriggerMoves(
        opened=orders,
        opened_ms=np.array([time_of[number] for number in orders.order_id.tolist()], np.int64),
        ended=np.array([number for _, number, _ in ended], np.int64),
        ended_market=np.array([market for market, _, _ in ended], np.int32),
        ended_ms=np.array([at_ms for *_, at_ms in ended], np.int64),
    )


def _finite(order: OrderRow) -> OrderRow:
    named = {name: getattr(order, name) for name in ("limitPx", "sz", "triggerPx")}
    odd = {name: UNKNOWN for name, value in named.items() if value is not None and not math.isfinite(value)}
    return msgspec.structs.replace(order, **odd, children=())
