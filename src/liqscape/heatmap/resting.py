"""Resting orders of order books by price and time, and how much is little and how much is much (docs/heatmap.md,
"Resting orders").

Amounts are compared as a density, USD per 0.1 % of price (heatmap/density.py). Orders that rest are no levels at which
somebody is liquidated, and are added to none.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from liqscape.heatmap.density import UNIT
from liqscape.heatmap.grid import band_of_price, merge_band
from liqscape.heatmap.through_time import PriceRows
from liqscape.model.depth import WITHIN
from liqscape.units import AnyArray, BoolArray, Float64Array, Int64Array

RING_UNITS = np.diff(np.array(WITHIN) / UNIT, prepend=0.0)
"""(3,) how many times 0.1 % of price lies between two distances from the mid: 5, 5, 10."""


class RestingCells(NamedTuple):
    """Cells that hold something, by column, then row: column (N,), row (N,), usd (N,)."""

    column: Int64Array
    row: Int64Array
    usd: Float64Array


def sum_resting(column: AnyArray, price: Float64Array, usd: Float64Array, rows: PriceRows) -> RestingCells:
    """Sum levels of books, each of a column, by band of the grid; those outside of the rows are left out."""
    row = merge_band(band_of_price(price), rows.level).astype(np.int64) - rows.first_band
    is_inside = (row >= 0) & (row < rows.count)
    cell = column[is_inside].astype(np.int64) * rows.count + row[is_inside]
    cells, place = np.unique(cell, return_inverse=True)
    sums: Float64Array = np.bincount(place, weights=usd[is_inside], minlength=len(cells)).astype(np.float64)
    return RestingCells(cells // rows.count, cells % rows.count, sums)


def ring_density(usd: Float64Array) -> Float64Array:
    """(T, 3) USD per 0.1 % of price between the mid and 0.5 %, from there to 1 %, from there to 2 %.

    usd (T, 3) USD within these distances of the mid. NaN where either end is not known.
    """
    rings: Float64Array = np.maximum(np.diff(usd, axis=1, prepend=0.0), 0.0) / RING_UNITS
    return rings


def shown_rows(
    time_ms: Int64Array, is_known: BoolArray, starts_ms: Int64Array, ends_ms: Int64Array, hold_ms: int
) -> Int64Array:
    """(columns,) the row that each column [start, end) shows, -1 for none.

    It is the last known one inside of the column. A column with no row inside shows the row before it, where that is
    known and at most `hold_ms` older than the column's start. time_ms rises.
    """
    rows = np.flatnonzero(is_known)
    if not len(rows):
        return np.full(len(starts_ms), -1, np.int64)
    last = np.searchsorted(time_ms, ends_ms, "left") - 1
    place = np.searchsorted(time_ms[rows], ends_ms, "left") - 1
    known = rows[np.maximum(place, 0)]
    is_inside = time_ms[known] >= starts_ms
    is_held = (known == last) & (time_ms[known] >= starts_ms - hold_ms)
    return np.where((place >= 0) & (is_inside | is_held), known, -1)


def order_statistics(values: Float64Array, quantiles: tuple[float, ...]) -> list[float]:
    """The value at rank floor(q * n) of each quantile q; values must not be empty."""
    ranks = [min(int(each * len(values)), len(values) - 1) for each in quantiles]
    ordered = np.partition(values, ranks)
    return [float(ordered[rank]) for rank in ranks]
