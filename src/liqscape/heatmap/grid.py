"""The one price grid of all coins and all times (docs/heatmap.md, eq. 1).

    band(price) = floor( log(price) / log(1 + w) ),     w = BASE_WIDTH = 5 basis points

Band k spans [edge(k), edge(k + 1)) with edge(k) = (1 + w)^k. A band never moves; level L merges 2^L base
bands: band at level L = floor(k / 2^L). Prices are USD, > 0.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from liqscape.units import Float64Array, Int32Array

BASE_WIDTH = 0.0005
LOG_WIDTH = math.log1p(BASE_WIDTH)
MAX_LEVEL = 12
"""4,096 base bands a merged band: a factor of 7.7 in price."""


EDGE_TABLE_FIRST = -60_000
EDGE_TABLE_LAST = 70_000
"""Bands with a tabulated edge: 1e-13 to 1.6e15 USD, all that a venue can print."""
EDGE_DOUBT = 1e-6
"""Of a band, beside an edge: where a logarithm does not decide."""


@cache
def edge_table() -> Float64Array:
    """edge(k) for k from EDGE_TABLE_FIRST to EDGE_TABLE_LAST: the numbers that decide which band a price is in."""
    edges: Float64Array = np.exp(np.arange(EDGE_TABLE_FIRST, EDGE_TABLE_LAST + 1) * LOG_WIDTH)
    return edges


def band_of_price(price: Float64Array) -> Int32Array:
    """Base band of each price; prices must be positive and at most 1e15."""
    exact = np.log(price) / LOG_WIDTH
    bands = np.floor(exact).astype(np.int64)
    # The logarithm rounds, so a price within an ulp or so of an edge may land one off: the edges decide.
    doubtful = np.abs(exact - np.rint(exact)) < EDGE_DOUBT
    if doubtful.any():
        edges, beside = edge_table(), price[doubtful]
        place = np.clip(bands[doubtful] - EDGE_TABLE_FIRST, 0, len(edges) - 2)
        bands[doubtful] += (beside >= edges[place + 1]).astype(np.int64) - (beside < edges[place])
    return bands.astype(np.int32)


def band_edge(band: Int32Array | int, level: int = 0) -> Float64Array:
    """Lower price of a band at a level; the upper one is the lower price of the next."""
    return np.exp(np.asarray(band, np.float64) * (LOG_WIDTH * (1 << level)))


def band_middle(band: Int32Array) -> Float64Array:
    """Geometric middle of base bands: no price of the band is further from it than 2.5 basis points."""
    with np.errstate(over="ignore"):
        middle: Float64Array = np.exp((band + 0.5) * LOG_WIDTH)
    return middle


def merge_band(band: Int32Array, level: int) -> Int32Array:
    """Band index at a coarser level; arithmetic shift floors for negative bands too."""
    return np.right_shift(band, level)


def level_for_rows(low_price: float, high_price: float, rows: int) -> int:
    """Finest level at which [low, high] spans at most `rows` bands."""
    span = math.log(high_price / low_price) / LOG_WIDTH
    for level in range(MAX_LEVEL + 1):
        if math.ceil(span / (1 << level)) + 1 <= rows:
            return level
    return MAX_LEVEL
