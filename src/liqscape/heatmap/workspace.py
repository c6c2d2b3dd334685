"""Buffers the banding kernels fill, kept between calls: fresh pages would cost as much as the work itself."""

from __future__ import annotations

import numpy as np

from liqscape.heatmap.bands import BAND_COLUMNS, Bands, OutsideSums
from liqscape.heatmap.columns import (
    BandRows,
    BandScratch,
    CellColumns,
    KeptColumns,
    LayerColumns,
    OrderColumns,
    OutsideColumns,
    WindowColumns,
)
from liqscape.heatmap.plan import BandPlan
from liqscape.risk.threads import ONE_THREAD, KernelThreads
from liqscape.units import AnyArray, Float64Array, Int64Array

LINE = 64
"""Bytes of a line of the processor's cache."""
WIDEST_FIRST = sorted(
    ((name, np.dtype(kind)) for name, kind in BAND_COLUMNS.items()), key=lambda each: -each[1].itemsize
)
ROW_BYTES = sum(kind.itemsize for _, kind in WIDEST_FIRST)


class BandWorkspace:
    """One caller's buffers; grows as needed, not to be shared between callers at the same time."""

    def __init__(self) -> None:
        self._root, self._price = np.empty(0), np.empty(0)
        self._cell, self._kept, self._found = (np.empty(0, np.int32) for _ in range(3))
        self._scratch: list[BandScratch] = []
        """One a thread."""

    def root(self, count: int) -> Float64Array:
        """A buffer for the roots of `count` positions (risk.liquidation.solve_roots), good until the next call."""
        if len(self._root) < count:
            self._root = np.empty(count)
        return self._root[:count]

    def run(
        self, plan: BandPlan, root: Float64Array, window: WindowColumns, threads: KernelThreads = ONE_THREAD
    ) -> Bands:
        """Band all positions of a plan at their roots (heatmap/kernels.py)."""
        return self.band(*plan.columns, root, window, OutsideSums.empty(len(window.start)), threads)

    def band(
        self,
        columns: OrderColumns,
        kinds: LayerColumns,
        root: Float64Array,
        window: WindowColumns,
        outside: OutsideSums,
        threads: KernelThreads = ONE_THREAD,
    ) -> Bands:
        """Bands of positions sorted by market; what is in none is added to `outside`."""
        return self.band_prices(columns, kinds, self._laid_out(columns, root, threads), window, outside, threads)

    def band_prices(
        self,
        columns: OrderColumns,
        kinds: LayerColumns,
        price: Float64Array,
        window: WindowColumns,
        outside: OutsideSums,
        threads: KernelThreads = ONE_THREAD,
        *,
        kept: KeptColumns | None = None,
    ) -> Bands:
        """The same of roots (Q + 1,) that stand in the order of the columns; the last is of no use.

        kept  sums of other positions, to be added.
        """
        from liqscape.heatmap import kernels

        layers = len(kinds.side)
        kept = KeptColumns.none(len(window.start)) if kept is None else kept
        cells = self._room_for_cells(len(columns.lots), len(kept.cell), len(window.start))
        scratch = self._room_to_work(np.diff(columns.market_start) + np.diff(kept.start), layers, threads.count)
        bounds = threads.split(columns.market_start)

        def find(thread: int, part: int) -> None:
            first, last = bounds[part], bounds[part + 1]
            kernels.find_cells(
                columns,
                layers,
                price,
                window,
                kept,
                scratch=scratch[thread],
                cells=cells,
                first_market=first,
                last_market=last,
            )

        threads.run(find, len(bounds) - 1)
        bands, rows = _table(cells.found_count)
        sums = OutsideColumns(size=outside.size, position_count=outside.position_count)

        def add_up(thread: int, part: int) -> None:
            kernels.sum_cells(
                columns,
                kinds,
                price,
                window,
                kept,
                scratch=scratch[thread],
                cells=cells,
                into=rows,
                outside=sums,
                first_market=bounds[part],
                last_market=bounds[part + 1],
            )

        threads.run(add_up, len(bounds) - 1)
        return bands

    def _laid_out(self, columns: OrderColumns, root: Float64Array, threads: KernelThreads) -> Float64Array:
        """(Q + 1,) roots in the order of the columns; the last is of no use."""
        from liqscape.heatmap import kernels

        if len(self._price) <= len(columns.lots):
            self._price = np.empty(len(columns.lots) + 1)
        price, bounds = self._price, threads.split_evenly(len(root))

        def lay_out(_thread: int, part: int) -> None:
            kernels.lay_out(columns.place, root, price, first_row=bounds[part], last_row=bounds[part + 1])

        threads.run(lay_out, len(bounds) - 1)
        return price

    def _room_for_cells(self, positions: int, kept: int, markets: int) -> CellColumns:
        if len(self._cell) < positions or len(self._kept) < kept or len(self._found) <= positions + kept:
            self._cell, self._kept = np.empty(positions, np.int32), np.empty(kept, np.int32)
            self._found = np.empty(positions + kept + 1, np.int32)
        return CellColumns(cell=self._cell, kept=self._kept, found=self._found, found_count=np.empty(markets, np.int64))

    def _room_to_work(self, added: Int64Array, layers: int, threads: int) -> list[BandScratch]:
        """added (M,): how much is added up in each market."""
        from liqscape.heatmap import kernels

        cells = kernels.CODES << max(layers - 1, 0).bit_length()
        cells += -cells % kernels.SWEPT
        slots = kernels.RESTS * layers + min(cells, int(added.max(initial=0)))
        had = self._scratch
        if len(had) < threads or len(had[0].touched) != cells or len(had[0].sums) < 4 * slots:
            self._scratch = [_scratch(cells, slots) for _ in range(threads)]
        return self._scratch


def _table(found_count: Int64Array) -> tuple[Bands, BandRows]:
    """A table for so many rows of each market, and where the kernel fills it: columns side by side in one piece of
    memory.

    One large piece is more likely to be kept by the allocator for the next table than eight small ones.
    """
    count = int(found_count.sum())
    memory = np.empty(count * ROW_BYTES, np.uint8)
    columns: dict[str, AnyArray] = {}
    start = 0
    for name, kind in WIDEST_FIRST:
        stop = start + count * kind.itemsize
        columns[name] = memory[start:stop].view(kind)
        start = stop
    return Bands(**columns), BandRows(**columns, start=np.cumsum(found_count) - found_count)


def _scratch(cells: int, slots: int) -> BandScratch:
    """Sums begin at a line of the cache, or every second slot would lie across two."""
    bytes_of = np.zeros(32 * slots + LINE, np.uint8)
    first = -bytes_of.ctypes.data % LINE
    return BandScratch(
        slot_of=np.empty(cells, np.uint32),
        touched=np.zeros(cells, np.uint8),
        sums=bytes_of[first : first + 32 * slots].view(np.float64),
    )
