"""`{"type": "orderStatus", "user", "oid"}`: what became of one order."""

from __future__ import annotations

import msgspec

from liqscape.wire.info.frontend_open_orders import FrontendOrder


class OrderWithStatus(msgspec.Struct, frozen=True):
    """open, filled, canceled, liquidatedCanceled, ... and since when."""

    order: FrontendOrder
    status: str
    statusTimestamp: int


class OrderStatus(msgspec.Struct, frozen=True, omit_defaults=True):
    """`status` is "order", or "unknownOid" and then there is no order."""

    status: str
    order: OrderWithStatus | None = None
