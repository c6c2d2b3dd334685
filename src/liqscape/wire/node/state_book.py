"""Markets, margin tables and oracle prices of a node's state, all dexs as one list."""

from __future__ import annotations

from liqscape.errors import ModelError
from liqscape.model.margin_tables import MarginTable, MarginTier
from liqscape.model.markets import Market, Markets
from liqscape.wire.decode import refuse
from liqscape.wire.info.margin_table import implicit_table
from liqscape.wire.info.meta import STRICT_ISOLATED, is_isolated_only
from liqscape.wire.node.state_checks import MICRO, check_deductions
from liqscape.wire.node.state_layout import OraclePrices, Places, StateMeta

OTHER_DEX_IDS = 1_000_000
"""Added to a margin table's id, times the dex, where another dex uses the same id for another table."""


class StateBook:
    """Markets and tables of all dexs as rows; dexs in the order of the file, the first dex first."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.rows: list[Market] = []
        self.tables: list[MarginTable] = []
        self.collateral: list[int] = []
        self.oracle: list[float] = []
        self.starts: list[int] = [0]
        """First market row of each dex, and the end of the last."""
        self.paths: list[str] = []
        self._by_id: dict[tuple[int, int], int] = {}
        self._listed: dict[tuple[int, int], MarginTable] = {}

    def add_dex(self, places: Places, dex: int) -> None:
        """Markets, tables and oracle prices of one clearinghouse."""
        path = f"exchange.locus.cls[{dex}]"
        meta = places.decode(f"{path}.meta", StateMeta)
        prices = places.decode(f"{path}.oracle.pxs", OraclePrices)
        names = {asset.name.partition(":")[0] if ":" in asset.name else "" for asset in meta.universe}
        if len(names) > 1 or (dex > 0) == ("" in names):
            raise refuse(self.source, f"{path}.meta.universe", sorted(names), "are not the markets of one dex")
        for table_id, table in meta.tables:
            tiers = tuple(MarginTier(tier.lower_bound / MICRO, tier.max_leverage) for tier in table.margin_tiers)
            try:
                listed = MarginTable(table_id, tiers, f"table {table_id}")
            except ModelError as error:
                where = f"{path}.meta.marginTableIdToMarginTable"
                raise refuse(self.source, where, table_id, f"is no usable margin table: {error}") from None
            check_deductions(listed, table, self.source, path)
            self._listed[dex, table_id] = listed
        for row, asset in enumerate(meta.universe):
            table_row = self.table_row(dex, asset.marginTableId, f"{path}.meta.universe[{row}].marginTableId")
            if not 0 <= asset.szDecimals <= 6:
                raise refuse(self.source, f"{path}.meta.universe[{row}].szDecimals", asset.szDecimals, "is not 0 to 6")
            self.rows.append(
                Market(
                    coin=asset.name,
                    size_decimals=asset.szDecimals,
                    max_leverage=self.tables[table_row].max_leverage,
                    table_row=table_row,
                    dex=next(iter(names)),
                    is_delisted=bool(asset.isDelisted),
                    is_isolated_only=is_isolated_only(asset.marginMode, asset.onlyIsolated),
                    is_strict_isolated=asset.marginMode == STRICT_ISOLATED,
                    collateral_token=meta.collateralToken,
                )
            )
            price = prices[row][0].px if row < len(prices) and prices[row] else float("nan")
            self.oracle.append(price / 10 ** (6 - asset.szDecimals))
        self.collateral.append(meta.collateralToken)
        self.starts.append(len(self.rows))
        self.paths.append(path)

    def table_row(self, dex: int, table_id: int, path: str) -> int:
        """Row of a dex's table. Raises RemoteWireError for an id that is neither listed nor implicit."""
        row = self._by_id.get((dex, table_id))
        if row is not None:
            return row
        table = self._listed.get((dex, table_id)) or implicit_table(table_id, self.source, path)
        same = next((at for at, other in enumerate(self.tables) if other.tiers == table.tiers), None)
        if same is None:
            if any(other.table_id == table_id for other in self.tables):
                table = MarginTable(table_id + dex * OTHER_DEX_IDS, table.tiers, table.description)
            same = len(self.tables)
            self.tables.append(table)
        self._by_id[dex, table_id] = same
        return same

    def markets(self) -> Markets:
        """All of them. Raises RemoteWireError where a coin is listed twice."""
        try:
            return Markets.build(self.rows)
        except ModelError as error:
            raise refuse(self.source, "exchange.locus.cls", len(self.rows), f"markets: {error}") from None
