"""Channel `userFundings`: an account's funding payments; the first message holds the past and says so."""

from __future__ import annotations

import msgspec


class Funding(msgspec.Struct, frozen=True, kw_only=True):
    """usdc > 0 was received."""

    time: int
    coin: str
    usdc: float
    szi: float
    fundingRate: float
    nSamples: int | None = None


class UserFundingsMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    user: str
    fundings: tuple[Funding, ...]
    isSnapshot: bool | None = None
