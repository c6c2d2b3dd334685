"""Levels of one coin, a row each: what bands have summed up, for figures of single positions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.heatmap.build import HALF_SPAN, window_start
from liqscape.heatmap.grid import band_middle, band_of_price
from liqscape.model.accounts import Accounts
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import MarketSnapshot
from liqscape.risk.liquidation import HIGHEST_PRICE, solve_roots
from liqscape.units import Float64Array, Int32Array


@dataclass(frozen=True)
class CoinLevels:
    """N positions of one coin that are in its bands. band (N,) of the base grid; size (N,) coins, signed; price (N,)
    liquidation price, USD; account (N,) row of the map's addresses."""

    band: Int32Array
    size: Float64Array
    price: Float64Array
    account: Int32Array

    def largest_in(self, side: int, price_low: float, price_high: float) -> float:
        """Coins of the largest position of a side whose band lies in a span made of whole bands; 0 where none does."""
        middle = band_middle(self.band)  # edges of bands may differ by rounding, middles decide
        is_inside = (np.sign(self.size) == side) & (middle >= price_low) & (middle < price_high)
        return float(np.abs(self.size[is_inside]).max(initial=0.0))


def levels_of_coin(accounts: Accounts, snapshot: MarketSnapshot, tables: MarginTables, market_index: int) -> CoinLevels:
    """The positions of a coin that its bands hold. Cost: everybody is solved, 5 ns a position."""
    root = solve_roots(accounts, snapshot, tables)
    rows = np.flatnonzero(accounts.market_index == market_index)
    rows = rows[~accounts.is_exempt[accounts.pool_of_position()[rows]]]
    rows = rows[(root[rows] > 0.0) & (root[rows] <= HIGHEST_PRICE)]
    band = band_of_price(root[rows])
    start = window_start(snapshot.mark)[market_index]
    is_seen = (band >= start) & (band < start + 2 * HALF_SPAN)  # False where the mark is unknown
    rows = rows[is_seen]
    account = accounts.address_row[accounts.pool_of_position()[rows]]
    return CoinLevels(band[is_seen], accounts.size[rows], root[rows], account)
