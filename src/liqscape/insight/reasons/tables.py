"""Margin tables of two minutes as one, so that a pool can be solved under those of either."""

from __future__ import annotations

import numpy as np

from liqscape.model.margin_tables import MarginTables
from liqscape.units import AnyArray, Float64Array, Int64Array


class JoinedTables:
    """Rows of before, then, where the exchange changed anything, rows of now."""

    def __init__(self, before: MarginTables, now: MarginTables) -> None:
        from liqscape.risk.kernels import levels

        is_same = before is now or before.tables == now.tables
        self._shift = 0 if is_same else len(before)
        """Of a row of now."""
        self._followed = np.arange(len(before))
        """(T,) row of the table that took the place of each one of before."""
        parts = (now,) if is_same else (before, now)
        if not is_same:
            row_of = {table.table_id: len(before) + row for row, table in enumerate(now.tables)}
            for row, table in enumerate(before.tables):
                self._followed[row] = row_of.get(table.table_id, row)
        width = max(part.rate.shape[1] for part in parts)
        rate = np.concatenate([_wide(part.rate, width) for part in parts])
        bound = np.full((len(rate), 2), np.inf)
        for part, first in zip(parts, (0, len(before)), strict=False):
            bound[first : first + len(part), : part.lower_bound.shape[1]] = part.lower_bound[:, :2]
        deduction = np.concatenate([_wide(part.deduction, width) for part in parts])
        self.tiers = levels.tier_columns(rate, deduction, bound)

    def of_now(self, table_row: AnyArray) -> Int64Array:
        """Rows here of rows of now."""
        return table_row.astype(np.int64) + self._shift

    def followed(self, table_row: AnyArray) -> Int64Array:
        """Rows here that hold now, of rows of before: the same table, as it is now."""
        return self._followed[table_row] if len(self._followed) else table_row.astype(np.int64)


def _wide(columns: Float64Array, width: int) -> Float64Array:
    """Tiers past a table's last repeat it."""
    return np.concatenate((columns, np.repeat(columns[:, -1:], width - columns.shape[1], axis=1)), axis=1)
