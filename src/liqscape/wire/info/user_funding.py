"""`{"type": "userFunding", "user", "startTime", "endTime"}`: funding payments of one account, oldest first."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.wire.info.request import Example, InfoRequest, Milliseconds


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


class UserFundingRequest(InfoRequest[UserFundingAnswer], frozen=True, tag="userFunding"):
    """Funding payments of one account."""

    user: str
    startTime: Milliseconds | None = None
    endTime: Milliseconds | None = None

    items_per_weight: ClassVar = 20
    max_items: ClassVar = 500
    example: ClassVar = Example(
        '{"type": "userFunding", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", '
        '"startTime": 1770000000000, "endTime": 1770003600000}',
        '[{"time": 1770000000000, '
        '"hash": "0x0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e", '
        '"delta": {"type": "funding", "coin": "BTC", "usdc": "-0.06", "szi": "0.05", '
        '"fundingRate": "0.0000125", "nSamples": null}}]',
    )
