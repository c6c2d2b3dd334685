"""Auto-deleveraging as in exchange.kernels.adl, asking only the holders of a market instead of every pool.

In a cascade nobody but liquidators and the maker gains positions, so who holds a market at the start is a superset of
who holds it later. Equal to `adl.deleverage`, fill by fill; a test compares whole runs.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from liqscape.exchange.columns import NO_ROW, AccountColumn, ClockColumn, PoolColumn, PositionColumn, Role
from liqscape.exchange.kernels.adl import (
    BY_ADDRESS,
    DEFICIT,
    adl_score,
    is_bankrupt,
    lost_dexs,
    lost_lots,
    run_batch,
    score_of_row,
)
from liqscape.exchange.kernels.backstop import take_over
from liqscape.exchange.kernels.ledger import log_event, next_transaction, position_lots
from liqscape.exchange.kernels.liquidation import ranked_pools, send_orders
from liqscape.exchange.kernels.margin import pool_margin, pool_value
from liqscape.exchange.rules import AdlScore, RuleAt
from liqscape.exchange.state import State
from liqscape.risk.kernels.jit import compiled, inlined
from liqscape.units import BoolArray, Float64Array, Int64Array

WATER_FILLING = int(AdlScore.WATER_FILLING)
SMALL = 64
"""Queues this short are sorted whole."""
POWERS = 128
"""Buckets of scores, each twice as wide as the one below."""
MIN_SCORE, MAX_SCORE = 1e-18, 1e18


class Holders(NamedTuple):
    """Pools by market and side, longs at 2 * market, shorts after them: starts (2 M + 1,), pool (H,). Users and trading
    vaults; nobody changes sides in a cascade."""

    starts: Int64Array
    pool: Int64Array
    row: Int64Array
    """(H,) row of the position at the start: mostly its row still, and where not it is looked for. Looking for each was
    most of the work, as some pools hold sixty positions."""
    value: Int64Array
    """(A,) account value of a pool, at the step named by `step`: a pool of many positions is valued once."""
    step: Int64Array
    """(A,)"""


@compiled
def liquidate_among(
    state: State, holders: Holders, found: Int64Array, count: int, is_check: bool, is_backstop: bool, is_mark: bool
) -> None:
    """As exchange.stages.run_stages."""
    if is_check and count:
        send_orders(state, found, count)
    if is_backstop and count:
        take_over(state, found, count)
    if not is_mark:
        return
    losers = np.empty(count + state.clock[ClockColumn.LIQUIDATOR_COUNT], np.int64)
    total = 0
    for at in range(count):
        total = _add_loser(state, losers, total, found[at])
    if state.clock[ClockColumn.LIQUIDATOR_COUNT]:
        for account in range(state.clock[ClockColumn.FIRST_LIQUIDATOR], state.clock[ClockColumn.ACCOUNT_COUNT]):
            if state.account[account, AccountColumn.ROLE] == Role.LIQUIDATOR:
                total = _add_loser(state, losers, total, state.account[account, AccountColumn.CROSS_POOL])
    if total:
        _deleverage(state, holders, ranked_pools(state, losers, total, BY_ADDRESS))


@inlined
def _add_loser(state: State, losers: Int64Array, total: int, pool: int) -> int:
    if is_bankrupt(state, pool):
        losers[total] = pool
        total += 1
    return total


@inlined
def _deleverage(state: State, holders: Holders, losers: Int64Array) -> None:
    found = len(losers)
    transactions = np.empty(found, np.int64)
    for at in range(found):
        transactions[at] = next_transaction(state)
    is_lost = lost_dexs(state, losers)
    lost = lost_lots(state, losers, is_lost)
    starts, candidates, places, values = _candidates(state, holders, lost)
    for batch in range(len(lost)):
        if lost[batch]:
            rows = slice(starts[batch], starts[batch + 1])
            head = _head_of_queue(state, batch // 2, candidates[rows], places[rows], values[rows], lost[batch])
            run_batch(
                state, batch // 2, 1 - 2 * (batch % 2), losers, is_lost, transactions, candidates[rows][head],
                values[rows][head], lost[batch],
            )  # fmt: skip
    for at in range(found):
        left, _ = pool_margin(state, losers[at])
        if left < 0:
            pool = losers[at]
            market = state.pool[pool, PoolColumn.ISOLATED_MARKET]
            isolated = 1 if market != NO_ROW else 0
            log_event(
                state, DEFICIT, state.pool[pool, PoolColumn.ACCOUNT], market, -left,
                state.pool[pool, PoolColumn.COUNT], 0, 0, transactions[at], isolated,
            )  # fmt: skip


@inlined
def _head_of_queue(
    state: State, market: int, pools: Int64Array, places: Int64Array, values: Int64Array, lost: int
) -> Int64Array:
    """Rows that hold the head of the queue, enough for `lost`: everyone above a score. Few need sorting then.

    Those without profit only where those in profit do not suffice; all rows where the rule is no ranking.
    """
    total = len(pools)
    everyone = np.arange(total)
    if total <= SMALL or state.rules[RuleAt.ADL_SCORE] == WATER_FILLING:
        return everyone
    scores, room, tier = np.empty(total), np.empty(total), np.empty(total, np.int64)
    for at in range(total):
        if _is_row_of(state, pools[at], places[at], market):
            scores[at], profit = score_of_row(state, places[at], market, values[at])
            room[at] = float(abs(state.position[places[at], PositionColumn.LOTS]))
        else:  # a batch before closed positions of the pool
            scores[at], profit = adl_score(state, pools[at], market, values[at])
            room[at] = float(abs(position_lots(state, pools[at], market)))
        tier[at] = 0 if profit > 0 else 1
    is_head = np.zeros(total, np.bool_)
    missing = float(lost)
    for turn in range(2):
        missing = _mark_head(scores, room, tier, turn, missing, is_head)
        if missing <= 0.0:
            break
    return np.flatnonzero(is_head)


@inlined
def _mark_head(
    scores: Float64Array, room: Float64Array, tier: Int64Array, turn: int, missing: float, is_head: BoolArray
) -> float:
    """Mark those of a tier from the power of two of score on that leaves room enough. Returns what is missing."""
    held = np.zeros(POWERS)
    for at in range(len(scores)):
        if tier[at] == turn:
            held[_power(scores[at])] += room[at]
    least, total = POWERS, 0.0
    while least > 0 and total < missing:
        least -= 1
        total += held[least]
    for at in range(len(scores)):
        if tier[at] == turn and _power(scores[at]) >= least:
            is_head[at] = True
    return missing - total


@inlined
def _power(score: float) -> int:
    """Bucket of a score: higher scores are never in a lower one."""
    if score >= MAX_SCORE:
        return POWERS - 1
    return max(0, math.frexp(score)[1] + POWERS // 2) if score > MIN_SCORE else 0


@inlined
def _candidates(
    state: State, holders: Holders, lost: Int64Array
) -> tuple[Int64Array, Int64Array, Int64Array, Int64Array]:
    """(starts (2 M + 1,), pools, rows of their positions, their values): who may be cut for each batch."""
    most = 0
    vaults = state.clock[ClockColumn.LIQUIDATOR_COUNT]
    for batch in range(len(lost)):
        if lost[batch]:
            most += holders.starts[(batch ^ 1) + 1] - holders.starts[batch ^ 1] + vaults
    starts = np.zeros(len(lost) + 1, np.int64)
    pools, places, values = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.int64)
    total = 0
    for batch in range(len(lost)):
        if lost[batch]:
            market, sign = batch // 2, 2 * (batch % 2) - 1  # longs lost are closed against shorts
            for at in range(holders.starts[batch ^ 1], holders.starts[(batch ^ 1) + 1]):
                pool, row = holders.pool[at], holders.row[at]
                if not _is_row_of(state, pool, row, market):
                    row = _row_of(state, pool, market)
                if row != NO_ROW and _add_candidate(state, holders, pool, row, sign, pools, places, values, total):
                    total += 1
            if vaults and state.rules[RuleAt.ADL_INCLUDES_VAULTS]:
                for account in range(state.clock[ClockColumn.FIRST_LIQUIDATOR], state.clock[ClockColumn.ACCOUNT_COUNT]):
                    if state.account[account, AccountColumn.ROLE] == Role.LIQUIDATOR:
                        pool = state.account[account, AccountColumn.CROSS_POOL]
                        row = _row_of(state, pool, market)
                        if row != NO_ROW and _add_candidate(
                            state, holders, pool, row, sign, pools, places, values, total
                        ):
                            total += 1
        starts[batch + 1] = total
    return starts, pools, places, values


@inlined
def _is_row_of(state: State, pool: int, row: int, market: int) -> bool:
    start = state.pool[pool, PoolColumn.START]
    is_inside = start <= row < start + state.pool[pool, PoolColumn.COUNT]
    return is_inside and state.position[row, PositionColumn.MARKET] == market


@inlined
def _row_of(state: State, pool: int, market: int) -> int:
    start = state.pool[pool, PoolColumn.START]
    for row in range(start, start + state.pool[pool, PoolColumn.COUNT]):
        if state.position[row, PositionColumn.MARKET] == market:
            return row
    return NO_ROW


@inlined
def _add_candidate(
    state: State,
    holders: Holders,
    pool: int,
    row: int,
    sign: int,
    pools: Int64Array,
    places: Int64Array,
    values: Int64Array,
    at: int,
) -> bool:
    if state.position[row, PositionColumn.LOTS] * sign <= 0:
        return False
    step = state.clock[ClockColumn.BLOCK]
    if holders.step[pool] != step:
        holders.value[pool] = pool_value(state, pool)
        holders.step[pool] = step
    if holders.value[pool] < 0:
        return False
    pools[at], places[at], values[at] = pool, row, holders.value[pool]
    return True
