"""USD per 0.1 % of price, and the one scale of it that a coin has at every zoom (docs/heatmap.md, eq. 4 to 6).

    density = notional of a row * UNIT / (2^level * log(1 + w)),     UNIT = 0.001             (4)

A row holds more dollars the more prices it spans; per 0.1 % of price it holds the same at every zoom. The scale runs
from the 55 % quantile to the 98.5 % quantile of cells of 0.1 % that are not empty, within REACH of the mark of their
frame. In every frame the largest position of all these is left out, so that however large it is, it decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.heatmap.bands import Bands
from liqscape.heatmap.grid import LOG_WIDTH, band_edge, band_of_price, merge_band
from liqscape.heatmap.through_time import PriceRows
from liqscape.units import AnyArray, BoolArray, Float64Array, Int64Array

UNIT = 0.001
"""Of price: the step that a trader thinks in, and two bands of the base grid."""
CELL_LEVEL = 1
"""Cells of the scale span 2 base bands, 0.1 %."""
REACH = 0.2
"""Share of the mark: what a coin of size can move within days. Beyond it stand positions that nobody watches."""
QUANTILES = (0.55, 0.85, 0.985)
MASS_SHARE = 0.8
"""Of the USD within reach: the rest is a long tail that would make the near rows thin."""
MIN_RATIO = 4.0
"""Of high to low: where all cells are alike, they are hot and not noise."""


@dataclass(frozen=True)
class DensityScale:
    """USD per 0.1 % of price that is just worth a colour (low) and that is as hot as it gets (high); None: no cell.

    quantiles   by QUANTILES.
    cell_count  cells that they are of.
    """

    low: float | None
    high: float | None
    quantiles: tuple[float, ...]
    cell_count: int


def density_of(notional: AnyArray, level: int) -> AnyArray:
    """USD per 0.1 % of price of rows at a level of the grid, eq. 4."""
    return notional * (UNIT / (LOG_WIDTH * (1 << level)))


def rows_within_reach(mark: Float64Array, reach: float = REACH) -> tuple[Int64Array, Int64Array]:
    """(first (T,), last (T,)) rows of CELL_LEVEL from mark * (1 - reach) to mark * (1 + reach); marks are known."""
    first, last = (merge_band(band_of_price(mark * (1.0 + way * reach)), CELL_LEVEL) for way in (-1.0, 1.0))
    return first.astype(np.int64), last.astype(np.int64)


def rows_of_scale(mark: Float64Array) -> PriceRows:
    """All rows within reach of any of the marks, which are known and at least one."""
    first, last = rows_within_reach(mark)
    return PriceRows(CELL_LEVEL, int(first.min()), int(last.max() - first.min()) + 1)


def densities_of_cells(cells: Float64Array, mark: Float64Array, rows: PriceRows) -> tuple[Float64Array, Float64Array]:
    """(without the largest position, with it): densities > 0 of the cells of frames, in no order.

    cells (4, rows, T) coins: longs, shorts, the largest long, the largest short in each (heatmap/through_time.py), at
    CELL_LEVEL. mark (T,), known. Of each frame only the rows within reach count, and its largest position is taken out
    of the cell that holds it.
    """
    first, last = rows_within_reach(mark)
    row = rows.first_band + np.arange(rows.count)[:, None]
    is_near: BoolArray = (row >= first) & (row <= last)
    total = np.where(is_near, cells[0] + cells[1], 0.0)
    largest = np.where(is_near, np.maximum(cells[2], cells[3]), 0.0)
    held_by = largest.argmax(axis=0)
    column = np.arange(len(mark))
    rest = total.copy()
    rest[held_by, column] = np.maximum(total[held_by, column] - largest[held_by, column], 0.0)
    both = (density_of(each * mark, CELL_LEVEL) for each in (rest, total))
    without, whole = (each[each > 0.0] for each in both)
    return without, whole


def scale_of_densities(density: Float64Array) -> DensityScale:
    """The scale of densities > 0. Quantiles are order statistics, the value at rank floor(q * n)."""
    count = len(density)
    if not count:
        return DensityScale(None, None, (), 0)
    ranks = [min(int(quantile * count), count - 1) for quantile in QUANTILES]
    ordered = np.partition(density, ranks)
    quantiles = tuple(float(ordered[rank]) for rank in ranks)
    high = quantiles[-1]
    return DensityScale(min(quantiles[0], high / MIN_RATIO), high, quantiles, count)


def mass_span(bands: Bands, mark: float, high: float | None) -> tuple[float, float] | None:
    """(low, high) prices: the smallest span of whole cells around the mark that holds MASS_SHARE of the USD of one
    coin's bands within reach (eq. 6). A cell counts as much as is as hot as it gets, so that no single account pulls
    the span to itself; high None: all it holds. None where nothing is within reach."""
    place = np.array([mark])
    (first,), (last,) = rows_within_reach(place)
    row = merge_band(bands.band, CELL_LEVEL).astype(np.int64)
    is_near = (row >= first) & (row <= last)
    cells = np.bincount(row[is_near] - first, bands.size[is_near] * mark, int(last - first) + 1)
    if high is not None:
        cells = np.minimum(cells, high * (LOG_WIDTH * (1 << CELL_LEVEL)) / UNIT)
    total = float(cells.sum())
    if not total > 0.0:
        return None
    centre = int(merge_band(band_of_price(place), CELL_LEVEL)[0] - first)
    # Held from the cell of the mark downwards, and from the one above it upwards.
    below = np.cumsum(cells[centre::-1])
    above = np.concatenate(([0.0], np.cumsum(cells[centre + 1 :])))
    wanted = MASS_SHARE * total * (1.0 - 1e-12)
    needed = np.searchsorted(above, wanted - below, "left")
    length = np.where(needed < len(above), np.arange(len(below)) + needed, np.iinfo(np.int64).max)
    down = int(np.argmin(length))
    edges = band_edge(np.array([first + centre - down, first + centre + 1 + int(needed[down])]), CELL_LEVEL)
    return float(edges[0]), float(edges[1])
