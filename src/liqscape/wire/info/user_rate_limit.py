"""`{"type": "userRateLimit", "user"}`: actions an address has left; one is earned by a USD traded."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.wire.info.request import Example, InfoRequest

FREE_REQUESTS = 10_000
"""Every address starts with these."""


class UserRateLimit(msgspec.Struct, frozen=True):
    """USD traded, actions sent, actions allowed."""

    cumVlm: float
    nRequestsUsed: int
    nRequestsCap: int
    nRequestsSurplus: int | None = None


class UserRateLimitRequest(InfoRequest[UserRateLimit], frozen=True, tag="userRateLimit"):
    """Actions an address has left."""

    user: str

    example: ClassVar = Example(
        '{"type": "userRateLimit", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        '{"cumVlm": "1000.0", "nRequestsUsed": 10, "nRequestsCap": 11000, "nRequestsSurplus": 0}',
    )
