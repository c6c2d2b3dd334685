"""Levels of single positions, to tell a liquidation from an ordinary close (docs/liquidation.md, eq. 2)."""

from __future__ import annotations

import numpy as np

from liqscape.ledger.columns import (
    NO_ROW,
    LedgerPoolColumn,
    LedgerPositionColumn,
    MarketValueColumn,
    PoolValueColumn,
    PositionValueColumn,
)
from liqscape.ledger.tables import LedgerTables, Terms
from liqscape.risk.kernels.jit import merged


@merged
def level_of(tables: LedgerTables, terms: Terms, row: int) -> float:
    """Mark at which the pool of a position reaches maintenance, as it comes; NaN where something is not known."""
    pool = tables.position[row, LedgerPositionColumn.POOL]
    total = tables.pool_value[pool, PoolValueColumn.CASH]
    other = tables.pool[pool, LedgerPoolColumn.FIRST]
    while other != NO_ROW:
        if other != row:
            exposure = (
                tables.value[other, PositionValueColumn.SIZE]
                * terms.market_value[tables.position[other, LedgerPositionColumn.MARKET], MarketValueColumn.MARK]
            )
            total += exposure - _maintenance(terms, tables.position[other, LedgerPositionColumn.TABLE], abs(exposure))
        other = tables.position[other, LedgerPositionColumn.NEXT]
    size, table = tables.value[row, PositionValueColumn.SIZE], tables.position[row, LedgerPositionColumn.TABLE]
    side = 1.0 if size > 0.0 else -1.0
    scaled = -np.inf
    for tier in range(terms.rate.shape[1]):
        scaled = max(scaled, -(total + terms.deduction[table, tier]) / (1.0 - side * terms.rate[table, tier]))
    return np.nan if np.isnan(total) else scaled / size


@merged
def is_reached(level: float, size: float, mark: float, tolerance: float) -> bool:
    """The mark is at the level or beyond, or short of it by no more than the tolerated share; False where unknown."""
    if np.isnan(level) or np.isnan(mark):
        return False
    return mark <= level * (1.0 + tolerance) if size > 0.0 else mark >= level * (1.0 - tolerance)


@merged
def account_value(tables: LedgerTables, terms: Terms, pool: int) -> float:
    """USD of a pool at the newest marks; NaN where something is not known."""
    total = tables.pool_value[pool, PoolValueColumn.CASH]
    row = tables.pool[pool, LedgerPoolColumn.FIRST]
    while row != NO_ROW:
        total += (
            tables.value[row, PositionValueColumn.SIZE]
            * terms.market_value[tables.position[row, LedgerPositionColumn.MARKET], MarketValueColumn.MARK]
        )
        row = tables.position[row, LedgerPositionColumn.NEXT]
    return total


@merged
def _maintenance(terms: Terms, table: int, notional: float) -> float:
    most = notional * terms.rate[table, 0]
    for tier in range(1, terms.rate.shape[1]):
        most = max(most, notional * terms.rate[table, tier] - terms.deduction[table, tier])
    return most
