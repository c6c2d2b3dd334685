"""Trigger orders of the sandbox as the product's events: what `frontendOpenOrders` of everybody shown would say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from liqscape.exchange.columns import (
    MARKET_TRIGGER,
    REDUCE_ONLY,
    TAKE_PROFIT,
    WHOLE_POSITION,
    MarketColumn,
    TriggerColumn,
)
from liqscape.exchange.scale import from_lots, from_ticks
from liqscape.model.events import TriggersObserved
from liqscape.model.trigger_rows import TriggerRows
from liqscape.model.triggers import TriggerKind

if TYPE_CHECKING:
    from liqscape.exchange.exchange import Exchange
    from liqscape.units import Int64Array


def trigger_event(exchange: Exchange, time_ms: int, shown: Int64Array) -> TriggersObserved:
    """All trigger orders of the accounts shown, (n,) rows of the exchange."""
    addresses = tuple(exchange.addresses[row] for row in shown.tolist())
    return TriggersObserved(time_ms=time_ms, received_ns=0, orders=trigger_rows(exchange, shown), addresses=addresses)


def trigger_rows(exchange: Exchange, shown: Int64Array) -> TriggerRows:
    """Waiting trigger orders of some accounts in USD and coins, by order id."""
    rows = exchange.waiting_triggers()
    rows = rows[np.isin(rows[:, TriggerColumn.ACCOUNT], shown)]
    market, flags = rows[:, TriggerColumn.MARKET], rows[:, TriggerColumn.FLAGS]
    decimals = exchange.state.market[market, MarketColumn.SIZE_DECIMALS]
    owners, user = np.unique(rows[:, TriggerColumn.ACCOUNT], return_inverse=True)
    return TriggerRows(
        addresses=tuple(exchange.addresses[row] for row in owners.tolist()),
        user=user.astype(np.int32),
        market_index=market.astype(np.int32),
        order_id=rows[:, TriggerColumn.ID],
        side=rows[:, TriggerColumn.SIDE].astype(np.int8),
        kind=np.where(flags & TAKE_PROFIT, TriggerKind.TAKE_PROFIT, TriggerKind.STOP).astype(np.int8),
        is_market=(flags & MARKET_TRIGGER) != 0,
        trigger_price=from_ticks(rows[:, TriggerColumn.TRIGGER_PRICE], decimals),
        limit_price=from_ticks(rows[:, TriggerColumn.LIMIT_PRICE], decimals),
        size=from_lots(rows[:, TriggerColumn.LOTS], decimals),
        is_whole_position=(flags & WHOLE_POSITION) != 0,
        is_reduce_only=(flags & REDUCE_ONLY) != 0,
        placed_ms=rows[:, TriggerColumn.TIME_MS],
    )
