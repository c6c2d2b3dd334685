"""Columns that belong together, as kernels of the map take them: a name for each instead of a place among a score."""

from __future__ import annotations

from typing import NamedTuple

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

    place (P,) where each position stands among them, Q for those kept apart; market_start (M + 1,); size (Q,) coins,
    > 0; layer (Q,).
    """

    place: Int32Array
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
    """Room to work in; all but price zero before and after.

    price (Q + 1,) roots in the order of the plan. slot_of (cells,) place of the sums of a band and layer; touched
    (cells,); cells: CODES * layers, layers rounded up to a power of two, padded. sums (4 * slots,) four of each slot,
    slot 0 for what holds nothing.
    """

    price: Float64Array
    slot_of: UInt32Array
    touched: UInt8Array
    sums: Float64Array


class BandRows(NamedTuple):
    """Views into the workspace, good until its next run: rows sorted by (market, band, side, margin source), the rest.

    row_start (M + 1,) rows of each market. rest_size, rest_count (M, 4, layers) in the order of REST_REASONS.
    """

    market_index: Int32Array
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
