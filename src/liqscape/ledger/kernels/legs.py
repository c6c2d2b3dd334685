"""What a leg of a print or of a fill says of its account, and the liquidation it may show."""

from __future__ import annotations

import numpy as np

from liqscape.ledger.columns import (
    NEVER_MS,
    NO_ROW,
    AccountValueColumn,
    Count,
    HitColumn,
    HitValueColumn,
    LedgerAccountColumn,
    LedgerMarketColumn,
    LedgerPositionColumn,
    MarketValueColumn,
)
from liqscape.ledger.kernels.holdings import shared_pool
from liqscape.ledger.kernels.judging import account_value
from liqscape.ledger.kernels.keys import bit_of, find_position
from liqscape.ledger.kernels.recent import has_forgotten
from liqscape.ledger.kernels.state_times import state_time
from liqscape.ledger.tables import LedgerTables, Terms
from liqscape.model.liquidations import LiquidationMethod
from liqscape.risk.kernels.jit import merged
from liqscape.units import Float64Array, Int64Array

HALF_LIFE_MS = 3_600_000.0
"""Traded notional counts half after an hour without trades."""
NOT_FORCED = int(LiquidationMethod.NONE)


@merged
def is_beyond_memory(tables: LedgerTables, terms: Terms, account: int, market: int, time_ms: int) -> bool:
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
def note_trade(tables: LedgerTables, terms: Terms, account: int, market: int, notional: float, time_ms: int) -> bool:
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
def add_hit(
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
    hit_value[number, HitValueColumn.ACCOUNT_VALUE] = value_left(tables, terms, account, market)


@merged
def value_left(tables: LedgerTables, terms: Terms, account: int, market: int) -> float:
    position = find_position(tables, account, market)
    if position != NO_ROW:
        return account_value(tables, terms, tables.position[position, LedgerPositionColumn.POOL])
    pool = shared_pool(tables, account, terms.market[market, LedgerMarketColumn.DEX])
    return np.nan if pool == NO_ROW else account_value(tables, terms, pool)
