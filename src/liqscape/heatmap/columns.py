"""Columns that belong together, as kernels of the map take them: a name for each instead of a place among a score."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from liqscape.units import BoolArray, Float64Array, Int8Array, Int32Array, Int64Array, UInt8Array, UInt32Array


class HolderColumns(NamedTuple):
    """Pools (A,) and their positions (P,), pool `a` those of offsets[a]:offsets[a + 1]; size signed coins."""

    offsets: Int64Array
    margin_source: UInt8Array
    is_exempt: BoolArray
    market_index: Int32Array
    size: Float64Array


class TotalColumns(NamedTuple):
    """Sums over all positions by market: (M, 2) by side, (5, M) by margin source."""

    position_size: Float64Array
    position_count: Int64Array
    margin_source_size: Float64Array


class OrderColumns(NamedTuple):
    """Positions that are banded, sorted by market: rows market_start[m]:market_start[m + 1] are of market m.

    place (P,) where each position stands among them, Q for those kept apart; market_start (M + 1,); lots (Q,) > 0
    (exact_sums.py); layer (Q,).
    """

    place: Int32Array
    market_start: Int64Array
    lots: Float64Array
    layer: UInt8Array


class LayerColumns(NamedTuple):
    """(L,) what each layer is."""

    side: Int8Array
    margin_source: UInt8Array


class WindowColumns(NamedTuple):
    """start (M,): first band of each market's window, NaN where its mark is unknown. edges: lower edges of bands.
    lots_per_coin (M,): 10^size_decimals."""

    start: Float64Array
    edges: Float64Array
    lots_per_coin: Float64Array

    def of(self, markets: Int64Array) -> WindowColumns:
        """Of some markets."""
        return WindowColumns(self.start[markets], self.edges, self.lots_per_coin[markets])


class KeptColumns(NamedTuple):
    """Sums of positions that no mark moves, added to those of the others (heatmap/kept_sums.py).

    start (M + 1,) those of each market. cell (K,) band * layers + layer, layers rounded up to a power of two; in place
    of a band one of kept_sums' two numbers where there is none. sums (4 * K,) four of each, as kernels add them up.
    """

    start: Int64Array
    cell: Int32Array
    sums: Float64Array

    @classmethod
    def none(cls, markets: int) -> KeptColumns:
        """Nothing is kept."""
        return cls(np.zeros(markets + 1, np.int64), np.empty(0, np.int32), np.empty(0))


class BandScratch(NamedTuple):
    """Room of one thread to work in; touched and sums are zero before and after.

    touched (cells,); slot_of (cells,) place of the sums of a band and layer, of those that hold something; cells: CODES
    * layers, layers rounded up to a power of two, padded. sums (4 * slots,) four of each slot.
    """

    slot_of: UInt32Array
    touched: UInt8Array
    sums: Float64Array


class CellColumns(NamedTuple):
    """What is found out before sums are made; room of all markets, each market's from its start in the plan on.

    cell (Q,) of each position, kept (K,) of each kept sum. found (Q + K + 1,) cells of the market that hold something
    and are of bands, rising, from its start among positions and kept sums on. found_count (M,)
    """

    cell: Int32Array
    kept: Int32Array
    found: Int32Array
    found_count: Int64Array


class BandRows(NamedTuple):
    """Columns of bands (B,), sorted by (market, band, side, margin source), to be filled. start (M,): first row of
    each market."""

    market_index: Int32Array
    band: Int32Array
    side: Int8Array
    margin_source: UInt8Array
    size: Float64Array
    level_notional: Float64Array
    first_order_size: Float64Array
    position_count: Int32Array
    start: Int64Array


class OutsideColumns(NamedTuple):
    """Of bands.OutsideSums, (M, 2, R): added to."""

    size: Float64Array
    position_count: Int64Array


class RestColumns(NamedTuple):
    """Positions that are in no band: rest_size (M, 4, 2, 5) lots, rest_count (M, 4, 2), exempt ones (M, 2), coins."""

    rest_size: Float64Array
    rest_count: Int64Array
    exempt_size: Float64Array
    exempt_count: Int64Array
