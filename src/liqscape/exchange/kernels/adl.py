"""Auto-deleveraging (docs/exchange.md, "ADL"): positions of pools worth less than nothing are closed against winners.

Where the rule protects cross margin, a pool over several dexs loses the positions of those dexs whose part is worth
less than nothing. One batch a mark update, coin and side. Scores and values are those before the first fill of the
step; the losers, in order of address, eat the queue from its head, so at most one winner of a batch is cut in part.
"""

from __future__ import annotations

import numpy as np

from liqscape.exchange.columns import (
    ADL,
    NO_ROW,
    AccountColumn,
    ClockColumn,
    EventKind,
    FillColumn,
    MarketColumn,
    PoolColumn,
    PositionColumn,
    Role,
)
from liqscape.exchange.kernels.book import cancel_orders_of_pool
from liqscape.exchange.kernels.event_log import log_event, next_transaction
from liqscape.exchange.kernels.ledger import position_lots, record_fill
from liqscape.exchange.kernels.liquidation import ranked_pools
from liqscape.exchange.kernels.margin import (
    dex_maintenance,
    has_parts,
    is_any_part_below,
    is_part_below,
    pool_margin,
)
from liqscape.exchange.kernels.sorting import sorted_rows
from liqscape.exchange.rules import AccountOrder, AdlPrice, AdlScore, RuleAt
from liqscape.exchange.state import State
from liqscape.risk.kernels.jit import compiled, inlined, merged
from liqscape.units import BoolArray, Float64Array, Int64Array

DEFICIT, BY_ADDRESS = int(EventKind.DEFICIT), int(AccountOrder.ADDRESS)
LARGEST_SCORE = 4.0e18
FLOOR = 1e-8
"""Both factors of the binary's score are floored here (OtterSec, by way of a summary)."""


@compiled
def deleverage(state: State, pools: Int64Array, count: int) -> int:
    """Close every position of every pool among the first `count` that is worth less than nothing. Returns fills."""
    losers = np.empty(count, np.int64)
    found = 0
    for at in range(count):
        if is_bankrupt(state, pools[at]):
            losers[found] = pools[at]
            found += 1
    if found == 0:
        return 0
    losers = ranked_pools(state, losers, found, BY_ADDRESS)
    transactions = np.empty(found, np.int64)
    for at in range(found):
        transactions[at] = next_transaction(state)
        cancel_orders_of_pool(state, losers[at])
    is_lost = lost_dexs(state, losers)
    lost = lost_lots(state, losers, is_lost)
    starts, candidates, values = candidates_of(state, lost)
    fills = 0
    for batch in range(len(lost)):
        if lost[batch]:
            queue = candidates[starts[batch] : starts[batch + 1]]
            fills += run_batch(
                state, batch // 2, 1 - 2 * (batch % 2), losers, is_lost, transactions, queue,
                values[starts[batch] : starts[batch + 1]], lost[batch],
            )  # fmt: skip
    for at in range(found):
        left, _ = pool_margin(state, losers[at])
        if left < 0:
            pool = losers[at]
            isolated = 1 if state.pool[pool, PoolColumn.ISOLATED_MARKET] != NO_ROW else 0
            account = state.pool[pool, PoolColumn.ACCOUNT]
            log_event(
                state, DEFICIT, account, state.pool[pool, PoolColumn.ISOLATED_MARKET], -left,
                state.pool[pool, PoolColumn.COUNT], 0, 0, transactions[at], isolated,
            )  # fmt: skip
    return fills


@inlined
def is_bankrupt(state: State, pool: int) -> bool:
    """Worth less than nothing; of a pool over several dexs (rule) the part in one of them."""
    if state.pool[pool, PoolColumn.COUNT] == 0:
        return False
    value, maintenance = pool_margin(state, pool)
    return is_any_part_below(state, pool, value, maintenance, 0, 1)


@inlined
def lost_dexs(state: State, losers: Int64Array) -> BoolArray:
    """(L, D) whether a loser's positions in a dex are closed: all of them, or (rule) where that part is bankrupt."""
    is_lost = np.ones((len(losers), state.clock[ClockColumn.DEX_COUNT]), np.bool_)
    for at in range(len(losers)):
        if has_parts(state, losers[at]):
            value, maintenance = pool_margin(state, losers[at])
            for dex in range(is_lost.shape[1]):
                own = dex_maintenance(state, losers[at], dex)
                is_lost[at, dex] = is_part_below(state, value, maintenance, own, 0, 1)
    return is_lost


@inlined
def lost_lots(state: State, losers: Int64Array, is_lost: BoolArray) -> Int64Array:
    """(2 M,) lots the losers hold, by market: longs at 2 * market, shorts after them."""
    lost = np.zeros(2 * state.market.shape[0], np.int64)
    for at in range(len(losers)):
        start = state.pool[losers[at], PoolColumn.START]
        for row in range(start, start + state.pool[losers[at], PoolColumn.COUNT]):
            lots, market = state.position[row, PositionColumn.LOTS], state.position[row, PositionColumn.MARKET]
            if is_lost[at, state.market[market, MarketColumn.DEX]]:
                lost[2 * market + (1 if lots < 0 else 0)] += abs(lots)
    return lost


@inlined
def candidates_of(state: State, lost: Int64Array) -> tuple[Int64Array, Int64Array, Int64Array]:
    """(starts (2 M + 1,), pools, their values): who may be cut for each batch, in one pass over all positions.

    Batch 2 * market are losers that are long, so its candidates are short.
    """
    starts = np.zeros(len(lost) + 1, np.int64)
    for is_filling in (False, True):
        if is_filling:
            for batch in range(len(lost)):
                starts[batch + 1] += starts[batch]
            pools, values = np.empty(starts[-1], np.int64), np.empty(starts[-1], np.int64)
            place = starts[:-1].copy()
        else:
            pools, values = np.empty(0, np.int64), np.empty(0, np.int64)
            place = starts
        for pool in range(state.clock[ClockColumn.POOL_COUNT]):
            if not _may_be_cut(state, pool):
                continue
            start = state.pool[pool, PoolColumn.START]
            value, is_valued = 0, False
            for row in range(start, start + state.pool[pool, PoolColumn.COUNT]):
                lots = state.position[row, PositionColumn.LOTS]
                batch = 2 * state.position[row, PositionColumn.MARKET] + (1 if lots > 0 else 0)
                if not lost[batch]:
                    continue
                if not is_valued:
                    value, _ = pool_margin(state, pool)
                    is_valued = True
                if value < 0:
                    break
                if is_filling:
                    pools[place[batch]], values[place[batch]] = pool, value
                    place[batch] += 1
                else:
                    starts[batch + 1] += 1
    return starts, pools, values


@inlined
def _may_be_cut(state: State, pool: int) -> bool:
    role = state.account[state.pool[pool, PoolColumn.ACCOUNT], AccountColumn.ROLE]
    if role == Role.MAKER or (role == Role.LIQUIDATOR and state.rules[RuleAt.ADL_INCLUDES_VAULTS] == 0):
        return False
    return state.pool[pool, PoolColumn.COUNT] > 0


@inlined
def run_batch(
    state: State, market: int, sign: int, losers: Int64Array, is_lost: BoolArray, transactions: Int64Array,
    candidates: Int64Array, candidate_values: Int64Array, lost: int,
) -> int:  # fmt: skip
    """Close the losers' positions of one sign in one market against the queue of the other side."""
    state.clock[ClockColumn.ADL_BATCH] += 1
    batch = state.clock[ClockColumn.ADL_BATCH]
    queue, values, scores = winner_queue(state, market, candidates, candidate_values)
    room = np.empty(len(queue), np.int64)
    for at in range(len(queue)):
        room[at] = abs(position_lots(state, queue[at], market))
    if state.rules[RuleAt.ADL_SCORE] == AdlScore.WATER_FILLING:
        _water_filling(room, values, lost)
    price, dex = _price(state, market), state.market[market, MarketColumn.DEX]
    fills, head = 0, 0
    for at in range(len(losers)):
        left = position_lots(state, losers[at], market) * sign if is_lost[at, dex] else 0
        while left > 0 and head < len(queue):
            lots = min(left, room[head])
            if lots > 0:
                row = state.clock[ClockColumn.FILL_COUNT]
                _close(state, market, price, lots, sign, losers[at], queue[head], transactions[at])
                if row < state.fill.shape[0]:
                    state.fill[row, FillColumn.ADL_BATCH] = batch
                    state.fill[row, FillColumn.SCORE_RANK] = head
                    state.fill[row, FillColumn.SCORE] = int(min(scores[head] * 1e9, LARGEST_SCORE))
                fills += 1
                left -= lots
                room[head] -= lots
            if room[head] == 0:
                head += 1
    return fills


@inlined
def _price(state: State, market: int) -> int:
    rule = state.rules[RuleAt.ADL_PRICE]
    row = state.market[market]
    if rule == AdlPrice.MARK:
        return row[MarketColumn.MARK]
    if rule == AdlPrice.PREVIOUS_ORACLE and row[MarketColumn.PREVIOUS_ORACLE] > 0:
        return row[MarketColumn.PREVIOUS_ORACLE]
    return row[MarketColumn.PREVIOUS_MARK]


@inlined
def _close(
    state: State, market: int, price: int, lots: int, sign: int, loser: int, winner: int, transaction: int
) -> None:
    """One fill: a loser's position against a winner's; sign +1 where the loser is long."""
    is_long = sign > 0
    buyer, seller = (winner, loser) if is_long else (loser, winner)
    record_fill(
        state, market, price, lots, state.pool[buyer, PoolColumn.ACCOUNT], state.pool[seller, PoolColumn.ACCOUNT], 0, 0,
        0 if is_long else 1, ADL, loser, transaction, buyer, seller, 0,
    )  # fmt: skip


@inlined
def winner_queue(
    state: State, market: int, candidates: Int64Array, values: Int64Array
) -> tuple[Int64Array, Int64Array, Float64Array]:
    """(pools, values, scores), best score first; those without profit after all others, or not at all."""
    total = len(candidates)
    address, scores = np.empty(total, np.int64), np.empty(total)
    is_later = np.zeros(total, np.int64)
    is_water = state.rules[RuleAt.ADL_SCORE] == AdlScore.WATER_FILLING
    for at in range(total):
        address[at] = state.account[state.pool[candidates[at], PoolColumn.ACCOUNT], AccountColumn.ADDRESS_KEY]
        scores[at], profit = adl_score(state, candidates[at], market, values[at])
        is_later[at] = 0 if profit > 0 or is_water else 1
    rows = np.empty(total, np.int64)
    kept = 0
    for turn in range(1 + state.rules[RuleAt.ADL_ALLOWS_LOSERS]):
        chosen = np.flatnonzero(is_later == turn)
        order = sorted_rows(-scores[chosen], address[chosen], candidates[chosen])
        for at in range(len(chosen)):
            rows[kept] = chosen[order[at]]
            kept += 1
    rows = rows[:kept]
    return candidates[rows], values[rows], scores[rows]


@inlined
def adl_score(state: State, pool: int, market: int, value: int) -> tuple[float, int]:
    """(score by the rule, profit at the mark in micro-USD) of a pool's position; higher is cut first."""
    start = state.pool[pool, PoolColumn.START]
    row = start
    while state.position[row, PositionColumn.MARKET] != market:
        row += 1
    return score_of_row(state, row, market, value)


@inlined
def score_of_row(state: State, row: int, market: int, value: int) -> tuple[float, int]:
    """The same of the position in a row, for those who know it."""
    lots, entry = state.position[row, PositionColumn.LOTS], state.position[row, PositionColumn.ENTRY]
    return score_of(state.rules[RuleAt.ADL_SCORE], state.market[market, MarketColumn.MARK], lots, entry, value)


@merged
def score_of(rule: int, mark: int, lots: int, entry_notional: int, value: int) -> tuple[float, int]:
    """The same of a position that is not looked up. entry_notional: micro-USD, PositionColumn.ENTRY."""
    entry = float(entry_notional)
    notional = float(abs(lots) * mark)
    profit = lots * mark - entry_notional * (1 if lots > 0 else -1)
    leverage = notional / float(value) if value > 0 else np.inf
    if rule == AdlScore.BINARY:
        gain = max(float(profit), 0.0) / entry if entry > 0.0 else 0.0
        return max(leverage, FLOOR) * max(gain, FLOOR), profit
    if rule == AdlScore.DOCUMENTED:
        return (notional / entry if entry > 0.0 else 1.0) * leverage, profit
    if rule == AdlScore.SYMMETRIC:
        ratio = notional / entry if entry > 0.0 else 1.0
        if lots < 0:
            ratio = entry / notional
        return ratio * leverage, profit
    return leverage, profit


@inlined
def _water_filling(room: Int64Array, values: Int64Array, lost: int) -> None:
    """Room of each winner so that the largest leverage left is as small as can be (rows: leverage descending).

    The cut-off c solves sum(max(0, lots - c * value)) = lost, c in lots a micro-USD; lots round down, what is
    missing by rounding is taken one by one from the head.
    """
    total = len(room)
    held = room.copy()
    sum_lots, sum_value, cutoff = 0.0, 0.0, 0.0
    available = 0
    for at in range(total):
        available += held[at]
    for at in range(total):
        sum_lots += float(held[at])
        sum_value += float(values[at])
        cutoff = max(0.0, (sum_lots - float(lost)) / sum_value) if sum_value > 0.0 else 0.0
        if at + 1 < total and sum_lots >= lost and float(held[at + 1]) <= cutoff * float(values[at + 1]):
            break
    given = 0
    for at in range(total):
        room[at] = max(0, held[at] - int(np.ceil(cutoff * float(values[at]))))
        given += room[at]
    at = 0
    wanted = min(lost, available)
    while given < wanted:
        if room[at] < held[at]:
            room[at] += 1
            given += 1
        at = (at + 1) % total
