"""Batches of fills: exact halves of trades, of which some came before as prints."""

from __future__ import annotations

import numpy as np

from liqscape.ledger.batches import FillColumns
from liqscape.ledger.columns import (
    NEVER_MS,
    NO_ROW,
    Count,
    HitColumn,
    HitValueColumn,
    LedgerAccountColumn,
    LedgerMarketColumn,
    LedgerPositionColumn,
    LegColumn,
    LegValueColumn,
    MarketValueColumn,
    PoolValueColumn,
    PositionValueColumn,
)
from liqscape.ledger.kernels.holdings import note_change, shared_pool
from liqscape.ledger.kernels.judging import level_of
from liqscape.ledger.kernels.keys import find_position
from liqscape.ledger.kernels.legs import NOT_FORCED, add_hit, is_beyond_memory, note_trade, value_left
from liqscape.ledger.kernels.recent import add_leg, find_leg
from liqscape.ledger.kernels.state_times import state_time
from liqscape.ledger.kernels.taking import take_leg
from liqscape.ledger.tables import LedgerTables, Terms
from liqscape.risk.kernels.jit import compiled, inlined, merged
from liqscape.units import Float64Array, Int64Array, UInt8Array

START_SLACK = 1e-3
"""Lots; sizes are whole lots, so a start this close to what is held is the same."""


@compiled
def apply_fills(
    tables: LedgerTables,
    terms: Terms,
    order: Int64Array,
    fills: FillColumns,
    hit: Int64Array,
    hit_value: Float64Array,
) -> None:
    """F fills in an order that keeps those of one user, market and time together; forced ones fill the hit tables.

    Of such a group the start of its first fill is held against what we hold; the order inside is not reported.
    """
    user, market_index, price, size = fills.user, fills.market_index, fills.price, fills.size
    start_position, fee, time_ms, trade_id = fills.start_position, fills.fee, fills.time_ms, fills.trade_id
    liquidated, method = fills.liquidated, fills.method
    tables.counter[Count.HITS] = 0
    first = 0
    while first < len(order):
        head = order[first]
        last = first + 1
        while last < len(order):
            other = order[last]
            if (
                user[other] != user[head]
                or market_index[other] != market_index[head]
                or time_ms[other] != time_ms[head]
            ):
                break
            last += 1
        _apply_group(
            tables, terms, order[first:last], user[head], market_index[head], price, size, start_position, fee,
            time_ms[head], trade_id, liquidated, method, hit, hit_value,
        )  # fmt: skip
        first = last
    for number in range(tables.counter[Count.HITS]):
        account, market = hit[number, HitColumn.ACCOUNT], hit[number, HitColumn.MARKET]
        hit_value[number, HitValueColumn.ACCOUNT_VALUE] = value_left(tables, terms, account, market)


@inlined
def _apply_group(
    tables: LedgerTables,
    terms: Terms,
    rows: Int64Array,
    account: int,
    market: int,
    price: Float64Array,
    size: Float64Array,
    start_position: Float64Array,
    fee: Float64Array,
    time_ms: int,
    trade_id: Int64Array,
    liquidated: Int64Array,
    method: UInt8Array,
    hit: Int64Array,
    hit_value: Float64Array,
) -> None:
    fresh = np.empty(len(rows), np.int64)
    count = 0
    for row in rows:
        number = find_leg(tables, time_ms, trade_id[row], market, account, size[row] > 0.0)
        if number != 0:
            _correct_fee(tables, terms, number, fee[row])
            # A print said it before, without its mark: what was forced is news all the same.
            if _was_print(tables, number):
                _hit_of_fill(tables, terms, row, market, price, size, time_ms, trade_id, liquidated, hit, hit_value)
            continue
        if is_beyond_memory(tables, terms, account, market, time_ms):
            add_leg(tables, time_ms, trade_id[row], market, account, size[row], price[row], fee[row], 1, NOT_FORCED)
            continue
        fresh[count] = row
        count += 1
    is_moved = False
    for step in range(count):
        row = fresh[step]
        forced = int(method[row]) if liquidated[row] == account else NOT_FORCED
        add_leg(tables, time_ms, trade_id[row], market, account, size[row], price[row], fee[row], 1, forced)
        _hit_of_fill(tables, terms, row, market, price, size, time_ms, trade_id, liquidated, hit, hit_value)
        is_moved = note_trade(tables, terms, account, market, abs(size[row]) * price[row], time_ms)
    if not is_moved:
        return
    if count == len(rows):
        _correct_start(
            tables, terms, account, market, _first_start(rows, size, start_position), price[rows[0]], time_ms
        )
    for step in range(count):
        row = fresh[step]
        forced = int(method[row]) if liquidated[row] == account else NOT_FORCED
        held = find_position(tables, account, market)
        take_leg(tables, terms, account, market, held, size[row], price[row], fee[row], time_ms, forced)


@merged
def _was_print(tables: LedgerTables, number: int) -> bool:
    row = number & (len(tables.leg) - 1)
    was_print = tables.leg[row, LegColumn.IS_REPORTED] == 0
    tables.leg[row, LegColumn.IS_REPORTED] = 1
    return was_print


@merged
def _correct_fee(tables: LedgerTables, terms: Terms, number: int, fee: float) -> None:
    """Put the exact fee in the place of the assumed one."""
    leg = number & (len(tables.leg) - 1)
    if tables.leg[leg, LegColumn.IS_REPORTED] != 0:
        tables.counter[Count.REPEATED] += 1
        return
    more = fee - tables.leg_value[leg, LegValueColumn.FEE]
    tables.leg_value[leg, LegValueColumn.FEE] = fee
    account, market = tables.leg[leg, LegColumn.ACCOUNT], tables.leg[leg, LegColumn.MARKET]
    dex = terms.market[market, LedgerMarketColumn.DEX]
    state_ms = state_time(tables, account, dex)
    if state_ms == NEVER_MS or state_ms >= tables.leg[leg, LegColumn.TIME_MS]:
        return
    row = find_position(tables, account, market)
    pool = shared_pool(tables, account, dex) if row == NO_ROW else tables.position[row, LedgerPositionColumn.POOL]
    if pool != NO_ROW and more != 0.0:
        tables.pool_value[pool, PoolValueColumn.CASH] -= more
        note_change(tables, pool)


@merged
def _hit_of_fill(
    tables: LedgerTables,
    terms: Terms,
    row: int,
    market: int,
    price: Float64Array,
    size: Float64Array,
    time_ms: int,
    trade_id: Int64Array,
    liquidated: Int64Array,
    hit: Int64Array,
    hit_value: Float64Array,
) -> None:
    victim = liquidated[row]
    if victim == NO_ROW:
        return
    level = np.nan
    position = find_position(tables, victim, market)
    if position != NO_ROW:
        level = level_of(tables, terms, position)
        level = level if 0.0 < level < np.inf else np.nan
    add_hit(
        tables, terms, victim, market, time_ms, trade_id[row], 0, row, abs(size[row]), price[row], level, hit, hit_value
    )


@merged
def _first_start(rows: Int64Array, size: Float64Array, start_position: Float64Array) -> float:
    """What was held before a group of fills: the start that no other fill of the group ends at; NaN where ambiguous."""
    lowest, highest = np.inf, -np.inf
    has_buy, has_sell = False, False
    for row in rows:
        lowest, highest = min(lowest, start_position[row]), max(highest, start_position[row])
        has_buy, has_sell = has_buy or size[row] > 0.0, has_sell or size[row] < 0.0
    if has_buy and not has_sell:
        return lowest
    if has_sell and not has_buy:
        return highest
    found = np.nan
    for row in rows:
        balance = 0
        start = start_position[row]
        for other in rows:
            slack = 1e-9 * max(1.0, abs(start))
            balance += abs(start_position[other] - start) <= slack
            balance -= abs(start_position[other] + size[other] - start) <= slack
        if balance > 0:
            found = start
            break
    return found


@merged
def _correct_start(
    tables: LedgerTables, terms: Terms, account: int, market: int, start: float, price: float, time_ms: int
) -> None:
    """Hold what the venue says was held; what we missed is taken to have traded at the same price, without a fee."""
    row = find_position(tables, account, market)
    held = 0.0 if row == NO_ROW else tables.value[row, PositionValueColumn.SIZE]
    missed = start - held
    if np.isnan(start) or abs(missed) * terms.market_value[market, MarketValueColumn.SCALE] <= START_SLACK:
        return
    tables.counter[Count.CORRECTED] += 1
    tables.account[account, LedgerAccountColumn.UNSURE_MS] = max(
        tables.account[account, LedgerAccountColumn.UNSURE_MS], time_ms
    )
    take_leg(tables, terms, account, market, row, missed, price, 0.0, time_ms, NOT_FORCED)
