"""Channel `openOrders`: an account's resting orders."""

from __future__ import annotations

import msgspec

from liqscape.wire.info.frontend_open_orders import FrontendOrder


class OpenOrdersMessage(msgspec.Struct, frozen=True):
    dex: str
    user: str
    orders: tuple[FrontendOrder, ...]
