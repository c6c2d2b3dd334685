"""Channel `spotState`: an account's balances."""

from __future__ import annotations

import msgspec

from liqscape.wire.decode import decode_record
from liqscape.wire.info.spot_clearinghouse_state import SpotClearinghouseState, read_spot_state


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
