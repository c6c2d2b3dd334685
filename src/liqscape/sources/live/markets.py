"""Markets of all dexs that are read, in an order that never changes, with their moving figures.

A market keeps its row for good: a coin that is listed later comes after all others, one that is delisted stays, marked
so, as does one that its dex, or whose dex the exchange, lists no more. The figures are held whole, so that a message
about a few coins moves only those.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from liqscape.model.margin_tables import MarginTables, flat_table
from liqscape.model.markets import Market, Markets, MarketSnapshot
from liqscape.units import Float64Array, Int64Array
from liqscape.wire.coin_tables import CoinTables
from liqscape.wire.columns.states import TableShelf
from liqscape.wire.info.meta import AssetContext, Meta, read_coin_tables

FIGURES = ("mark", "oracle", "open_interest", "funding_rate", "day_volume")


@dataclass(frozen=True)
class Listing:
    """What holds from now on."""

    markets: Markets
    tables: MarginTables
    given: CoinTables


class LiveMarkets:
    """dexs None: all that the exchange lists, known once `list_dexs` has been told."""

    def __init__(self, dexs: tuple[str, ...] | None) -> None:
        self._wanted = dexs
        self._dexs = dexs
        self._metas: dict[str, Meta] = {}
        self._rows_of: dict[str, Int64Array] = {}
        self._figures = {name: np.empty(0) for name in FIGURES}
        self._markets = Markets.build(())
        self._row_of_coin: dict[str, int] = {}
        self._is_dex_gone = False
        self.shelf = TableShelf()
        self.wants_metas = False
        """Contexts came for other markets than the ones listed: the metas must be read again."""
        self.taken: dict[str, int] = {}
        """How often figures of each dex with markets were taken: one that no longer counts on stands still."""

    @property
    def listed_dexs(self) -> tuple[str, ...] | None:
        """All dexs of the exchange in its order; None where only some are read, or before they are known."""
        return self._dexs if self._wanted is None else None

    @property
    def dexs(self) -> tuple[str, ...]:
        """Dexs that are read; empty while that is not known."""
        return self._dexs or ()

    @property
    def markets(self) -> Markets:
        """In their rows."""
        return self._markets

    @property
    def market_of(self) -> dict[str, int]:
        """Row by coin."""
        return self._row_of_coin

    @property
    def is_listed(self) -> bool:
        """Every dex that is read has told its markets."""
        return bool(self.dexs) and all(dex in self._metas for dex in self.dexs)

    def list_dexs(self, names: Sequence[str]) -> None:
        """All dexs of the exchange in its order, the first one named ""."""
        if self._wanted is None:
            before, self._dexs = self._dexs, ("", *[name for name in names if name])
            for dex in set(before or ()) - set(self._dexs):
                self._is_dex_gone = True
                self._metas.pop(dex, None)
                self._rows_of.pop(dex, None)

    def resume(self, markets: Markets, tables: MarginTables, snapshot: MarketSnapshot) -> None:
        """Rows as a checkpoint has them; figures until newer ones come."""
        self._markets = markets
        self._row_of_coin = {coin: row for row, coin in enumerate(markets.coins)}
        self.shelf = TableShelf(tables.tables)
        self._figures = {
            "mark": snapshot.mark.copy(),
            "oracle": snapshot.oracle.copy(),
            "open_interest": snapshot.open_interest.copy(),
            "funding_rate": np.full(len(markets), np.nan),
            "day_volume": np.full(len(markets), np.nan),
        }

    def put(self, dex: str, meta: Meta, contexts: Sequence[AssetContext], source: str) -> Listing | None:
        """Metas and contexts of one dex; the listing where it is new or changed and all dexs have told theirs."""
        if self._dexs is not None and dex not in self._dexs:
            return None
        is_changed = self._metas.get(dex) != meta
        self._metas[dex] = meta
        self.wants_metas = False
        listing = self._list_changed(source, is_changed=is_changed)
        if dex in self._rows_of:
            self.move(dex, contexts)
        return listing

    def put_all(self, metas: Mapping[str, Meta], source: str) -> Listing | None:
        """Metas of dexs by name, without contexts; the listing where it is new or changed and all are known."""
        told = {dex: metas[dex] for dex in self.dexs if dex in metas}
        is_changed = any(self._metas.get(dex) != meta for dex, meta in told.items())
        self._metas.update(told)
        self.wants_metas = False
        return self._list_changed(source, is_changed=is_changed)

    def move(self, dex: str, contexts: Sequence[AssetContext]) -> bool:
        """New figures of a dex; True where a mark has changed. Passed over where the markets do not match."""
        rows = self._rows_of.get(dex)
        if rows is None:
            return False
        if len(contexts) != len(rows):
            self.wants_metas = True
            return False
        if len(rows):
            self.taken[dex] = self.taken.get(dex, 0) + 1
        before = self._figures["mark"][rows]
        after = _positive([context.markPx for context in contexts])
        self._figures["mark"][rows] = after
        self._figures["oracle"][rows] = _positive([context.oraclePx for context in contexts])
        self._figures["open_interest"][rows] = [context.openInterest for context in contexts]
        self._figures["funding_rate"][rows] = [
            np.nan if context.funding is None else context.funding for context in contexts
        ]
        self._figures["day_volume"][rows] = [
            np.nan if context.dayNtlVlm is None else context.dayNtlVlm for context in contexts
        ]
        return before.tobytes() != after.tobytes()

    def snapshot(self, time_ms: int) -> MarketSnapshot:
        """A frozen copy of the figures."""
        mark, oracle, interest = (self._figures[name].copy() for name in FIGURES[:3])
        return MarketSnapshot(self._markets, time_ms, mark, oracle, interest)

    def funding(self) -> tuple[Float64Array, Float64Array]:
        """(rate an hour (M,), oracle (M,)); NaN where not known."""
        return self._figures["funding_rate"].copy(), self._figures["oracle"].copy()

    def worth(self) -> Float64Array:
        """(M,) USD of open interest at the mark; NaN where not known."""
        return np.multiply(self._figures["open_interest"], self._figures["mark"])

    def day_volume(self) -> Float64Array:
        """(M,) USD traded within a day, as the exchange counts it; NaN where not known. It rises with prints only."""
        return self._figures["day_volume"].copy()

    def _list_changed(self, source: str, *, is_changed: bool) -> Listing | None:
        is_new = any(dex not in self._rows_of for dex in self.dexs)
        if not self.is_listed or not (is_changed or is_new or self._is_dex_gone):
            return None
        self._is_dex_gone = False
        return self._list(source)

    def _list(self, source: str) -> Listing:
        metas = [self._metas[dex] for dex in self.dexs]
        given = read_coin_tables(tuple(metas), source)
        listed: dict[str, Market] = {}
        for dex, meta in zip(self.dexs, metas, strict=True):
            for asset in meta.universe:
                table = given.find(asset.name) or flat_table(asset.maxLeverage)
                listed[asset.name] = Market(
                    asset.name,
                    asset.szDecimals or 0,
                    asset.maxLeverage,
                    self.shelf.row(table),
                    dex,
                    is_delisted=bool(asset.isDelisted),
                    is_isolated_only=asset.is_isolated_only,
                    is_strict_isolated=asset.is_strict_isolated,
                    collateral_token=meta.collateralToken,
                    deployer_fee_scale=asset.fee_scale,
                    is_in_growth=asset.growthMode == "enabled",
                )
        kept = [listed.pop(market.coin, self._left(market)) for market in self._markets.rows]
        told = {asset.name for meta in metas for asset in meta.universe}
        for row, market in enumerate(kept):
            if market.is_delisted and market.coin not in told:  # its figures stand still from now on
                for column in self._figures.values():
                    column[row] = np.nan
        added = len(listed)
        self._markets = Markets.build([*kept, *listed.values()])
        self._row_of_coin = {coin: row for row, coin in enumerate(self._markets.coins)}
        for name, column in self._figures.items():
            self._figures[name] = np.concatenate((column, np.full(added, np.nan)))
        for dex, meta in zip(self.dexs, metas, strict=True):
            self._rows_of[dex] = np.array([self._row_of_coin[asset.name] for asset in meta.universe], np.int64)
        return Listing(self._markets, self.shelf.tables(), given)

    def _left(self, market: Market) -> Market:
        """A market that is not listed any more; one of a dex that was never to be read says nothing about its coin."""
        is_read = self._wanted is None or market.dex in self._wanted
        return replace(market, is_delisted=True) if is_read else market


def _positive(values: list[float]) -> Float64Array:
    """NaN where a figure is not above 0: nobody quotes it."""
    column = np.array(values, np.float64)
    return np.where(column > 0.0, column, np.nan)
