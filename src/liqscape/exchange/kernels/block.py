"""A block around the stages of liquidation: marks and checks before, funding after (docs/exchange.md, "A block").

The stages themselves are called from stages.py: kernels that contain each other are compiled again at every level.
"""

from __future__ import annotations

from liqscape.exchange.columns import ClockColumn
from liqscape.exchange.kernels.funding import HOUR_MS, pay_funding, sample_premiums
from liqscape.exchange.kernels.liquidation import find_exposed_liquidatable
from liqscape.exchange.kernels.marks import update_marks
from liqscape.exchange.rules import BackstopClock, CheckOn, RuleAt
from liqscape.exchange.state import State
from liqscape.risk.kernels.jit import compiled, inlined
from liqscape.units import Int64Array


@compiled
def move_due_marks(state: State) -> bool:
    """Marks, if they are due. Returns whether they were."""
    if not is_mark_due(state):
        return False
    update_marks(state)
    return True


@compiled
def begin_checks(state: State, found: Int64Array, is_mark: bool, due: Int64Array) -> int:
    """Who is liquidatable, into `found`, where the block's marks have moved or not. Returns how many.

    due (2,): set to whether accounts are checked and liquidators act in this block.
    """
    is_check = is_mark or state.rules[RuleAt.CHECK_ON] == CheckOn.BLOCK
    is_backstop = is_backstop_due(state, is_check)
    due[0], due[1] = is_check, is_backstop
    return find_exposed_liquidatable(state, found) if is_check or is_backstop else 0


@compiled
def end_block(state: State) -> None:
    """Premium samples, and the hour's funding."""
    now = state.clock[ClockColumn.TIME_MS]
    if now - state.clock[ClockColumn.LAST_PREMIUM_MS] >= state.rules[RuleAt.PREMIUM_PERIOD_MS]:
        sample_premiums(state)
        state.clock[ClockColumn.LAST_PREMIUM_MS] = now
    if now // HOUR_MS > state.clock[ClockColumn.FUNDED_HOUR]:
        pay_funding(state)


@inlined
def is_mark_due(state: State) -> bool:
    """Marks move when their period is over."""
    return (
        state.clock[ClockColumn.TIME_MS] - state.clock[ClockColumn.LAST_MARK_MS] >= state.rules[RuleAt.MARK_PERIOD_MS]
    )


@inlined
def is_backstop_due(state: State, is_check: bool) -> bool:
    """Whether liquidators act in this block; starts their next period."""
    if state.rules[RuleAt.BACKSTOP_CLOCK] == BackstopClock.CHECK:
        return is_check
    now = state.clock[ClockColumn.TIME_MS]
    if now - state.clock[ClockColumn.LAST_BACKSTOP_MS] < state.rules[RuleAt.BACKSTOP_PERIOD_MS]:
        return False
    state.clock[ClockColumn.LAST_BACKSTOP_MS] = now
    return True
