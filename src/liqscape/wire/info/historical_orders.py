"""`{"type": "historicalOrders", "user"}`: an account's orders with what became of them, newest first, 2,000 at most."""

from __future__ import annotations

from liqscape.wire.info.order_status import OrderWithStatus

MAX_ORDERS = 2_000
"""An answer."""

HistoricalOrdersAnswer = tuple[OrderWithStatus, ...]
