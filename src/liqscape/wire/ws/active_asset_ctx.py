"""Channel `activeAssetCtx`, subscribed by coin: the moving figures of one market."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.wire.info.meta import AssetContext
from liqscape.wire.info.request import Example
from liqscape.wire.ws.subscription import Subscription


class ActiveAssetContext(msgspec.Struct, frozen=True):
    coin: str
    ctx: AssetContext


class ActiveAssetCtxSubscription(Subscription[ActiveAssetContext], frozen=True, tag="activeAssetCtx"):
    """Figures of one coin."""

    coin: str

    example: ClassVar = Example(
        '{"type": "activeAssetCtx", "coin": "BTC"}',
        '{"coin": "BTC", "ctx": {"funding": "0.0000125", "openInterest": "30000.5", "prevDayPx": "98000.0", '
        '"dayNtlVlm": "1000000.0", "premium": "0.0001", "oraclePx": "100010.0", "markPx": "100000.0", '
        '"midPx": "100000.5", "impactPxs": ["99999.0", "100002.0"], "dayBaseVlm": "10.0"}}',
    )
