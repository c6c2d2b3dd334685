"""Mids of all markets as they stand: from `fastAssetCtxs`, which sends what changed, else from contexts.

fastAssetCtxs carries every market of every dex once a second in 2.6 kB; contexts carry the same mids every 14 s in
115 kB; allMids would take a subscription a dex, comes every 5 s, and tells the last trade where nobody quotes
(HL.REC.CADENCE). So contexts only fill what is not known: after a loss, and for a server without the other.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import UNSET

from liqscape.sources.live.markets import LiveMarkets
from liqscape.units import BoolArray, Float64Array, Int64Array
from liqscape.wire.info.meta import AssetContext
from liqscape.wire.ws.fast_asset_ctxs import FastContext

OFF_MARK = 0.4054651081081644
"""|ln(price / mark)|, a factor of 1.5: beyond it a price of the book is not believed. The widest of 378 recorded mids
is 0.015 off."""
FAST_AGE_NS = 10_000_000_000
"""Sent every second; some market of all has always changed."""
CONTEXTS_AGE_NS = 45_000_000_000
"""Sent every 14 s."""


class LiveMids:
    """`put` and `fill` what is told, `forget` what is lost; `take_changed` gives them out."""

    def __init__(self, markets: LiveMarkets) -> None:
        self._markets = markets
        self._mid: Float64Array = np.empty(0)
        self._is_reported: BoolArray = np.empty(0, np.bool_)
        """(M,) told by fastAssetCtxs since that was last lost; what is not sent again has not changed."""
        self._fast_ns = self._contexts_ns = 0
        self._has_changed = False
        self.refused_count = 0
        """Mids that were no price, or not near the mark."""

    def of(self, row: int) -> float:
        """USD; NaN where it is not known."""
        return float(self._mid[row]) if row < len(self._mid) else math.nan

    def now(self) -> Float64Array:
        """(M,) all of them."""
        self._grow()
        return self._mid.copy()

    @property
    def known_count(self) -> int:
        """Markets whose mid is known."""
        return int(np.count_nonzero(~np.isnan(self._mid)))

    def put(self, contexts: Mapping[str, FastContext], received_ns: int) -> None:
        """Marks and mids that changed, by coin; a mid that is not among them is as it was."""
        self._grow()
        self._fast_ns = received_ns
        market_of = self._markets.market_of
        for coin, context in contexts.items():
            row = market_of.get(coin)
            if row is not None and context.midPx is not UNSET:
                self._set(row, context.midPx)
                self._is_reported[row] = True
        self._has_changed = True

    def fill(self, rows: Int64Array | None, contexts: Sequence[AssetContext], received_ns: int) -> None:
        """Mids of contexts, for markets that nothing newer is known of."""
        if rows is None or len(rows) != len(contexts):
            return
        self._grow()
        self._contexts_ns = received_ns
        open_rows = rows[~self._is_reported[rows]]
        if not len(open_rows):
            return
        mid = np.array([context.midPx for context in contexts], np.float64)[~self._is_reported[rows]]
        mark = self._markets.marks_of(open_rows)
        with np.errstate(divide="ignore", invalid="ignore"):
            is_off = ~((mid > 0.0) & (mid < np.inf)) | (np.abs(np.log(mid / mark)) > OFF_MARK)
        self.refused_count += int(np.count_nonzero(is_off & ~np.isnan(mid)))
        self._mid[open_rows] = np.where(is_off, np.nan, mid)
        self._has_changed = True

    def forget(self) -> None:
        """What changed is not known any more: no mid is."""
        self._fast_ns = 0
        self._is_reported[:] = False
        self._unknow(np.ones(len(self._mid), np.bool_))

    def expire(self, received_ns: int) -> None:
        """Forget what has not been told again for too long."""
        if self._fast_ns and received_ns - self._fast_ns > FAST_AGE_NS:
            self.forget()
        if self._contexts_ns and received_ns - self._contexts_ns > CONTEXTS_AGE_NS:
            self._contexts_ns = 0
            self._unknow(~self._is_reported)

    def is_off(self, row: int, price: float) -> bool:
        """Whether a price of the book is too far from the market's mark to be one of it; counted."""
        mark = self._markets.mark_of(row)
        is_off = price > 0.0 and mark > 0.0 and abs(math.log(price / mark)) > OFF_MARK
        self.refused_count += is_off
        return is_off

    @property
    def has_changed(self) -> bool:
        """Whether `take_changed` has something to give out."""
        return self._has_changed

    def take_changed(self) -> Float64Array | None:
        """(M,) all mids, a copy; None where nothing was told or lost since."""
        if not self._has_changed:
            return None
        self._grow()
        self._has_changed = False
        return self._mid.copy()

    def _set(self, row: int, mid: float | None) -> None:
        """A mid as it was told; None: nobody quotes."""
        if mid is not None and not 0.0 < mid < math.inf:
            self.refused_count += 1
            mid = None
        self._mid[row] = math.nan if mid is None or self.is_off(row, mid) else mid

    def _unknow(self, is_gone: BoolArray) -> None:
        if not np.isnan(self._mid[is_gone]).all():
            self._mid[is_gone] = np.nan
            self._has_changed = True

    def _grow(self) -> None:
        more = len(self._markets.markets) - len(self._mid)
        if more > 0:
            self._mid = np.concatenate((self._mid, np.full(more, np.nan)))
            self._is_reported = np.concatenate((self._is_reported, np.zeros(more, np.bool_)))
