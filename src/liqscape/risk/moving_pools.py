"""Pools with several positions: the only ones whose levels a mark can move (docs/liquidation.md, eq. 2)."""

from __future__ import annotations

import numpy as np

from liqscape.model.accounts import Accounts
from liqscape.risk.columns import PoolOfPosition, PositionColumns


class MovingPools:
    """They and their positions, close together, as one compact run of the solver takes them.

    pools (A',) and rows (P',) where they stand among all; offsets (A' + 1,) positions of each, and place the pool of
    each position, among these.
    """

    def __init__(self, accounts: Accounts) -> None:
        lengths = np.diff(accounts.offsets)
        self.pools, self.rows = np.flatnonzero(lengths > 1), np.flatnonzero(accounts.is_lone == 0)
        lengths = lengths[self.pools]
        self.offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
        self.positions = PositionColumns(
            market_index=accounts.market_index[self.rows],
            size=accounts.size[self.rows],
            table_row=accounts.table_row[self.rows],
        )
        pool = np.repeat(np.arange(len(self.pools), dtype=np.int32), lengths)
        self.place = PoolOfPosition(pool=pool, is_lone=np.zeros(len(pool), np.uint8))
