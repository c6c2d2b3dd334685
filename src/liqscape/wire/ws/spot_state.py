"""Channel `spotState`: an account's balances."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.wire.decode import decode_record
from liqscape.wire.info.request import Example
from liqscape.wire.info.spot_clearinghouse_state import SpotClearinghouseState, read_spot_state
from liqscape.wire.ws.subscription import Subscription


class SpotStateMessage(msgspec.Struct, frozen=True):
    user: str
    spotState: SpotClearinghouseState


class _RawSpot(msgspec.Struct, frozen=True):
    user: str
    spotState: msgspec.Raw


def parse_spot_message(data: bytes, source: str) -> tuple[str, SpotClearinghouseState]:
    """Lower-case address and its balances as far as they can be read. Raises RemoteWireError where there are none."""
    raw = decode_record(data, _RawSpot, source)
    return raw.user.lower(), read_spot_state(bytes(raw.spotState), source)


class SpotStateSubscription(Subscription[SpotStateMessage], frozen=True, tag="spotState"):
    """Balances of one account."""

    user: str

    example: ClassVar = Example(
        '{"type": "spotState", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        '{"user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", "spotState": {"balances": [{"coin": "USDC", '
        '"token": 0, "total": "1500.0", "hold": "0.0", "entryNtl": "0.0"}]}}',
    )
