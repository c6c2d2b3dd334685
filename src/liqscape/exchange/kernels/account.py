"""Deposits, withdrawals and margin moved by hand."""

from __future__ import annotations

from liqscape.exchange.columns import NO_ROW, Account, Market, Pool, Position
from liqscape.exchange.kernels.arithmetic import divide_up
from liqscape.exchange.kernels.ledger import log_event, next_transaction
from liqscape.exchange.kernels.margin import initial_margin, pool_margin
from liqscape.exchange.state import State
from liqscape.risk.kernels.jit import compiled, inlined


@compiled
def withdrawable(state: State, account: int) -> int:
    """max(0, value - max(initial margin, notional / 10)) of the cross pool, micro-USD (HL.DOC.MARGINING)."""
    return _spare(state, state.account[account, Account.CROSS_POOL])


@inlined
def _spare(state: State, pool: int) -> int:
    value, _ = pool_margin(state, pool)
    start = state.pool[pool, Pool.START]
    notional = 0
    for row in range(start, start + state.pool[pool, Pool.COUNT]):
        mark = state.market[state.position[row, Position.MARKET], Market.MARK]
        notional += abs(state.position[row, Position.LOTS]) * mark
    return max(0, value - max(initial_margin(state, pool), divide_up(notional, 10)))


@compiled
def isolated_spare(state: State, pool: int) -> int:
    """The same of any pool."""
    return _spare(state, pool)


@compiled
def log_deposit(state: State, account: int, uusd: int, market: int, kind: int) -> None:
    """Report money that was paid in or moved."""
    log_event(state, kind, account, market, uusd, 0, 0, 0, next_transaction(state), 1 if market != NO_ROW else 0)
