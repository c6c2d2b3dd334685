"""Liquidation roots of all positions (risk/liquidation.py, eq. 2), in passes over short runs of pools.

Theory of operation. The job is a sum over each pool and then one root per position; done pool by pool, the
varying length of pools costs a mispredicted branch each. So a run of POOLS_PER_RUN pools is taken through
three loops without such branches, its scratch staying in the first-level cache:

1. net = exposure - maintenance of each position, zero for the only position of a pool (its own mark does not
   enter its own price, so the pool's total must stay the raw USD to the last bit);
2. total of each pool = raw_usd + its nets, in the order of the rows (a pool without positions has none, nobody
   reads it);
3. root = max over tiers of ( -(total - net + d_n) * weight_n ) / size.

Nearly every position lies in its first tier, both at its mark and at its root, and maintenance being convex
the first tier is the maximum there: loops 1 and 3 compute that tier only and count who is beyond its upper
bound; a run with any such position does those again over all tiers.
"""

from __future__ import annotations

import numpy as np

from liqscape.risk.columns import PoolColumns, PoolOfPosition, PositionColumns, TierColumns
from liqscape.risk.kernels.jit import compiled, inlined
from liqscape.risk.threads import ONE_THREAD, KernelThreads
from liqscape.units import AnyArray, Float64Array, Int32Array, Int64Array, UInt8Array

POOLS_PER_RUN = 512
"""Measured: 256 to 2,048 are alike, beyond that the scratch leaves the cache."""


@compiled
def solve_roots(
    held: PoolColumns,
    positions: PositionColumns,
    place: PoolOfPosition,
    mark: Float64Array,
    tiers: TierColumns,
    root: Float64Array,
    where: Int32Array | None,
    first_pool: int,
    last_pool: int,
) -> None:
    """Fill roots of some pools: the price where positive, NaN where something is unknown, else no positive mark does.

    root (P,), or of any length with where (P,) each stands in it.
    """
    offsets, raw_usd = held.offsets, held.raw_usd
    market_index, size, table_row = positions.market_index, positions.size, positions.table_row
    pool_of_position, is_lone = place.pool, place.is_lone
    rate, deduction, weight, first_bound = tiers.rate, tiers.deduction, tiers.weight, tiers.first_bound
    total = np.empty(POOLS_PER_RUN)
    net = np.empty(8 * POOLS_PER_RUN)
    first_rate = rate[:, 0].copy()
    first_weight = weight[:, 0, :].copy().reshape(-1)
    for first in range(first_pool, last_pool, POOLS_PER_RUN):
        last = min(first + POOLS_PER_RUN, last_pool)
        start = offsets[first]
        count = offsets[last] - start
        if count > len(net):
            net = np.empty(2 * count)
        if _first_nets(start, count, is_lone, market_index, size, table_row, mark, first_rate, first_bound, net):
            _net_of_all_tiers(start, count, is_lone, market_index, size, table_row, mark, rate, deduction, net)
        # The running sum stays in a register; raw USD is read without asking, so that choosing needs no branch.
        before, running = np.int32(-1), 0.0
        for step in range(count):
            pool = pool_of_position[np.uint64(start + step)]
            opening = raw_usd[np.uint64(pool)]
            kept = running if pool == before else opening
            running = kept + net[np.uint64(step)]
            total[np.uint64(pool - first)] = running
            before = pool
        if _first_roots(
            start, count, first, pool_of_position, size, table_row, first_weight, first_bound, total, net, root, where
        ):
            for step in range(count):
                row = start + step
                others = total[pool_of_position[row] - first] - net[step]
                at = row if where is None else np.int64(where[row])
                root[at] = position_root(size[row], others, table_row[row], deduction, weight, first_bound)


def solve_in_parts(
    held: PoolColumns,
    positions: PositionColumns,
    place: PoolOfPosition,
    mark: Float64Array,
    tiers: TierColumns,
    root: Float64Array,
    *,
    where: Int32Array | None = None,
    threads: KernelThreads = ONE_THREAD,
) -> None:
    """solve_roots of all pools, by so many threads."""
    bounds = threads.split(held.offsets)

    def solve(_thread: int, part: int) -> None:
        first, last = bounds[part], bounds[part + 1]
        solve_roots(held, positions, place, mark, tiers, root, where=where, first_pool=first, last_pool=last)

    threads.run(solve, len(bounds) - 1)


@inlined
def _first_nets(
    start: int,
    count: int,
    is_lone: UInt8Array,
    market_index: Int32Array,
    size: Float64Array,
    table_row: Int32Array,
    mark: Float64Array,
    first_rate: Float64Array,
    first_bound: Float64Array,
    net: Float64Array,
) -> int:
    """Loop 1 in the first tier; returns how many positions are beyond it."""
    beyond = 0
    for step in range(count):
        row = np.uint64(start + step)
        table = np.uint64(table_row[row])
        exposure = size[row] * mark[np.uint64(market_index[row])]
        notional = abs(exposure)
        beyond += notional >= first_bound[table]
        value = exposure - notional * first_rate[table]
        net[np.uint64(step)] = 0.0 if is_lone[row] != 0 else value
    return beyond


@inlined
def _first_roots(
    start: int,
    count: int,
    first_pool: int,
    pool_of_position: Int32Array,
    size: Float64Array,
    table_row: Int32Array,
    first_weight: Float64Array,
    first_bound: Float64Array,
    total: Float64Array,
    net: Float64Array,
    root: Float64Array,
    where: Int32Array | None,
) -> int:
    """Loop 3 in the first tier; returns how many roots lie beyond it."""
    beyond = 0
    for step in range(count):
        row = np.uint64(start + step)
        table = np.uint64(table_row[row])
        others = total[np.uint64(pool_of_position[row] - first_pool)] - net[np.uint64(step)]
        scaled = -others * first_weight[np.uint64(2) * table + np.uint64(size[row] < 0.0)]
        at = row if where is None else np.uint64(where[row])
        root[at] = scaled / size[row]
        beyond += abs(scaled) >= first_bound[table]
    return beyond


@inlined
def _net_of_all_tiers(
    start: int,
    count: int,
    is_lone: UInt8Array,
    market_index: Int32Array,
    size: Float64Array,
    table_row: Int32Array,
    mark: Float64Array,
    rate: Float64Array,
    deduction: Float64Array,
    net: Float64Array,
) -> None:
    for step in range(count):
        row = start + step
        value = _position_net(size[row] * mark[market_index[row]], table_row[row], rate, deduction)
        net[step] = 0.0 if is_lone[row] != 0 else value


@inlined
def _position_net(exposure: float, table: int, rate: Float64Array, deduction: Float64Array) -> float:
    maintenance = abs(exposure) * rate[table, 0]
    for tier in range(1, rate.shape[1]):
        maintenance = max(maintenance, abs(exposure) * rate[table, tier] - deduction[table, tier])
    return exposure - maintenance


@inlined
def position_root(
    size: float, others: float, table: int, deduction: Float64Array, weight: Float64Array, first_bound: Float64Array
) -> float:
    """Root of one position: the largest of its tiers. others: raw USD and nets of the pool without it."""
    short = 1 if size < 0.0 else 0
    scaled = -others * weight[table, 0, short]
    if abs(scaled) >= first_bound[table]:
        for tier in range(1, deduction.shape[1]):
            scaled = max(scaled, -(others + deduction[table, tier]) * weight[table, tier, short])
    return scaled / size


@compiled
def solve_some_roots(
    pools: Int64Array,
    offsets: Int64Array,
    raw_usd: Float64Array,
    market_index: Int32Array,
    size: Float64Array,
    table_row: Int32Array,
    mark: Float64Array,
    rate: Float64Array,
    deduction: Float64Array,
    weight: Float64Array,
    first_bound: Float64Array,
    root: Float64Array,
) -> None:
    """As solve_roots for the given pools only, the same to the last bit; leaves the other rows alone.

    Called by name for one account at a time: names cost such a call 0.3 us, tuples of columns 4.
    """
    for pool in pools:
        start, stop = offsets[pool], offsets[pool + 1]
        total = raw_usd[pool]
        if stop - start > 1:
            for row in range(start, stop):
                root[row] = _position_net(size[row] * mark[market_index[row]], table_row[row], rate, deduction)
                total += root[row]
        for row in range(start, stop):
            others = total - root[row] if stop - start > 1 else total
            root[row] = position_root(size[row], others, table_row[row], deduction, weight, first_bound)


def tier_columns(rate: Float64Array, deduction: Float64Array, lower_bound: AnyArray) -> TierColumns:
    """Tables of these (T, K) rates, deductions and lower bounds, as the solver takes them."""
    return TierColumns(rate=rate, deduction=deduction, weight=tier_weights(rate), first_bound=tier_bounds(lower_bound))


def tier_weights(rate: Float64Array) -> Float64Array:
    """(T, K, 2): 1 / (1 - side * rate) for longs and shorts."""
    return np.stack([1.0 / (1.0 - rate), 1.0 / (1.0 + rate)], axis=-1)


def tier_bounds(lower_bound: AnyArray) -> Float64Array:
    """(T,): upper bound of each table's first tier, inf where it has one tier."""
    if lower_bound.shape[1] == 1:
        return np.full(len(lower_bound), np.inf)
    return np.ascontiguousarray(lower_bound[:, 1])
