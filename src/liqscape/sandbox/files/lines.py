"""Blocks as the lines of node files: fills of both sides, buyer first; funding and ledger updates as misc events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liqscape.exchange.columns import Event, EventKind
from liqscape.exchange.exchange import Exchange
from liqscape.sandbox.answers.fills import map_sides
from liqscape.sandbox.answers.ledger_updates import map_delta
from liqscape.sandbox.answers.units import address, coins, rate, transaction_hash, usd
from liqscape.sandbox.records.ledger import read_ledger
from liqscape.units import Int64Array
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


def misc_block(exchange: Exchange, output: BlockOutput) -> MiscEventBlock:
    """One line of misc_events_by_block."""
    return MiscEventBlock(
        print_block_time(output.time_ms + WRITE_DELAY_MS),
        print_block_time(output.time_ms),
        output.block,
        tuple(misc_events(exchange, output)),
    )


def misc_events(exchange: Exchange, output: BlockOutput) -> list[MiscEvent]:
    """Lines of misc_events: the hour's funding of everybody as one event, then ledger updates."""
    time = print_block_time(output.time_ms)
    found = []
    paid = output.events[output.events[:, Event.KIND] == EventKind.FUNDING]
    if len(paid):
        deltas = tuple(_funding(exchange, row) for row in paid)
        transaction = int(paid[0, Event.TRANSACTION])
        found.append(MiscEvent(time, transaction_hash(transaction), Inner(Funding=FundingDeltas(deltas))))
    for entry in read_ledger(output.events, output.fills, exchange.state.market):
        update = NodeLedgerUpdate((address(exchange, entry.account),), map_delta(exchange, entry))
        found.append(MiscEvent(time, transaction_hash(entry.transaction), Inner(LedgerUpdate=update)))
    return found


def _funding(exchange: Exchange, row: Int64Array) -> NodeFunding:
    market = int(row[Event.MARKET])
    return NodeFunding(
        user=address(exchange, int(row[Event.ACCOUNT])),
        coin=exchange.markets.coins[market],
        funding_amount=usd(-int(row[Event.B])),
        szi=coins(exchange, market, int(row[Event.A])),
        funding_rate=rate(int(row[Event.C])),
    )
