"""Margin of whole pools at given marks (docs/margin.md, eq. 1 to 5).

    exposure     = size * mark
    account_value = raw_usd + sum(exposure)                                   (3)
    maintenance  = sum(max over tiers n of |exposure| * rate_n - deduction_n)  (4)
    shortage     = max(0, maintenance - account_value)                         (5)

Liquidatable is strict: account_value < maintenance (equality is still safe; HL.DOC.LIQUIDATIONS).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.errors import ModelError
from liqscape.model.accounts import Accounts
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import MarketSnapshot
from liqscape.units import AnyArray, BoolArray, Float64Array, Int32Array


@dataclass(frozen=True)
class PoolMargin:
    """Margin of A pools, USD. NaN where the pool's raw USD or the mark of one of its coins is unknown."""

    account_value: Float64Array
    maintenance_margin: Float64Array

    @property
    def free_margin(self) -> Float64Array:
        """(A,) account value minus maintenance: how much may be lost before liquidation."""
        return self.account_value - self.maintenance_margin

    @property
    def margin_shortage(self) -> Float64Array:
        """(A,) USD missing to maintenance, 0 where there is enough."""
        return np.maximum(0.0, self.maintenance_margin - self.account_value)

    @property
    def health(self) -> Float64Array:
        """(A,) maintenance / account value: 0 without positions, 1 at liquidation, inf with nothing left."""
        value = self.account_value
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = self.maintenance_margin / value
        ratio = np.where(value <= 0.0, np.inf, ratio)
        return np.where(self.maintenance_margin == 0.0, 0.0, np.where(np.isnan(value), np.nan, ratio))

    @property
    def is_liquidatable(self) -> BoolArray:
        """(A,) True where account value is below maintenance; False where unknown."""
        liquidatable: BoolArray = self.account_value < self.maintenance_margin
        return liquidatable


def maintenance_margin(notional: Float64Array, table_row: AnyArray, tables: MarginTables) -> Float64Array:
    """USD maintenance of each notional (USD, >= 0) in its own table, tiers and deductions applied (eq. 2)."""
    tiers = notional[..., None] * tables.rate[table_row] - tables.deduction[table_row]
    highest: Float64Array = tiers.max(axis=-1)
    return highest


def pool_margin(accounts: Accounts, snapshot: MarketSnapshot, tables: MarginTables) -> PoolMargin:
    """Account value and maintenance margin of every pool at the snapshot's marks (eq. 3, 4)."""
    check_rows(accounts, snapshot, tables)
    exposure = accounts.size * snapshot.mark[accounts.market_index]
    maintenance = maintenance_margin(np.abs(exposure), accounts.table_row, tables)
    pool = accounts.pool_of_position()
    count = accounts.pool_count
    return PoolMargin(
        accounts.raw_usd + np.bincount(pool, exposure, count),
        np.where(np.isnan(accounts.raw_usd), np.nan, np.bincount(pool, maintenance, count)),
    )


def check_rows(accounts: Accounts, snapshot: MarketSnapshot, tables: MarginTables) -> None:
    """Raises ModelError if a position names a market or margin table that is not there."""
    markets, margin_tables = accounts.named_rows
    if (
        min(markets.start, margin_tables.start) < 0
        or markets.stop > len(snapshot.markets)
        or margin_tables.stop > len(tables)
    ):
        check_names(accounts.market_index, accounts.table_row, len(snapshot.markets), len(tables))


def are_within(column: Int32Array, count: int) -> bool:
    """Whether all of (P,) are rows of a table with so many."""
    return not len(column) or (int(column.min()) >= 0 and int(column.max()) < count)


def check_names(market_index: Int32Array, table_row: Int32Array, market_count: int, table_count: int) -> None:
    """The same of columns of positions (P,)."""
    for name, column, count in (("market", market_index, market_count), ("margin table row", table_row, table_count)):
        if not are_within(column, count):
            bad = int(np.flatnonzero((column < 0) | (column >= count))[0])
            raise ModelError(f"position {bad} names {name} {int(column[bad])}; there are {count}")
