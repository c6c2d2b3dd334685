"""Sums of bands kept from one batch of marks to the next: those of positions alone in their pools.

No mark moves such a position's level (docs/liquidation.md, eq. 2), so neither its band; a mark only moves the window
that decides which bands are shown. Sums of whole lots are exact (exact_sums.py), so they may be added to those of the
others at any time and stay the same to the bit. Markets where that is not sure (a size that is no whole number of lots)
keep nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.heatmap.columns import KeptColumns, OrderColumns
from liqscape.heatmap.exact_sums import MAX_LOTS
from liqscape.heatmap.grid import band_of_price
from liqscape.heatmap.plan import BandPlan
from liqscape.risk.liquidation import HIGHEST_PRICE
from liqscape.units import BoolArray, Float64Array, Int64Array

NO_BAND, UNKNOWN_BAND = -(1 << 26), -(1 << 26) + 1
"""In place of a band: no positive mark liquidates, or the raw USD is not known."""


@dataclass(frozen=True, kw_only=True)
class KeptSums:
    """What is kept, and the positions that are left.

    columns  the sums.
    others   positions to be banded at each batch; place (P,) stays that of all accounts: where each stands among them,
             the number of them for those that are kept (here) or apart.
    """

    columns: KeptColumns
    others: OrderColumns


def keep_sums(plan: BandPlan, is_lone: BoolArray, price: Float64Array, lots_per_coin: Float64Array) -> KeptSums:
    """Sums of lone positions. is_lone, price (Q,) in the order of the plan; cost O(Q log Q)."""
    from liqscape.heatmap import exact_kernels

    order, layers = plan.columns
    markets = len(lots_per_coin)
    total, not_whole = np.empty(markets), np.empty(markets, np.int64)
    exact_kernels.count_lots(order, total, not_whole)
    market = np.repeat(np.arange(markets), np.diff(order.market_start))
    is_kept = is_lone & ((not_whole == 0) & (total <= MAX_LOTS))[market]
    kept, others = _select(order, market, is_kept), _select(order, market, ~is_kept)
    terms = np.empty((len(kept.lots), 4))
    lone_price = price[is_kept]
    exact_kernels.lay_terms(kept, lone_price, lots_per_coin, terms)
    band, bits = _bands(lone_price), (len(layers.side) - 1).bit_length() if len(layers.side) else 0
    terms[:, 1] = np.where(band > UNKNOWN_BAND, terms[:, 1], 0.0)
    cell = (band << bits) + kept.layer
    order_of_cell = np.lexsort((cell, market[is_kept]))
    cell, held = cell[order_of_cell], market[is_kept][order_of_cell]
    first = np.flatnonzero((np.diff(held, prepend=-1) != 0) | (np.diff(cell, prepend=0) != 0))
    sums = np.add.reduceat(terms[order_of_cell], first) if len(first) else terms
    start = np.searchsorted(held[first], np.arange(markets + 1))
    columns = KeptColumns(start=start, cell=cell[first].astype(np.int32), sums=np.ascontiguousarray(sums).reshape(-1))
    return KeptSums(columns=columns, others=others)


def _select(order: OrderColumns, market: Int64Array, chosen: BoolArray) -> OrderColumns:
    """Some of the positions, and where each of all accounts' stands among them."""
    count = int(chosen.sum())
    rank = np.full(len(chosen) + 1, count, np.int32)
    rank[:-1][chosen] = np.arange(count, dtype=np.int32)
    start = np.concatenate(([0], np.cumsum(np.bincount(market[chosen], minlength=len(order.market_start) - 1))))
    return OrderColumns(
        place=rank[order.place],
        market_start=start.astype(np.int64),
        lots=order.lots[chosen],
        layer=order.layer[chosen],
    )


def _bands(price: Float64Array) -> Int64Array:
    """Bands of prices wherever the window is."""
    band = np.full(len(price), NO_BAND, np.int64)
    band[np.isnan(price)] = UNKNOWN_BAND
    has_level = (price > 0.0) & (price <= HIGHEST_PRICE)
    band[has_level] = band_of_price(price[has_level])
    return band
