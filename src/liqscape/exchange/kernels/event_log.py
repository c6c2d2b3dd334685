"""The log of everything that is no fill, and the numbers that fills and events share."""

from __future__ import annotations

from liqscape.exchange.columns import ClockColumn, EventColumn, Full
from liqscape.exchange.state import State
from liqscape.risk.kernels.jit import inlined


@inlined
def log_event(
    state: State, kind: int, account: int, market: int, a: int, b: int, c: int, detail: int, transaction: int, iso: int
) -> None:
    """Append one row to the log of events."""
    row = state.clock[ClockColumn.EVENT_COUNT]
    if row >= state.event.shape[0]:
        state.clock[ClockColumn.ERROR] = Full.EVENTS
        return
    state.clock[ClockColumn.EVENT_COUNT] = row + 1
    event = state.event[row]
    event[EventColumn.TIME_MS] = state.clock[ClockColumn.TIME_MS]
    event[EventColumn.BLOCK] = state.clock[ClockColumn.BLOCK]
    event[EventColumn.KIND] = kind
    event[EventColumn.ACCOUNT] = account
    event[EventColumn.MARKET] = market
    event[EventColumn.A] = a
    event[EventColumn.B] = b
    event[EventColumn.C] = c
    event[EventColumn.DETAIL] = detail
    event[EventColumn.TRANSACTION] = transaction
    event[EventColumn.IS_ISOLATED] = iso


@inlined
def next_transaction(state: State) -> int:
    """A new transaction number; fills that share one share a hash."""
    number = state.clock[ClockColumn.NEXT_TRANSACTION]
    state.clock[ClockColumn.NEXT_TRANSACTION] = number + 1
    return number
