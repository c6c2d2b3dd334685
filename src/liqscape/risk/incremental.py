"""Levels kept up to date: a batch of marks re-solves exactly the pools whose levels it can move.

A position's own mark does not enter its own price (docs/liquidation.md, eq. 2), so a pool with one position
never moves on a tick; a pool with several moves when one of its coins does.
"""

from __future__ import annotations

import numpy as np

from liqscape.model.accounts import Accounts
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import MarketSnapshot
from liqscape.risk.columns import PoolColumns
from liqscape.risk.liquidation import solve_roots
from liqscape.risk.moving_pools import MovingPools
from liqscape.units import BoolArray, Float64Array, Int64Array

MANY_SHARE = 0.3
"""Beyond this share of the pools one compact run over all of them is quicker than picking (measured)."""


class IncrementalLevels:
    """Roots of all positions (risk.liquidation.solve_roots), kept at the latest marks and raw USD.

    root      (P,) read only for callers; moves in place.
    mark      (M,) the marks it stands at.
    raw_usd   (A,) the raw USD it stands at.
    """

    def __init__(self, accounts: Accounts, snapshot: MarketSnapshot, tables: MarginTables) -> None:
        from liqscape.risk.kernels import levels

        self._levels = levels
        self._accounts = accounts
        self._tiers = levels.tier_columns(tables.rate, tables.deduction, tables.lower_bound)
        self.mark = snapshot.mark.copy()
        self.raw_usd = accounts.raw_usd.copy()
        self.root = solve_roots(accounts, snapshot, tables)
        self._moving = MovingPools(accounts)
        market_index = self._moving.positions.market_index
        order = np.argsort(market_index, kind="stable")
        self._holder = accounts.pool_of_position()[self._moving.rows][order]
        holders = np.bincount(market_index, minlength=len(snapshot.markets))
        self._holder_start = np.concatenate(([0], np.cumsum(holders)))

    def update_marks(self, mark: Float64Array) -> Int64Array:
        """Move to new marks (M,); returns the pools solved again, rising. NaN marks make pools unknown."""
        is_changed: BoolArray = ~((mark == self.mark) | (np.isnan(mark) & np.isnan(self.mark)))
        self.mark = mark.copy()
        if is_changed.all():
            self._solve_moving()
            return self._moving.pools
        pools = self._pools_holding(np.flatnonzero(is_changed))
        if len(pools) > MANY_SHARE * len(self._moving.pools):
            self._solve_moving()
        else:
            self._solve(pools)
        return pools

    def update_raw_usd(self, pools: Int64Array, raw_usd: Float64Array) -> None:
        """New raw USD of some pools (funding, a deposit); only they are solved again."""
        self.raw_usd[pools] = raw_usd
        self._solve(pools)

    def _pools_holding(self, markets: Int64Array) -> Int64Array:
        parts = [self._holder[self._holder_start[row] : self._holder_start[row + 1]] for row in markets]
        if not parts:
            return np.empty(0, np.int64)
        is_held = np.zeros(self._accounts.pool_count, np.bool_)
        is_held[np.concatenate(parts)] = True
        return np.flatnonzero(is_held)

    def _solve_moving(self) -> None:
        """All pools with several positions, as one compact run; the others cannot have moved."""
        moving = self._moving
        root = np.empty(len(moving.rows))
        self._levels.solve_in_parts(
            PoolColumns(offsets=moving.offsets, raw_usd=self.raw_usd[moving.pools]),
            moving.positions,
            moving.place,
            self.mark,
            self._tiers,
            root,
        )
        self.root[moving.rows] = root

    def _solve(self, pools: Int64Array) -> None:
        accounts, tiers = self._accounts, self._tiers
        self._levels.solve_some_roots(
            pools=pools,
            offsets=accounts.offsets,
            raw_usd=self.raw_usd,
            market_index=accounts.market_index,
            size=accounts.size,
            table_row=accounts.table_row,
            mark=self.mark,
            rate=tiers.rate,
            deduction=tiers.deduction,
            weight=tiers.weight,
            first_bound=tiers.first_bound,
            root=self.root,
        )
