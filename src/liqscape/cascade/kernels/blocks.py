"""The loop over blocks of a cascade: outside prices, marks, who is liquidatable, samples."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from liqscape.cascade.kernels.index import CHECKED, Index, find_exposed, start_index, touch_fills
from liqscape.cascade.kernels.outside import Outside, answer_flow, move_outside
from liqscape.cascade.kernels.seen import seen_book
from liqscape.exchange.columns import (
    ASK,
    BID,
    FALL,
    NO_ROW,
    RISE,
    AccountColumn,
    BookKind,
    ClockColumn,
    MarketColumn,
    PoolColumn,
    Role,
    TriggerCounter,
)
from liqscape.exchange.kernels.arithmetic import divide_up
from liqscape.exchange.kernels.block import is_backstop_due, is_mark_due
from liqscape.exchange.kernels.liquidation import find_all_liquidatable
from liqscape.exchange.kernels.margin import pool_margin
from liqscape.exchange.kernels.marks import update_marks
from liqscape.exchange.kernels.trigger_book import nearest_reached
from liqscape.exchange.rules import BackstopClock, CheckOn, RuleAt
from liqscape.exchange.state import State
from liqscape.risk.kernels.jit import compiled, inlined, pass_by_reference
from liqscape.units import Float64Array, Int64Array

NEXT_BLOCK, BLOCK_MS, START_MS, SAMPLE_BLOCKS, IS_INDEXED, IS_COUPLED = 0, 1, 2, 3, 4, 5
PENDING, FOUND, IS_CHECK, IS_BACKSTOP, IS_MARK, IS_FIRING, PLAN = 6, 7, 8, 9, 10, 11, 12
"""Places in a plan, PLAN of them. PENDING: log row at which the stages of NEXT_BLOCK began, -1 none. IS_FIRING: the
caller is asked to fire the block's triggers, and for nothing else."""
SAMPLES, MARKS, CHECKS = 0, 1, 2
"""Places in RunRecord.done."""


class RunRecord(NamedTuple):
    """What a run writes down. S samples of K markets, U mark updates of all M, V liquidators; ticks, NaN where not
    known."""

    market: Int64Array
    """(K,) whose prices are sampled: a member of an ensemble is asked for those of one."""
    done: Int64Array
    """(3,) samples, mark updates, pools checked exactly"""
    sample_ms: Int64Array
    """(S,)"""
    mark: Float64Array
    """(S, K)"""
    middle: Float64Array
    """(S, K)"""
    outside: Float64Array
    """(S, K)"""
    withdrawal: Float64Array
    """(S, K, 2) W"""
    vault: Int64Array
    """(S, V) account value of each liquidator, micro-USD"""
    vault_row: Int64Array
    """(V,) account rows"""
    update_ms: Int64Array
    """(U,)"""
    update_mark: Int64Array
    """(U, M)"""


pass_by_reference(RunRecord)


@compiled
def run_blocks(
    state: State,
    index: Index,
    outside: Outside,
    record: RunRecord,
    plan: Int64Array,
    found: Int64Array,
    last_block: int,
) -> bool:
    """Blocks up to `last_block`, or up to one in which triggers or the stages of liquidation have work: then True.

    With plan[IS_FIRING] the caller fires triggers and calls again, else it
    runs the stages for the first plan[FOUND] pools of `found` and calls again. (Both are left out here
    because kernels that contain each other are compiled again at every level.) Block 0 is the start and only sampled.
    """
    block_ms, start_ms = plan[BLOCK_MS], plan[START_MS]
    is_coupled = plan[IS_COUPLED] != 0
    block = plan[NEXT_BLOCK]
    if plan[PENDING] >= 0:
        if plan[IS_INDEXED]:
            touch_fills(state, index, plan[PENDING])
        if is_coupled:
            answer_flow(outside, state.fill, plan[PENDING], state.clock[ClockColumn.FILL_COUNT])
        plan[PENDING] = -1
        if block % plan[SAMPLE_BLOCKS] == 0:
            _sample(state, outside, record, start_ms)
        block += 1
    while block <= last_block:
        plan[NEXT_BLOCK] = block
        if block == 0:
            if plan[IS_INDEXED]:
                start_index(state, index)
            _note_marks(state, record, start_ms)
        else:
            if plan[IS_FIRING]:
                plan[IS_FIRING] = 0
            else:
                is_firing = state.trigger_counter[TriggerCounter.COUNT] > 0 and _is_any_reached(state)
                first = block
                if not is_firing:
                    block = min(last_block, _next_event(state, plan, block))
                    plan[NEXT_BLOCK] = block
                state.clock[ClockColumn.TIME_MS] = start_ms + block * block_ms
                state.clock[ClockColumn.BLOCK] += block - first + 1
                move_outside(state, outside, first, block, block_ms, is_coupled)
                if is_firing:
                    plan[IS_FIRING] = 1
                    return True
            if _has_work(state, index, record, plan, found, start_ms):
                plan[PENDING] = state.clock[ClockColumn.FILL_COUNT]
                return True
        if block % plan[SAMPLE_BLOCKS] == 0:
            _sample(state, outside, record, start_ms)
        block += 1
    plan[NEXT_BLOCK] = block
    return False


@inlined
def _next_event(state: State, plan: Int64Array, block: int) -> int:
    """The first block from `block` on in which more happens than that time passes: a sample, marks, liquidators.

    Between two of them no market looks at another, no account at a mark, and no mark at a trigger.
    """
    if state.rules[RuleAt.CHECK_ON] == CheckOn.BLOCK:
        return block
    every, block_ms = plan[SAMPLE_BLOCKS], plan[BLOCK_MS]
    event = (block + every - 1) // every * every
    due_ms = state.clock[ClockColumn.LAST_MARK_MS] + state.rules[RuleAt.MARK_PERIOD_MS]
    if state.rules[RuleAt.BACKSTOP_CLOCK] != BackstopClock.CHECK:
        due_ms = min(due_ms, state.clock[ClockColumn.LAST_BACKSTOP_MS] + state.rules[RuleAt.BACKSTOP_PERIOD_MS])
    return max(block, min(event, divide_up(max(0, due_ms - plan[START_MS]), block_ms)))


@inlined
def _is_any_reached(state: State) -> bool:
    """Whether a trigger waits that the present marks have reached."""
    for market in range(state.market.shape[0]):
        for direction in (FALL, RISE):
            if nearest_reached(state, market, direction, state.market[market, MarketColumn.MARK]) != NO_ROW:
                return True
    return False


@inlined
def _has_work(
    state: State, index: Index, record: RunRecord, plan: Int64Array, found: Int64Array, start_ms: int
) -> bool:
    """As move_due_marks and begin_checks of exchange.kernels.block: marks, and who is liquidatable."""
    is_mark = is_mark_due(state)
    if is_mark:
        update_marks(state)
        _note_marks(state, record, start_ms)
    is_check = is_mark or state.rules[RuleAt.CHECK_ON] == CheckOn.BLOCK
    is_backstop = is_backstop_due(state, is_check)
    if not (is_check or is_backstop) or state.clock[ClockColumn.POOL_COUNT] == 0:
        return False
    if plan[IS_INDEXED]:
        count = find_exposed(state, index, found)
        record.done[CHECKS] = index.counter[CHECKED]
    else:
        count = find_all_liquidatable(state, found)
        record.done[CHECKS] += state.clock[ClockColumn.POOL_COUNT]
    plan[FOUND], plan[IS_CHECK], plan[IS_BACKSTOP], plan[IS_MARK] = count, is_check, is_backstop, is_mark
    return count > 0 or (is_mark and _has_poor_vault(state))


@inlined
def _has_poor_vault(state: State) -> bool:
    """Whether a liquidator that holds positions is worth less than nothing."""
    if state.clock[ClockColumn.LIQUIDATOR_COUNT]:
        for account in range(state.clock[ClockColumn.FIRST_LIQUIDATOR], state.clock[ClockColumn.ACCOUNT_COUNT]):
            pool = state.account[account, AccountColumn.CROSS_POOL]
            if state.account[account, AccountColumn.ROLE] == Role.LIQUIDATOR and state.pool[pool, PoolColumn.COUNT]:
                value, _ = pool_margin(state, pool)
                if value < 0:
                    return True
    return False


@inlined
def _note_marks(state: State, record: RunRecord, start_ms: int) -> None:
    at = record.done[MARKS]
    record.update_ms[at] = state.clock[ClockColumn.TIME_MS] - start_ms
    for market in range(state.market.shape[0]):
        record.update_mark[at, market] = state.market[market, MarketColumn.MARK]
    record.done[MARKS] = at + 1


@inlined
def _sample(state: State, outside: Outside, record: RunRecord, start_ms: int) -> None:
    at = record.done[SAMPLES]
    record.sample_ms[at] = state.clock[ClockColumn.TIME_MS] - start_ms
    for place in range(len(record.market)):
        market = record.market[place]
        mark = state.market[market, MarketColumn.MARK]
        record.mark[at, place] = float(mark) if mark > 0 else np.nan
        record.middle[at, place] = np.nan
        record.outside[at, place] = outside.middle[market] if outside.middle[market] > 0.0 else np.nan
        record.withdrawal[at, place, BID] = np.nan
        record.withdrawal[at, place, ASK] = np.nan
        if state.market[market, MarketColumn.BOOK_KIND] == BookKind.PROFILE and mark > 0:
            bid, ask, bid_share, ask_share = seen_book(state, market)
            if bid > 0 and ask > 0:
                record.middle[at, place] = (bid + ask) * 0.5
            record.withdrawal[at, place, BID], record.withdrawal[at, place, ASK] = bid_share, ask_share
    for vault in range(record.vault_row.shape[0]):
        row = record.vault_row[vault]
        if row >= 0:
            value, _ = pool_margin(state, state.account[row, AccountColumn.CROSS_POOL])
            record.vault[at, vault] = value
    record.done[SAMPLES] = at + 1
