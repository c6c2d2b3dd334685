"""`{"type": "historicalOrders", "user"}`: an account's orders with what became of them, newest first, 2,000 at most."""

from __future__ import annotations

from typing import ClassVar

from liqscape.wire.info.order_status import OrderWithStatus
from liqscape.wire.info.request import Example, InfoRequest

MAX_ORDERS = 2_000
"""An answer."""

HistoricalOrdersAnswer = tuple[OrderWithStatus, ...]


class HistoricalOrdersRequest(InfoRequest[HistoricalOrdersAnswer], frozen=True, tag="historicalOrders"):
    """Orders of one account, with what became of them."""

    user: str

    items_per_weight: ClassVar = 20
    example: ClassVar = Example(
        '{"type": "historicalOrders", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        '[{"order": {"coin": "BTC", "side": "B", "limitPx": "99000.0", "sz": "0.1", "oid": 91, '
        '"timestamp": 1770000000000, "triggerCondition": "N/A", "isTrigger": false, "triggerPx": "0.0", '
        '"children": [], "isPositionTpsl": false, "reduceOnly": false, "orderType": "Limit", "origSz": "0.1", '
        '"tif": "Gtc", "cloid": null}, "status": "open", "statusTimestamp": 1770000000000}]',
    )
