"""Margin tables in the order they were first seen: rows that are handed out stay what they are."""

from __future__ import annotations

from collections.abc import Iterable

from liqscape.model.margin_tables import MarginTable, MarginTables, MarginTier, flat_table

FLAT_LEVERAGES = tuple(leverage for leverage in range(1, 51) if 600 % leverage == 0)
"""One tier of each: positions keep old tables, so any may turn up. Every maximum the exchange is known to have used is
among them, and all divide 600, so that the exchange engine can still hold them all in whole numbers."""

Tiers = tuple[MarginTier, ...]


class TableRegistry:
    """Ids repeat among sources, so rows name the tables. `tables` are the first rows, in their order.

    The flat tables are there from the start, behind the given ones, so that it rarely grows later: a new table
    is a new definition of the market for everybody downstream.
    """

    def __init__(self, tables: Iterable[MarginTable] = ()) -> None:
        self._rows: dict[Tiers, int] = {}
        self._listed: list[MarginTable] = []
        self._built: MarginTables | None = None
        for table in tables:
            self._put(table)
        for leverage in FLAT_LEVERAGES:
            self.row(flat_table(leverage))

    def row(self, table: MarginTable) -> int:
        """Row of a table with these tiers; a new one is added at the end."""
        row = self._rows.get(table.tiers)
        return self._put(table) if row is None else row

    def tables(self) -> MarginTables:
        """All margin tables; the same object until one is added."""
        if self._built is None:
            self._built = MarginTables.build(self._listed)
        return self._built

    def _put(self, table: MarginTable) -> int:
        row = len(self._listed)
        self._listed.append(MarginTable(row, table.tiers))
        # Tables given twice keep both rows: positions point to them.
        self._rows.setdefault(table.tiers, row)
        self._built = None
        return row
