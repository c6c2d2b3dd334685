"""Channel `spotState`: an account's balances."""

from __future__ import annotations

import msgspec

from liqscape.wire.info.spot_clearinghouse_state import SpotClearinghouseState


class SpotStateMessage(msgspec.Struct, frozen=True):
    user: str
    spotState: SpotClearinghouseState
