"""Markets of all dexs that are read, in an order that never changes, with their moving figures.

A market keeps its row for good: a coin that is listed later comes after all others, one that is delisted stays, marked
so, as does one that its dex, or whose dex the exchange, lists no more. The figures are held whole, so that a message
about a few coins moves only those. What cannot be right is not taken (plausibility, listing_watch).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from liqscape.model.doubt import MAX_COVERAGE, Doubt
from liqscape.model.margin_tables import MarginTables, flat_table
from liqscape.model.markets import Market, Markets, MarketSnapshot
from liqscape.sources.live.listing_watch import ListingWatch
from liqscape.sources.live.plausibility import MARK, OPEN_INTEREST, ORACLE, Plausibility
from liqscape.states.accounts import TableRegistry
from liqscape.units import BoolArray, Float64Array, Int64Array, UInt8Array
from liqscape.wire.coin_tables import CoinTables
from liqscape.wire.info.meta import AssetContext, Meta, read_coin_tables

FUNDING_RATE, DAY_VOLUME, FIGURES = 3, 4, 5
"""Rows of the figures behind MARK, ORACLE and OPEN_INTEREST, and how many there are."""


@dataclass(frozen=True)
class Listing:
    """What holds from now on."""

    markets: Markets
    tables: MarginTables
    given: CoinTables


class LiveMarkets:
    """Markets of the dexs that are read. dexs None: all that the exchange lists, known once `list_dexs` was called."""

    def __init__(self, dexs: tuple[str, ...] | None) -> None:
        self._wanted = dexs
        self._dexs = dexs
        self._metas: dict[str, Meta] = {}
        self._rows_of: dict[str, Int64Array] = {}
        self._figures: Float64Array = np.empty((FIGURES, 0))
        self._markets = Markets.build(())
        self._row_of_coin: dict[str, int] = {}
        self._is_dex_gone = False
        self._is_listed: BoolArray = np.empty(0, np.bool_)
        self._is_exceeded: BoolArray | None = None
        self.plausibility = Plausibility()
        self.listings = ListingWatch()
        self.registry = TableRegistry()
        self.wants_metas = False
        """Contexts came for other markets than the ones listed: the metas must be read again."""
        self.taken: dict[str, int] = {}
        """How often figures of each dex with markets were taken: one that no longer counts on stands still."""
        self.contexts_count = 0
        """How often that was out of contexts, which tell volumes and oracle prices too."""

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
        """Whether the markets of every dex that is read are known."""
        return bool(self._dexs) and self._metas.keys() >= set(self.dexs)

    def list_dexs(self, names: Sequence[str]) -> None:
        """All dexs of the exchange in its order, the first one named ""."""
        if self._wanted is None:
            before, self._dexs = self._dexs, ("", *[name for name in names if name])
            for dex in set(before or ()) - set(self._dexs):
                self._is_dex_gone = True
                self._metas.pop(dex, None)
                self._rows_of.pop(dex, None)
                self.listings.forget(dex)

    def resume(self, markets: Markets, tables: MarginTables, snapshot: MarketSnapshot) -> None:
        """Rows as a checkpoint has them; figures until newer ones come."""
        self._markets = markets
        self._row_of_coin = {coin: row for row, coin in enumerate(markets.coins)}
        self.registry = TableRegistry(tables.tables)
        self._figures = np.full((FIGURES, len(markets)), np.nan)
        self._figures[[MARK, ORACLE, OPEN_INTEREST]] = snapshot.mark, snapshot.oracle, snapshot.open_interest
        self._keep_terms()

    def put(
        self, dex: str, meta: Meta, contexts: Sequence[AssetContext], source: str, received_ns: int
    ) -> Listing | None:
        """Apply metas and contexts of a dex; the listing where it is new or changed and all dexs are known."""
        if self._dexs is not None and dex not in self._dexs:
            return None
        listing = self._put({dex: meta}, source, received_ns)
        if dex in self._rows_of:
            # The answer names its markets: each figure goes to its coin, whatever listing is in force.
            rows = [self._row_of_coin.get(asset.name, -1) for asset in meta.universe]
            reported = [context for row, context in zip(rows, contexts, strict=False) if row >= 0]
            known = np.array([row for row in rows if row >= 0], np.int64)[: len(reported)]
            self._take(dex, known, reported, received_ns, is_named=True)
        return listing

    def put_all(self, metas: Mapping[str, Meta], source: str, received_ns: int) -> Listing | None:
        """Metas of dexs by name, without contexts; the listing where it is new or changed and all are known."""
        return self._put({dex: metas[dex] for dex in self.dexs if dex in metas}, source, received_ns)

    def move(self, dex: str, contexts: Sequence[AssetContext], received_ns: int) -> bool:
        """Apply new figures of a dex; True where a mark has changed. Ignored where the markets do not match."""
        rows = self._rows_of.get(dex)
        if rows is None:
            return False
        if len(contexts) != len(rows):
            self.wants_metas = True
            return False
        return self._take(dex, rows, contexts, received_ns, is_named=False)

    def move_marks(self, marks: Mapping[str, float], received_ns: int) -> bool:
        """Apply new marks by coin, judged as contexts are; True where a mark or a doubt has changed.

        They name their coins, but count as one door: what is hard to believe is believed once contexts by name agree.
        """
        known = [(row, mark) for coin, mark in marks.items() if (row := self._row_of_coin.get(coin)) is not None]
        if not known:
            return False
        rows = np.array([row for row, _ in known], np.int64)
        reported: Float64Array = self._figures[:, rows]
        reported[MARK] = [mark for _, mark in known]
        return self._accept(rows, reported, received_ns, is_named=False)

    def confirm_marks(self) -> None:
        """All marks are as they stand: what was not told again has not changed."""
        for dex in self._rows_of:
            self.taken[dex] = self.taken.get(dex, 0) + 1

    def rows_of(self, dex: str) -> Int64Array | None:
        """Rows of a dex's markets in the order of its contexts; None where its listing is not known."""
        return self._rows_of.get(dex)

    def mark_of(self, row: int) -> float:
        """USD as last taken; NaN where it is not known."""
        return float(self._figures[MARK, row])

    def marks_of(self, rows: Int64Array) -> Float64Array:
        """(K,) the same of several."""
        marks: Float64Array = self._figures[MARK, rows]
        return marks

    def sure_marks(self, received_ns: int) -> tuple[Float64Array, BoolArray]:
        """(M,) marks, and which of them were taken within a minute and are not in doubt."""
        return self._figures[MARK], self.plausibility.is_fresh(received_ns)

    @property
    def doubt(self) -> UInt8Array | None:
        """(M,) bits of Doubt by all that is known now; None: no market is in doubt."""
        coins = self.listings.in_doubt
        if self.plausibility.is_quiet and self._is_exceeded is None and not coins:
            return None
        found = self.plausibility.doubt.copy()
        found[self.exceeded] |= np.uint8(Doubt.COVERAGE)
        found[[self._row_of_coin[coin] for coin in coins if coin in self._row_of_coin]] |= np.uint8(Doubt.LISTING)
        return found if found.any() else None

    @property
    def wants_contexts(self) -> tuple[str, ...]:
        """Dexs with markets in doubt: contexts should be asked for by name."""
        rows = np.union1d(np.flatnonzero(self.plausibility.doubt), self.exceeded)
        return tuple(dict.fromkeys(self._markets.rows[row].dex for row in rows.tolist()))

    def cover(self, held: Float64Array, received_ns: int) -> UInt8Array | None:
        """(M,) bits of Doubt once it is known what is held; None: no market is in doubt.

        held  (M,) coins in all positions, of both sides.
        """
        is_over = held > 2.0 * MAX_COVERAGE * self._figures[OPEN_INTEREST]
        if is_over.any():
            is_over &= self._is_listed
        self._is_exceeded = self.plausibility.exceeded(is_over, received_ns)
        return self.doubt

    @property
    def flagged_count(self) -> int:
        """Readings and listings that were not taken."""
        return self.plausibility.flagged_count + self.listings.held_count

    @property
    def exceeded(self) -> Int64Array:
        """(E,) rows of which more is held than is open."""
        return np.flatnonzero(False if self._is_exceeded is None else self._is_exceeded)

    def snapshot(self, time_ms: int, received_ns: int) -> MarketSnapshot:
        """A frozen copy of the figures. Those of markets in doubt for long are not known any more."""
        figures = self._figures[: FUNDING_RATE + 1].copy()
        is_expired = self.plausibility.is_expired(received_ns)
        if is_expired is not None:
            figures[:, is_expired] = np.nan
        mark, oracle, open_interest, funding_rate = figures
        return MarketSnapshot(
            markets=self._markets,
            time_ms=time_ms,
            mark=mark,
            oracle=oracle,
            open_interest=open_interest,
            doubt=self.doubt,
            funding_rate=funding_rate,
        )

    def funding(self) -> tuple[Float64Array, Float64Array]:
        """(rate an hour (M,), oracle (M,)); NaN where not known."""
        return self._figures[FUNDING_RATE].copy(), self._figures[ORACLE].copy()

    def worth(self) -> Float64Array:
        """(M,) USD of open interest at the mark; NaN where not known."""
        worth: Float64Array = self._figures[OPEN_INTEREST] * self._figures[MARK]
        return worth

    def day_volume(self) -> Float64Array:
        """(M,) USD traded within a day, as the exchange counts it; NaN where not known. It rises with prints only."""
        volume: Float64Array = self._figures[DAY_VOLUME].copy()
        return volume

    def _put(self, reported: Mapping[str, Meta], source: str, received_ns: int) -> Listing | None:
        held = {dex: self._metas.get(dex) if dex in self._rows_of else None for dex in reported}
        settled = {
            dex: meta for dex, meta in reported.items() if self.listings.settles(dex, held[dex], meta, received_ns)
        }
        is_changed = any(self._metas.get(dex) != meta for dex, meta in settled.items())
        self._metas.update(settled)
        self.wants_metas = bool(self.listings.in_doubt)
        return self._list_changed(source, is_changed=is_changed)

    def _take(
        self, dex: str, rows: Int64Array, contexts: Sequence[AssetContext], received_ns: int, *, is_named: bool
    ) -> bool:
        """The figures of some markets, as far as they are plausible; True where a mark or a doubt has changed."""
        if not len(rows):
            return False
        self.taken[dex] = self.taken.get(dex, 0) + 1
        self.contexts_count += 1
        reported = np.array(
            (
                [context.markPx for context in contexts],
                [context.oraclePx for context in contexts],
                [context.openInterest for context in contexts],
                [context.funding for context in contexts],
                [context.dayNtlVlm for context in contexts],
            ),
            np.float64,
        )
        return self._accept(rows, reported, received_ns, is_named=is_named)

    def _accept(self, rows: Int64Array, reported: Float64Array, received_ns: int, *, is_named: bool) -> bool:
        """reported (FIGURES, K)."""
        prices = reported[:OPEN_INTEREST]
        is_price = (prices > 0.0) & (prices < np.inf)
        if not is_price.all():
            prices[~is_price] = np.nan  # nobody quotes it
        last = self._figures[: OPEN_INTEREST + 1, rows]
        before = None if self.plausibility.is_quiet else self.plausibility.doubt[rows]
        taken = self.plausibility.judge(
            rows,
            reported[: OPEN_INTEREST + 1],
            last,
            self._is_listed,
            received_ns,
            is_named=is_named,
        )
        if taken is None:
            self._figures[:, rows] = reported
            return bool(last[MARK].tobytes() != reported[MARK].tobytes())
        self._figures[:, rows[taken]] = reported[:, taken]
        is_other = before is None or bool((self.plausibility.doubt[rows] != before).any())
        return is_other or bool(last[MARK].tobytes() != self._figures[MARK, rows].tobytes())

    def _keep_terms(self) -> None:
        """Refresh the market terms that judging needs, after every change of the markets."""
        self._is_listed = np.array([not market.is_delisted for market in self._markets.rows], np.bool_)
        self._is_exceeded = None
        self.plausibility.grow(len(self._markets))
        self.plausibility.let_go(~self._is_listed)

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
                    coin=asset.name,
                    size_decimals=asset.szDecimals or 0,
                    max_leverage=asset.maxLeverage,
                    table_row=self.registry.row(table),
                    dex=dex,
                    is_delisted=bool(asset.isDelisted),
                    is_isolated_only=asset.is_isolated_only,
                    is_strict_isolated=asset.is_strict_isolated,
                    collateral_token=meta.collateralToken,
                    deployer_fee_scale=asset.fee_scale,
                    is_in_growth=asset.growthMode == "enabled",
                )
        kept = [listed.pop(market.coin, self._left(market)) for market in self._markets.rows]
        reported = {asset.name for meta in metas for asset in meta.universe}
        for row, market in enumerate(kept):
            if market.is_delisted and market.coin not in reported:  # its figures stand still from now on
                self._figures[:, row] = np.nan
        added = len(listed)
        self._markets = Markets.build([*kept, *listed.values()])
        self._row_of_coin = {coin: row for row, coin in enumerate(self._markets.coins)}
        self._figures = np.append(self._figures, np.full((FIGURES, added), np.nan), axis=1)
        for dex, meta in zip(self.dexs, metas, strict=True):
            self._rows_of[dex] = np.array([self._row_of_coin[asset.name] for asset in meta.universe], np.int64)
        self._keep_terms()
        return Listing(self._markets, self.registry.tables(), given)

    def _left(self, market: Market) -> Market:
        """A market that is not listed any more; one of a dex that was never to be read says nothing about its coin."""
        is_read = self._wanted is None or market.dex in self._wanted
        return replace(market, is_delisted=True) if is_read else market
