"""The ledger's tables built empty; growth.py makes room in them."""

from __future__ import annotations

import numpy as np

from liqscape.ledger.columns import (
    NEVER_MS,
    NO_ROW,
    Count,
    HitColumn,
    HitValueColumn,
    LedgerMarketColumn,
    LegColumn,
    LegValueColumn,
    MarketValueColumn,
    StatedColumn,
)
from liqscape.ledger.lines import new_lines
from liqscape.ledger.tables import HitTables, LedgerTables, Terms
from liqscape.units import Int64Array

FIRST_ROWS = 1024
"""Capacity of a new table; a power of two."""
ACCOUNT_LINES = 2


def new_tables() -> LedgerTables:
    """Nothing known."""
    count = np.zeros(Count.WIDTH, np.int64)
    count[[Count.FREE_POOL, Count.FREE_POSITION]] = NO_ROW
    count[[Count.NEWEST_MS, Count.DUE_MS, Count.FORGOTTEN_MS]] = NEVER_MS
    count[[Count.LEG_END, Count.LEG_START]] = 1
    account = new_lines(FIRST_ROWS, ACCOUNT_LINES).view(np.int64)
    pool, position = new_lines(FIRST_ROWS), new_lines(FIRST_ROWS)
    return LedgerTables(
        counter=count,
        account=account,
        account_value=account.view(np.float64),
        state_behind=np.zeros((FIRST_ROWS, 1), np.uint32),
        changed=np.zeros(FIRST_ROWS, np.int32),
        pool=pool,
        pool_time=pool.view(np.int64),
        pool_value=pool.view(np.float64),
        position=position,
        value=position.view(np.float64),
        stated=np.zeros((FIRST_ROWS, StatedColumn.WIDTH)),
        slot=np.full(2 * FIRST_ROWS, NO_ROW, np.int32),
        leg=_table(FIRST_ROWS, LegColumn.WIDTH),
        leg_value=np.zeros((FIRST_ROWS, LegValueColumn.WIDTH)),
        bucket=np.zeros(FIRST_ROWS, np.int64),
        due=np.zeros(0),
        forgotten=np.zeros(0, np.int64),
    )


def new_hits(rows: int = FIRST_ROWS) -> HitTables:
    """Room for so many liquidations of one batch."""
    return HitTables(
        row=np.empty((rows, HitColumn.WIDTH), np.int64),
        value=np.empty((rows, HitValueColumn.WIDTH)),
    )


def new_terms() -> Terms:
    """No market."""
    return Terms(
        market=np.zeros((0, LedgerMarketColumn.WIDTH), np.int64),
        market_value=np.zeros((0, MarketValueColumn.WIDTH)),
        mark_ms=NEVER_MS,
        rate=np.zeros((0, 1)),
        deduction=np.zeros((0, 1)),
        tolerance=0.0,
        max_mark_age_ms=0,
    )


def _table(rows: int, width: int) -> Int64Array:
    return np.zeros((rows, width), np.int64)
