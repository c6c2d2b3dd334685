"""The exchange's state: tables of integers (columns.py), as kernels take them."""

from __future__ import annotations

from typing import NamedTuple

from liqscape.units import Float64Array, Int64Array


class State(NamedTuple):
    """Every table; kernels take it whole. Row counts are capacities, used rows are counted in `clock`."""

    clock: Int64Array
    """(ClockColumn.WIDTH,)"""
    rules: Int64Array
    """(R,) Rules.column()"""
    flow: Int64Array
    """(FlowColumn.WIDTH,) declared flows of money."""
    market: Int64Array
    """(M, MarketColumn.WIDTH)"""
    average: Float64Array
    """(M, AverageColumn.WIDTH)"""
    venue: Int64Array
    """(M, VENUES) outside perpetual mids, ticks, 0 = none."""
    tier: Int64Array
    """(T, K, 3) margin tables: lower bound micro-USD, rate and deduction times ClockColumn.MULTIPLIER; tiers past the
    last repeat it."""
    account: Int64Array
    """(N, AccountColumn.WIDTH)"""
    setting: Int64Array
    """(N, M) leverage by account and market: 0 the default, > 0 cross, < 0 isolated. (0, 0) where nobody trades."""
    pool: Int64Array
    """(A, PoolColumn.WIDTH)"""
    position: Int64Array
    """(P, PositionColumn.WIDTH)"""
    holding: Int64Array
    """(H, HoldingColumn.WIDTH)"""
    order: Int64Array
    """(O, OrderColumn.WIDTH)"""
    level: Int64Array
    """(M, 2, L, LevelColumn.WIDTH)"""
    profile: Float64Array
    """(M, 2, B, Depth.WIDTH) depth of PROFILE books (kernels/profile.py)."""
    profile_state: Float64Array
    """(M, ProfileState.WIDTH)"""
    fill: Int64Array
    """(F, FillColumn.WIDTH)"""
    event: Int64Array
    """(E, EventColumn.WIDTH)"""
    trigger: Int64Array
    """(T, TriggerColumn.WIDTH)"""
    trigger_side: Int64Array
    """(M, 2) by FALL and RISE: 1 + slot of the trigger the mark would reach first; 0 none."""
    triggers_of: Int64Array
    """(N, TriggersOf.WIDTH)"""
    trigger_counter: Int64Array
    """(TriggerCounter.WIDTH,)"""
