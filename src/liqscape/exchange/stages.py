"""The stages of liquidation in their order, each a kernel of its own."""

from __future__ import annotations

import numpy as np

from liqscape.exchange.columns import AccountColumn, ClockColumn, PoolColumn, Role
from liqscape.exchange.state import State
from liqscape.units import Int64Array


def run_stages(state: State, found: Int64Array, count: int, is_check: bool, is_backstop: bool, is_mark: bool) -> None:
    """Orders, takeovers and deleveraging for the first `count` pools found liquidatable, and for liquidators."""
    from liqscape.exchange.kernels.adl import deleverage
    from liqscape.exchange.kernels.backstop import take_over
    from liqscape.exchange.kernels.liquidation import send_orders

    if is_check and count:
        send_orders(state, found, count)
    if is_backstop and count:
        take_over(state, found, count)
    if is_mark:
        losers = np.concatenate((found[:count], _holding_liquidators(state)))
        if len(losers):
            deleverage(state, losers, len(losers))


def _holding_liquidators(state: State) -> Int64Array:
    """Cross pools of liquidators that hold a position, in order of their accounts."""
    if not state.clock[ClockColumn.LIQUIDATOR_COUNT]:
        return np.empty(0, np.int64)
    accounts = state.account[state.clock[ClockColumn.FIRST_LIQUIDATOR] : state.clock[ClockColumn.ACCOUNT_COUNT]]
    pools = accounts[accounts[:, AccountColumn.ROLE] == int(Role.LIQUIDATOR), AccountColumn.CROSS_POOL]
    holding: Int64Array = pools[state.pool[pools, PoolColumn.COUNT] > 0]
    return holding
