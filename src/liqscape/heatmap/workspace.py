"""Buffers the banding kernel fills, kept between calls: fresh pages would cost as much as the work itself."""

from __future__ import annotations

import numpy as np

from liqscape.heatmap.bands import OutsideReason
from liqscape.heatmap.columns import BandRows, BandScratch, LayerColumns, OrderColumns, WindowColumns
from liqscape.heatmap.grid import edge_table
from liqscape.heatmap.plan import BandPlan
from liqscape.units import Float64Array

REST_REASONS = (OutsideReason.UNKNOWN, OutsideReason.NO_LEVEL, OutsideReason.BELOW, OutsideReason.ABOVE)
"""In the order of the kernel's codes."""


class BandWorkspace:
    """One caller's buffers; grows as needed, not to be shared between threads."""

    def __init__(self) -> None:
        self._rows = _rows(0)
        self._root = np.empty(0)
        self._cells = np.zeros((0, 4))
        self._touched = np.zeros(0, np.uint8)

    def root(self, count: int) -> Float64Array:
        """A buffer for the roots of `count` positions (risk.liquidation.solve_roots), good until the next call."""
        if len(self._root) < count:
            self._root = np.empty(count)
        return self._root[:count]

    def run(self, plan: BandPlan, root: Float64Array, window_start: Float64Array) -> BandRows:
        """Band all positions of a plan at their roots (heatmap/kernels.py)."""
        from liqscape.heatmap import kernels

        capacity, markets = len(plan.order), len(plan.market_start) - 1
        layers = len(plan.layer_side)
        cell_count = kernels.CODES << max(layers - 1, 0).bit_length()
        if len(self._rows.band) < capacity:
            self._rows = _rows(capacity)
        if len(self._cells) != cell_count:
            self._cells = np.zeros((cell_count, 4))
            self._touched = np.zeros(kernels.CODES + -kernels.CODES % 8, np.uint8)
        rest_size = np.zeros((markets, len(REST_REASONS), layers))
        rows = self._rows._replace(
            row_start=np.empty(markets + 1, np.int64),
            rest_size=rest_size,
            rest_count=np.zeros(rest_size.shape, np.int64),
        )
        count = kernels.band_markets(
            OrderColumns(order=plan.order, market_start=plan.market_start, size=plan.size, layer=plan.layer),
            LayerColumns(side=plan.layer_side, margin_source=plan.layer_margin_source),
            root,
            WindowColumns(start=window_start, edges=edge_table()),
            BandScratch(cells=self._cells, touched=self._touched),
            rows,
        )
        return BandRows(
            band=rows.band[:count],
            side=rows.side[:count],
            margin_source=rows.margin_source[:count],
            size=rows.size[:count],
            level_notional=rows.level_notional[:count],
            first_order_size=rows.first_order_size[:count],
            position_count=rows.position_count[:count],
            row_start=rows.row_start,
            rest_size=rows.rest_size,
            rest_count=rows.rest_count,
        )


def _rows(capacity: int) -> BandRows:
    """Room for rows; what counts markets is made anew for each run."""
    return BandRows(
        band=np.empty(capacity, np.int32),
        side=np.empty(capacity, np.int8),
        margin_source=np.empty(capacity, np.uint8),
        size=np.empty(capacity),
        level_notional=np.empty(capacity),
        first_order_size=np.empty(capacity),
        position_count=np.empty(capacity, np.int32),
        row_start=np.empty(0, np.int64),
        rest_size=np.empty((0, 0, 0)),
        rest_count=np.empty((0, 0, 0), np.int64),
    )
