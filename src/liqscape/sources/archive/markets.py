"""Markets of an archive: those of the base, and every further coin as its contexts first appear.

Archives carry neither margin tables nor size decimals. A new coin takes the table of a given list (a recorded `meta`),
else of the dated built-in list, else a flat one of the lowest leverage the exchange lists: then its maintenance is the
highest there is and its levels come out too near, never too far; `guessed` names such coins.
"""

from __future__ import annotations

from collections.abc import Mapping

from liqscape.model.margin_tables import MarginTable, MarginTables, MarginTier, flat_table
from liqscape.model.markets import Market, Markets
from liqscape.states.builtin_tables import tables_in_force
from liqscape.wire.coin_tables import CoinTables
from liqscape.wire.dex_names import dex_of

LOWEST_LEVERAGE = 3
FIRST_FREE_ID = 20_000
"""Ids from here on are ours, for tables whose own id is taken by another."""


class MarketRegistry:
    """Markets and tables that only grow; rows never move."""

    def __init__(self, markets: Markets, tables: MarginTables, given: CoinTables | None = None) -> None:
        self.markets = markets
        self.tables = tables
        self.guessed: list[str] = []
        self._given = given
        self._row_of_tiers: dict[tuple[MarginTier, ...], int] = {}
        for row, table in enumerate(tables.tables):
            self._row_of_tiers.setdefault(table.tiers, row)

    @property
    def market_of(self) -> Mapping[str, int]:
        """Row by coin."""
        return {coin: row for row, coin in enumerate(self.markets.coins)}

    def add(self, size_decimals: Mapping[str, int], time_ms: int) -> bool:
        """List coins that are not listed yet; True if there were any."""
        new = [coin for coin in size_decimals if self.markets.find(coin) is None]
        if not new:
            return False
        listed = tables_in_force(time_ms)
        rows = list(self.markets.rows)
        for coin in new:
            table = (self._given.find(coin) if self._given else None) or listed.find(coin)
            if table is None:
                table = flat_table(LOWEST_LEVERAGE)
                self.guessed.append(coin)
            rows.append(
                Market(
                    coin=coin,
                    size_decimals=size_decimals[coin],
                    max_leverage=table.max_leverage,
                    table_row=self._table_row(table),
                    dex=dex_of(coin),
                )
            )
        self.markets = Markets.build(rows)
        return True

    def _table_row(self, table: MarginTable) -> int:
        row = self._row_of_tiers.get(table.tiers)
        if row is None:
            taken = {each.table_id for each in self.tables.tables}
            number = table.table_id if table.table_id not in taken else max(FIRST_FREE_ID, max(taken) + 1)
            row = len(self.tables)
            self.tables = MarginTables.build((*self.tables.tables, MarginTable(number, table.tiers, table.description)))
            self._row_of_tiers[table.tiers] = row
        return row
