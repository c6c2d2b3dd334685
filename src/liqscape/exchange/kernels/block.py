"""One block: marks, checks, the stages of liquidation, funding (docs/exchange.md, "A block")."""

from __future__ import annotations

import numpy as np

from liqscape.exchange.columns import Account, Clock, Pool, Role
from liqscape.exchange.kernels.adl import deleverage
from liqscape.exchange.kernels.backstop import take_over
from liqscape.exchange.kernels.funding import HOUR_MS, pay_funding, sample_premiums
from liqscape.exchange.kernels.liquidation import find_exposed_liquidatable, send_orders
from liqscape.exchange.kernels.marks import update_marks
from liqscape.exchange.rules import BackstopClock, CheckOn, RuleAt
from liqscape.exchange.state import State
from liqscape.risk.kernels.jit import compiled, inlined
from liqscape.units import Int64Array


@compiled
def finish_block(state: State) -> bool:
    """Everything of a block after its requests. Returns whether marks moved. Clock.TIME_MS is the block's time."""
    is_mark = is_mark_due(state)
    if is_mark:
        update_marks(state)
    is_check = is_mark or state.rules[RuleAt.CHECK_ON] == CheckOn.BLOCK
    is_backstop = is_backstop_due(state, is_check)
    if is_check or is_backstop:
        found = np.empty(state.clock[Clock.POOL_COUNT], np.int64)
        count = find_exposed_liquidatable(state, found)
        liquidate(state, found, count, is_check, is_backstop, is_mark)
    now = state.clock[Clock.TIME_MS]
    if now - state.clock[Clock.LAST_PREMIUM_MS] >= state.rules[RuleAt.PREMIUM_PERIOD_MS]:
        sample_premiums(state)
        state.clock[Clock.LAST_PREMIUM_MS] = now
    if now // HOUR_MS > state.clock[Clock.FUNDED_HOUR]:
        pay_funding(state)
    return is_mark


@inlined
def is_mark_due(state: State) -> bool:
    """Marks move when their period is over."""
    return state.clock[Clock.TIME_MS] - state.clock[Clock.LAST_MARK_MS] >= state.rules[RuleAt.MARK_PERIOD_MS]


@inlined
def is_backstop_due(state: State, is_check: bool) -> bool:
    """Whether liquidators act in this block; starts their next period."""
    if state.rules[RuleAt.BACKSTOP_CLOCK] == BackstopClock.CHECK:
        return is_check
    now = state.clock[Clock.TIME_MS]
    if now - state.clock[Clock.LAST_BACKSTOP_MS] < state.rules[RuleAt.BACKSTOP_PERIOD_MS]:
        return False
    state.clock[Clock.LAST_BACKSTOP_MS] = now
    return True


@compiled
def liquidate(state: State, found: Int64Array, count: int, is_check: bool, is_backstop: bool, is_mark: bool) -> None:
    """The stages for the first `count` pools found liquidatable: orders, takeovers, deleveraging."""
    if is_check and count:
        send_orders(state, found, count)
    if is_backstop and count:
        take_over(state, found, count)
    if is_mark:
        vaults = state.clock[Clock.LIQUIDATOR_COUNT]
        losers = np.empty(count + vaults, np.int64)
        losers[:count] = found[:count]
        at = count
        if vaults:
            for account in range(state.clock[Clock.FIRST_LIQUIDATOR], state.clock[Clock.ACCOUNT_COUNT]):
                if state.account[account, Account.ROLE] == Role.LIQUIDATOR:
                    pool = state.account[account, Account.CROSS_POOL]
                    if state.pool[pool, Pool.COUNT]:
                        losers[at] = pool
                        at += 1
        if at:
            deleverage(state, losers, at)
