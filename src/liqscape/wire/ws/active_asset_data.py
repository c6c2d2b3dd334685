"""Channel `activeAssetData`: what a user could trade of a coin now."""

from __future__ import annotations

from typing import ClassVar

from liqscape.wire.info.active_asset_data import ActiveAssetData, ActiveAssetDataRequest
from liqscape.wire.ws.subscription import Subscription


class ActiveAssetDataSubscription(Subscription[ActiveAssetData], frozen=True, tag="activeAssetData"):
    """What a user could trade of a coin."""

    user: str
    coin: str

    example: ClassVar = ActiveAssetDataRequest.example
