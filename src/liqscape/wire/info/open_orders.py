"""`{"type": "openOrders", "user", "dex"}`: resting orders."""

from __future__ import annotations

import msgspec


class OpenOrder(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One resting order: USD, coins left, coins at first. `reduceOnly` is present only where true."""

    coin: str
    side: str
    limitPx: float
    sz: float
    oid: int
    timestamp: int
    origSz: float
    cloid: str | None = None
    reduceOnly: bool | None = None


OpenOrdersAnswer = tuple[OpenOrder, ...]
