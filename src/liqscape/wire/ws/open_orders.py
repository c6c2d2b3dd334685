"""Channel `openOrders`: an account's resting orders."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.wire.info.frontend_open_orders import FrontendOrder
from liqscape.wire.info.request import Dex, Example
from liqscape.wire.ws.subscription import Subscription


class OpenOrdersMessage(msgspec.Struct, frozen=True):
    dex: str
    user: str
    orders: tuple[FrontendOrder, ...]


class OpenOrdersSubscription(Subscription[OpenOrdersMessage], frozen=True, tag="openOrders"):
    """Resting orders of one account."""

    user: str
    dex: Dex = ""

    example: ClassVar = Example(
        '{"type": "openOrders", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        '{"dex": "", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", "orders": [{"coin": "BTC", '
        '"side": "B", "limitPx": "99000.0", "sz": "0.1", "oid": 91, "timestamp": 1770000000000, '
        '"triggerCondition": "N/A", "isTrigger": false, "triggerPx": "0.0", "children": [], '
        '"isPositionTpsl": false, "reduceOnly": false, "orderType": "Limit", "origSz": "0.1", "tif": "Gtc", '
        '"cloid": null}]}',
    )
