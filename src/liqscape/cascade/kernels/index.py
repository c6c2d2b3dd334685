"""Which pools need a look: a bound on how far marks may travel before a pool can be liquidatable.

Slack of a pool is F = value - maintenance (x MULTIPLIER). Only longs lose it in a fall, at most 1 - lowest rate of
their table for each USD of exposure, and only shorts in a rise, at most 1 + highest rate, for maintenance is convex in
notional. With marks m_a at the start, an expected move s > 0 of each market and its direction, the odometer

    T <- T + max over markets of |change of mark| / (m_a * s) * (1 along the direction, AGAINST against it)   (6)

never runs backwards, and a pool looked at when it stood at T_0 is safe while

    T <= T_0 + F / sum( |lots| * m_a * s * loss rate / (1 where it loses along the direction, AGAINST else) ). (7)

Pools wait in buckets by that reading; who is due is checked exactly and goes back with a new reading. Liquidatable
pools, and pools touched by a fill, are *hot*: checked exactly every time until they are safe again. Readings are
float64 and shrunk by SAFETY and MARGIN, so rounding errs towards checking: the answer is that of checking everybody.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from liqscape.exchange.columns import (
    NO_ROW,
    AccountColumn,
    ClockColumn,
    FillColumn,
    HoldingColumn,
    MarketColumn,
    PoolColumn,
    PositionColumn,
)
from liqscape.exchange.kernels.liquidation import is_liquidatable, is_margined
from liqscape.exchange.kernels.margin import is_empty, pool_margin
from liqscape.exchange.state import State
from liqscape.risk.kernels.jit import compiled, inlined
from liqscape.units import Float64Array, Int64Array

AGAINST = 4.0
"""How much rarer moves against the shock are taken to be."""
SAFETY, MARGIN = 1.0 - 1e-9, 1e-9
BUCKETS = 4_096
BUCKET_WIDTH = 1.0 / 2_048
"""Of the odometer: the whole shock is about 1. The last bucket holds everything beyond."""
HOT, NOWHERE = -2, -1
HOT_COUNT, CHECKED = 0, 1


class Index(NamedTuple):
    """A pools, M markets."""

    anchor: Int64Array
    """(M,) marks at the start, ticks."""
    last: Int64Array
    """(M,) marks at the last reading."""
    scale: Float64Array
    """(M,) expected relative move of each market, > 0."""
    direction: Int64Array
    """(M,) -1 where a fall is expected, else 1."""
    due: Float64Array
    """(A,) reading at which the pool must be looked at."""
    place: Int64Array
    """(A,) its bucket, HOT or NOWHERE (no position, or outside the margin rule)."""
    next: Int64Array
    """(A,) chain of its bucket."""
    before: Int64Array
    """(A,)"""
    head: Int64Array
    """(BUCKETS,)"""
    hot: Int64Array
    """(A,) hot pools, HOT_COUNT of them."""
    reading: Float64Array
    """(1,) T."""
    counter: Int64Array
    """(2,)"""


def empty_index(pools: int, scale: Float64Array, direction: Int64Array) -> Index:
    """An index that must be started before use."""
    markets = len(scale)
    return Index(
        anchor=np.zeros(markets, np.int64),
        last=np.zeros(markets, np.int64),
        scale=np.array(scale, np.float64),
        direction=np.array(direction, np.int64),
        due=np.zeros(pools),
        place=np.full(pools, NOWHERE, np.int64),
        next=np.full(pools, NO_ROW, np.int64),
        before=np.full(pools, NO_ROW, np.int64),
        head=np.full(BUCKETS, NO_ROW, np.int64),
        hot=np.zeros(pools, np.int64),
        reading=np.zeros(1),
        counter=np.zeros(2, np.int64),
    )


@compiled
def start_index(state: State, index: Index) -> None:
    """Measure every pool at the present marks."""
    for market in range(state.market.shape[0]):
        mark = state.market[market, MarketColumn.MARK]
        index.anchor[market], index.last[market] = mark, mark
        if mark > 0:  # one tick must be a small step of the odometer
            index.scale[market] = max(index.scale[market], 100.0 / mark)
    for pool in range(state.clock[ClockColumn.POOL_COUNT]):
        if not is_empty(state, pool) and is_margined(state, pool):
            _file(state, index, pool)


@inlined
def _file(state: State, index: Index, pool: int) -> None:
    """Put a pool that is nowhere where it belongs now."""
    room = _room(state, index, pool)
    if room < 0.0:
        _heat(index, pool)
        return
    due = index.reading[0] + room
    bucket = int(due / BUCKET_WIDTH) if due < BUCKETS * BUCKET_WIDTH else BUCKETS - 1
    index.due[pool] = due
    index.place[pool] = min(bucket, BUCKETS - 1)
    head = index.head[index.place[pool]]
    index.next[pool], index.before[pool] = head, NO_ROW
    if head != NO_ROW:
        index.before[head] = pool
    index.head[index.place[pool]] = pool


@inlined
def _unlink(index: Index, pool: int) -> None:
    after, before = index.next[pool], index.before[pool]
    if before == NO_ROW:
        index.head[index.place[pool]] = after
    else:
        index.next[before] = after
    if after != NO_ROW:
        index.before[after] = before
    index.place[pool] = NOWHERE


@inlined
def _heat(index: Index, pool: int) -> None:
    index.place[pool] = HOT
    index.hot[index.counter[HOT_COUNT]] = pool
    index.counter[HOT_COUNT] += 1


@inlined
def _room(state: State, index: Index, pool: int) -> float:
    """How far the odometer may run before the pool can be liquidatable; -1 if it may be so already."""
    value, maintenance = pool_margin(state, pool)
    multiplier = float(state.clock[ClockColumn.MULTIPLIER])
    held, needed = float(value) * multiplier, float(maintenance)
    slack = held - needed - 1e-12 * (abs(held) + needed)
    if slack <= 0.0:
        return -1.0
    start = state.pool[pool, PoolColumn.START]
    last = state.tier.shape[1] - 1
    loss = 0.0
    for row in range(start, start + state.pool[pool, PoolColumn.COUNT]):
        market, table = state.position[row, PositionColumn.MARKET], state.position[row, PositionColumn.TABLE]
        lots = float(state.position[row, PositionColumn.LOTS])
        rate = multiplier - state.tier[table, 0, 1] if lots > 0.0 else multiplier + state.tier[table, last, 1]
        weight = 1.0 if (lots > 0.0) == (index.direction[market] < 0) else 1.0 / AGAINST
        loss += abs(lots) * index.anchor[market] * index.scale[market] * rate * weight
    held = state.pool[pool, PoolColumn.HOLDING]
    while held:  # as a long without a lowest rate
        market = state.holding[held - 1, HoldingColumn.MARKET]
        weight = 1.0 if index.direction[market] < 0 else 1.0 / AGAINST
        lots = float(state.holding[held - 1, HoldingColumn.LOTS])
        loss += lots * index.anchor[market] * index.scale[market] * multiplier * weight
        held = state.holding[held - 1, HoldingColumn.NEXT]
    return max(0.0, slack / loss * SAFETY - MARGIN) if loss > 0.0 else np.inf


@inlined
def find_exposed(state: State, index: Index, found: Int64Array) -> int:
    """Liquidatable pools into `found`, all of them and each once. Returns how many."""
    before = index.reading[0]
    step = 0.0
    for market in range(state.market.shape[0]):
        mark, last = state.market[market, MarketColumn.MARK], index.last[market]
        if mark != last:
            moved = abs(float(mark - last)) / (index.anchor[market] * index.scale[market])
            step = max(step, moved if (mark < last) == (index.direction[market] < 0) else moved * AGAINST)
            index.last[market] = mark
    now = before + step
    index.reading[0] = now
    count = _check_hot(state, index, found)
    if step > 0.0:
        top = min(BUCKETS - 1, int(now / BUCKET_WIDTH) if now < BUCKETS * BUCKET_WIDTH else BUCKETS - 1)
        for bucket in range(min(BUCKETS - 1, int(before / BUCKET_WIDTH)), top + 1):
            count = _open_bucket(state, index, bucket, now, found, count)
    return count


@inlined
def _check_hot(state: State, index: Index, found: Int64Array) -> int:
    """Look at every hot pool; those that are safe again are filed, those without positions forgotten."""
    count, kept = 0, 0
    total = index.counter[HOT_COUNT]
    index.counter[HOT_COUNT] = 0
    index.counter[CHECKED] += total
    for at in range(total):
        pool = index.hot[at]
        if is_liquidatable(state, pool):
            found[count] = pool
            count += 1
            index.hot[kept] = pool
            kept += 1
            continue
        index.place[pool] = NOWHERE
        if is_empty(state, pool):
            continue
        room = _room(state, index, pool)
        if room < 0.0:  # equal to maintenance, or nearer than float64 can tell
            index.place[pool] = HOT
            index.hot[kept] = pool
            kept += 1
        else:
            _file(state, index, pool)
    index.counter[HOT_COUNT] = kept
    return count


@inlined
def _open_bucket(state: State, index: Index, bucket: int, now: float, found: Int64Array, count: int) -> int:
    """Look at the pools of a bucket that are due."""
    pool = index.head[bucket]
    while pool != NO_ROW:
        after = index.next[pool]
        if index.due[pool] <= now:
            _unlink(index, pool)
            index.counter[CHECKED] += 1
            if is_liquidatable(state, pool):
                found[count] = pool
                count += 1
                _heat(index, pool)
            else:
                _file(state, index, pool)
        pool = after
    return count


@inlined
def touch_fills(state: State, index: Index, first: int) -> None:
    """Pools of both sides of the fills from row `first` on become hot."""
    for row in range(first, state.clock[ClockColumn.FILL_COUNT]):
        _touch_account(state, index, state.fill[row, FillColumn.BUYER])
        _touch_account(state, index, state.fill[row, FillColumn.SELLER])


@inlined
def _touch_account(state: State, index: Index, account: int) -> None:
    for first in (
        state.account[account, AccountColumn.CROSS_POOL],
        state.account[account, AccountColumn.FIRST_ISOLATED],
    ):
        pool = first
        while pool != NO_ROW:
            _touch(index, pool)
            pool = state.pool[pool, PoolColumn.NEXT]


@inlined
def _touch(index: Index, pool: int) -> None:
    if index.place[pool] >= 0:  # hot pools are looked at anyway; nowhere: a pool that can no longer get a position
        _unlink(index, pool)
        _heat(index, pool)
