"""Channels `orderUpdates` and `openOrders`: found by comparing an account's resting orders with those after the last
block that was looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from liqscape.exchange.columns import EventColumn, EventKind, FillColumn, OrderColumn, TriggerColumn
from liqscape.sandbox.answers.channels.channel import Channel, Messages, check_user, check_user_and_dex, serve
from liqscape.sandbox.answers.orders import frontend_orders, map_frontend, plain_order
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.answers.triggers import map_trigger, reported_changes
from liqscape.sandbox.answers.units import coins, price
from liqscape.units import Int64Array
from liqscape.wire.info.open_orders import OpenOrder
from liqscape.wire.ws.open_orders import OpenOrdersMessage, OpenOrdersSubscription
from liqscape.wire.ws.order_updates import OrderUpdate, OrderUpdatesSubscription

if TYPE_CHECKING:
    from liqscape.exchange.output import BlockOutput


class _Seen(NamedTuple):
    """Resting orders by id after a block, and what that block changed."""

    block: int
    orders: dict[int, Int64Array]
    changes: list[OrderUpdate]


def changes_of(question: Question[Any], output: BlockOutput | None) -> list[OrderUpdate]:
    """What the block did to the user's orders. Without a block, or the first time, it only looks and finds nothing."""
    sandbox, account = question.sandbox, question.account()
    if account is None:
        return []
    key, block = ("orders", account), sandbox.exchange.block
    seen = cast("_Seen | None", sandbox.memory.get(key))
    if seen is not None and (seen.block == block or output is None):
        return seen.changes if seen.block == block else []
    now = {int(row[OrderColumn.ID]): row for row in sandbox.exchange.open_orders(account)}
    changes = [] if seen is None or output is None else _compare(question, account, seen.orders, now, output)
    sandbox.memory[key] = _Seen(block, now, changes)
    return changes


def _compare(
    question: Question[Any],
    account: int,
    before: dict[int, Int64Array],
    now: dict[int, Int64Array],
    output: BlockOutput,
) -> list[OrderUpdate]:
    exchange, time_ms = question.sandbox.exchange, output.time_ms
    changes = []
    for order, row in now.items():
        if order not in before or before[order][OrderColumn.LOTS] != row[OrderColumn.LOTS]:
            changes.append(OrderUpdate(plain_order(map_frontend(exchange, row)), "open", time_ms))
    events = output.events
    was_liquidated = np.any(
        (events[:, EventColumn.KIND] == EventKind.ORDERS_CANCELLED) & (events[:, EventColumn.ACCOUNT] == account)
    )
    for order, row in before.items():
        if order in now:
            continue
        filled = int(question.sandbox.records.fills_of_order(order)[:, FillColumn.LOTS].sum())
        is_filled = filled >= int(row[OrderColumn.ORIGINAL_LOTS])
        status = "filled" if is_filled else "liquidatedCanceled" if was_liquidated else "canceled"
        left = row.copy()
        left[OrderColumn.LOTS] = max(0, int(row[OrderColumn.ORIGINAL_LOTS]) - filled)
        changes.append(OrderUpdate(plain_order(map_frontend(exchange, left)), status, time_ms))
    changes += _triggers_changed(question, account, time_ms)
    known = before.keys() | now.keys() | {each.order.oid for each in changes}
    return changes + _taken_at_once(question, account, output.fills, known)


def _triggers_changed(question: Question[Any], account: int, time_ms: int) -> list[OrderUpdate]:
    """The account's trigger orders that began to wait, fired or were cancelled in the block."""
    exchange, records = question.sandbox.exchange, question.sandbox.records.triggers
    placed, gone = (rows[rows[:, TriggerColumn.ACCOUNT] == account] for rows in (records.placed, records.gone))
    return [
        OrderUpdate(plain_order(map_trigger(exchange, row)), status, time_ms)
        for row, status in reported_changes(placed, gone)
    ]


def _taken_at_once(question: Question[Any], account: int, fills: Int64Array, known: set[int]) -> list[OrderUpdate]:
    """Orders that came and were filled within the block."""
    exchange = question.sandbox.exchange
    found = []
    for who, column, side in (
        (FillColumn.BUYER, FillColumn.BUYER_ORDER, "B"),
        (FillColumn.SELLER, FillColumn.SELLER_ORDER, "A"),
    ):
        own = fills[(fills[:, who] == account) & (fills[:, column] > 0)]
        for order in dict.fromkeys(own[:, column].tolist()):
            if order in known:
                continue
            rows = own[own[:, column] == order]
            market, time_ms = int(rows[0, FillColumn.MARKET]), int(rows[0, FillColumn.TIME_MS])
            size = coins(exchange, market, int(rows[:, FillColumn.LOTS].sum()))
            limit = price(exchange, market, int(rows[-1, FillColumn.PRICE]))
            taken = OpenOrder(
                coin=exchange.markets.coins[market],
                side=side,
                limitPx=limit,
                sz=0.0,
                oid=order,
                timestamp=time_ms,
                origSz=size,
            )
            found.append(OrderUpdate(taken, "filled", time_ms))
    return found


def _updates_snapshot(question: Question[Any]) -> Messages:
    changes_of(question, None)
    return []


def _updates(question: Question[Any], output: BlockOutput) -> Messages:
    changes = changes_of(question, output)
    return [changes] if changes else []


def _open(question: Question[Any]) -> Messages:
    changes_of(question, None)
    dex = question.dex()
    orders = frontend_orders(question.sandbox, question.account(), dex)
    return [OpenOrdersMessage(dex, question.address(), tuple(orders))]


def _open_update(question: Question[Any], output: BlockOutput) -> Messages:
    return _open(question) if changes_of(question, output) else []


serve(OrderUpdatesSubscription, Channel(check_user, _updates_snapshot, _updates))
serve(OpenOrdersSubscription, Channel(check_user_and_dex, _open, _open_update))
