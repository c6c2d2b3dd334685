"""Batches of public prints: both users of each are moved, and a liquidation is told from a close."""

from __future__ import annotations

import numpy as np

from liqscape.ledger.batches import (
    APPLIED,
    NO_MARKET,
    NO_ROOM,
    NOT_KNOWN,
    OUT_OF_ORDER,
    PrintColumns,
    PrintRoom,
)
from liqscape.ledger.columns import (
    NEVER_MS,
    NO_ROW,
    Count,
    LedgerAccountColumn,
    LedgerPoolColumn,
    LedgerPositionColumn,
    MarketValueColumn,
    PositionValueColumn,
)
from liqscape.ledger.kernels.address_table import COLUMNS, look_up, look_up_names
from liqscape.ledger.kernels.ahead import BLOCK, ask_ahead
from liqscape.ledger.kernels.judging import is_reached, level_of
from liqscape.ledger.kernels.keys import find_position
from liqscape.ledger.kernels.legs import NOT_FORCED, add_hit, is_beyond_memory, note_trade
from liqscape.ledger.kernels.recent import add_leg, find_leg
from liqscape.ledger.kernels.taking import doubt_opening, take_leg
from liqscape.ledger.new_tables import new_hits, new_tables, new_terms
from liqscape.ledger.tables import HitTables, LedgerTables, Terms
from liqscape.model.address_words import LETTERS
from liqscape.risk.kernels.jit import compiled, merged
from liqscape.risk.kernels.packed import Packing
from liqscape.units import BoolArray, Float64Array, Int32Array, Int64Array, UInt32Array

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
    is_beyond = is_beyond_memory(tables, terms, account, market, time_ms)
    add_leg(tables, time_ms, trade_id, market, account, signed, price, fee, 0, NOT_FORCED)
    if is_beyond or not note_trade(tables, terms, account, market, notional, time_ms):
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
    add_hit(tables, terms, account, market, time_ms, trade_id, side, NO_ROW, closed, price, level, hit, hit_value)


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
