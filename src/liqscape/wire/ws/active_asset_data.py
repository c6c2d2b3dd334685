"""Channel `activeAssetData`: what a user could trade of a coin now."""

from __future__ import annotations

from typing import ClassVar

from liqscape.wire.info.active_asset_data import ActiveAssetData
from liqscape.wire.info.request import Example
from liqscape.wire.ws.subscription import Subscription


class ActiveAssetDataSubscription(Subscription[ActiveAssetData], frozen=True, tag="activeAssetData"):
    """What a user could trade of a coin."""

    user: str
    coin: str

    example: ClassVar = Example(
        '{"type": "activeAssetData", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", "coin": "BTC"}',
        '{"user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", "coin": "BTC", "leverage": {"type": "cross", '
        '"value": 20}, "maxTradeSzs": ["0.2", "0.2"], "availableToTrade": ["1000.0", "1000.0"], '
        '"markPx": "100000.0"}',
    )
