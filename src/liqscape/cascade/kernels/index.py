"""Which pools need a look: a bound on how far marks may travel before a pool can be liquidatable.

Slack of a pool is F = value - maintenance (x MULTIPLIER). Only longs lose it in a fall, at most 1 - lowest rate of
their table for each USD of exposure, and only shorts in a rise, at most 1 + highest rate, for maintenance is convex in
notional. So a pool of one position waits for a *mark*: one that is as far away as its slack reaches,

    |mark - mark when looked at| > F / (|lots| * loss rate)                                                  (5)

and nothing else of the market concerns it. Pools of several positions wait for a *reading*: with marks m_a at the
start, an expected move s > 0 of each market and its direction, the odometer

    T <- T + max over markets of |change of mark| / (m_a * s) * (1 along the direction, AGAINST against it)   (6)

never runs backwards, and a pool looked at when it stood at T_0 is safe while

    T <= T_0 + F / sum( |lots| * m_a * s * loss rate / (1 where it loses along the direction, AGAINST else) ). (7)

Pools wait in buckets, one ladder of them a market and side, one for readings; who is due is checked exactly and goes
back. Liquidatable pools, and pools touched by a fill, are *hot*: checked exactly every time until they are safe again.
Bounds are float64 and shrunk by SAFETY and MARGIN, so rounding errs towards checking: the answer is that of checking
everybody.

Checking is waiting for memory: a pool and its positions lie anywhere in 80 MB. So those who are due are first taken out
of all their buckets, and their rows asked for, and then looked at one after the other.
"""

from __future__ import annotations

import math
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
from liqscape.exchange.kernels.liquidation import is_margined
from liqscape.exchange.kernels.margin import is_below, is_empty, pool_margin
from liqscape.exchange.state import State
from liqscape.risk.kernels.jit import compiled, inlined, merged, pass_by_reference
from liqscape.risk.kernels.prefetch import LINE, prefetch
from liqscape.units import Float64Array, Int32Array, Int64Array

AGAINST = 4.0
"""How much rarer moves against the shock are taken to be."""
SAFETY, MARGIN = 1.0 - 1e-9, 1e-9
BUCKETS, RUNGS = 4_096, 512
"""Of readings, and of a market and side. What is x expected moves away lies at the share x / (1 + x) of them: fine
where much happens, and without an end where everything further lies."""
ROW_END = 8 * (int(PoolColumn.WIDTH) - 1)
"""Of a pool's row, which may lie on three lines: where its last number begins."""
AHEAD = 8
"""Pools whose positions are asked for before they are looked at."""
HOT, NOWHERE = -2, -1
HOT_COUNT, CHECKED, IS_STARTED = 0, 1, 2


class Index(NamedTuple):
    """A pools, M markets. Rows of pools are 32 bits wide: what is walked along stays near the processor."""

    anchor: Int64Array
    """(M,) marks at the start, ticks."""
    last: Int64Array
    """(M,) marks at the last reading."""
    previous: Int64Array
    """(M,) and at the one before it."""
    scale: Float64Array
    """(M,) expected relative move of each market, > 0."""
    direction: Int64Array
    """(M,) -1 where a fall is expected, else 1."""
    due: Float64Array
    """(A,) reading, or mark of its one market, at which the pool must be looked at."""
    place: Int32Array
    """(A,) its bucket, HOT or NOWHERE (no position, or outside the margin rule)."""
    next: Int32Array
    """(A,) chain of its bucket."""
    before: Int32Array
    """(A,)"""
    head: Int32Array
    """(BUCKETS + 2 M * RUNGS,) buckets of readings, then those of each market: longs, shorts."""
    hot: Int32Array
    """(A,) hot pools, HOT_COUNT of them."""
    taken: Int32Array
    """(A,) room for those that are due at one reading."""
    reading: Float64Array
    """(1,) T."""
    counter: Int64Array
    """(3,)"""


pass_by_reference(Index)


def empty_index(pools: int, scale: Float64Array, direction: Int64Array) -> Index:
    """An index that must be started before use."""
    markets = len(scale)
    return Index(
        anchor=np.zeros(markets, np.int64),
        last=np.zeros(markets, np.int64),
        previous=np.zeros(markets, np.int64),
        scale=np.array(scale, np.float64),
        direction=np.array(direction, np.int64),
        due=np.zeros(pools),
        place=np.full(pools, NOWHERE, np.int32),
        next=np.full(pools, NO_ROW, np.int32),
        before=np.full(pools, NO_ROW, np.int32),
        head=np.full(BUCKETS + 2 * markets * RUNGS, NO_ROW, np.int32),
        hot=np.zeros(pools, np.int32),
        taken=np.zeros(pools, np.int32),
        reading=np.zeros(1),
        counter=np.zeros(3, np.int64),
    )


@compiled
def start_index(state: State, index: Index) -> None:
    """Measure every pool at the present marks, unless that was done."""
    if index.counter[IS_STARTED]:
        return
    index.counter[IS_STARTED] = 1
    for market in range(state.market.shape[0]):
        mark = state.market[market, MarketColumn.MARK]
        index.anchor[market], index.last[market] = mark, mark
        if mark > 0:  # one tick must be a small step of the odometer
            index.scale[market] = max(index.scale[market], 100.0 / mark)
    for pool in range(state.clock[ClockColumn.POOL_COUNT]):
        if not is_empty(state, pool) and is_margined(state, pool):
            value, maintenance = pool_margin(state, pool)
            _file(state, index, pool, value, maintenance)


@merged
def _file(state: State, index: Index, pool: int, value: int, maintenance: int) -> None:
    """Put a pool that is nowhere where it belongs at its present margin: in a bucket, or among the hot ones."""
    multiplier = float(state.clock[ClockColumn.MULTIPLIER])
    held, needed = float(value) * multiplier, float(maintenance)
    slack = held - needed - 1e-12 * (abs(held) + needed)
    if slack <= 0.0:  # equal to maintenance, or nearer than float64 can tell
        _heat(index, pool)
    elif state.pool[pool, PoolColumn.COUNT] == 1 and state.pool[pool, PoolColumn.HOLDING] == 0:
        _file_by_mark(state, index, pool, slack)
    else:
        due = index.reading[0] + _room(state, index, pool, slack)
        _link(index, pool, due, _share(due, BUCKETS))


@merged
def _file_by_mark(state: State, index: Index, pool: int, slack: float) -> None:
    """Let a pool of one position wait for the mark of eq. 5."""
    row = state.pool[pool, PoolColumn.START]
    market, lots = state.position[row, PositionColumn.MARKET], state.position[row, PositionColumn.LOTS]
    ticks = math.floor(slack / (abs(lots) * _loss_rate(state, row)) * SAFETY) + 1.0
    due = index.last[market] - ticks if lots > 0 else index.last[market] + ticks
    _link(index, pool, due, _rung(index, market, lots < 0, due))


@merged
def _loss_rate(state: State, row: int) -> float:
    """What each USD of a position's exposure can cost of the slack (x MULTIPLIER)."""
    table, multiplier = state.position[row, PositionColumn.TABLE], float(state.clock[ClockColumn.MULTIPLIER])
    if state.position[row, PositionColumn.LOTS] > 0:
        return multiplier - state.tier[table, 0, 1]
    return multiplier + state.tier[table, state.tier.shape[1] - 1, 1]


@merged
def _share(away: float, places: int) -> int:
    """Place of what is so many expected moves away among `places`."""
    return min(places - 1, int(places * (1.0 - 1.0 / (1.0 + max(0.0, away)))))


@merged
def _rung(index: Index, market: int, is_short: bool, mark: float) -> int:
    """Bucket of a mark at which longs, or shorts, of a market are due."""
    away = (mark - index.anchor[market]) / (index.anchor[market] * index.scale[market])
    ladder = 2 * market + (1 if is_short else 0)
    return BUCKETS + ladder * RUNGS + _share(away if is_short else -away, RUNGS)


@merged
def _link(index: Index, pool: int, due: float, bucket: int) -> None:
    index.due[pool], index.place[pool] = due, bucket
    head = index.head[bucket]
    index.next[pool], index.before[pool] = head, NO_ROW
    if head != NO_ROW:
        index.before[head] = pool
    index.head[bucket] = pool


@merged
def _unlink(index: Index, pool: int) -> None:
    after, before = index.next[pool], index.before[pool]
    if before == NO_ROW:
        index.head[index.place[pool]] = after
    else:
        index.next[before] = after
    if after != NO_ROW:
        index.before[after] = before
    index.place[pool] = NOWHERE


@merged
def _heat(index: Index, pool: int) -> None:
    index.place[pool] = HOT
    index.hot[index.counter[HOT_COUNT]] = pool
    index.counter[HOT_COUNT] += 1


@merged
def _room(state: State, index: Index, pool: int, slack: float) -> float:
    """How far the odometer may run before the pool can be liquidatable (eq. 7)."""
    start = state.pool[pool, PoolColumn.START]
    loss = 0.0
    for row in range(start, start + state.pool[pool, PoolColumn.COUNT]):
        market, lots = state.position[row, PositionColumn.MARKET], float(state.position[row, PositionColumn.LOTS])
        weight = 1.0 if (lots > 0.0) == (index.direction[market] < 0) else 1.0 / AGAINST
        loss += abs(lots) * index.anchor[market] * index.scale[market] * _loss_rate(state, row) * weight
    held = state.pool[pool, PoolColumn.HOLDING]
    while held:  # as a long without a lowest rate
        market = state.holding[held - 1, HoldingColumn.MARKET]
        weight = 1.0 if index.direction[market] < 0 else 1.0 / AGAINST
        lots = float(state.holding[held - 1, HoldingColumn.LOTS])
        loss += lots * index.anchor[market] * index.scale[market] * float(state.clock[ClockColumn.MULTIPLIER]) * weight
        held = state.holding[held - 1, HoldingColumn.NEXT]
    return max(0.0, slack / loss * SAFETY - MARGIN) if loss > 0.0 else np.inf


@inlined
def find_exposed(state: State, index: Index, found: Int64Array) -> int:
    """Liquidatable pools into `found`, all of them and each once. Returns how many."""
    before, step = index.reading[0], 0.0
    for market in range(state.market.shape[0]):
        mark, last = state.market[market, MarketColumn.MARK], index.last[market]
        index.previous[market], index.last[market] = last, mark
        if mark != last and index.anchor[market] > 0:
            moved = abs(float(mark - last)) / (index.anchor[market] * index.scale[market])
            step = max(step, moved if (mark < last) == (index.direction[market] < 0) else moved * AGAINST)
    now = before + step
    index.reading[0] = now
    count = _check_hot(state, index, found)
    if step == 0.0:
        return count
    due = _take_due(state, index, before, now)
    for at in range(due):
        if at + AHEAD < due:
            row = state.pool[index.taken[at + AHEAD], PoolColumn.START]
            prefetch(state.position, row, 0)
            prefetch(state.position, row, LINE)
        count = _look(state, index, index.taken[at], found, count)
    return count


@inlined
def _take_due(state: State, index: Index, before: float, now: float) -> int:
    """Pools that are due at the present marks, or as the odometer went from `before` to `now`, out of their buckets and
    into `taken`. Returns how many.

    All these buckets are walked along side by side, a pool of each in turn: the next pool of one is on its way from
    memory while others are looked at.
    """
    most = len(index.head)
    at_pool, limit, sign = np.empty(most, np.int64), np.empty(most), np.empty(most)
    count = 0
    for market in range(state.market.shape[0]):
        mark, last = index.last[market], index.previous[market]
        if mark != last and index.anchor[market] > 0:
            is_rise = mark > last
            first, end = _rung(index, market, is_rise, last), _rung(index, market, is_rise, mark)
            for bucket in range(first, end + 1):
                at_pool[count], limit[count], sign[count] = index.head[bucket], float(mark), 1.0 if is_rise else -1.0
                count += 1
    for bucket in range(_share(before, BUCKETS), _share(now, BUCKETS) + 1):
        at_pool[count], limit[count], sign[count] = index.head[bucket], now, 1.0
        count += 1
    due = 0
    while count:
        kept = 0
        for walk in range(count):
            pool = at_pool[walk]
            if pool == NO_ROW:
                continue
            after = index.next[pool]
            prefetch(index.next, after, 0)
            prefetch(index.due, after, 0)
            if (limit[walk] - index.due[pool]) * sign[walk] >= 0.0:
                _unlink(index, pool)
                for offset in (0, LINE, ROW_END):
                    prefetch(state.pool, pool, offset)
                index.taken[due] = pool
                due += 1
            at_pool[kept], limit[kept], sign[kept] = after, limit[walk], sign[walk]
            kept += 1
        count = kept
    return due


@inlined
def _check_hot(state: State, index: Index, found: Int64Array) -> int:
    """Look at every hot pool; those that are safe again are filed, those without positions forgotten."""
    total, count = index.counter[HOT_COUNT], 0
    index.counter[HOT_COUNT] = 0
    for at in range(total):  # those that stay hot are written back at or before their place
        count = _look(state, index, index.hot[at], found, count)
    return count


@merged
def _look(state: State, index: Index, pool: int, found: Int64Array, count: int) -> int:
    """Check a pool that is in no bucket exactly: it is found and hot, or filed, or forgotten. Returns how many now."""
    index.counter[CHECKED] += 1
    index.place[pool] = NOWHERE
    if is_empty(state, pool):
        return count
    value, maintenance = pool_margin(state, pool)
    if is_below(state, value, maintenance, 1, 1):
        found[count] = pool
        _heat(index, pool)
        return count + 1
    _file(state, index, pool, value, maintenance)
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


@merged
def _touch(index: Index, pool: int) -> None:
    if index.place[pool] >= 0:  # hot pools are looked at anyway; nowhere: a pool that can no longer get a position
        _unlink(index, pool)
        _heat(index, pool)
