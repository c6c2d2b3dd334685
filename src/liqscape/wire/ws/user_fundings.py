"""Channel `userFundings`: an account's funding payments; the first message holds the past and says so."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.wire.info.request import Example
from liqscape.wire.ws.subscription import Subscription


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


class UserFundingsSubscription(Subscription[UserFundingsMessage], frozen=True, tag="userFundings"):
    """Funding payments of one account."""

    user: str

    example: ClassVar = Example(
        '{"type": "userFundings", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        '{"user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", "fundings": [{"time": 1770000000000, '
        '"coin": "BTC", "usdc": "-0.06", "szi": "0.05", "fundingRate": "0.0000125", "nSamples": null}]}',
    )
