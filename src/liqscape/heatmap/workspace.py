"""Buffers the banding kernel fills, kept between calls: fresh pages would cost as much as the work itself."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from liqscape.heatmap.bands import OutsideReason
from liqscape.heatmap.grid import edge_table
from liqscape.heatmap.plan import BandPlan
from liqscape.units import Float64Array, Int8Array, Int32Array, Int64Array, UInt8Array

REST_REASONS = (OutsideReason.UNKNOWN, OutsideReason.NO_LEVEL, OutsideReason.BELOW, OutsideReason.ABOVE)
"""In the order of the kernel's codes."""


class BandRows(NamedTuple):
    """Views into the workspace until its next run: rows sorted by (market, band, side, margin_source), and the rest.

    row_start (M + 1,) rows of each market. rest_size, rest_count (M, 4, layers) in the order of REST_REASONS.
    """

    band: Int32Array
    side: Int8Array
    margin_source: UInt8Array
    size: Float64Array
    level_notional: Float64Array
    first_order_size: Float64Array
    position_count: Int32Array
    row_start: Int64Array
    rest_size: Float64Array
    rest_count: Int64Array


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
        if len(self._rows[0]) < capacity:
            self._rows = _rows(capacity)
        if len(self._cells) != cell_count:
            self._cells = np.zeros((cell_count, 4))
            self._touched = np.zeros(kernels.CODES + -kernels.CODES % 8, np.uint8)
        row_start = np.empty(markets + 1, np.int64)
        rest_size = np.zeros((markets, len(REST_REASONS), layers))
        rest_count = np.zeros(rest_size.shape, np.int64)
        band, side, margin_source, size, level_notional, first_order_size, position_count = self._rows
        count = kernels.band_markets(
            plan.order,
            plan.market_start,
            plan.size,
            plan.layer,
            plan.layer_side,
            plan.layer_margin_source,
            root,
            window_start,
            edge_table(),
            self._cells,
            self._touched,
            band,
            side,
            margin_source,
            size,
            level_notional,
            first_order_size,
            position_count,
            row_start,
            rest_size,
            rest_count,
        )
        return BandRows(
            band[:count],
            side[:count],
            margin_source[:count],
            size[:count],
            level_notional[:count],
            first_order_size[:count],
            position_count[:count],
            row_start,
            rest_size,
            rest_count,
        )


def _rows(
    capacity: int,
) -> tuple[Int32Array, Int8Array, UInt8Array, Float64Array, Float64Array, Float64Array, Int32Array]:
    return (
        np.empty(capacity, np.int32),
        np.empty(capacity, np.int8),
        np.empty(capacity, np.uint8),
        np.empty(capacity),
        np.empty(capacity),
        np.empty(capacity),
        np.empty(capacity, np.int32),
    )
