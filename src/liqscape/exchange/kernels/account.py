"""Deposits, withdrawals and margin moved by hand."""

from __future__ import annotations

from liqscape.exchange.columns import NO_ROW, MarketColumn, PoolColumn, PositionColumn
from liqscape.exchange.kernels.arithmetic import divide_up
from liqscape.exchange.kernels.event_log import log_event, next_transaction
from liqscape.exchange.kernels.margin import initial_margin, pool_margin
from liqscape.exchange.state import State
from liqscape.risk.kernels.jit import compiled


@compiled
def spare(state: State, pool: int) -> int:
    """max(0, value - max(initial margin, notional / 10)) of a pool, micro-USD (HL.DOC.MARGINING)."""
    value, _ = pool_margin(state, pool)
    start = state.pool[pool, PoolColumn.START]
    notional = 0
    for row in range(start, start + state.pool[pool, PoolColumn.COUNT]):
        mark = state.market[state.position[row, PositionColumn.MARKET], MarketColumn.MARK]
        notional += abs(state.position[row, PositionColumn.LOTS]) * mark
    return max(0, value - max(initial_margin(state, pool), divide_up(notional, 10)))


@compiled
def log_money(state: State, kind: int, account: int, market: int, uusd: int, start: int, end: int, dex: int) -> None:
    """Report money that was paid in or moved."""
    isolated = 1 if market != NO_ROW else 0
    log_event(state, kind, account, market, uusd, start, end, dex, next_transaction(state), isolated)
