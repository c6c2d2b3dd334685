"""`{"type": "spotMetaAndAssetCtxs"}`: spot pairs and their prices."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.wire.info.request import Example, InfoRequest
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


class SpotMetaAndAssetCtxsRequest(InfoRequest[SpotMetaAndAssetCtxsAnswer], frozen=True, tag="spotMetaAndAssetCtxs"):
    """Spot tokens and pairs with their figures of now."""

    example: ClassVar = Example(
        '{"type": "spotMetaAndAssetCtxs"}',
        '[{"universe": [{"name": "PURR/USDC", "tokens": [1, 0], "index": 0, "isCanonical": true}], '
        '"tokens": [{"name": "USDC", "szDecimals": 8, "weiDecimals": 8, "index": 0, '
        '"tokenId": "0x6d6d6d6d6d6d6d6d6d6d6d6d6d6d6d6d", "isCanonical": true, "fullName": null, '
        '"evmContract": null}]}, [{"prevDayPx": "0.11", "dayNtlVlm": "1000.0", "markPx": "0.11", '
        '"midPx": null, "circulatingSupply": "1000000.0", "coin": "PURR/USDC", "totalSupply": "1000000.0", '
        '"dayBaseVlm": "9000.0"}]]',
    )
