"""Liquidation price of every position (docs/liquidation.md, eq. 1 to 4).

With K = raw_usd + sum over the *other* positions of (size * mark - maintenance), the pool reaches maintenance
at the mark p of one coin, the other marks frozen, where

    K + size * p = max over tiers n of ( |size| * p * rate_n - deduction_n )                     (1)

Maintenance is convex in notional, so with side = sign(size)

    p = max over tiers n of ( -(K + deduction_n) / (1 - side * rate_n) ) / size                  (2)

and the tier is the one of the notional at p itself. An isolated pool holds one position, so K = raw_usd and
the mark does not enter. This is what the venue prints as `liquidationPx` (HL.DOC.LIQUIDATIONS; protocol
notes section 11), unrounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from liqscape.model.accounts import Accounts
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import MarketSnapshot
from liqscape.risk.columns import PoolColumns, PoolOfPosition, PositionColumns
from liqscape.risk.margin import check_rows
from liqscape.risk.threads import ONE_THREAD, KernelThreads
from liqscape.units import Float64Array, Int8Array, Int32Array, UInt8Array

HIGHEST_PRICE = 1e15
"""The venue prints null above this (HL.EXAMPLE.LIQUIDATIONPX); such a price is out of reach anyway."""


class LevelStatus(IntEnum):
    """Why a position has a liquidation price or none."""

    OK = 0
    NO_LEVEL = 1
    """No positive mark of this coin alone liquidates the pool."""
    UNKNOWN = 2
    """The pool's raw USD, or the mark of a coin in a pool of several positions, is unknown."""
    INSOLVENT = 3
    """Every mark of this coin up to HIGHEST_PRICE leaves the pool below maintenance: the others sank it."""


@dataclass(frozen=True)
class LiquidationPrices:
    """P rows.

    price  (P,) USD, unrounded; NaN unless status is OK.
    status (P,) LevelStatus.
    tier   (P,) margin tier of the notional at the price (boundary belongs to the higher tier); -1 unless OK.
    """

    price: Float64Array
    status: UInt8Array
    tier: Int8Array


def solve_liquidation(accounts: Accounts, snapshot: MarketSnapshot, tables: MarginTables) -> LiquidationPrices:
    """Solve every position of every pool (eq. 2).

    Raises ModelError if a position names a market or margin table that is not there.
    """
    return solve_share(accounts, snapshot, tables, 1.0)


def solve_share(
    accounts: Accounts, snapshot: MarketSnapshot, tables: MarginTables, maintenance_share: float
) -> LiquidationPrices:
    """As solve_liquidation with maintenance scaled by a share: 1 liquidation, 2/3 backstop, 0 bankruptcy."""
    return levels_of(accounts, tables, solve_roots(accounts, snapshot, tables, maintenance_share))


def levels_of(accounts: Accounts, tables: MarginTables, root: Float64Array) -> LiquidationPrices:
    """What (P,) roots mean: a price, none, not known, or that the pool is below already."""
    with np.errstate(invalid="ignore"):
        has_level = (root > 0.0) & (root <= HIGHEST_PRICE)
        is_insolvent = np.where(accounts.size < 0.0, root <= 0.0, root > HIGHEST_PRICE)
    status = np.full(len(root), LevelStatus.NO_LEVEL, np.uint8)
    status[is_insolvent] = LevelStatus.INSOLVENT
    status[np.isnan(root)] = LevelStatus.UNKNOWN
    status[has_level] = LevelStatus.OK
    price = np.where(has_level, root, np.nan)
    notional = np.abs(accounts.size) * np.where(has_level, root, 0.0)
    reached = notional[:, None] >= tables.lower_bound[accounts.table_row]
    tier = np.where(has_level, reached.sum(axis=1) - 1, -1).astype(np.int8)
    return LiquidationPrices(price, status, tier)


def solve_roots(
    accounts: Accounts,
    snapshot: MarketSnapshot,
    tables: MarginTables,
    maintenance_share: float = 1.0,
    out: Float64Array | None = None,
    threads: KernelThreads = ONE_THREAD,
) -> Float64Array:
    """(P,) eq. 2 as it comes: a price where positive, NaN where unknown, else no positive mark does it.

    out: a (P,) array to fill and return; fresh pages cost as much as the solving.
    Cost O(P), compiled, about 5 ns a position and thread.
    """
    check_rows(accounts, snapshot, tables)
    rate, deduction = tables.rate * maintenance_share, tables.deduction * maintenance_share
    return solve_roots_at(
        accounts,
        snapshot,
        table_row=accounts.table_row,
        rate=rate,
        deduction=deduction,
        lower_bound=tables.lower_bound,
        out=out,
        threads=threads,
    )


def solve_roots_at(
    accounts: Accounts,
    snapshot: MarketSnapshot,
    *,
    table_row: Int32Array,
    rate: Float64Array,
    deduction: Float64Array,
    lower_bound: Float64Array,
    out: Float64Array | None = None,
    threads: KernelThreads = ONE_THREAD,
) -> Float64Array:
    """As solve_roots, each position in a row (P,) of given tables: (T, K) rates, deductions and lower bounds."""
    from liqscape.risk.kernels import levels

    root = np.empty(accounts.position_count) if out is None else out
    levels.solve_in_parts(
        PoolColumns(offsets=accounts.offsets, raw_usd=accounts.raw_usd),
        PositionColumns(market_index=accounts.market_index, size=accounts.size, table_row=table_row),
        PoolOfPosition(pool=accounts.pool_of_position(), is_lone=accounts.is_lone),
        snapshot.mark,
        levels.tier_columns(rate, deduction, lower_bound),
        root,
        threads=threads,
    )
    return root
