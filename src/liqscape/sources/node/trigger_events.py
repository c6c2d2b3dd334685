"""Records of everybody's trigger orders to events: statuses of a node, and snapshots of one block."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace

import numpy as np

from liqscape.errors import InputError
from liqscape.feed.records import Record
from liqscape.model.events import TriggersMoved, TriggersObserved
from liqscape.model.trigger_rows import TriggerFault, TriggerFaults, TriggerRows
from liqscape.units import BoolArray
from liqscape.wire.node.trigger_columns import unpack_triggers
from liqscape.wire.node.trigger_statuses import map_statuses, parse_statuses


def map_trigger_statuses(record: Record, market_of: Mapping[str, int], faults: TriggerFaults) -> TriggersMoved:
    """What became of trigger orders. Raises RemoteWireError."""
    statuses = parse_statuses(record.content, record.subject)
    moves = map_statuses(statuses, market_of, faults)
    return TriggersMoved(
        time_ms=statuses.through_ms,
        received_ns=record.received_ns,
        opened=moves.opened,
        opened_ms=moves.opened_ms,
        ended=moves.ended,
        ended_market=moves.ended_market,
        ended_ms=moves.ended_ms,
        is_whole=statuses.is_whole,
    )


def map_trigger_snapshot(record: Record, market_of: Mapping[str, int], faults: TriggerFaults) -> TriggersObserved:
    """Everybody's orders as of a block. Raises InputError for bytes that are none, or of a time that is not known."""
    found = unpack_triggers(record.content)
    if not found.time_ms:
        raise InputError(f"{record.subject}: trigger orders of block {found.height} do not say when it was")
    faults += found.faults
    market = np.array([market_of.get(coin, -1) for coin in found.coins], np.int32)[found.orders.market_index]
    faults[TriggerFault.NOT_LISTED] += int((market < 0).sum())
    orders = _taken(replace(found.orders, market_index=market), market >= 0)
    named = None
    if found.named is not None:
        named = np.array(sorted({market_of[coin] for coin in found.named if coin in market_of}), np.int32)
    return TriggersObserved(
        time_ms=found.time_ms,
        received_ns=record.received_ns,
        orders=orders,
        addresses=None,
        market_index=named,
        block=found.height,
    )


def _taken(orders: TriggerRows, rows: BoolArray) -> TriggerRows:
    names = [field.name for field in fields(orders) if field.name != "addresses"]
    return replace(orders, **{name: getattr(orders, name)[rows] for name in names})
