"""The later stages of a liquidation: backstop and bankruptcy (docs/liquidation.md, eq. 5, 6 and 11).

    backstop    account_value = 2/3 * maintenance    the liquidator vault takes the pool over        (5)
    bankruptcy  account_value = 0                     beyond it the loss falls on others (ADL)        (6)

Both are the liquidation equation with maintenance scaled by a share, so the same kernel solves them. Where cross margin
is protected, a pool over several dexs meets each stage dex by dex, the first of them counts:

    account_value - maintenance of the other dexs = share * maintenance of this dex                   (11)
"""

from __future__ import annotations

import numpy as np

from liqscape.model.accounts import Accounts
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import MarketSnapshot
from liqscape.risk.liquidation import LiquidationPrices, levels_of, solve_roots, solve_roots_at
from liqscape.units import Float64Array, Int64Array

BACKSTOP_SHARE = 2.0 / 3.0  # HL.DOC.LIQUIDATIONS


def backstop_price(
    accounts: Accounts, snapshot: MarketSnapshot, tables: MarginTables, *, protects_cross_margin: bool = False
) -> LiquidationPrices:
    """Mark of each position's coin, the others frozen, at which the pool is at 2/3 of maintenance (eq. 5).

    protects_cross_margin: the rule announced for testnet in February 2026 (eq. 11).
    """
    return _solve_stage(accounts, snapshot, tables, BACKSTOP_SHARE, protects_cross_margin)


def bankruptcy_price(
    accounts: Accounts, snapshot: MarketSnapshot, tables: MarginTables, *, protects_cross_margin: bool = False
) -> LiquidationPrices:
    """Mark of each position's coin, the others frozen, at which the pool is worth nothing (eq. 6, or 11)."""
    return _solve_stage(accounts, snapshot, tables, 0.0, protects_cross_margin)


def _solve_stage(
    accounts: Accounts, snapshot: MarketSnapshot, tables: MarginTables, share: float, protects: bool
) -> LiquidationPrices:
    root = solve_roots(accounts, snapshot, tables, share)
    if protects:
        names = [market.dex for market in snapshot.markets.rows]
        dex = np.unique(np.array(names, np.str_), return_inverse=True)[1].astype(np.int64)
        pools = _pools_over_dexs(accounts, dex)
        if len(pools):
            rows = np.isin(accounts.pool_of_position(), pools)
            root[rows] = _protected_roots(accounts.take(pools), snapshot, tables, share, dex)
    return levels_of(accounts, tables, root)


def _pools_over_dexs(accounts: Accounts, dex: Int64Array) -> Int64Array:
    """Pools that hold positions in more than one dex, rising. dex (M,)."""
    held = np.flatnonzero(np.diff(accounts.offsets))
    if not len(held):
        return held
    values, starts = dex[accounts.market_index], accounts.offsets[:-1][held]
    is_wide = np.minimum.reduceat(values, starts) < np.maximum.reduceat(values, starts)
    pools: Int64Array = held[is_wide]
    return pools


def _protected_roots(
    accounts: Accounts, snapshot: MarketSnapshot, tables: MarginTables, share: float, dex: Int64Array
) -> Float64Array:
    """(P,) eq. 11: of the dexs that the pool holds the one that is reached first: the highest root of a long, the
    lowest of a short."""
    rate, deduction = (np.concatenate((column, column * share)) for column in (tables.rate, tables.deduction))
    bound = np.concatenate((tables.lower_bound, tables.lower_bound))
    held, pool = dex[accounts.market_index], accounts.pool_of_position()
    is_long = accounts.size > 0.0
    first = np.where(is_long, -np.inf, np.inf)
    for each in np.unique(held):
        table_row = (accounts.table_row + len(tables) * (held == each)).astype(np.int32)
        root = solve_roots_at(
            accounts, snapshot, table_row=table_row, rate=rate, deduction=deduction, lower_bound=bound
        )
        has_it = np.bincount(pool, held == each, accounts.pool_count)[pool] > 0
        nearer = np.where(is_long, np.maximum(first, root), np.minimum(first, root))
        first = np.where(has_it, nearer, first)
    return first
