"""Trigger orders as the wire shows them: those that wait, and what became of the others."""

from __future__ import annotations

from liqscape.exchange.columns import MARKET_TRIGGER, REDUCE_ONLY, TAKE_PROFIT, WHOLE_POSITION, TriggerColumn
from liqscape.exchange.exchange import Exchange
from liqscape.sandbox.answers.units import coins, price
from liqscape.sandbox.records.triggers import EndedTrigger, Fate
from liqscape.sandbox.state import SandboxState
from liqscape.units import Int64Array
from liqscape.wire.info.frontend_open_orders import FrontendOrder
from liqscape.wire.info.order_status import OrderWithStatus

STATUS = {
    Fate.TAKEN_BACK: "canceled",
    Fate.POSITION_CLOSED: "reduceOnlyCanceled",
    Fate.NOT_REDUCING: "reduceOnlyCanceled",
    Fate.NO_MARGIN: "perpMarginRejected",
    Fate.LIQUIDATED: "liquidatedCanceled",
    Fate.DELISTED: "delistedCanceled",
}


def map_trigger(exchange: Exchange, row: Int64Array) -> FrontendOrder:
    """A trigger order that waits, columns of TriggerColumn."""
    market, side, flags = int(row[TriggerColumn.MARKET]), int(row[TriggerColumn.SIDE]), int(row[TriggerColumn.FLAGS])
    is_profit = bool(flags & TAKE_PROFIT)
    trigger = price(exchange, market, int(row[TriggerColumn.TRIGGER_PRICE]))
    size = coins(exchange, market, int(row[TriggerColumn.LOTS]))
    where = "below" if (side < 0) != is_profit else "above"
    kind = "Take Profit" if is_profit else "Stop"
    return FrontendOrder(
        coin=exchange.markets.coins[market],
        side="B" if side > 0 else "A",
        limitPx=price(exchange, market, int(row[TriggerColumn.LIMIT_PRICE])),
        sz=size,
        oid=int(row[TriggerColumn.ID]),
        timestamp=int(row[TriggerColumn.TIME_MS]),
        triggerCondition=f"Price {where} {trigger:.10g}",
        isTrigger=True,
        triggerPx=trigger,
        isPositionTpsl=bool(flags & WHOLE_POSITION),
        reduceOnly=bool(flags & REDUCE_ONLY),
        orderType=f"{kind} {'Market' if flags & MARKET_TRIGGER else 'Limit'}",
        origSz=size,
        tif=None,
    )


def waiting(sandbox: SandboxState, account: int | None, dex: str) -> list[FrontendOrder]:
    """Trigger orders of an account in a dex, newest first."""
    if account is None:
        return []
    exchange = sandbox.exchange
    rows = exchange.waiting_triggers(account)[::-1]
    return [
        map_trigger(exchange, row) for row in rows if exchange.markets.rows[int(row[TriggerColumn.MARKET])].dex == dex
    ]


def map_ended(exchange: Exchange, row: Int64Array) -> OrderWithStatus:
    """A trigger order that waits no more, (EndedTrigger.WIDTH,), as of the block in which it ended.

    One that fired is "filled" where it got all it sent, else "triggered": what a limit did not find then rests, what
    a market trigger did not find was cancelled.
    """
    return OrderWithStatus(map_trigger(exchange, row), status_of(row), int(row[EndedTrigger.ENDED_MS]))


def status_of(row: Int64Array) -> str:
    """The wire's word for how a trigger order ended."""
    fate = Fate(int(row[EndedTrigger.FATE]))
    if fate == Fate.FIRED:
        return "filled" if row[EndedTrigger.FILLED] >= row[EndedTrigger.SENT] else "triggered"
    return STATUS[fate]


def reported_changes(placed: Int64Array, gone: Int64Array) -> list[tuple[Int64Array, str]]:
    """(row, status) of what the wire tells of a block's trigger orders: those that were placed, then those that ended.

    One that fired is told as triggered, and as filled right after where it got all it sent.
    """
    changes = [(row, "open") for row in placed]
    for row in gone:
        status = status_of(row)
        if status == "filled":
            changes.append((row, "triggered"))
        changes.append((row, status))
    return changes
