"""`{"type": "perpDexs"}`: builder-deployed dexs by index; the first one, the exchange's own, is null."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.wire.info.request import Example, InfoRequest
from liqscape.wire.info.sizes import MB


class PerpDex(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One dex. Caps in USD by prefixed coin; multipliers of the funding rate."""

    name: str
    fullName: str
    deployer: str
    oracleUpdater: str | None = None
    feeRecipient: str | None = None
    assetToStreamingOiCap: tuple[tuple[str, float], ...] = ()
    subDeployers: tuple[tuple[str, tuple[str, ...]], ...] = ()
    deployerFeeScale: float | None = None
    lastDeployerFeeScaleChangeTime: str | None = None
    assetToFundingMultiplier: tuple[tuple[str, float], ...] = ()
    assetToFundingInterestRate: tuple[tuple[str, float], ...] = ()


PerpDexsAnswer = tuple[PerpDex | None, ...]


class PerpDexsRequest(InfoRequest[PerpDexsAnswer], frozen=True, tag="perpDexs"):
    """Dexs there are."""

    max_bytes: ClassVar = 2 * MB  # 31 kB recorded, of nine dexs
    example: ClassVar = Example(
        '{"type": "perpDexs"}',
        '[null, {"name": "xyz", "fullName": "A made-up dex", '
        '"deployer": "0xc3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3", "oracleUpdater": null, '
        '"feeRecipient": null, "assetToStreamingOiCap": [["xyz:GOLD", "25000000.0"]], "subDeployers": [], '
        '"deployerFeeScale": "1.0", "lastDeployerFeeScaleChangeTime": "1970-01-01T00:00:00", '
        '"assetToFundingMultiplier": [["xyz:GOLD", "1.0"]]}]',
    )
