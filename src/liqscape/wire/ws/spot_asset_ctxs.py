"""Channel `spotAssetCtxs`: spot pairs and their prices."""

from __future__ import annotations

from typing import ClassVar

from liqscape.wire.info.request import Example
from liqscape.wire.info.spot_meta_and_asset_ctxs import SpotContext
from liqscape.wire.ws.subscription import Subscription


class SpotAssetCtxsSubscription(Subscription[tuple[SpotContext, ...]], frozen=True, tag="spotAssetCtxs"):
    """Figures of every spot pair."""

    example: ClassVar = Example(
        '{"type": "spotAssetCtxs"}',
        '[{"prevDayPx": "0.11", "dayNtlVlm": "1000.0", "markPx": "0.11", "midPx": null, '
        '"circulatingSupply": "1000000.0", "coin": "PURR/USDC", "totalSupply": "1000000.0", '
        '"dayBaseVlm": "9000.0"}]',
    )
