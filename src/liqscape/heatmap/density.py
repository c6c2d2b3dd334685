"""USD per 0.1 % of price, and the one scale of it that a coin has at every zoom (docs/heatmap.md, eq. 4 to 6).

    density = notional of a row * UNIT / (2^level * log(1 + w)),     UNIT = 0.001             (4)

A row holds more dollars the more prices it spans; per 0.1 % of price it holds the same at every zoom. The scale runs
from the 55 % quantile of cells of 0.1 % that are not empty, within REACH of the mark of their frame, to the 98.5 %
quantile, a little less where a frame has few. In every frame the largest position of all these counts as hotter than
everything, however large it is, so that it decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from liqscape.heatmap.bands import Bands
from liqscape.heatmap.grid import LOG_WIDTH, band_edge, band_of_price, merge_band
from liqscape.heatmap.through_time import PriceRows
from liqscape.units import AnyArray, BoolArray, Float32Array, Float64Array, Int64Array

UNIT = 0.001
"""Of price: the step that a trader thinks in, and two bands of the base grid."""
CELL_LEVEL = 1
"""Cells of the scale span 2 base bands, 0.1 %."""
REACH = 0.2
"""Share of the mark: what a coin of size can move within days. Beyond it stand positions that nobody watches."""
QUANTILES = (0.55, 0.85, 0.985)
LONE_SHARE = 0.9
"""Of a cell: what is left of it then would be another colour."""
MASS_SHARE = 0.8
"""Of the USD within reach: the rest is a long tail that would make the near rows thin."""
HOT_CELLS = 3
"""Of a frame that are hotter than the top of the scale, or more: a coin with few cells would else have its scale from
the second largest account. No more than the hottest 15 % of them (the middle one of QUANTILES)."""
MIN_RATIO, MAX_RATIO = 4.0, 32.0
"""Of high to low. Where all cells are alike, they are hot and not noise; and where more than half hold dust, colours
that tell dust from dust would be missing where the money is."""


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


@dataclass(frozen=True)
class FrameDensities:
    """Cells near the mark of one frame that are not empty without its largest position, (n,); whether there is one."""

    density: Float32Array
    has_largest: bool

    @property
    def cell_count(self) -> int:
        """Cells, the largest position being one of its own."""
        return len(self.density) + self.has_largest


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


def densities_of_cells(cells: Float64Array, mark: Float64Array, rows: PriceRows) -> list[FrameDensities]:
    """Densities of the cells of T frames, each without its largest position.

    cells (4, rows, T) coins: longs, shorts, the largest long, the largest short in each (heatmap/through_time.py), at
    CELL_LEVEL. mark (T,), known. Of each frame only the rows within reach count.
    """
    first, last = rows_within_reach(mark)
    row = rows.first_band + np.arange(rows.count)[:, None]
    is_near: BoolArray = (row >= first) & (row <= last)
    total = np.where(is_near, cells[0] + cells[1], 0.0)
    largest = np.where(is_near, np.maximum(cells[2], cells[3]), 0.0)
    at, column = largest.argmax(axis=0), np.arange(len(mark))
    total[at, column] = np.maximum(total[at, column] - largest[at, column], 0.0)
    density = density_of(total * mark, CELL_LEVEL).astype(np.float32)
    has_any = largest[at, column] > 0.0
    return [FrameDensities(each[each > 0.0], bool(any_)) for each, any_ in zip(density.T, has_any, strict=True)]


def scale_of_frames(frames: Sequence[FrameDensities]) -> DensityScale:
    """The scale of frames. Quantiles are order statistics, the value at rank floor(q * n) of all n cells that are not
    empty, the largest position of each frame being one that is hotter than all others.

    Where nobody else has a level within reach there is no scale.
    """
    density = np.concatenate([each.density for each in frames] or [np.empty(0, np.float32)])
    if not len(density):
        return DensityScale(None, None, (), 0)
    count = sum(each.cell_count for each in frames)
    filled = sum(each.has_largest for each in frames)
    weak, strong, top = QUANTILES
    hot = max(min(top, 1.0 - HOT_CELLS * filled / count), strong)
    ranks = [min(int(quantile * count), len(density) - 1) for quantile in (weak, strong, top, hot)]
    ordered = np.partition(density, ranks)
    *quantiles, high = (float(ordered[rank]) for rank in ranks)
    low = min(max(quantiles[0], high / MAX_RATIO), high / MIN_RATIO)
    return DensityScale(low, high, tuple(quantiles), count)


def lone_runs(total: Float32Array, largest: Float32Array, level: int, high: float) -> list[tuple[int, int, int]]:
    """(row, first column, column after the last) of runs of cells hotter than `high` that one account makes hot: its
    position is LONE_SHARE of the cell. total, largest (rows, columns) USD, NaN unknown; rows are at `level`."""
    with np.errstate(invalid="ignore"):
        is_lone = (density_of(total, level) > high) & (largest >= LONE_SHARE * total)
    padded = np.pad(is_lone, ((0, 0), (1, 1))).astype(np.int8)
    step = np.diff(padded, axis=1)
    row, first = np.nonzero(step > 0)
    _, past = np.nonzero(step < 0)  # as many in each row, in the same order
    return list(zip(row.tolist(), first.tolist(), past.tolist(), strict=True))


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
