"""Columns that belong together, as kernels of risk take them: a name for each instead of a place among a dozen."""

from __future__ import annotations

from typing import NamedTuple

from liqscape.units import Float64Array, Int32Array, Int64Array, UInt8Array


class PoolColumns(NamedTuple):
    """Margin pools and the money behind them; pool `a` owns the positions offsets[a]:offsets[a + 1]."""

    offsets: Int64Array
    """(A + 1,)"""
    raw_usd: Float64Array
    """(A,)"""


class PositionColumns(NamedTuple):
    """(P,) positions, sorted by pool."""

    market_index: Int32Array
    size: Float64Array
    """Signed coins."""
    table_row: Int32Array


class PoolOfPosition(NamedTuple):
    """(P,) where each position stands."""

    pool: Int32Array
    is_lone: UInt8Array
    """1 where it is the only one of its pool."""


class TierColumns(NamedTuple):
    """Margin tables, T of them with K tiers; those past a table's last repeat it."""

    rate: Float64Array
    """(T, K)"""
    deduction: Float64Array
    """(T, K) USD."""
    weight: Float64Array
    """(T, K, 2): 1 / (1 - rate) for longs, 1 / (1 + rate) for shorts."""
    first_bound: Float64Array
    """(T,) upper bound of the first tier, USD."""


class RateColumns(NamedTuple):
    """(T, K) what a margin table asks for: rate * notional - deduction."""

    rate: Float64Array
    deduction: Float64Array


class PathColumns(NamedTuple):
    """A path of all marks: mark_m * exp(slope_m * f) for f from 0 to reach."""

    mark: Float64Array
    """(M,)"""
    slope: Float64Array
    """(M,)"""
    reach: float


class LiquidationColumns(NamedTuple):
    """(A,) what is found of each pool along a path."""

    factor: Float64Array
    status: UInt8Array


class FirstPriceColumns(NamedTuple):
    """(P,) marks of the positions' coins where their pools are first liquidated; pool `a` owns those of its offsets."""

    offsets: Int64Array
    solo_root: Float64Array
    """What a position alone in its pool has."""
    price: Float64Array
