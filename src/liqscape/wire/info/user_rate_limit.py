"""`{"type": "userRateLimit", "user"}`: actions an address has left; one is earned by a USD traded."""

from __future__ import annotations

import msgspec

FREE_REQUESTS = 10_000
"""Every address starts with these."""


class UserRateLimit(msgspec.Struct, frozen=True):
    """USD traded, actions sent, actions allowed."""

    cumVlm: float
    nRequestsUsed: int
    nRequestsCap: int
    nRequestsSurplus: int | None = None
