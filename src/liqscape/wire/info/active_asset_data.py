"""`{"type": "activeAssetData", "user", "coin"}`: the user's leverage in a coin and how much could be traded now."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.wire.info.clearinghouse_state import Leverage
from liqscape.wire.info.request import Example, InfoRequest


class ActiveAssetData(msgspec.Struct, frozen=True, kw_only=True):
    """Pairs are for buying and selling: coins, USD."""

    user: str
    coin: str
    leverage: Leverage
    maxTradeSzs: tuple[float, float]
    availableToTrade: tuple[float, float]
    markPx: float


class ActiveAssetDataRequest(InfoRequest[ActiveAssetData], frozen=True, tag="activeAssetData"):
    """What a user could trade of a coin now."""

    user: str
    coin: str

    example: ClassVar = Example(
        '{"type": "activeAssetData", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", "coin": "BTC"}',
        '{"user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", "coin": "BTC", "leverage": {"type": "cross", '
        '"value": 20}, "maxTradeSzs": ["0.2", "0.2"], "availableToTrade": ["1000.0", "1000.0"], '
        '"markPx": "100000.0"}',
    )
