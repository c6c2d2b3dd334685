"""Auto-deleveraging as in exchange.kernels.adl, asking only the holders of a market instead of every pool, and only
those in profit unless they do not suffice.

Equal to `adl.deleverage`, fill by fill; a test compares whole runs.
"""

from __future__ import annotations

import numpy as np

from liqscape.cascade.kernels.holders import Holders, follow_marks, read_again, read_filled
from liqscape.exchange.columns import NO_ROW, AccountColumn, ClockColumn, MarketColumn, PoolColumn, PositionColumn, Role
from liqscape.exchange.kernels.adl import (
    BY_ADDRESS,
    DEFICIT,
    is_bankrupt,
    lost_dexs,
    lost_lots,
    run_batch,
    score_of,
)
from liqscape.exchange.kernels.backstop import take_over
from liqscape.exchange.kernels.event_log import log_event, next_transaction
from liqscape.exchange.kernels.ledger import position_row
from liqscape.exchange.kernels.liquidation import ranked_pools, send_orders
from liqscape.exchange.kernels.margin import pool_margin, pool_value
from liqscape.exchange.rules import AdlScore, RuleAt
from liqscape.exchange.state import State
from liqscape.risk.kernels.jit import compiled, inlined, merged
from liqscape.units import Float64Array, Int64Array

WATER_FILLING = int(AdlScore.WATER_FILLING)
IN_PROFIT, OTHERS, EVERYONE = 0, 1, 2
"""Whom a queue is asked for."""
BUCKETS = 2_048
"""Of scores: 16 for each power of two from 2^-64 to 2^64."""
BUCKET_BITS, LOWEST_BUCKET = 48, (1_023 - 64) << 4
"""The upper 16 bits of a float64 that is not negative grow with it: sign, exponent and 4 bits of the fraction."""


@compiled
def liquidate_among(
    state: State, holders: Holders, found: Int64Array, count: int, is_check: bool, is_backstop: bool, is_mark: bool
) -> None:
    """As exchange.stages.run_stages."""
    first_fill = state.clock[ClockColumn.FILL_COUNT]
    if is_check and count:
        send_orders(state, found, count)
    if is_backstop and count:
        take_over(state, found, count)
    for at in range(count):  # collateral may be sold without a fill
        read_again(state, holders, found[at])
    read_filled(state, holders, first_fill, state.clock[ClockColumn.FILL_COUNT])
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
        first_fill = state.clock[ClockColumn.FILL_COUNT]
        _deleverage(state, holders, ranked_pools(state, losers, total, BY_ADDRESS))
        read_filled(state, holders, first_fill, state.clock[ClockColumn.FILL_COUNT])


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
    follow_marks(state, holders)
    for batch in range(len(lost)):
        if lost[batch]:
            pools, values = _queue_of(state, holders, batch, lost)
            run_batch(
                state, batch // 2, 1 - 2 * (batch % 2), losers, is_lost, transactions, pools, values, lost[batch]
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
def _queue_of(state: State, holders: Holders, batch: int, lost: Int64Array) -> tuple[Int64Array, Int64Array]:
    """(pools, their values before the first fill of the step): who may be cut for a batch.

    Holds the head of the queue, enough for what is lost: everyone in profit above a score, those without profit only
    where those do not suffice. Everyone where the rule is no ranking, and where both sides of a market lost: there one
    who is worth something may be a loser of the other batch, and its position is gone by now.
    """
    if state.rules[RuleAt.ADL_SCORE] == WATER_FILLING or lost[batch ^ 1]:
        pools, values, scores, room = _candidates(state, holders, batch, EVERYONE)
        return pools, values
    pools, values, scores, room = _candidates(state, holders, batch, IN_PROFIT)
    missing = lost[batch] - room.sum()
    if missing <= 0:
        head = _head(scores, room, lost[batch])
        return pools[head], values[head]
    more_pools, more_values, scores, room = _candidates(state, holders, batch, OTHERS)
    head = _head(scores, room, missing)
    return np.concatenate((pools, more_pools[head])), np.concatenate((values, more_values[head]))


@inlined
def _head(scores: Float64Array, room: Int64Array, missing: int) -> Int64Array:
    """Rows from the bucket of score on that leaves room enough: few need sorting then."""
    total = len(scores)
    bits = scores.view(np.int64)
    bucket, held = np.empty(total, np.int64), np.zeros(BUCKETS, np.int64)
    for at in range(total):
        bucket[at] = min(max((bits[at] >> BUCKET_BITS) - LOWEST_BUCKET, 0), BUCKETS - 1)
        held[bucket[at]] += room[at]
    least = BUCKETS
    while least > 0 and missing > 0:
        least -= 1
        missing -= held[least]
    return np.flatnonzero(bucket >= least)


@inlined
def _candidates(
    state: State, holders: Holders, batch: int, whom: int
) -> tuple[Int64Array, Int64Array, Float64Array, Int64Array]:
    """(pools, values, scores, lots without sign) of the winners a batch is closed against: longs lost against shorts,
    and the reverse."""
    market, sign = batch // 2, 2 * (batch % 2) - 1
    first, last = holders.starts[batch ^ 1], holders.starts[(batch ^ 1) + 1]
    most = last - first + state.clock[ClockColumn.LIQUIDATOR_COUNT]
    pools, values = np.empty(most, np.int64), np.empty(most, np.int64)
    scores, room = np.empty(most), np.empty(most, np.int64)
    rule, mark = state.rules[RuleAt.ADL_SCORE], state.market[market, MarketColumn.MARK]
    holder, held, entries, worth = holders.pool, holders.lots, holders.entry, holders.value
    has_collateral = holders.has_collateral
    total = 0
    for at in range(first, last):
        lots, entry = held[at], entries[at]
        if lots * sign <= 0 or not _is_asked(whom, lots * mark - entry * sign):
            continue
        pool, value = holder[at], worth[holder[at]]
        if has_collateral[pool]:
            value += state.pool[pool, PoolColumn.COLLATERAL]
        if value >= 0:
            pools[total], values[total], room[total] = pool, value, abs(lots)
            scores[total], _ = score_of(rule, mark, lots, entry, value)
            total += 1
    if state.rules[RuleAt.ADL_INCLUDES_VAULTS] and state.clock[ClockColumn.LIQUIDATOR_COUNT]:
        for account in range(state.clock[ClockColumn.FIRST_LIQUIDATOR], state.clock[ClockColumn.ACCOUNT_COUNT]):
            pool = state.account[account, AccountColumn.CROSS_POOL]
            if state.account[account, AccountColumn.ROLE] != Role.LIQUIDATOR:
                continue
            row = position_row(state, pool, market)
            if row == NO_ROW or state.position[row, PositionColumn.LOTS] * sign <= 0:
                continue
            lots, value = state.position[row, PositionColumn.LOTS], pool_value(state, pool)
            score, profit = score_of(rule, mark, lots, state.position[row, PositionColumn.ENTRY], value)
            if value >= 0 and _is_asked(whom, profit):
                pools[total], values[total], scores[total], room[total] = pool, value, score, abs(lots)
                total += 1
    return pools[:total], values[:total], scores[:total], room[:total]


@merged
def _is_asked(whom: int, profit: int) -> bool:
    return whom == EVERYONE or (profit > 0) == (whom == IN_PROFIT)
