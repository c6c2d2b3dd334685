"""Blocks as the lines of node files: fills of both sides, buyer first; funding and ledger updates as misc events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from liqscape.exchange.columns import EventColumn, EventKind, OrderColumn, TriggerColumn
from liqscape.exchange.exchange import Exchange
from liqscape.sandbox.answers.fills import map_sides
from liqscape.sandbox.answers.ledger_updates import map_delta
from liqscape.sandbox.answers.orders import map_frontend
from liqscape.sandbox.answers.triggers import map_trigger, reported_changes
from liqscape.sandbox.answers.units import address, coins, rate, transaction_hash, usd
from liqscape.sandbox.records.ledger import LedgerKind, read_ledger
from liqscape.units import Int64Array
from liqscape.wire.encode import to_wire
from liqscape.wire.node.block_time import print_block_time
from liqscape.wire.node.fills import FillBlock, UserFill
from liqscape.wire.node.misc_events import (
    FundingDeltas,
    Inner,
    MiscEvent,
    MiscEventBlock,
    NodeFunding,
    NodeLedgerUpdate,
)

if TYPE_CHECKING:
    from liqscape.exchange.output import BlockOutput
    from liqscape.sandbox.records.triggers import TriggerRecords

WRITE_DELAY_MS = 250
"""A node writes a block about a quarter of a second after its time."""


def fill_block(exchange: Exchange, output: BlockOutput) -> FillBlock:
    """One line of node_fills_by_block; blocks without fills have one too."""
    return FillBlock(
        print_block_time(output.time_ms + WRITE_DELAY_MS),
        print_block_time(output.time_ms),
        output.block,
        tuple(user_fills(exchange, output)),
    )


def user_fills(exchange: Exchange, output: BlockOutput) -> list[UserFill]:
    """Lines of node_fills."""
    return [side for row in output.fills.tolist() for side in map_sides(exchange, row)]


def order_status_block(
    exchange: Exchange, output: BlockOutput, triggers: TriggerRecords | None = None
) -> dict[str, object]:
    """One line of node_order_statuses_by_block, ready for a JSON encoder."""
    return {
        "local_time": print_block_time(output.time_ms + WRITE_DELAY_MS),
        "block_time": print_block_time(output.time_ms),
        "block_number": output.block,
        "events": order_statuses(exchange, output, triggers),
    }


def order_statuses(
    exchange: Exchange, output: BlockOutput, triggers: TriggerRecords | None = None
) -> list[dict[str, object]]:
    """Lines of node_order_statuses: orders that came to rest in this block, by id, then what became of trigger orders.

    A node tells every change of every order; these are enough to name who orders, and to keep a list of triggers.
    `triggers` are the sandbox's records of them; without, none is told.
    """
    orders = exchange.state.order
    fresh = orders[(orders[:, OrderColumn.ID] > 0) & (orders[:, OrderColumn.TIME_MS] == output.time_ms)]
    time = print_block_time(output.time_ms)
    return [
        {
            "time": time,
            "user": address(exchange, int(row[OrderColumn.ACCOUNT])),
            "status": "open",
            "order": to_wire(map_frontend(exchange, row)),
        }
        for row in fresh[np.argsort(fresh[:, OrderColumn.ID])]
    ] + ([] if triggers is None else _trigger_statuses(exchange, triggers, time))


def _trigger_statuses(exchange: Exchange, triggers: TriggerRecords, time: str) -> list[dict[str, object]]:
    """Trigger orders that began to wait in the block, then those that ended in it."""
    return [
        {
            "time": time,
            "user": address(exchange, int(row[TriggerColumn.ACCOUNT])),
            "status": status,
            "order": to_wire(map_trigger(exchange, row)),
        }
        for row, status in reported_changes(triggers.placed, triggers.gone)
    ]


def misc_block(exchange: Exchange, output: BlockOutput, masters: Mapping[int, int] | None = None) -> MiscEventBlock:
    """One line of misc_events_by_block."""
    return MiscEventBlock(
        print_block_time(output.time_ms + WRITE_DELAY_MS),
        print_block_time(output.time_ms),
        output.block,
        tuple(misc_events(exchange, output, masters)),
    )


def misc_events(exchange: Exchange, output: BlockOutput, masters: Mapping[int, int] | None = None) -> list[MiscEvent]:
    """Lines of misc_events: the hour's funding of everybody as one event, then ledger updates, a transfer once."""
    time = print_block_time(output.time_ms)
    found = []
    paid = output.events[output.events[:, EventColumn.KIND] == EventKind.FUNDING]
    if len(paid):
        deltas = tuple(_funding(exchange, row) for row in paid)
        transaction = int(paid[0, EventColumn.TRANSACTION])
        found.append(MiscEvent(time, transaction_hash(transaction), Inner(Funding=FundingDeltas(deltas))))
    for entry in read_ledger(output.events, output.fills, exchange.state.market, masters):
        if entry.kind == LedgerKind.RECEIVED:
            continue
        users = (entry.account, entry.counterparty) if entry.kind == LedgerKind.GIVEN else (entry.account,)
        update = NodeLedgerUpdate(tuple(address(exchange, user) for user in users), map_delta(exchange, entry))
        found.append(MiscEvent(time, transaction_hash(entry.transaction), Inner(LedgerUpdate=update)))
    return found


def _funding(exchange: Exchange, row: Int64Array) -> NodeFunding:
    market = int(row[EventColumn.MARKET])
    return NodeFunding(
        user=address(exchange, int(row[EventColumn.ACCOUNT])),
        coin=exchange.markets.coins[market],
        funding_amount=usd(-int(row[EventColumn.B])),
        szi=coins(exchange, market, int(row[EventColumn.A])),
        funding_rate=rate(int(row[EventColumn.C])),
    )
