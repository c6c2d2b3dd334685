"""`misc_events` and `misc_events_by_block`: everything that is no fill; here hourly funding and ledger updates.

Funding names every holder of a position with its signed size: a complete list once an hour. `LedgerUpdate` of type
liquidation is a feed of all liquidations. Events of other kinds read as an Inner with nothing in it.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from liqscape.wire.answer import parse_answer
from liqscape.wire.decode import decode_record
from liqscape.wire.info.user_non_funding_ledger_updates import LedgerDelta

MISC_EVENTS, MISC_EVENTS_BY_BLOCK = "misc_events", "misc_events_by_block"
"""Folders."""


class NodeFunding(msgspec.Struct, frozen=True, kw_only=True, gc=False):
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


PIECE_BYTES = 4 << 20
_DELTAS = b'"deltas":['


def cut_funding(line: bytes) -> tuple[bytes, Iterator[tuple[NodeFunding, ...]]] | None:
    """(the line with an empty list of payments, the payments in pieces; asking for one raises RemoteWireError).

    The hour's funding of the whole exchange is one line of a hundred megabytes; as one list of records it would take
    three times as much. None where the line is not of one list written in one go: then it is read whole.
    """
    start = line.find(_DELTAS) + len(_DELTAS)
    end = line.find(b"]", start)
    if start < len(_DELTAS) or end < 0 or line.find(_DELTAS, start) >= 0:
        return None

    def pieces() -> Iterator[tuple[NodeFunding, ...]]:
        begin = start
        while begin < end:
            stop = line.find(b"},{", min(begin + PIECE_BYTES, end), end) + 1 or end
            yield decode_record(b"[%b]" % line[begin:stop], tuple[NodeFunding, ...], "funding")
            begin = stop + 1

    return line[:start] + line[end:], pieces()


def parse_misc_event_line(line: bytes, source: str) -> MiscEvent:
    """One line of misc_events. Raises RemoteWireError."""
    return parse_answer(line, MiscEvent, source)


def parse_misc_event_block(line: bytes, source: str) -> MiscEventBlock:
    """One line of misc_events_by_block. Raises RemoteWireError."""
    return parse_answer(line, MiscEventBlock, source)
