"""What collateral that moves is worth: the sums that a pool's margin reads (columns.py, PoolColumn.COLLATERAL)."""

from __future__ import annotations

from liqscape.exchange.columns import RATE_UNIT, ClockColumn, HoldingColumn, MarketColumn, PoolColumn
from liqscape.exchange.kernels.arithmetic import part_of_rate
from liqscape.exchange.state import State
from liqscape.risk.kernels.jit import compiled, inlined


@inlined
def value_holdings(state: State) -> None:
    """Sum up every pool's holdings at the present marks; maintenance of each is truncated to a micro-USD."""
    for row in range(state.clock[ClockColumn.HOLDING_COUNT]):
        pool = state.holding[row, HoldingColumn.POOL]
        state.pool[pool, PoolColumn.COLLATERAL] = 0
        state.pool[pool, PoolColumn.COLLATERAL_MAINTENANCE] = 0
    for row in range(state.clock[ClockColumn.HOLDING_COUNT]):
        pool, lots = state.holding[row, HoldingColumn.POOL], state.holding[row, HoldingColumn.LOTS]
        worth = lots * state.market[state.holding[row, HoldingColumn.MARKET], MarketColumn.MARK]
        state.pool[pool, PoolColumn.COLLATERAL] += worth
        state.pool[pool, PoolColumn.COLLATERAL_MAINTENANCE] += part_of_rate(
            worth, state.holding[row, HoldingColumn.RATE], RATE_UNIT
        )


@compiled
def value_all_holdings(state: State) -> None:
    """The same, for callers that set marks themselves."""
    value_holdings(state)
