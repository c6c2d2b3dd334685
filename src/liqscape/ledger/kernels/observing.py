"""States of accounts replace what was held, and what was printed since goes on top (docs/tracking.md, "States")."""

from __future__ import annotations

import numpy as np

from liqscape.ledger.batches import ComparisonTables, StatePools, StatePositions, StateRows
from liqscape.ledger.columns import (
    NEVER_MS,
    NO_ROW,
    ComparedColumn,
    ComparedValueColumn,
    Count,
    LedgerAccountColumn,
    LedgerMarketColumn,
    LedgerPoolColumn,
    LedgerPositionColumn,
    LegColumn,
    LegValueColumn,
    PoolTimeColumn,
    PoolValueColumn,
    PositionValueColumn,
    StatedColumn,
)
from liqscape.ledger.kernels.cash import move_cash
from liqscape.ledger.kernels.funding import pay_pool
from liqscape.ledger.kernels.holdings import add_pool, add_position, remove_pool
from liqscape.ledger.kernels.keys import bit_of, find_position
from liqscape.ledger.kernels.state_times import forget_states, note_state, state_time
from liqscape.ledger.kernels.taking import doubt_opening, take_leg
from liqscape.ledger.tables import LedgerTables, Terms
from liqscape.risk.kernels.jit import compiled, inlined, merged
from liqscape.units import HOUR_MS, BoolArray, Float64Array, Int64Array


@compiled
def count_touched(tables: LedgerTables, account_rows: Int64Array, time_ms: Int64Array) -> tuple[int, int]:
    """(positions the accounts hold now, legs newer than their states): what has to be made room for."""
    held, newer = 0, 0
    for row in range(len(account_rows)):
        pool = tables.account[account_rows[row], LedgerAccountColumn.FIRST_POOL]
        while pool != NO_ROW:
            held += tables.pool[pool, LedgerPoolColumn.POSITIONS]
            pool = tables.pool[pool, LedgerPoolColumn.NEXT]
        number = tables.account[account_rows[row], LedgerAccountColumn.LAST_LEG]
        while number >= tables.counter[Count.LEG_START]:
            leg = number & (len(tables.leg) - 1)
            if tables.leg[leg, LegColumn.STAMP_MS] <= time_ms[row]:
                break
            newer += 1
            number = tables.leg[leg, LegColumn.BEFORE]
    return held, newer


@compiled
def forget_unnamed(tables: LedgerTables, account_rows: Int64Array, latest_ms: int) -> None:
    """Who is not named and has no state newer than `latest_ms` is not known any more; all rows begin anew."""
    for account in range(tables.counter[Count.ACCOUNTS]):
        tables.account[account, LedgerAccountColumn.IS_NAMED] = 0
        tables.account[account, LedgerAccountColumn.KNOWN_ROW] = NO_ROW
    for account in account_rows:
        tables.account[account, LedgerAccountColumn.IS_NAMED] = 1
    for account in range(tables.counter[Count.ACCOUNTS]):
        state_ms = tables.account[account, LedgerAccountColumn.STATE_MS]
        if tables.account[account, LedgerAccountColumn.IS_NAMED] == 0 and NEVER_MS < state_ms <= latest_ms:
            while tables.account[account, LedgerAccountColumn.FIRST_POOL] != NO_ROW:
                remove_pool(tables, tables.account[account, LedgerAccountColumn.FIRST_POOL])
            forget_states(tables, account)
            tables.account[account, LedgerAccountColumn.UNREAD_DEXS] = 0


@compiled
def observe(
    tables: LedgerTables,
    terms: Terms,
    states: StateRows,
    pools: StatePools,
    positions: StatePositions,
    comparison: ComparisonTables,
) -> None:
    """States of K accounts replace what was held of them.

    Fills is_taken (K,), and what was held before: age_ms, is_unsure (K,) and the rows of the comparison.
    """
    account_rows, time_ms, pool_start, pool_order = states.account, states.time_ms, states.pool_start, states.pool_order
    is_covered, home_dex, is_newest_kept = states.is_covered, states.home_dex, states.is_newest_kept
    raw_usd, margin_source, mode, is_exempt = pools.raw_usd, pools.margin_source, pools.mode, pools.is_exempt
    observed_ms, offsets = pools.observed_ms, pools.offsets
    market_index, size, table_row = positions.market_index, positions.size, positions.table_row
    entry_price, leverage, observed_mark = positions.entry_price, positions.leverage, positions.observed_mark
    published, published_price = positions.published, positions.published_price
    is_taken, age_ms, is_unsure = comparison.is_taken, comparison.age_ms, comparison.is_unsure
    compared_start, compared, compared_value = comparison.start, comparison.row, comparison.value
    compared_start[0] = 0
    for index in range(len(account_rows)):
        account, at_ms = account_rows[index], time_ms[index]
        newest_ms = NEVER_MS
        for dex in range(len(is_covered)):
            if is_covered[dex]:
                newest_ms = max(newest_ms, state_time(tables, account, dex))
        is_taken[index] = not is_newest_kept or at_ms >= newest_ms
        compared_start[index + 1] = compared_start[index]
        if not is_taken[index]:
            continue
        age_ms[index] = at_ms - newest_ms if newest_ms != NEVER_MS else NEVER_MS
        is_unsure[index] = tables.account[account, LedgerAccountColumn.UNSURE_MS] > newest_ms
        if len(compared) > 0 and newest_ms != NEVER_MS:
            compared_start[index + 1] = _note_tracked(
                tables, terms, account, compared_start[index], is_covered, compared, compared_value
            )
        _remove_covered(tables, terms, account, is_covered)
        for dex in range(len(is_covered)):
            if is_covered[dex]:
                tables.account[account, LedgerAccountColumn.UNREAD_DEXS] &= ~bit_of(dex)
        note_state(tables, account, is_covered, at_ms)
        tables.account[account, LedgerAccountColumn.SETTLED_USD] = 0
        for number in range(pool_start[index], pool_start[index + 1]):
            given = pool_order[number]
            start, stop = offsets[given], offsets[given + 1]
            dex = home_dex if start == stop else terms.market[market_index[start], LedgerMarketColumn.DEX]
            pool = add_pool(tables, account, dex, mode[given], raw_usd[given], margin_source[given])
            tables.pool[pool, LedgerPoolColumn.IS_EXEMPT] = is_exempt[given]
            tables.account[account, LedgerAccountColumn.IS_EXEMPT] = is_exempt[given]
            tables.pool_time[pool, PoolTimeColumn.OBSERVED_MS] = observed_ms[given]
            tables.pool[pool, LedgerPoolColumn.IS_SHOWN] = start == stop
            for position in range(start, stop):
                row = add_position(tables, pool, market_index[position], size[position])
                tables.position[row, LedgerPositionColumn.TABLE] = table_row[position]
                tables.position[row, LedgerPositionColumn.PUBLISHED] = published[position]
                tables.position[row, LedgerPositionColumn.FUNDED_HOUR] = (at_ms - 1) // HOUR_MS
                tables.value[row, PositionValueColumn.ENTRY] = entry_price[position]
                tables.value[row, PositionValueColumn.LEVERAGE] = leverage[position]
                tables.stated[row, StatedColumn.OBSERVED_MARK] = observed_mark[position]
                tables.stated[row, StatedColumn.PUBLISHED_PRICE] = published_price[position]
                tables.value[row, PositionValueColumn.FUNDED] = np.nan
            if at_ms <= tables.counter[Count.DUE_MS]:
                pay_pool(tables, terms, pool)


@compiled
def replay(
    tables: LedgerTables,
    terms: Terms,
    account_rows: Int64Array,
    time_ms: Int64Array,
    is_taken: BoolArray,
    is_covered: BoolArray,
) -> None:
    """Put what was printed, and what cash moved, after the states of K accounts on top of them."""
    for index in range(len(account_rows)):
        if is_taken[index]:
            _replay(tables, terms, account_rows[index], time_ms[index], is_covered)


@compiled
def compare(
    tables: LedgerTables, terms: Terms, account_rows: Int64Array, is_covered: BoolArray, comparison: ComparisonTables
) -> int:
    """Put what is held now beside what was held; positions nobody knew of are new rows. Returns how many rows."""
    age_ms, is_unsure = comparison.age_ms, comparison.is_unsure
    compared_start, compared, compared_value = comparison.start, comparison.row, comparison.value
    last = compared_start[len(account_rows)]
    for index in range(len(account_rows)):
        if age_ms[index] != NEVER_MS:
            last = _note_true(
                tables, terms, account_rows[index], age_ms[index], is_unsure[index], compared_start[index],
                compared_start[index + 1], last, is_covered, compared, compared_value,
            )  # fmt: skip
    for index in range(len(account_rows)):
        for row in range(compared_start[index], compared_start[index + 1]):
            compared[row, ComparedColumn.AGE_MS] = age_ms[index]
            compared[row, ComparedColumn.IS_UNSURE] = is_unsure[index]
    return last


@merged
def _is_pool_covered(tables: LedgerTables, terms: Terms, pool: int, is_covered: BoolArray) -> bool:
    """A pool belongs to the dexs of its markets, an empty one to the dex it was made for."""
    row = tables.pool[pool, LedgerPoolColumn.FIRST]
    if row == NO_ROW:
        return is_covered[tables.pool[pool, LedgerPoolColumn.DEX]]
    while row != NO_ROW:
        if is_covered[terms.market[tables.position[row, LedgerPositionColumn.MARKET], LedgerMarketColumn.DEX]]:
            return True
        row = tables.position[row, LedgerPositionColumn.NEXT]
    return False


@merged
def _remove_covered(tables: LedgerTables, terms: Terms, account: int, is_covered: BoolArray) -> None:
    """What a pool over several dexs held in others than the covered ones goes with it: it is to be read there."""
    pool = tables.account[account, LedgerAccountColumn.FIRST_POOL]
    while pool != NO_ROW:
        after = tables.pool[pool, LedgerPoolColumn.NEXT]
        if _is_pool_covered(tables, terms, pool, is_covered):
            row = tables.pool[pool, LedgerPoolColumn.FIRST]
            while row != NO_ROW:
                dex = terms.market[tables.position[row, LedgerPositionColumn.MARKET], LedgerMarketColumn.DEX]
                tables.account[account, LedgerAccountColumn.UNREAD_DEXS] |= bit_of(dex)
                row = tables.position[row, LedgerPositionColumn.NEXT]
            remove_pool(tables, pool)
        pool = after


@inlined
def _replay(tables: LedgerTables, terms: Terms, account: int, at_ms: int, is_covered: BoolArray) -> None:
    """Put legs newer than the state on top, in order of (time, trade id, market)."""
    count = 0
    number = tables.account[account, LedgerAccountColumn.LAST_LEG]
    while number >= tables.counter[Count.LEG_START]:
        row = number & (len(tables.leg) - 1)
        if tables.leg[row, LegColumn.STAMP_MS] <= at_ms:
            break
        count += 1
        number = tables.leg[row, LegColumn.BEFORE]
    if 0 < number < tables.counter[Count.LEG_START] and at_ms < tables.counter[Count.FORGOTTEN_MS]:
        # Newer legs may have left the ring: the state is older than what we remember.
        newest_ms = tables.counter[Count.NEWEST_MS]
        tables.account[account, LedgerAccountColumn.UNSURE_MS] = max(
            tables.account[account, LedgerAccountColumn.UNSURE_MS], newest_ms
        )
    if count == 0:
        return
    rows = np.empty(count, np.int64)
    number = tables.account[account, LedgerAccountColumn.LAST_LEG]
    for step in range(count):
        rows[count - 1 - step] = number & (len(tables.leg) - 1)
        number = tables.leg[rows[count - 1 - step], LegColumn.BEFORE]
    for step in range(1, count):  # insertion: they came nearly in order
        row, place = rows[step], step
        while place > 0 and _is_before(tables, row, rows[place - 1]):
            rows[place] = rows[place - 1]
            place -= 1
        rows[place] = row
    for row in rows:
        market = tables.leg[row, LegColumn.MARKET]
        is_cash = market < 0
        dex = -1 - market if is_cash else terms.market[market, LedgerMarketColumn.DEX]
        if tables.leg[row, LegColumn.TIME_MS] <= at_ms or not is_covered[dex]:
            continue
        tables.counter[Count.REPLAYED] += 1
        if is_cash:
            amount, whole = tables.leg_value[row, LegValueColumn.SIZE], tables.leg_value[row, LegValueColumn.PRICE]
            move_cash(tables, terms, account, dex, amount, whole, tables.leg[row, LegColumn.TIME_MS])
            continue
        held = find_position(tables, account, market)
        if tables.leg[row, LegColumn.IS_REPORTED] == 0:
            doubt_opening(tables, terms, account, market, held)
        take_leg(
            tables,
            terms,
            account,
            market,
            held,
            tables.leg_value[row, LegValueColumn.SIZE],
            tables.leg_value[row, LegValueColumn.PRICE],
            tables.leg_value[row, LegValueColumn.FEE],
            tables.leg[row, LegColumn.TIME_MS],
            tables.leg[row, LegColumn.FORCED],
        )


@merged
def _is_before(tables: LedgerTables, row: int, other: int) -> bool:
    for column in (LegColumn.TIME_MS, LegColumn.TRADE_ID, LegColumn.MARKET):
        if tables.leg[row, column] != tables.leg[other, column]:
            return tables.leg[row, column] < tables.leg[other, column]
    return False


@merged
def _note_tracked(
    tables: LedgerTables,
    terms: Terms,
    account: int,
    number: int,
    is_covered: BoolArray,
    compared: Int64Array,
    compared_value: Float64Array,
) -> int:
    """What was held just before the state came, from row `number` on; returns the next row."""
    pool = tables.account[account, LedgerAccountColumn.FIRST_POOL]
    while pool != NO_ROW:
        if _is_pool_covered(tables, terms, pool, is_covered):
            row = tables.pool[pool, LedgerPoolColumn.FIRST]
            while row != NO_ROW:
                compared[number, ComparedColumn.ACCOUNT] = account
                compared[number, ComparedColumn.MARKET] = tables.position[row, LedgerPositionColumn.MARKET]
                compared_value[number, ComparedValueColumn.TRACKED_SIZE] = tables.value[row, PositionValueColumn.SIZE]
                cash = tables.pool_value[pool, PoolValueColumn.CASH]
                compared_value[number, ComparedValueColumn.TRACKED_RAW_USD] = cash
                number += 1
                row = tables.position[row, LedgerPositionColumn.NEXT]
        pool = tables.pool[pool, LedgerPoolColumn.NEXT]
    return number


@merged
def _note_true(
    tables: LedgerTables,
    terms: Terms,
    account: int,
    age_ms: int,
    is_unsure: bool,
    first: int,
    stop: int,
    last: int,
    is_covered: BoolArray,
    compared: Int64Array,
    compared_value: Float64Array,
) -> int:
    """What is held with the state and what came after it; returns the next free row."""
    for number in range(first, stop):
        row = find_position(tables, account, compared[number, ComparedColumn.MARKET])
        is_gone = row == NO_ROW
        compared_value[number, ComparedValueColumn.TRUE_SIZE] = (
            0.0 if is_gone else tables.value[row, PositionValueColumn.SIZE]
        )
        compared_value[number, ComparedValueColumn.TRUE_RAW_USD] = (
            np.nan
            if is_gone
            else tables.pool_value[tables.position[row, LedgerPositionColumn.POOL], PoolValueColumn.CASH]
        )
    pool = tables.account[account, LedgerAccountColumn.FIRST_POOL]
    while pool != NO_ROW:
        if _is_pool_covered(tables, terms, pool, is_covered):
            row = tables.pool[pool, LedgerPoolColumn.FIRST]
            while row != NO_ROW:
                market = tables.position[row, LedgerPositionColumn.MARKET]
                number = first
                while number < stop and compared[number, ComparedColumn.MARKET] != market:
                    number += 1
                if number == stop:
                    compared[last, ComparedColumn.ACCOUNT] = account
                    compared[last, ComparedColumn.MARKET] = market
                    compared[last, ComparedColumn.AGE_MS] = age_ms
                    compared[last, ComparedColumn.IS_UNSURE] = is_unsure
                    compared_value[last, ComparedValueColumn.TRACKED_SIZE] = 0.0
                    compared_value[last, ComparedValueColumn.TRUE_SIZE] = tables.value[row, PositionValueColumn.SIZE]
                    compared_value[last, ComparedValueColumn.TRACKED_RAW_USD] = np.nan
                    cash = tables.pool_value[pool, PoolValueColumn.CASH]
                    compared_value[last, ComparedValueColumn.TRUE_RAW_USD] = cash
                    last += 1
                row = tables.position[row, LedgerPositionColumn.NEXT]
        pool = tables.pool[pool, LedgerPoolColumn.NEXT]
    return last
