"""`{"type": "orderStatus", "user", "oid"}`: what became of one order."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.wire.info.frontend_open_orders import FrontendOrder
from liqscape.wire.info.request import Example, InfoRequest
from liqscape.wire.info.sizes import FEW_WORDS_BYTES
from liqscape.wire.info.weights import LIGHT_WEIGHT


class OrderWithStatus(msgspec.Struct, frozen=True):
    """open, filled, canceled, liquidatedCanceled, ... and since when."""

    order: FrontendOrder
    status: str
    statusTimestamp: int


class OrderStatus(msgspec.Struct, frozen=True, omit_defaults=True):
    """`status` is "order", or "unknownOid" and then there is no order."""

    status: str
    order: OrderWithStatus | None = None


class OrderStatusRequest(InfoRequest[OrderStatus], frozen=True, tag="orderStatus"):
    """What became of one order, named by its number or its client's id."""

    user: str
    oid: int | str

    weight: ClassVar = LIGHT_WEIGHT
    max_bytes: ClassVar = FEW_WORDS_BYTES
    example: ClassVar = Example(
        '{"type": "orderStatus", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", "oid": 91}',
        '{"status": "order", "order": {"order": {"coin": "BTC", "side": "B", "limitPx": "99000.0", '
        '"sz": "0.1", "oid": 91, "timestamp": 1770000000000, "triggerCondition": "N/A", "isTrigger": false, '
        '"triggerPx": "0.0", "children": [], "isPositionTpsl": false, "reduceOnly": false, '
        '"orderType": "Limit", "origSz": "0.1", "tif": "Gtc", "cloid": null}, "status": "open", '
        '"statusTimestamp": 1770000000000}}',
    )
