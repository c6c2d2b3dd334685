"""The ledger's tables (columns.py) as kernels take them, and what holds for all at the moment."""

from __future__ import annotations

from typing import NamedTuple

from liqscape.units import Float64Array, Int32Array, Int64Array, UInt32Array


class LedgerTables(NamedTuple):
    """Everything that moves; kernels take it whole. Row counts are capacities, used rows are counted in `count`."""

    counter: Int64Array
    """(Count.WIDTH,)"""
    account: Int64Array
    """(N, two lines): LedgerAccountColumn"""
    account_value: Float64Array
    """(N, two lines), the same memory: AccountValueColumn"""
    state_behind: UInt32Array
    """(N, D) what the newest state by dex is older by than STATE_MS (state_times.py); 0 never read."""
    changed: Int32Array
    """(N,) accounts that changed since they were published, the first Count.CHANGED rows; each once."""
    pool: Int32Array
    """(A, a line): LedgerPoolColumn"""
    pool_time: Int64Array
    """(A, a line), the same memory: PoolTimeColumn"""
    pool_value: Float64Array
    """(A, a line), the same memory: PoolValueColumn"""
    position: Int32Array
    """(P, a line): LedgerPositionColumn"""
    value: Float64Array
    """(P, a line), the same memory: PositionValueColumn"""
    stated: Float64Array
    """(P, StatedColumn.WIDTH)"""
    slot: Int32Array
    """(H,) positions by account and market (kernels/keys.py); NO_ROW empty, GONE_ROW where one is gone."""
    leg: Int64Array
    """(R, LegColumn.WIDTH)"""
    leg_value: Float64Array
    """(R, LegValueColumn.WIDTH)"""
    bucket: Int64Array
    """(B,) number of the newest leg by hash."""
    due: Float64Array
    """(M,) oracle * rate of the hour DUE_MS, USD a coin; NaN not known."""
    forgotten: Int64Array
    """(M,) newest time of a leg of each coin that the ring has let go: the memory of its prints begins after it."""


class Terms(NamedTuple):
    """What holds for all at the moment: markets, assumed fees, marks, margin tables."""

    market: Int64Array
    """(M, LedgerMarketColumn.WIDTH)"""
    market_value: Float64Array
    """(M, MarketValueColumn.WIDTH)"""
    mark_ms: int
    """Venue time of the marks; NEVER_MS without."""
    rate: Float64Array
    """(T, K)"""
    deduction: Float64Array
    """(T, K)"""
    tolerance: float
    """Share of the level by which the mark may still be short of it."""
    max_mark_age_ms: int


class HitTables(NamedTuple):
    """Where the liquidations go that prints and fills show; the first Count.HITS rows are of the last call."""

    row: Int64Array
    """(H, HitColumn.WIDTH)"""
    value: Float64Array
    """(H, HitValueColumn.WIDTH)"""
