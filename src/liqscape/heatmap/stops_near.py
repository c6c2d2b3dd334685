"""How many stops of others lie at a price (docs/stops.md, "Stops of others at yours")."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from liqscape.heatmap.trigger_orders import TriggerFlow, WaitingOrders


class StopsNear(NamedTuple):
    """Known stops in a span of prices: orders, accounts of the map behind them, USD at their prices."""

    order_count: int
    account_count: int
    notional: float


def stops_near(orders: WaitingOrders, side: int, low: float, high: float, own_account: int = -1) -> StopsNear:
    """Stops of a side's positions with a price in [low, high]: sells of longs (1), buys of shorts (-1).

    own_account  row of the address whose orders are not those of others; below 0: nobody's.
    """
    flow = TriggerFlow.STOP_SELL if side > 0 else TriggerFlow.STOP_BUY
    is_near = (orders.flow == flow) & (orders.price >= low) & (orders.price <= high)
    if own_account >= 0:
        is_near &= orders.account != own_account
    rows = np.flatnonzero(is_near)
    accounts = orders.account[rows]
    return StopsNear(len(rows), len(np.unique(accounts[accounts >= 0])), float(orders.notional[rows].sum()))
