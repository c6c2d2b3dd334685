"""`{"type": "perpDexs"}`: builder-deployed dexs by index; the first one, the exchange's own, is null."""

from __future__ import annotations

import msgspec


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
