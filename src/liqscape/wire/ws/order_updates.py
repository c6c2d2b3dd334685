"""Channel `orderUpdates`: what becomes of an account's orders."""

from __future__ import annotations

import msgspec

from liqscape.wire.info.open_orders import OpenOrder


class OrderUpdate(msgspec.Struct, frozen=True):
    """status: open, filled, canceled, liquidatedCanceled, ... ."""

    order: OpenOrder
    status: str
    statusTimestamp: int


OrderUpdatesMessage = tuple[OrderUpdate, ...]
