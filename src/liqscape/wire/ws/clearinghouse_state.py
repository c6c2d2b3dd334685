"""Channels `clearinghouseState` and `allDexsClearinghouseState`: an account's margin and positions."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.errors import RemoteWireError
from liqscape.wire.decode import decode_record
from liqscape.wire.info.clearinghouse_state import ClearinghouseState
from liqscape.wire.info.read_state import read_clearinghouse_state, without_closed_legs
from liqscape.wire.info.read_states import ReadState
from liqscape.wire.info.request import Dex, Example
from liqscape.wire.ws.subscription import Subscription


class ClearinghouseMessage(msgspec.Struct, frozen=True):
    """One dex of one account."""

    dex: str
    user: str
    clearinghouseState: ClearinghouseState


class AllDexsClearinghouseMessage(msgspec.Struct, frozen=True):
    """Every dex of one account."""

    user: str
    clearinghouseStates: tuple[tuple[str, ClearinghouseState], ...]


class _RawStates(msgspec.Struct, frozen=True):
    user: str
    clearinghouseStates: tuple[tuple[str, msgspec.Raw], ...]


_MESSAGE = msgspec.json.Decoder(AllDexsClearinghouseMessage, strict=False)


def parse_all_dexs_states(data: bytes, source: str) -> tuple[ReadState, ...]:
    """States of one account in every dex, as far as each can be read, as of a batch.

    data  of a message of channel `allDexsClearinghouseState`. Raises RemoteWireError where it names no
    account or lists no states.
    """
    try:
        message = _MESSAGE.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # Once more state by state, by the road that says what is wrong.
        raw = decode_record(data, _RawStates, source)
        address = raw.user.lower()
        return tuple(
            ReadState(address, dex, _parse_state(bytes(row), f"{source} {dex}")) for dex, row in raw.clearinghouseStates
        )
    address = message.user.lower()
    return tuple(ReadState(address, dex, without_closed_legs(state)) for dex, state in message.clearinghouseStates)


def _parse_state(content: bytes, source: str) -> ClearinghouseState | RemoteWireError:
    try:
        return read_clearinghouse_state(content, source)
    except RemoteWireError as error:
        return error


class ClearinghouseStateSubscription(Subscription[ClearinghouseMessage], frozen=True, tag="clearinghouseState"):
    """State of one account in one dex."""

    user: str
    dex: Dex = ""

    example: ClassVar = Example(
        '{"type": "clearinghouseState", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        '{"dex": "", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", '
        '"clearinghouseState": {"marginSummary": {"accountValue": "0.0", "totalNtlPos": "0.0", '
        '"totalRawUsd": "0.0", "totalMarginUsed": "0.0"}, "crossMarginSummary": {"accountValue": "0.0", '
        '"totalNtlPos": "0.0", "totalRawUsd": "0.0", "totalMarginUsed": "0.0"}, '
        '"crossMaintenanceMarginUsed": "0.0", "withdrawable": "0.0", "assetPositions": [], '
        '"time": 1770000000000}}',
    )


class AllDexsClearinghouseStateSubscription(
    Subscription[AllDexsClearinghouseMessage], frozen=True, tag="allDexsClearinghouseState"
):
    """State of one account in every dex."""

    user: str

    example: ClassVar = Example(
        '{"type": "allDexsClearinghouseState", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        '{"user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", "clearinghouseStates": [["", '
        '{"marginSummary": {"accountValue": "0.0", "totalNtlPos": "0.0", "totalRawUsd": "0.0", '
        '"totalMarginUsed": "0.0"}, "crossMarginSummary": {"accountValue": "0.0", "totalNtlPos": "0.0", '
        '"totalRawUsd": "0.0", "totalMarginUsed": "0.0"}, "crossMaintenanceMarginUsed": "0.0", '
        '"withdrawable": "0.0", "assetPositions": [], "time": 1770000000000}]]}',
    )
