"""Buffers the banding kernel fills, kept between calls: fresh pages would cost as much as the work itself."""

from __future__ import annotations

import numpy as np

from liqscape.heatmap.bands import BAND_COLUMNS, Bands, OutsideReason, OutsideSums
from liqscape.heatmap.columns import BandRows, BandScratch, LayerColumns, OrderColumns, WindowColumns
from liqscape.heatmap.grid import edge_table
from liqscape.heatmap.plan import BandPlan
from liqscape.units import AnyArray, Float64Array

REST_REASONS = (OutsideReason.UNKNOWN, OutsideReason.NO_LEVEL, OutsideReason.BELOW, OutsideReason.ABOVE)
"""In the order of the kernel's codes."""


LINE = 64
"""Bytes of a line of the processor's cache."""


class BandWorkspace:
    """One caller's buffers; grows as needed, not to be shared between threads."""

    def __init__(self) -> None:
        self._rows = _rows(0)
        self._root = np.empty(0)
        self._scratch = _scratch(0, 0, 0)

    def root(self, count: int) -> Float64Array:
        """A buffer for the roots of `count` positions (risk.liquidation.solve_roots), good until the next call."""
        if len(self._root) < count:
            self._root = np.empty(count)
        return self._root[:count]

    def run(self, plan: BandPlan, root: Float64Array, window_start: Float64Array) -> BandRows:
        """Band all positions of a plan at their roots (heatmap/kernels.py)."""
        return self._run(*plan.columns, root, window_start)

    def band(
        self,
        columns: OrderColumns,
        kinds: LayerColumns,
        root: Float64Array,
        window_start: Float64Array,
        outside: OutsideSums,
    ) -> Bands:
        """Bands of positions sorted by market; what is in none is added to `outside`."""
        rows = self._run(columns, kinds, root, window_start)
        for layer, side in enumerate(kinds.side):
            column = 0 if side > 0 else 1
            for code, reason in enumerate(REST_REASONS):
                outside.size[:, column, reason] += rows.rest_size[:, code, layer]
                outside.position_count[:, column, reason] += rows.rest_count[:, code, layer]
        return bands_of(rows)

    def _run(
        self, columns: OrderColumns, kinds: LayerColumns, root: Float64Array, window_start: Float64Array
    ) -> BandRows:
        from liqscape.heatmap import kernels

        capacity, markets, layers = len(columns.size), len(window_start), len(kinds.side)
        cells = kernels.CODES << max(layers - 1, 0).bit_length()
        cells += -cells % kernels.SWEPT
        slots = 1 + min(cells, int(np.diff(columns.market_start).max(initial=0)))
        if len(self._rows.band) < capacity:
            self._rows = _rows(capacity)
        had = self._scratch
        if len(had.price) <= capacity or len(had.slot_of) != cells or len(had.sums) < 4 * slots:
            self._scratch = _scratch(capacity, cells, slots)
        rest_size = np.zeros((markets, len(REST_REASONS), layers))
        rows = self._rows._replace(
            row_start=np.empty(markets + 1, np.int64),
            rest_size=rest_size,
            rest_count=np.zeros(rest_size.shape, np.int64),
        )
        count = kernels.band_markets(
            columns,
            kinds,
            root,
            WindowColumns(start=window_start, edges=edge_table()),
            self._scratch,
            rows,
            first_market=0,
            last_market=markets,
        )
        return rows._replace(**{name: getattr(rows, name)[:count] for name in BAND_COLUMNS})


def bands_of(rows: BandRows) -> Bands:
    """The rows as a table of its own, its columns side by side in one piece of memory.

    One large piece is more likely to be kept by the allocator for the next table than eight small ones.
    """
    count = len(rows.band)
    widest_first = sorted(BAND_COLUMNS, key=lambda name: -np.dtype(BAND_COLUMNS[name]).itemsize)
    memory = np.empty(count * sum(np.dtype(kind).itemsize for kind in BAND_COLUMNS.values()), np.uint8)
    columns: dict[str, AnyArray] = {}
    start = 0
    for name in widest_first:
        stop = start + count * np.dtype(BAND_COLUMNS[name]).itemsize
        columns[name] = memory[start:stop].view(BAND_COLUMNS[name])
        columns[name][:] = getattr(rows, name)
        start = stop
    return Bands(**columns)


def _scratch(positions: int, cells: int, slots: int) -> BandScratch:
    """Sums begin at a line of the cache, or every second slot would lie across two."""
    bytes_of = np.zeros(32 * slots + LINE, np.uint8)
    first = -bytes_of.ctypes.data % LINE
    return BandScratch(
        price=np.empty(positions + 1),
        slot_of=np.zeros(cells, np.uint32),
        touched=np.zeros(cells, np.uint8),
        sums=bytes_of[first : first + 32 * slots].view(np.float64),
    )


def _rows(capacity: int) -> BandRows:
    """Room for rows; what counts markets is made anew for each run."""
    return BandRows(
        **{name: np.empty(capacity, kind) for name, kind in BAND_COLUMNS.items()},
        row_start=np.empty(0, np.int64),
        rest_size=np.empty((0, 0, 0)),
        rest_count=np.empty((0, 0, 0), np.int64),
    )
