"""`{"type": "activeAssetData", "user", "coin"}`: the user's leverage in a coin and how much could be traded now."""

from __future__ import annotations

import msgspec

from liqscape.wire.info.clearinghouse_state import Leverage


class ActiveAssetData(msgspec.Struct, frozen=True, kw_only=True):
    """Pairs are for buying and selling: coins, USD."""

    user: str
    coin: str
    leverage: Leverage
    maxTradeSzs: tuple[float, float]
    availableToTrade: tuple[float, float]
    markPx: float
