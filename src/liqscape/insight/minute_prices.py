"""Prices of all markets through a minute: first, low, high, last with their times, and the way between base bands."""

from __future__ import annotations

import numpy as np

from liqscape.heatmap.grid import EDGE_TABLE_FIRST, EDGE_TABLE_LAST, band_of_price, edge_table
from liqscape.model.minute_notes import NEVER_MS, Columns
from liqscape.units import BoolArray, Float64Array, Int64Array

POINTS = ("first", "low", "high", "last")


class FourPoints:
    """First, low, high and last of a price by market (M,) since `clear`, each with the time it was first seen at; of
    the last the time it was last told. NaN is no price and changes nothing."""

    def __init__(self, markets: int) -> None:
        self._resize(markets)
        self.clear()

    def _resize(self, markets: int) -> None:
        self.price = {name: np.full(markets, np.nan) for name in POINTS}
        self.time_ms = {name: np.full(markets, NEVER_MS, np.int64) for name in POINTS}

    def clear(self) -> None:
        """Begin a new minute."""
        for name in POINTS:
            self.price[name].fill(np.nan)
            self.time_ms[name].fill(NEVER_MS)
        self._is_empty = True

    def grow(self, markets: int) -> None:
        """Room for more markets, which have no price yet."""
        price, time_ms, known = self.price, self.time_ms, len(self.price["last"])
        self._resize(markets)
        for name in POINTS:
            self.price[name][:known], self.time_ms[name][:known] = price[name], time_ms[name]
        self._is_empty = False

    @property
    def is_known(self) -> BoolArray:
        """(M,) markets that had a price."""
        known: BoolArray = self.time_ms["last"] != NEVER_MS
        return known

    def add(self, price: Float64Array, time_ms: int) -> None:
        """Prices (M,) at a time; times do not fall."""
        is_price = price > 0.0
        now = self.price
        if self._is_empty:
            for name in POINTS:
                now[name][is_price] = price[is_price]
                self.time_ms[name][is_price] = time_ms
            self._is_empty = False
            return
        fresh = is_price & (self.time_ms["first"] == NEVER_MS)
        for name, found in (
            ("first", fresh),
            ("low", fresh | (is_price & (price < now["low"]))),
            ("high", fresh | (price > now["high"])),
            ("last", is_price),
        ):
            np.copyto(now[name], price, where=found)
            np.copyto(self.time_ms[name], time_ms, where=found)

    def columns(self, name: str, rows: Int64Array) -> Columns:
        """`name_first` ... `name_last_ms` of some markets."""
        found: Columns = {}
        for point in POINTS:
            found[f"{name}_{point}"] = self.price[point][rows]
            found[f"{name}_{point}_ms"] = self.time_ms[point][rows]
        return found


class BandPath:
    """Each price of another base band (heatmap.grid) than the one before of its market; the first one of all, too.

    Edges of clusters are edges of base bands: so the first price beyond any edge is here, with its time.
    """

    def __init__(self, markets: int) -> None:
        self._low, self._high = np.full(markets, np.inf), np.full(markets, -np.inf)
        self._rows: list[tuple[Int64Array, int, Float64Array]] = []

    def grow(self, markets: int) -> None:
        """Room for more markets."""
        more = markets - len(self._low)
        self._low = np.append(self._low, np.full(more, np.inf))
        self._high = np.append(self._high, np.full(more, -np.inf))

    def add(self, price: Float64Array, time_ms: int) -> None:
        """Prices (M,) at a time; NaN changes nothing."""
        rows = np.flatnonzero((price > 0.0) & ((price < self._low) | (price >= self._high)))
        if not len(rows):
            return
        moved = price[rows]
        place = np.clip(band_of_price(moved), EDGE_TABLE_FIRST, EDGE_TABLE_LAST - 1) - EDGE_TABLE_FIRST
        edges = edge_table()
        self._low[rows], self._high[rows] = edges[place], edges[place + 1]
        self._rows.append((rows, time_ms, moved))

    def take(self) -> Columns:
        """Rows of MinuteNotes.path since the last call, by market, then time. Where each stands now is remembered."""
        taken, self._rows = self._rows, []
        market = np.concatenate([rows for rows, _, _ in taken]) if taken else np.empty(0, np.int64)
        at_ms = np.repeat(np.array([time_ms for _, time_ms, _ in taken], np.int64), [len(rows) for rows, _, _ in taken])
        mark = np.concatenate([price for _, _, price in taken]) if taken else np.empty(0)
        order = np.argsort(market, kind="stable")
        return {"market_index": market[order].astype(np.int32), "at_ms": at_ms[order], "mark": mark[order]}
