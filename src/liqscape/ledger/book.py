"""The ledger's tables (columns.py) as kernels take them, and what holds for all at the moment."""

from __future__ import annotations

from typing import NamedTuple

from liqscape.units import Float64Array, Int64Array


class Book(NamedTuple):
    """Everything that moves; kernels take it whole. Row counts are capacities, used rows are counted in `count`."""

    counter: Int64Array
    """(Count.WIDTH,)"""
    person: Int64Array
    """(N, Person.WIDTH)"""
    traded: Float64Array
    """(N,) USD traded, decayed to TRADE_MS."""
    state_ms: Int64Array
    """(N, D) venue time of the newest state by dex; NEVER_MS."""
    changed: Int64Array
    """(N,) persons that changed since they were published, the first Count.CHANGED rows; each once."""
    pool: Int64Array
    """(A, Pool.WIDTH)"""
    cash: Float64Array
    """(A,) raw USD."""
    position: Int64Array
    """(P, Position.WIDTH)"""
    value: Float64Array
    """(P, Value.WIDTH)"""
    key: Int64Array
    """(H,) keys of (person, market), open addressing; NO_ROW empty."""
    key_row: Int64Array
    """(H,) position; NO_ROW where it is gone."""
    side: Int64Array
    """(R, Side.WIDTH)"""
    side_value: Float64Array
    """(R, SideValue.WIDTH)"""
    bucket: Int64Array
    """(B,) number of the newest side by hash."""
    due: Float64Array
    """(M,) oracle * rate of the hour DUE_MS, USD a coin; NaN not known."""
    forgotten: Int64Array
    """(M,) newest time of a side of each coin that the ring has let go: the memory of its prints begins after it."""


class Terms(NamedTuple):
    """What holds for all at the moment: markets, assumed fees, marks, margin tables."""

    market: Int64Array
    """(M, Market.WIDTH)"""
    market_value: Float64Array
    """(M, MarketValue.WIDTH)"""
    mark_ms: int
    """Venue time of the marks; NEVER_MS without."""
    rate: Float64Array
    """(T, K)"""
    deduction: Float64Array
    """(T, K)"""
    tolerance: float
    """Share of the level by which the mark may still be short of it."""
    longest_mark_age_ms: int
