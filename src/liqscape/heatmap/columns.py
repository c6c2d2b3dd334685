"""Columns that belong together, as kernels of the map take them: a name for each instead of a place among a score."""

from __future__ import annotations

from typing import NamedTuple

from liqscape.units import BoolArray, Float64Array, Int8Array, Int32Array, Int64Array, UInt8Array


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

    order (Q,) position row; market_start (M + 1,); size (Q,) coins, > 0; layer (Q,).
    """

    order: Int32Array
    market_start: Int64Array
    size: Float64Array
    layer: UInt8Array


class LayerColumns(NamedTuple):
    """(L,) what each layer is."""

    side: Int8Array
    margin_source: UInt8Array


class WindowColumns(NamedTuple):
    """start (M,): first band of each market's window, NaN where its mark is unknown. edges: lower edges of bands."""

    start: Float64Array
    edges: Float64Array


class BandScratch(NamedTuple):
    """Room to work in, zero before and after.

    cells (CODES * layers rounded up to a power of two, 4); touched (CODES, padded to 8).
    """

    cells: Float64Array
    touched: UInt8Array


class BandRows(NamedTuple):
    """Views into the workspace, good until its next run: rows sorted by (market, band, side, margin source), the rest.

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


class RestColumns(NamedTuple):
    """Positions that are in no band: rest_size (M, 4, 2, 5), rest_count (M, 4, 2), the exempt ones (M, 2)."""

    rest_size: Float64Array
    rest_count: Int64Array
    exempt_size: Float64Array
    exempt_count: Int64Array
