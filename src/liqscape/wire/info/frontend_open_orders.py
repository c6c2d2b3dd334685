"""`{"type": "frontendOpenOrders", "user", "dex"}`: resting orders with what a screen shows of them."""

from __future__ import annotations

import msgspec


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
