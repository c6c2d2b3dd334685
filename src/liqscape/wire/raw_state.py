"""The bytes of account states as the exchange sent them, out of messages and answers that hold those of many.

Only what carries a state is looked into, and of it only what is needed to find an account's part: the part itself is
handed on byte by byte, unread but for its time.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from liqscape.wire.ws.envelope import Envelope, channel_of

PERP, SPOT = "clearinghouseState", "spotClearinghouseState"
BATCH = "batchClearinghouseStates"
ABSENT = (b"", b"null")
CHANNELS = {"clearinghouseState", "allDexsClearinghouseState", "spotState"}


class RawState(NamedTuple):
    """One state of an account. kind: PERP or SPOT; dex "" the first one; time_ms as it says itself, None without."""

    kind: str
    dex: str
    content: bytes
    time_ms: int | None


class _StateRequest(msgspec.Struct):
    type: str = ""
    user: str = ""
    users: tuple[str, ...] = ()
    dex: str | None = None


NONE = msgspec.Raw(b"")
"""Not there: `Raw | None` would take null alone."""


class _StateMessage(msgspec.Struct, kw_only=True):
    user: str
    dex: str | None = ""
    clearinghouseState: msgspec.Raw = NONE
    clearinghouseStates: tuple[tuple[str, msgspec.Raw], ...] = ()
    spotState: msgspec.Raw = NONE


class _Timed(msgspec.Struct):
    time: int | None = None


def states_in_message(content: bytes, address: str) -> list[RawState]:
    """States of an address (lower case) in a message of a socket; none where it holds none or cannot be read."""
    if channel_of(content) not in CHANNELS or address[2:].encode() not in content.lower():
        return []
    try:
        message = msgspec.json.decode(msgspec.json.decode(content, type=Envelope).data, type=_StateMessage)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return []
    if message.user.lower() != address:
        return []
    found = [_state(PERP, dex, bytes(raw)) for dex, raw in message.clearinghouseStates]
    if bytes(message.clearinghouseState) not in ABSENT:
        found.append(_state(PERP, message.dex or "", bytes(message.clearinghouseState)))
    if bytes(message.spotState) not in ABSENT:
        found.append(_state(SPOT, "", bytes(message.spotState)))
    return found


def states_in_answer(request: str, content: bytes, address: str) -> list[RawState]:
    """States of an address (lower case) in the answer to an info request (JSON); none as above."""
    if address[2:] not in request.lower():
        return []
    try:
        asked = msgspec.json.decode(request, type=_StateRequest)
        if asked.type == BATCH:
            users = [user.lower() for user in asked.users]
            rows = msgspec.json.decode(content, type=list[msgspec.Raw])
            part = bytes(rows[users.index(address)]) if len(rows) == len(users) else b"null"
        elif asked.type in (PERP, SPOT) and asked.user.lower() == address:
            part = content
        else:
            return []
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError):
        return []
    return [] if part == b"null" else [_state(SPOT if asked.type == SPOT else PERP, asked.dex or "", part)]


def _state(kind: str, dex: str, content: bytes) -> RawState:
    try:
        time_ms = msgspec.json.decode(content, type=_Timed).time
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        time_ms = None
    return RawState(kind, dex, content, time_ms)
