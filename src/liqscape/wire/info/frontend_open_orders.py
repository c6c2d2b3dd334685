"""`{"type": "frontendOpenOrders", "user", "dex"}`: resting orders with what a screen shows of them."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.wire.info.request import Dex, Example, InfoRequest


class FrontendOrder(msgspec.Struct, frozen=True, kw_only=True):
    """One order. tif Gtc, Alo, Ioc, FrontendMarket, LiquidationMarket or null."""

    coin: str
    side: str
    limitPx: float
    sz: float
    oid: int
    timestamp: int
    triggerCondition: str
    isTrigger: bool
    triggerPx: float
    isPositionTpsl: bool
    reduceOnly: bool
    orderType: str
    origSz: float
    tif: str | None = None
    cloid: str | None = None
    children: tuple[FrontendOrder, ...] = ()


FrontendOpenOrdersAnswer = tuple[FrontendOrder, ...]


class FrontendOpenOrdersRequest(InfoRequest[FrontendOpenOrdersAnswer], frozen=True, tag="frontendOpenOrders"):
    """Resting orders of one account, with all that is shown of them."""

    user: str
    dex: Dex = ""

    example: ClassVar = Example(
        '{"type": "frontendOpenOrders", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        '[{"coin": "BTC", "side": "B", "limitPx": "99000.0", "sz": "0.1", "oid": 91, '
        '"timestamp": 1770000000000, "triggerCondition": "N/A", "isTrigger": false, "triggerPx": "0.0", '
        '"children": [], "isPositionTpsl": false, "reduceOnly": false, "orderType": "Limit", "origSz": "0.1", '
        '"tif": "Gtc", "cloid": null}]',
    )
