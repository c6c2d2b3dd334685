"""Bands of the coins that somebody looks at: each is banded when it is first read, from who holds it.

Who holds a market stands sorted by address (ledger/holders.py), the order of positions in the accounts, so
sums over a band run in the same order and every figure is the one of `build_bands` over all accounts, to the bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from liqscape.heatmap.bands import Bands, OutsideReason, OutsideSums
from liqscape.heatmap.columns import LayerColumns, OrderColumns
from liqscape.heatmap.counting import weighted_count
from liqscape.units import Float64Array

if TYPE_CHECKING:
    from liqscape.heatmap.workspace import BandWorkspace
    from liqscape.ledger.holders import MarketHolders

LAYER_BITS, SOURCE_BITS, LONG_BIT = 31, 15, 16
"""Of a holder's code: side and margin source; what is above them marks who is kept apart."""

_spare: list[BandWorkspace] = []
"""Workspaces nobody works in. One is taken out and put back, so two threads never share one."""


class CoinBands:
    """Bands of single coins at one instant, each made once; in any thread."""

    def __init__(self, holders: MarketHolders, root: Float64Array, window_start: Float64Array) -> None:
        self._holders, self._root, self._window_start = holders, root, window_start
        self._made: dict[int, tuple[Bands, OutsideSums]] = {}
        self._all: list[tuple[Bands, OutsideSums]] = []

    @property
    def byte_count(self) -> int:
        """Memory of what they are made from."""
        rows = self._holders.rows
        return self._root.nbytes + sum(column.nbytes for column in rows)

    def of_market(self, market_index: int) -> tuple[Bands, OutsideSums]:
        """Of one market; the rest has one row."""
        found = self._made.get(market_index)
        if found is None:
            found = self._made[market_index] = self._banded(market_index, market_index + 1)
        return found

    def of_all(self) -> tuple[Bands, OutsideSums]:
        """Of all markets."""
        if not self._all:
            self._all.append(self._banded(0, self._holders.market_count))
        return self._all[0]

    def _banded(self, first: int, last: int) -> tuple[Bands, OutsideSums]:
        """Of the markets [first, last)."""
        held = self._holders.rows
        start, end = int(held.start[first]), int(held.start[last])
        code, size, order = held.code[start:end], np.abs(held.size[start:end]), held.row[start:end]
        market_start = held.start[first : last + 1] - start
        apart = np.flatnonzero(code > LAYER_BITS)
        outside = OutsideSums.empty(last - first)
        if len(apart):
            market = np.searchsorted(market_start, apart, side="right") - 1
            key = 2 * market + ((code[apart] & LONG_BIT) == 0)
            sums = weighted_count(key, size[apart], 2 * (last - first))
            outside.size[:, :, OutsideReason.EXEMPT] = sums.reshape(-1, 2)
            counts = np.bincount(key, minlength=2 * (last - first))
            outside.position_count[:, :, OutsideReason.EXEMPT] = counts.reshape(-1, 2)
            kept = np.flatnonzero(code <= LAYER_BITS)
            code, size, order = code[kept], size[kept], order[kept]
            market_start = np.searchsorted(kept, market_start)
        # Of every source that occurs both sides, whether they do or not: an empty layer has no rows.
        sources = np.flatnonzero(self._holders.sums.margin_source_size[:, first:last].any(axis=1))
        codes = np.concatenate((sources, sources + LONG_BIT))
        layer_of = np.zeros(LAYER_BITS + 1, np.uint8)
        layer_of[codes] = np.arange(len(codes))
        layers = LayerColumns(
            side=np.where(codes & LONG_BIT, 1, -1).astype(np.int8), margin_source=(codes & SOURCE_BITS).astype(np.uint8)
        )
        columns = OrderColumns(
            place=np.arange(len(size), dtype=np.int32),
            market_start=market_start,
            size=size,
            layer=layer_of.take(code),
        )
        from liqscape.heatmap.workspace import (
            BandWorkspace,
        )  # loads the compiler, which a frame that is read does not need

        workspace = _spare.pop() if _spare else BandWorkspace()
        bands = workspace.band(columns, layers, self._root.take(order), self._window_start[first:last], outside)
        bands.market_index[:] += np.int32(first)
        _spare.append(workspace)
        return bands, outside


@dataclass(frozen=True)
class AllBands:
    """A function that finds the bands of all coins."""

    coins: CoinBands

    def __call__(self) -> Bands:
        """The bands."""
        return self.coins.of_all()[0]


@dataclass(frozen=True)
class AllOutside:
    """A function that finds the stated rest of all coins."""

    coins: CoinBands

    def __call__(self) -> OutsideSums:
        """The rest."""
        return self.coins.of_all()[1]
