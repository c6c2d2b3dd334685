"""openOrders, frontendOpenOrders, orderStatus, historicalOrders: an account's orders."""

from __future__ import annotations

from typing import Any

import numpy as np

from liqscape.exchange.columns import POST_ONLY, REDUCE_ONLY, FillColumn, OrderColumn, TriggerColumn
from liqscape.exchange.exchange import Exchange
from liqscape.sandbox.answers.handlers import answers
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.answers.triggers import map_ended, map_trigger, waiting
from liqscape.sandbox.answers.units import coins, price
from liqscape.sandbox.records.cancelled import Cancelled, Reason
from liqscape.sandbox.state import SandboxState
from liqscape.units import Int64Array
from liqscape.wire.info.frontend_open_orders import FrontendOpenOrdersRequest, FrontendOrder
from liqscape.wire.info.historical_orders import MAX_ORDERS, HistoricalOrdersRequest
from liqscape.wire.info.open_orders import OpenOrder, OpenOrdersRequest
from liqscape.wire.info.order_status import OrderStatus, OrderStatusRequest, OrderWithStatus

UNKNOWN = OrderStatus("unknownOid")
STATUS = {
    Reason.CANCELLED: "canceled",
    Reason.LIQUIDATED: "liquidatedCanceled",
    Reason.DELISTED: "delistedCanceled",
}


@answers(OpenOrdersRequest)
def answer_open(question: Question[OpenOrdersRequest]) -> list[OpenOrder]:
    """openOrders: newest first, trigger orders too."""
    return [plain_order(each) for each in frontend_orders(question.sandbox, question.account(), question.dex())]


@answers(FrontendOpenOrdersRequest)
def answer_frontend(question: Question[FrontendOpenOrdersRequest]) -> list[FrontendOrder]:
    """frontendOpenOrders: newest first."""
    return frontend_orders(question.sandbox, question.account(), question.dex())


def frontend_orders(sandbox: SandboxState, account: int | None, dex: str = "") -> list[FrontendOrder]:
    """Resting orders of an account in a dex, and triggers that wait; newest first."""
    resting = [map_frontend(sandbox.exchange, row) for row in _rows(sandbox, account, dex)]
    return sorted(resting + waiting(sandbox, account, dex), key=lambda each: -each.oid)


@answers(OrderStatusRequest)
def answer_status(question: Question[OrderStatusRequest]) -> OrderStatus:
    """orderStatus: open, triggered, cancelled, filled, or not known (any more). Orders here have no client ids."""
    account, order = question.account(), question.request.oid
    if account is None or isinstance(order, str):
        return UNKNOWN
    exchange = question.sandbox.exchange
    for row in exchange.open_orders(account):
        if row[OrderColumn.ID] == order:
            held = map_frontend(exchange, row)
            return OrderStatus("order", OrderWithStatus(held, "open", held.timestamp))
    for row in exchange.waiting_triggers(account):
        if row[TriggerColumn.ID] == order:
            held = map_trigger(exchange, row)
            return OrderStatus("order", OrderWithStatus(held, "open", held.timestamp))
    cancelled = question.sandbox.records.cancelled.of(account)
    for row in cancelled[cancelled[:, OrderColumn.ID] == order]:
        return OrderStatus("order", _cancelled(exchange, row))
    ended = question.sandbox.records.triggers.of(account)
    for row in ended[ended[:, TriggerColumn.ID] == order]:
        return OrderStatus("order", map_ended(exchange, row))
    fills = question.sandbox.records.fills_of_order(order)
    bought = fills[(fills[:, FillColumn.BUYER_ORDER] == order) & (fills[:, FillColumn.BUYER] == account)]
    sold = fills[(fills[:, FillColumn.SELLER_ORDER] == order) & (fills[:, FillColumn.SELLER] == account)]
    own = bought if len(bought) else sold
    if not len(own):
        return UNKNOWN
    return OrderStatus("order", _filled(exchange, own, is_buy=bool(len(bought))))


@answers(HistoricalOrdersRequest)
def answer_history(question: Question[Any]) -> list[OrderWithStatus]:
    """historicalOrders: those that rest or wait, that were cancelled meanwhile, and that have a fill on record."""
    account, exchange = question.account(), question.sandbox.exchange
    if account is None:
        return []
    resting = {int(row[OrderColumn.ID]): map_frontend(exchange, row) for row in exchange.open_orders(account)}
    triggers = exchange.waiting_triggers(account)
    found = [OrderWithStatus(order, "open", order.timestamp) for order in resting.values()]
    cancelled = question.sandbox.records.cancelled.of(account)
    found += [_cancelled(exchange, row) for row in cancelled]
    found += [OrderWithStatus(map_trigger(exchange, row), "open", int(row[TriggerColumn.TIME_MS])) for row in triggers]
    known = {*resting, *cancelled[:, OrderColumn.ID].tolist()}
    ended = [row for row in question.sandbox.records.triggers.of(account) if row[TriggerColumn.ID] not in known]
    found += [map_ended(exchange, row) for row in ended]
    known |= {int(row[TriggerColumn.ID]) for row in ended}
    fills = question.sandbox.records.newest_fills_of(account, MAX_ORDERS)
    for who, column, is_buy in (
        (FillColumn.BUYER, FillColumn.BUYER_ORDER, True),
        (FillColumn.SELLER, FillColumn.SELLER_ORDER, False),
    ):
        own = fills[(fills[:, who] == account) & (fills[:, column] > 0)]
        gone = [order for order in np.unique(own[:, column]).tolist() if order not in known]
        found += [_filled(exchange, own[own[:, column] == order], is_buy=is_buy) for order in gone]
    found.sort(key=lambda each: (-each.statusTimestamp, -each.order.oid))
    return found[:MAX_ORDERS]


def map_frontend(exchange: Exchange, row: Int64Array) -> FrontendOrder:
    """A resting order, (OrderColumn.WIDTH,), with everything a screen shows."""
    market, flags = int(row[OrderColumn.MARKET]), int(row[OrderColumn.FLAGS])
    return FrontendOrder(
        coin=exchange.markets.coins[market],
        side="B" if row[OrderColumn.SIDE] > 0 else "A",
        limitPx=price(exchange, market, int(row[OrderColumn.PRICE])),
        sz=coins(exchange, market, int(row[OrderColumn.LOTS])),
        oid=int(row[OrderColumn.ID]),
        timestamp=int(row[OrderColumn.TIME_MS]),
        triggerCondition="N/A",
        isTrigger=False,
        triggerPx=0.0,
        isPositionTpsl=False,
        reduceOnly=bool(flags & REDUCE_ONLY),
        orderType="Limit",
        origSz=coins(exchange, market, int(row[OrderColumn.ORIGINAL_LOTS])),
        tif="Alo" if flags & POST_ONLY else "Gtc",
    )


def plain_order(order: FrontendOrder) -> OpenOrder:
    """What openOrders and orderUpdates tell of an order."""
    return OpenOrder(
        coin=order.coin,
        side=order.side,
        limitPx=order.limitPx,
        sz=order.sz,
        oid=order.oid,
        timestamp=order.timestamp,
        origSz=order.origSz,
        reduceOnly=True if order.reduceOnly else None,
    )


def _rows(sandbox: SandboxState, account: int | None, dex: str) -> list[Int64Array]:
    if account is None:
        return []
    rows = sandbox.exchange.open_orders(account)
    return [row for row in rows if sandbox.exchange.markets.rows[int(row[OrderColumn.MARKET])].dex == dex]


def _cancelled(exchange: Exchange, row: Int64Array) -> OrderWithStatus:
    """An order that was cancelled, (Cancelled.WIDTH,); `sz` is what was left of it."""
    status = STATUS[Reason(int(row[Cancelled.REASON]))]
    return OrderWithStatus(map_frontend(exchange, row), status, int(row[Cancelled.ENDED_MS]))


def _filled(exchange: Exchange, fills: Int64Array, *, is_buy: bool) -> OrderWithStatus:
    """What its fills tell of an order that rests no more; what was cancelled of it is not known."""
    market, last = int(fills[0, FillColumn.MARKET]), int(fills[-1, FillColumn.TIME_MS])
    was_taker = bool(fills[0, FillColumn.IS_BUY_TAKER]) == is_buy
    order = FrontendOrder(
        coin=exchange.markets.coins[market],
        side="B" if is_buy else "A",
        limitPx=price(exchange, market, int(fills[-1, FillColumn.PRICE])),
        sz=0.0,
        oid=int(fills[0, FillColumn.BUYER_ORDER if is_buy else FillColumn.SELLER_ORDER]),
        timestamp=int(fills[0, FillColumn.TIME_MS]),
        triggerCondition="N/A",
        isTrigger=False,
        triggerPx=0.0,
        isPositionTpsl=False,
        reduceOnly=False,
        orderType="Limit",
        origSz=coins(exchange, market, int(fills[:, FillColumn.LOTS].sum())),
        tif="Ioc" if was_taker else "Gtc",
    )
    return OrderWithStatus(order, "filled", last)
