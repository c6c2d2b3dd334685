"""What is set off, and what could absorb it, on the way from the mark to each price (docs/triggers.md, "Absorption").

Three lines side by side, each in USD at the price of its own level, cumulated from the mark:

    liquidations(P) = sum of size * level      over levels between mark and P (longs below, shorts above)
    stops(P)        = sum of size * trigger    over stop sells below, stop buys above                         (2)
    resting(P)      = sum of size * price      over bids below, asks above

They are never summed: a position with a stop before its level is in the first and in the second.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.heatmap.build import HALF_SPAN
from liqscape.heatmap.coin_levels import CoinLevels
from liqscape.heatmap.grid import band_edge, band_of_price, merge_band
from liqscape.heatmap.trigger_orders import TriggerFlow, WaitingOrders
from liqscape.units import BoolArray, Float64Array


@dataclass(frozen=True)
class DepthLine:
    """What is known to rest on one side of a book: distance (K,) shares of the mid, rising; usd (K,) within each.

    is_even  between two distances orders are taken to be spread evenly; else they stand at the distances themselves.
    Beyond the last distance nothing is known.
    """

    distance: Float64Array
    usd: Float64Array
    is_even: bool

    def within(self, distance: Float64Array) -> Float64Array:
        """(R,) USD within each distance, NaN beyond what is known."""
        found = np.full(len(distance), np.nan)
        if not len(self.distance):
            return found
        is_known = distance <= self.distance[-1]
        if self.is_even:
            points = np.concatenate(([0.0], self.distance)), np.concatenate(([0.0], self.usd))
            found[is_known] = np.interp(distance[is_known], *points)
        else:
            usd = np.concatenate(([0.0], self.usd))
            found[is_known] = usd[np.searchsorted(self.distance, distance[is_known], "right")]
        return found


def line_prices(mark: float, within_percent: float, level: int) -> Float64Array:
    """(R,) edges of the grid's bands on both sides of the mark, rising: below it lower edges, above it upper ones.

    At most HALF_SPAN base bands from the mark, as far as the map itself reaches. Empty where the mark is unknown.
    """
    if not mark > 0.0:
        return np.zeros(0)
    reach = float(band_edge(HALF_SPAN))
    share = within_percent / 100.0
    low, high = mark * max(1.0 - share, 1.0 / reach), mark * min(1.0 + share, reach)
    first, last = (int(band) for band in merge_band(band_of_price(np.array([low, high])), level))
    edges = band_edge(np.arange(first, last + 2, dtype=np.int32), level)
    is_within = (edges >= low) & (edges <= high) & (edges != mark)
    prices: Float64Array = edges[is_within]
    return prices


def liquidation_line(levels: CoinLevels, mark: float, prices: Float64Array) -> Float64Array:
    """(R,) first line of eq. 2. Levels the mark has passed already are in none of them."""
    usd = np.abs(levels.size) * levels.price
    is_below = (levels.size > 0.0) & (levels.price < mark)
    is_above = (levels.size < 0.0) & (levels.price > mark)
    return _cumulated(levels.price, usd, mark=mark, prices=prices, is_below=is_below, is_above=is_above)


def stop_line(orders: WaitingOrders, mark: float, prices: Float64Array) -> Float64Array:
    """(R,) second line of eq. 2; take-profits are in none."""
    is_below, is_above = orders.flow == TriggerFlow.STOP_SELL, orders.flow == TriggerFlow.STOP_BUY
    return _cumulated(orders.price, orders.notional, mark=mark, prices=prices, is_below=is_below, is_above=is_above)


def resting_line(bids: DepthLine, asks: DepthLine, mid: float, prices: Float64Array, mark: float) -> Float64Array:
    """(R,) third line of eq. 2, from the mid; NaN where the book is not known so far."""
    distance = (prices - mid) / mid
    return np.where(prices < mark, bids.within(np.maximum(-distance, 0.0)), asks.within(np.maximum(distance, 0.0)))


def _cumulated(
    price: Float64Array,
    usd: Float64Array,
    *,
    mark: float,
    prices: Float64Array,
    is_below: BoolArray,
    is_above: BoolArray,
) -> Float64Array:
    """(R,) USD from the mark to each price, the price itself included."""
    found = np.zeros(len(prices))
    for rows, sign in ((is_below, -1.0), (is_above, 1.0)):
        own = sign * price[rows]
        order = np.argsort(own, kind="stable")
        sums = np.concatenate(([0.0], np.cumsum(usd[rows][order])))
        at = (prices < mark) if sign < 0.0 else (prices > mark)
        found[at] = sums[np.searchsorted(own[order], sign * prices[at], "right")]
    return found
