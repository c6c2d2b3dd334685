"""Batches of public prints and of fills, side by side."""

from __future__ import annotations

import numpy as np

from liqscape.ledger.batches import (
    APPLIED,
    NO_MARKET,
    NO_ROOM,
    NOT_KNOWN,
    OUT_OF_ORDER,
    FillColumns,
    PrintColumns,
    PrintRoom,
)
from liqscape.ledger.columns import (
    NEVER_MS,
    NO_ROW,
    AccountValueColumn,
    Count,
    HitColumn,
    HitValueColumn,
    LedgerAccountColumn,
    LedgerMarketColumn,
    LedgerPoolColumn,
    LedgerPositionColumn,
    LegColumn,
    LegValueColumn,
    MarketValueColumn,
    PoolValueColumn,
    PositionValueColumn,
)
from liqscape.ledger.kernels.address_table import COLUMNS, look_up, look_up_names
from liqscape.ledger.kernels.ahead import BLOCK, ask_ahead
from liqscape.ledger.kernels.holdings import note_change, shared_pool
from liqscape.ledger.kernels.judging import account_value, is_reached, level_of
from liqscape.ledger.kernels.keys import bit_of, find_position
from liqscape.ledger.kernels.recent import add_leg, find_leg, has_forgotten
from liqscape.ledger.kernels.state_times import state_time
from liqscape.ledger.kernels.taking import doubt_opening, take_leg
from liqscape.ledger.new_tables import new_hits, new_tables, new_terms
from liqscape.ledger.tables import HitTables, LedgerTables, Terms
from liqscape.model.address_words import LETTERS
from liqscape.model.liquidations import LiquidationMethod
from liqscape.risk.kernels.jit import compiled, inlined, merged
from liqscape.risk.kernels.packed import Packing
from liqscape.units import BoolArray, Float64Array, Int32Array, Int64Array, UInt8Array, UInt32Array

HALF_LIFE_MS = 3_600_000.0
"""Traded notional counts half after an hour without trades."""
NOT_FORCED = int(LiquidationMethod.NONE)
START_SLACK = 1e-3
"""Lots; sizes are whole lots, so a start this close to what is held is the same."""


TABLES = Packing(new_tables())
TERMS = Packing(new_terms())
HITS = Packing(new_hits(1))
ROOM = Packing(PrintRoom(np.zeros(1, np.int64), np.zeros(1, np.int64)))
_tables_at, _terms_at, _hits_at = TABLES.unpack, TERMS.unpack, HITS.unpack
_room_at, _names_at = ROOM.unpack, COLUMNS.unpack
TERMS_FROM = TABLES.width
HITS_FROM = TERMS_FROM + TERMS.width
ROOM_FROM = HITS_FROM + HITS.width
NAMES_FROM = ROOM_FROM + ROOM.width
PLACES = NAMES_FROM + COLUMNS.width
"""Where their places begin, behind those of the tables, and how many there are."""


@compiled
def apply_trades(
    places: Int64Array,
    is_room_made: bool,
    ordered: int,
    word: UInt32Array,
    text: bytes,
    buyer: Int32Array,
    seller: Int32Array,
    market_index: Int32Array,
    price: Float64Array,
    size: Float64Array,
    is_buyer_taker: BoolArray,
    time_ms: Int64Array,
    trade_id: Int64Array,
) -> int:
    """Both legs of T prints; liquidations that show fill the hit tables (T rows of room).

    places: of the tables, the terms, the hit tables, the room and the table of addresses, one behind the other. Columns
    are handed over one by one: in a record they take 2 us more a call. word, text: addresses that the prints name, as
    words or as names with a comma between them, NOT_KNOWN where one is not in the table; without both their numbers are
    in the room. ordered: rows to take in the order that is in the room. Without any prints are taken as they come,
    OUT_OF_ORDER where that is not by (time, trade id, market): sorting twenty of them costs as much as applying one.
    is_room_made: all the room there may be has been made; else NO_ROOM where a table may be too short.
    """
    tables, terms, hits = _tables_at(places), _terms_at(places[TERMS_FROM:]), _hits_at(places[HITS_FROM:])
    room, names = _room_at(places[ROOM_FROM:]), _names_at(places[NAMES_FROM:])
    number, order = room.number, room.order[:ordered]
    if len(word) > 0 and look_up(names, word, number) < len(word):
        return NOT_KNOWN
    count = (len(text) + 1) // (LETTERS + 1)
    if len(text) > 0 and look_up_names(names, text, number[:count]) < count:
        return NOT_KNOWN
    prints = PrintColumns(buyer, seller, market_index, price, size, is_buyer_taker, time_ms, trade_id)
    tables.counter[Count.HITS] = 0
    count = len(order) if len(order) > 0 else len(market_index)
    for row in range(len(market_index)):
        if market_index[row] < 0 or market_index[row] >= len(terms.market):
            return NO_MARKET
    if len(order) == 0:
        for row in range(1, count):
            if time_ms[row] != time_ms[row - 1]:
                is_behind = time_ms[row] < time_ms[row - 1]
            elif trade_id[row] != trade_id[row - 1]:
                is_behind = trade_id[row] < trade_id[row - 1]
            else:
                is_behind = market_index[row] < market_index[row - 1]
            if is_behind:
                return OUT_OF_ORDER
    if not is_room_made and not _has_room(tables, hits, 2 * count):
        return NO_ROOM
    for place in range(count):
        if place % BLOCK == 0:
            ask_ahead(tables, number, prints, order, place)
        row = order[place] if len(order) > 0 else place
        for is_buy in (True, False):
            account = number[prints.buyer[row]] if is_buy else number[prints.seller[row]]
            is_taker = prints.is_buyer_taker[row] == is_buy
            signed = prints.size[row] if is_buy else -prints.size[row]
            _apply_print(
                tables, terms, account, market_index[row], signed, prints.price[row], is_taker, time_ms[row],
                trade_id[row], hits.row, hits.value,
            )  # fmt: skip
    return APPLIED


@merged
def _has_room(tables: LedgerTables, hits: HitTables, legs: int) -> bool:
    """Whether every table has room for so many more rows, as growth.py counts it."""
    counter = tables.counter
    return (
        counter[Count.POOL_END] + legs <= len(tables.pool)
        and counter[Count.POSITION_END] + legs <= len(tables.position)
        and 2 * (counter[Count.KEYS] + legs) <= len(tables.slot)
        and counter[Count.LEG_END] - counter[Count.LEG_START] + legs <= len(tables.leg)
        and legs <= 2 * len(hits.row)
    )


@merged
def _apply_print(
    tables: LedgerTables,
    terms: Terms,
    account: int,
    market: int,
    signed: float,
    price: float,
    is_taker: bool,
    time_ms: int,
    trade_id: int,
    hit: Int64Array,
    hit_value: Float64Array,
) -> None:
    if find_leg(tables, time_ms, trade_id, market, account, signed > 0.0) != 0:
        tables.counter[Count.REPEATED] += 1
        return
    notional = abs(signed) * price
    fee = notional * terms.market_value[market, MarketValueColumn.TAKER if is_taker else MarketValueColumn.MAKER]
    is_beyond = _is_beyond_memory(tables, terms, account, market, time_ms)
    add_leg(tables, time_ms, trade_id, market, account, signed, price, fee, 0, NOT_FORCED)
    if is_beyond or not _note_trade(tables, terms, account, market, notional, time_ms):
        return
    row = find_position(tables, account, market)
    doubt_opening(tables, terms, account, market, row)
    level = _forced_level(tables, terms, account, market, row, signed, time_ms) if is_taker else np.inf
    held = 0.0 if row == NO_ROW else tables.value[row, PositionValueColumn.SIZE]
    take_leg(tables, terms, account, market, row, signed, price, fee, time_ms, NOT_FORCED)
    if np.isinf(level):
        return
    tables.account[account, LedgerAccountColumn.FORCED_MS] = time_ms
    closed, side = min(abs(signed), abs(held)), 1 if held > 0.0 else -1
    _add_hit(tables, terms, account, market, time_ms, trade_id, side, NO_ROW, closed, price, level, hit, hit_value)


@merged
def _forced_level(
    tables: LedgerTables, terms: Terms, account: int, market: int, row: int, signed: float, time_ms: int
) -> float:
    """Level of the position a taker closes, where the print looks like its liquidation; infinite where it does not.

    It does where the mark is at the level, or where the same instant closed something of this account by force: one
    order meets many makers, and a cross account loses several positions at once.
    """
    if row == NO_ROW or tables.value[row, PositionValueColumn.SIZE] * signed >= 0.0:
        return np.inf
    if tables.pool[tables.position[row, LedgerPositionColumn.POOL], LedgerPoolColumn.IS_EXEMPT] != 0:
        return np.inf
    if terms.mark_ms == NEVER_MS or abs(time_ms - terms.mark_ms) > terms.max_mark_age_ms:
        return np.inf
    level = level_of(tables, terms, row)
    mark = terms.market_value[market, MarketValueColumn.MARK]
    if is_reached(level, tables.value[row, PositionValueColumn.SIZE], mark, terms.tolerance):
        return level if 0.0 < level < np.inf else np.nan
    if tables.account[account, LedgerAccountColumn.FORCED_MS] == time_ms:
        return level if 0.0 < level < np.inf else np.nan
    return np.inf


@merged
def _is_beyond_memory(tables: LedgerTables, terms: Terms, account: int, market: int, time_ms: int) -> bool:
    """Whether a leg that is not remembered may have been applied before; its account is then unsure until read."""
    if time_ms > tables.forgotten[market]:
        return False
    state_ms = state_time(tables, account, terms.market[market, LedgerMarketColumn.DEX])
    if state_ms == NEVER_MS or state_ms >= time_ms or not has_forgotten(tables, account):
        return False
    newest_ms = tables.counter[Count.NEWEST_MS]
    tables.counter[Count.BEYOND] += 1
    tables.account[account, LedgerAccountColumn.UNSURE_MS] = max(
        tables.account[account, LedgerAccountColumn.UNSURE_MS], newest_ms
    )
    tables.account[account, LedgerAccountColumn.MOVED_MS] = max(
        tables.account[account, LedgerAccountColumn.MOVED_MS], newest_ms
    )
    return True


@merged
def _note_trade(tables: LedgerTables, terms: Terms, account: int, market: int, notional: float, time_ms: int) -> bool:
    """Count a leg for its account; True where it moves what is known of it."""
    before_ms = tables.account[account, LedgerAccountColumn.TRADE_MS]
    if before_ms != NEVER_MS:
        gone = abs(time_ms - before_ms) / HALF_LIFE_MS
        if time_ms >= before_ms:
            tables.account_value[account, AccountValueColumn.TRADED] *= 0.5**gone
        else:
            notional *= 0.5**gone
    tables.account_value[account, AccountValueColumn.TRADED] += notional
    tables.account[account, LedgerAccountColumn.TRADE_MS] = max(before_ms, time_ms)
    dex = terms.market[market, LedgerMarketColumn.DEX]
    state_ms = state_time(tables, account, dex)
    if state_ms >= time_ms:
        return False  # it is in the state already
    tables.account[account, LedgerAccountColumn.MOVED_MS] = max(
        tables.account[account, LedgerAccountColumn.MOVED_MS], time_ms
    )
    if state_ms == NEVER_MS:
        tables.account[account, LedgerAccountColumn.UNREAD_DEXS] |= bit_of(dex)
        tables.counter[Count.UNKNOWN] += 1
        return False
    tables.counter[Count.APPLIED] += 1
    return True


@merged
def _add_hit(
    tables: LedgerTables,
    terms: Terms,
    account: int,
    market: int,
    time_ms: int,
    trade_id: int,
    side: int,
    row: int,
    size: float,
    price: float,
    level: float,
    hit: Int64Array,
    hit_value: Float64Array,
) -> None:
    number = tables.counter[Count.HITS]
    tables.counter[Count.HITS] = number + 1
    hit[number, HitColumn.ACCOUNT] = account
    hit[number, HitColumn.MARKET] = market
    hit[number, HitColumn.TIME_MS] = time_ms
    hit[number, HitColumn.TRADE_ID] = trade_id
    hit[number, HitColumn.SIDE] = side
    hit[number, HitColumn.ROW] = row
    hit_value[number, HitValueColumn.SIZE] = size
    hit_value[number, HitValueColumn.PRICE] = price
    hit_value[number, HitValueColumn.MARK] = terms.market_value[market, MarketValueColumn.MARK]
    hit_value[number, HitValueColumn.LEVEL] = level
    hit_value[number, HitValueColumn.ACCOUNT_VALUE] = _value_left(tables, terms, account, market)


@merged
def _value_left(tables: LedgerTables, terms: Terms, account: int, market: int) -> float:
    position = find_position(tables, account, market)
    if position != NO_ROW:
        return account_value(tables, terms, tables.position[position, LedgerPositionColumn.POOL])
    pool = shared_pool(tables, account, terms.market[market, LedgerMarketColumn.DEX])
    return np.nan if pool == NO_ROW else account_value(tables, terms, pool)


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
        hit_value[number, HitValueColumn.ACCOUNT_VALUE] = _value_left(tables, terms, account, market)


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
        if _is_beyond_memory(tables, terms, account, market, time_ms):
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
        is_moved = _note_trade(tables, terms, account, market, abs(size[row]) * price[row], time_ms)
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
    _add_hit(
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
