"""Exact margin of a pool (docs/exchange.md, eq. 1 to 3).

value       = cash + sum(lots * mark)                                              micro-USD            (1)
maintenance = sum(max over tiers of |lots * mark| * rate - deduction)              micro-USD x MULTIPLIER (2)
liquidatable  when  value * MULTIPLIER < maintenance                               integers, strict      (3)
part of a dex  value - (maintenance - own) < share * own, own its part of maintenance      (rule)         (9)
"""

from __future__ import annotations

from liqscape.exchange.columns import ClockColumn, MarketColumn, PoolColumn, PositionColumn
from liqscape.exchange.kernels.arithmetic import divide_up
from liqscape.exchange.rules import RuleAt
from liqscape.exchange.state import State
from liqscape.risk.kernels.jit import compiled, inlined
from liqscape.units import Int64Array

FAR_APART = 1e18
"""Above float64's error for products below 2^73, below the 2^63 at which a wrapped difference turns wrong."""


@inlined
def maintenance_of(tier: Int64Array, table: int, notional: int) -> int:
    """Maintenance x MULTIPLIER of one notional (micro-USD, >= 0): tiers are convex, so it is their maximum."""
    best = notional * tier[table, 0, 1]
    for row in range(1, tier.shape[1]):
        here = notional * tier[table, row, 1] - tier[table, row, 2]
        if here > best:
            best = here
    return best


@inlined
def pool_margin(state: State, pool: int) -> tuple[int, int]:
    """(value micro-USD, maintenance x MULTIPLIER) of a pool at the present marks."""
    start = state.pool[pool, PoolColumn.START]
    value = state.pool[pool, PoolColumn.CASH] + state.pool[pool, PoolColumn.COLLATERAL]
    maintenance = state.pool[pool, PoolColumn.COLLATERAL_MAINTENANCE] * state.clock[ClockColumn.MULTIPLIER]
    for row in range(start, start + state.pool[pool, PoolColumn.COUNT]):
        exposure = (
            state.position[row, PositionColumn.LOTS]
            * state.market[state.position[row, PositionColumn.MARKET], MarketColumn.MARK]
        )
        value += exposure
        maintenance += maintenance_of(state.tier, state.position[row, PositionColumn.TABLE], abs(exposure))
    return value, maintenance


@inlined
def pool_value(state: State, pool: int) -> int:
    """The value alone: whoever ranks winners asks it of all holders of a coin, and maintenance is most of the work."""
    start = state.pool[pool, PoolColumn.START]
    value = state.pool[pool, PoolColumn.CASH] + state.pool[pool, PoolColumn.COLLATERAL]
    for row in range(start, start + state.pool[pool, PoolColumn.COUNT]):
        value += (
            state.position[row, PositionColumn.LOTS]
            * state.market[state.position[row, PositionColumn.MARKET], MarketColumn.MARK]
        )
    return value


@inlined
def is_empty(state: State, pool: int) -> bool:
    """Nothing in it moves with a mark."""
    return state.pool[pool, PoolColumn.COUNT] == 0 and state.pool[pool, PoolColumn.HOLDING] == 0


@inlined
def is_below(state: State, value: int, maintenance: int, numerator: int, denominator: int) -> bool:
    """value < numerator / denominator * maintenance, multiplied out, exactly.

    Where the products could pass 64 bits they are far apart and floats decide; else the wrapped difference is right.
    """
    multiplier = state.clock[ClockColumn.MULTIPLIER]
    apart = float(value) * float(multiplier) * float(denominator) - float(maintenance) * float(numerator)
    if abs(apart) > FAR_APART:
        return apart < 0.0
    return value * multiplier * denominator - maintenance * numerator < 0


@inlined
def dex_maintenance(state: State, pool: int, dex: int) -> int:
    """Maintenance x MULTIPLIER of a pool's positions in one dex."""
    start = state.pool[pool, PoolColumn.START]
    total = 0
    for row in range(start, start + state.pool[pool, PoolColumn.COUNT]):
        market = state.position[row, PositionColumn.MARKET]
        if state.market[market, MarketColumn.DEX] == dex:
            notional = abs(state.position[row, PositionColumn.LOTS] * state.market[market, MarketColumn.MARK])
            total += maintenance_of(state.tier, state.position[row, PositionColumn.TABLE], notional)
    return total


@inlined
def is_part_below(state: State, value: int, maintenance: int, own: int, numerator: int, denominator: int) -> bool:
    """Whether a part of a pool that needs `own` of its maintenance is below a share of it, the rest being protected.

    value - (maintenance - own) < numerator / denominator * own, as `is_below`; own = maintenance: the whole pool.
    """
    multiplier = state.clock[ClockColumn.MULTIPLIER]
    missing = denominator - numerator
    needed = float(maintenance) * float(denominator) - float(own) * float(missing)
    apart = float(value) * float(multiplier) * float(denominator) - needed
    if abs(apart) > FAR_APART:
        return apart < 0.0
    return value * multiplier * denominator - (maintenance * denominator - own * missing) < 0


@inlined
def has_parts(state: State, pool: int) -> bool:
    """Whether each dex of a pool is judged by itself (rule); not where coins back all of them together."""
    is_ruled = state.rules[RuleAt.PROTECTS_CROSS_MARGIN] != 0 and state.clock[ClockColumn.DEX_COUNT] > 1
    return is_ruled and state.pool[pool, PoolColumn.HOLDING] == 0


@inlined
def is_any_part_below(state: State, pool: int, value: int, maintenance: int, numerator: int, denominator: int) -> bool:
    """Whether a stage below the trigger is reached: by the pool, or (rule) by its part in one dex (eq. 9)."""
    if not has_parts(state, pool):
        return is_part_below(state, value, maintenance, maintenance, numerator, denominator)
    start = state.pool[pool, PoolColumn.START]
    for row in range(start, start + state.pool[pool, PoolColumn.COUNT]):
        dex = state.market[state.position[row, PositionColumn.MARKET], MarketColumn.DEX]
        if is_part_below(state, value, maintenance, dex_maintenance(state, pool, dex), numerator, denominator):
            return True
    return False


@inlined
def initial_margin(state: State, pool: int) -> int:
    """Sum over positions of ceil(|lots * mark| / leverage), micro-USD; of holdings what may not be borrowed on them."""
    start = state.pool[pool, PoolColumn.START]
    total = 2 * state.pool[pool, PoolColumn.COLLATERAL_MAINTENANCE]
    for row in range(start, start + state.pool[pool, PoolColumn.COUNT]):
        exposure = (
            state.position[row, PositionColumn.LOTS]
            * state.market[state.position[row, PositionColumn.MARKET], MarketColumn.MARK]
        )
        total += divide_up(abs(exposure), state.position[row, PositionColumn.LEVERAGE])
    return total


@compiled
def all_margins(state: State, value: Int64Array, maintenance: Int64Array) -> None:
    """Fill (A,) value and maintenance x MULTIPLIER of every pool; 0 for closed ones."""
    for pool in range(state.clock[ClockColumn.POOL_COUNT]):
        if state.pool[pool, PoolColumn.IS_OPEN] == 0:
            value[pool], maintenance[pool] = 0, 0
        else:
            value[pool], maintenance[pool] = pool_margin(state, pool)
