"""Funding: by rate when the hour is full, or as a node tells what was paid; never both (docs/tracking.md, eq. 4)."""

from __future__ import annotations

import numpy as np

from liqscape.ledger.batches import PaymentColumns
from liqscape.ledger.columns import (
    NEVER_MS,
    NO_ROW,
    Count,
    LedgerAccountColumn,
    LedgerMarketColumn,
    LedgerPoolColumn,
    LedgerPositionColumn,
    LegColumn,
    LegValueColumn,
    PoolValueColumn,
    PositionValueColumn,
)
from liqscape.ledger.kernels.holdings import note_change, shared_pool
from liqscape.ledger.kernels.keys import find_position
from liqscape.ledger.kernels.state_times import state_time
from liqscape.ledger.tables import LedgerTables, Terms
from liqscape.risk.kernels.jit import compiled, merged
from liqscape.units import HOUR_MS


@merged
def pay_pool(tables: LedgerTables, terms: Terms, pool: int) -> None:
    """Every position of a pool pays for the hour DUE_MS, unless a newer state or a payment has it."""
    due_ms = tables.counter[Count.DUE_MS]
    hour = due_ms // HOUR_MS
    account = tables.pool[pool, LedgerPoolColumn.ACCOUNT]
    row = tables.pool[pool, LedgerPoolColumn.FIRST]
    while row != NO_ROW:
        market = tables.position[row, LedgerPositionColumn.MARKET]
        state_ms = state_time(tables, account, terms.market[market, LedgerMarketColumn.DEX])
        if tables.position[row, LedgerPositionColumn.FUNDED_HOUR] < hour and state_ms <= due_ms:
            due = tables.due[market]
            if np.isnan(due):
                tables.account[account, LedgerAccountColumn.UNSURE_MS] = max(
                    tables.account[account, LedgerAccountColumn.UNSURE_MS], due_ms
                )
            else:
                amount = -tables.value[row, PositionValueColumn.SIZE] * due
                tables.pool_value[pool, PoolValueColumn.CASH] += amount
                tables.value[row, PositionValueColumn.FUNDED] = amount
                tables.position[row, LedgerPositionColumn.FUNDED_HOUR] = hour
                note_change(tables, pool)
            tables.account[account, LedgerAccountColumn.MOVED_MS] = max(
                tables.account[account, LedgerAccountColumn.MOVED_MS], due_ms
            )
        row = tables.position[row, LedgerPositionColumn.NEXT]


@compiled
def pay_due(tables: LedgerTables, terms: Terms) -> None:
    """Everybody pays for the hour DUE_MS."""
    for account in range(tables.counter[Count.ACCOUNTS]):
        pool = tables.account[account, LedgerAccountColumn.FIRST_POOL]
        while pool != NO_ROW:
            pay_pool(tables, terms, pool)
            pool = tables.pool[pool, LedgerPoolColumn.NEXT]
    due_ms = tables.counter[Count.DUE_MS]
    number = tables.counter[Count.LEG_END] - 1
    while number >= tables.counter[Count.LEG_START]:
        leg = number & (len(tables.leg) - 1)
        if tables.leg[leg, LegColumn.STAMP_MS] <= due_ms:
            break
        if tables.leg[leg, LegColumn.TIME_MS] > due_ms and tables.leg[leg, LegColumn.MARKET] >= 0:
            _pay_back(tables, terms, leg)
        number -= 1


@merged
def _pay_back(tables: LedgerTables, terms: Terms, leg: int) -> None:
    """A trade from after the hour came before it was paid: what it moved was not held when the hour was full."""
    due_ms = tables.counter[Count.DUE_MS]
    account, market = tables.leg[leg, LegColumn.ACCOUNT], tables.leg[leg, LegColumn.MARKET]
    dex, due = terms.market[market, LedgerMarketColumn.DEX], tables.due[market]
    state_ms = state_time(tables, account, dex)
    if state_ms == NEVER_MS or state_ms > due_ms or np.isnan(due):
        return
    hour = due_ms // HOUR_MS
    row = find_position(tables, account, market)
    amount = tables.leg_value[leg, LegValueColumn.SIZE] * due
    if row == NO_ROW:
        if tables.account[account, LedgerAccountColumn.REPORTED_HOUR] == hour:
            return
        pool = shared_pool(tables, account, dex)
        if pool == NO_ROW:
            return
    else:
        if np.isnan(tables.value[row, PositionValueColumn.FUNDED]):
            return
        pool = tables.position[row, LedgerPositionColumn.POOL]
        tables.value[row, PositionValueColumn.FUNDED] += amount
    tables.pool_value[pool, PoolValueColumn.CASH] += amount
    note_change(tables, pool)


@compiled
def pay_reported(tables: LedgerTables, terms: Terms, time_ms: int, payments: PaymentColumns) -> None:
    """Q payments as they were made; what was paid by rate for the same hour is taken back."""
    user, market_index, amount, size = payments.user, payments.market_index, payments.amount, payments.size
    hour = time_ms // HOUR_MS
    for payment in range(len(user)):
        account, market = user[payment], market_index[payment]
        state_ms = state_time(tables, account, terms.market[market, LedgerMarketColumn.DEX])
        if state_ms == NEVER_MS or state_ms >= time_ms:
            continue
        tables.account[account, LedgerAccountColumn.MOVED_MS] = max(
            tables.account[account, LedgerAccountColumn.MOVED_MS], time_ms
        )
        tables.account[account, LedgerAccountColumn.REPORTED_HOUR] = hour
        row = find_position(tables, account, market)
        if row == NO_ROW:
            tables.account[account, LedgerAccountColumn.UNSURE_MS] = max(
                tables.account[account, LedgerAccountColumn.UNSURE_MS], time_ms
            )
            pool = shared_pool(tables, account, terms.market[market, LedgerMarketColumn.DEX])
            if pool != NO_ROW and tables.counter[Count.DUE_MS] // HOUR_MS < hour:
                tables.pool_value[pool, PoolValueColumn.CASH] += amount[payment]
                note_change(tables, pool)
            continue
        funded_hour = tables.position[row, LedgerPositionColumn.FUNDED_HOUR]
        funded = tables.value[row, PositionValueColumn.FUNDED]
        if funded_hour > hour or (funded_hour == hour and np.isnan(funded)):
            continue
        pool = tables.position[row, LedgerPositionColumn.POOL]
        tables.pool_value[pool, PoolValueColumn.CASH] += amount[payment] - (funded if funded_hour == hour else 0.0)
        tables.position[row, LedgerPositionColumn.FUNDED_HOUR] = hour
        tables.value[row, PositionValueColumn.FUNDED] = np.nan
        note_change(tables, pool)
        if abs(size[payment] - tables.value[row, PositionValueColumn.SIZE]) > 1e-9 * abs(
            tables.value[row, PositionValueColumn.SIZE]
        ):
            tables.account[account, LedgerAccountColumn.UNSURE_MS] = max(
                tables.account[account, LedgerAccountColumn.UNSURE_MS], time_ms
            )
