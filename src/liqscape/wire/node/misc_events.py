"""`misc_events` and `misc_events_by_block`: everything that is no fill; here hourly funding and ledger updates.

Funding names every holder of a position with its signed size: a complete list once an hour. `LedgerUpdate` of type
liquidation is a feed of all liquidations. Events of other kinds read as an Inner with nothing in it.
"""

from __future__ import annotations

import msgspec

from liqscape.wire.answer import parse_answer
from liqscape.wire.info.user_non_funding_ledger_updates import LedgerDelta

MISC_EVENTS, MISC_EVENTS_BY_BLOCK = "misc_events", "misc_events_by_block"
"""Folders."""


class NodeFunding(msgspec.Struct, frozen=True, gc=False):
    """funding_amount > 0 was received, USD; szi signed coins.

    Two hundred thousand come in one line: left to the garbage collector they took 0.6 s in place of 0.25 s.
    """

    user: str
    coin: str
    funding_amount: float
    szi: float
    funding_rate: float


class FundingDeltas(msgspec.Struct, frozen=True):
    deltas: tuple[NodeFunding, ...]


class NodeLedgerUpdate(msgspec.Struct, frozen=True):
    users: tuple[str, ...]
    delta: LedgerDelta


class Inner(msgspec.Struct, frozen=True, omit_defaults=True):
    """One of these is there; all are absent in events of other kinds."""

    Funding: FundingDeltas | None = None
    LedgerUpdate: NodeLedgerUpdate | None = None


class MiscEvent(msgspec.Struct, frozen=True):
    """One event: time as text, hash of its transaction."""

    time: str
    hash: str
    inner: Inner


class MiscEventBlock(msgspec.Struct, frozen=True):
    """One block."""

    local_time: str
    block_time: str
    block_number: int
    events: tuple[MiscEvent, ...]


def parse_misc_event_line(line: bytes, source: str) -> MiscEvent:
    """One line of misc_events. Raises RemoteWireError."""
    return parse_answer(line, MiscEvent, source)


def parse_misc_event_block(line: bytes, source: str) -> MiscEventBlock:
    """One line of misc_events_by_block. Raises RemoteWireError."""
    return parse_answer(line, MiscEventBlock, source)
