"""`{"type": "perpDexs"}`: builder-deployed dexs by index; the first one, the exchange's own, is null."""

from __future__ import annotations

import msgspec


class PerpDex(msgspec.Struct, frozen=True, omit_defaults=True):
    """One dex. Caps in USD by prefixed coin; multipliers of the funding rate."""

    name: str
    fullName: str
    deployer: str
    oracleUpdater: str | None = None
    feeRecipient: str | None = None
    assetToStreamingOiCap: tuple[tuple[str, float], ...] = ()
    deployerFeeScale: float | None = None
    assetToFundingMultiplier: tuple[tuple[str, float], ...] = ()


PerpDexsAnswer = tuple[PerpDex | None, ...]
