"""Bands of the coins that somebody looks at: each is banded when it is first read, from who holds it.

Who holds a market stands sorted by address (ledger/holders.py), the order of positions in the accounts, so
sums over a band run in the same order and every figure is the one of `build_bands` over all accounts, to the bit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from liqscape.heatmap.bands import Bands, OutsideReason, OutsideSums
from liqscape.heatmap.columns import LayerColumns, OrderColumns, WindowColumns
from liqscape.units import Float64Array, Int64Array

if TYPE_CHECKING:
    from liqscape.ledger.holders import MarketHolders

LAYER_BITS, SOURCE_BITS, LONG_BIT = 31, 15, 16
"""Of a holder's code: side and margin source; what is above them marks who is kept apart."""


class CoinBands:
    """Bands of single coins at one instant, each made once; in any thread."""

    def __init__(self, holders: MarketHolders, root: Float64Array, window: WindowColumns) -> None:
        self._holders, self._root, self._window = holders, root, window
        self._made: dict[int, tuple[Bands, OutsideSums]] = {}
        self._all: list[tuple[Bands, OutsideSums]] = []

    @property
    def byte_count(self) -> int:
        """Memory of what they are made from."""
        return self._root.nbytes + self._holders.byte_count

    def of_market(self, market_index: int) -> tuple[Bands, OutsideSums]:
        """Of one market; the rest has one row."""
        if market_index not in self._made:
            self.make([market_index])
        return self._made[market_index]

    def make(self, markets: Iterable[int]) -> None:
        """Make those of some markets in one pass, where they are not made yet."""
        wanted = np.array(sorted(set(markets) - self._made.keys()), np.int64)
        if not len(wanted):
            return
        bands, outside = self._banded(wanted)
        start = np.searchsorted(bands.market_index, np.append(wanted, wanted[-1] + 1).astype(np.int32)).tolist()
        for number, market in enumerate(wanted.tolist()):
            one = slice(number, number + 1)
            rest = OutsideSums(outside.size[one], outside.position_count[one])
            self._made[market] = bands.select(slice(start[number], start[number + 1])), rest

    def of_all(self) -> tuple[Bands, OutsideSums]:
        """Of all markets."""
        if not self._all:
            self._all.append(self._banded(np.arange(self._holders.market_count)))
        return self._all[0]

    def _banded(self, markets: Int64Array) -> tuple[Bands, OutsideSums]:
        """Of some markets, rising; the rest has a row for each."""
        from liqscape.heatmap import coin_kernels  # loads the compiler, which a frame that is read does not need

        count = len(markets)
        # Of every source that occurs both sides, whether they do or not: an empty layer has no rows.
        sources = np.flatnonzero(self._holders.sums.margin_source_size[:, markets].any(axis=1))
        codes = np.concatenate((sources, sources + LONG_BIT))
        layer_of = np.zeros(LAYER_BITS + 1, np.uint8)
        layer_of[codes] = np.arange(len(codes))
        layers = LayerColumns(
            side=np.where(codes & LONG_BIT, 1, -1).astype(np.int8), margin_source=(codes & SOURCE_BITS).astype(np.uint8)
        )
        outside = OutsideSums.empty(count)
        apart = coin_kernels.ApartSums(np.zeros((count, 2)), np.zeros((count, 2), np.int64))
        room = _spare.pop() if _spare else _Room()
        order, price = room.columns(self._holders.position_count(markets), count)
        window = self._window.of(markets)
        kept = coin_kernels.take_holders(
            self._holders.parts[markets],
            self._root,
            layer_of,
            window.lots_per_coin,
            into=order,
            price=price,
            apart=apart,
        )
        outside.size[:, :, OutsideReason.EXEMPT] = apart.size
        outside.position_count[:, :, OutsideReason.EXEMPT] = apart.position_count
        columns = OrderColumns(
            place=order.place,
            market_start=order.market_start,
            lots=order.lots[:kept],
            layer=order.layer[:kept],
        )
        bands = room.workspace.band_prices(columns, layers, price, window, outside)
        bands.market_index[:] = markets[bands.market_index]
        _spare.append(room)
        return bands, outside


class _Room:
    """Buffers of one caller; they grow as needed."""

    def __init__(self) -> None:
        from liqscape.heatmap.workspace import BandWorkspace

        self.workspace = BandWorkspace()
        self._lots, self._price = np.empty(0), np.empty(0)
        self._layer = np.empty(0, np.uint8)

    def columns(self, positions: int, markets: int) -> tuple[OrderColumns, Float64Array]:
        """For so many positions and their prices; what was given before is good no longer."""
        if len(self._lots) < positions or not len(self._price):
            self._lots, self._price = np.empty(positions), np.empty(positions + 1)
            self._layer = np.empty(positions, np.uint8)
        start = np.empty(markets + 1, np.int64)
        return OrderColumns(place=_IN_ORDER, market_start=start, lots=self._lots, layer=self._layer), self._price


_IN_ORDER = np.empty(0, np.int32)
"""No places: nothing is to be laid out."""
_spare: list[_Room] = []
"""Buffers nobody works in. They are taken out and put back, so two threads never share them."""


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
