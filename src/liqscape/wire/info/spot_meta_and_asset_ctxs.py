"""`{"type": "spotMetaAndAssetCtxs"}`: spot pairs and their prices."""

from __future__ import annotations

import msgspec

from liqscape.wire.info.spot_meta import SpotMeta


class SpotContext(msgspec.Struct, frozen=True, kw_only=True):
    """USD, except supplies and base volume in tokens."""

    prevDayPx: float
    dayNtlVlm: float
    markPx: float
    midPx: float | None
    circulatingSupply: float
    coin: str
    totalSupply: float | None = None
    dayBaseVlm: float | None = None


SpotMetaAndAssetCtxsAnswer = tuple[SpotMeta, tuple[SpotContext, ...]]
