"""Bands of accounts that stay as they are, at one batch of marks after the other.

What follows from the accounts alone is kept: their plan, and the levels of positions alone in their pools, which no
mark moves (docs/liquidation.md, eq. 2), with their sums in bands (`kept_sums.py`). Of the others the columns are kept
close together, and each root is written straight to where banding reads it, in the order of the coins. Bands are those
of `solve_roots` and `build_bands` to the bit (`exact_sums.py` says up to which size).
"""

from __future__ import annotations

import numpy as np

from liqscape.errors import ModelError
from liqscape.heatmap.bands import Bands, OutsideSums
from liqscape.heatmap.build import note_exempt, windows
from liqscape.heatmap.kept_sums import keep_sums
from liqscape.heatmap.plan import BandPlan
from liqscape.heatmap.workspace import BandWorkspace
from liqscape.model.accounts import Accounts
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import MarketSnapshot
from liqscape.risk.columns import PoolColumns
from liqscape.risk.liquidation import solve_roots
from liqscape.risk.moving_pools import MovingPools
from liqscape.risk.threads import ONE_THREAD, KernelThreads


class StandingBands:
    """What is kept of some accounts; for one caller at a time.

    Raises ModelError where a position names a market or a margin table that is not there.
    """

    def __init__(self, accounts: Accounts, snapshot: MarketSnapshot, tables: MarginTables, plan: BandPlan) -> None:
        from liqscape.risk.kernels import levels

        self._levels, self._workspace = levels, BandWorkspace()
        self._layers, self._markets = plan.columns[1], len(snapshot.mark)
        self._tiers = levels.tier_columns(tables.rate, tables.deduction, tables.lower_bound)
        count = len(plan.lots)
        price, is_lone = np.empty(count + 1), np.empty(count + 1, np.bool_)
        price[plan.place], is_lone[plan.place] = solve_roots(accounts, snapshot, tables), accounts.is_lone
        kept = keep_sums(plan, is_lone[:count], price[:count], snapshot.markets.lots_per_coin)
        self._kept, self._others = kept.columns, kept.others
        self._price = np.empty(len(kept.others.lots) + 1)
        self._price[kept.others.place] = price[plan.place]
        self._moving = MovingPools(accounts)
        self._held = PoolColumns(offsets=self._moving.offsets, raw_usd=accounts.raw_usd[self._moving.pools])
        self._where = kept.others.place[self._moving.rows]
        self._apart = OutsideSums.empty(self._markets)
        note_exempt(accounts, plan, self._apart)

    def at(self, snapshot: MarketSnapshot, threads: KernelThreads = ONE_THREAD) -> tuple[Bands, OutsideSums]:
        """Bands and the stated rest at other marks of the same markets. Cost O(P), some 9 ns a position."""
        if len(snapshot.mark) != self._markets:
            raise ModelError(f"{len(snapshot.mark)} marks; these bands are of {self._markets} markets")
        self._levels.solve_in_parts(
            self._held,
            self._moving.positions,
            self._moving.place,
            snapshot.mark,
            self._tiers,
            self._price,
            where=self._where,
            threads=threads,
        )
        outside = OutsideSums(self._apart.size.copy(), self._apart.position_count.copy())
        bands = self._workspace.band_prices(
            self._others, self._layers, self._price, windows(snapshot), outside, threads, kept=self._kept
        )
        return bands, outside
