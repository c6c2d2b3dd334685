"""`{"type": "openOrders", "user", "dex"}`: resting orders."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.wire.info.request import Dex, Example, InfoRequest


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


class OpenOrdersRequest(InfoRequest[OpenOrdersAnswer], frozen=True, tag="openOrders"):
    """Resting orders of one account."""

    user: str
    dex: Dex = ""

    example: ClassVar = Example(
        '{"type": "openOrders", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        '[{"coin": "BTC", "side": "B", "limitPx": "99000.0", "sz": "0.1", "oid": 91, '
        '"timestamp": 1770000000000, "origSz": "0.1"}]',
    )
