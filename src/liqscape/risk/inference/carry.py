"""Pools read at their own marks, carried to the common marks of a snapshot.

An account is read in a moment of its own, and what its published prices give is its free margin in that moment.
Valued at marks read a little earlier or later its equity would move by the noise of all its exposures, and a small
leg's price with it. So the free margin is kept: each price then differs from the published one only by the
difference of the position's own mark (docs/accuracy.md).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from liqscape.model.accounts import Accounts
from liqscape.model.margin_tables import MarginTables
from liqscape.risk.margin import maintenance_margin
from liqscape.units import Float64Array


def carry_free_margin(accounts: Accounts, mark: Float64Array, tables: MarginTables) -> Accounts:
    """The same pools with raw USD such that at `mark` (M,) each has the free margin it had at its observed marks.

    Pools with one position are left alone: no mark enters their price. So is raw USD where a mark is unknown.
    """
    pool = accounts.pool_of_position()

    def net(marks: Float64Array) -> Float64Array:
        exposure = accounts.size * marks
        value = exposure - maintenance_margin(np.abs(exposure), accounts.table_row, tables)
        return np.bincount(pool, value, accounts.pool_count).astype(np.float64, copy=False)

    change = net(accounts.observed_mark) - net(mark[accounts.market_index])
    is_carried = np.isfinite(change) & (np.diff(accounts.offsets) > 1)
    return replace(accounts, raw_usd=np.where(is_carried, accounts.raw_usd + change, accounts.raw_usd))
