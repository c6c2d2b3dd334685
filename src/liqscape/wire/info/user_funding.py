"""`{"type": "userFunding", "user", "startTime", "endTime"}`: funding payments of one account, oldest first."""

from __future__ import annotations

import msgspec


class FundingDelta(msgspec.Struct, frozen=True, kw_only=True):
    """usdc > 0 was received. szi signed coins. nSamples null where one hour stands for itself."""

    coin: str
    usdc: float
    szi: float
    fundingRate: float
    nSamples: int | None = None
    type: str = "funding"


class FundingUpdate(msgspec.Struct, frozen=True, omit_defaults=True):
    """One payment."""

    time: int
    delta: FundingDelta
    hash: str | None = None


UserFundingAnswer = tuple[FundingUpdate, ...]
