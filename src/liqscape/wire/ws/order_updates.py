"""Channel `orderUpdates`: what becomes of an account's orders."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.wire.info.open_orders import OpenOrder
from liqscape.wire.info.request import Example
from liqscape.wire.ws.subscription import Subscription


class OrderUpdate(msgspec.Struct, frozen=True):
    """status: open, filled, canceled, liquidatedCanceled, ... ."""

    order: OpenOrder
    status: str
    statusTimestamp: int


OrderUpdatesMessage = tuple[OrderUpdate, ...]


class OrderUpdatesSubscription(Subscription[OrderUpdatesMessage], frozen=True, tag="orderUpdates"):
    """What becomes of the orders of one account."""

    user: str

    example: ClassVar = Example(
        '{"type": "orderUpdates", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        '[{"order": {"coin": "BTC", "side": "B", "limitPx": "99000.0", "sz": "0.1", "oid": 91, '
        '"timestamp": 1770000000000, "origSz": "0.1"}, "status": "open", "statusTimestamp": 1770000000000}]',
    )
