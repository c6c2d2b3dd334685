"""Compiled banding (heatmap/build.py). Import only inside functions: Numba takes most of a second to load.

Theory of operation. Positions come sorted by market. What costs is not arithmetic but where the sums of a market lie:
8,192 bands of a few layers are a megabyte, of which a small coin touches some hundred places, each a line of the cache
of its own. So a band and layer that holds something, a *cell*, has a *slot*, and the sums stand slot after slot: 32
bytes each, added to in one instruction (`add_four`), a few kilobytes for most coins. Slots are in the order of the
rows that are handed over, so each market is gone through twice:

- `find_cells` takes blocks of positions. The band of each is found by the logarithm, a short series on the bits of the
  number, which the compiler turns into vector code; what lies in no band gets one of four codes next to the window
  that stand for the reasons. Its cell is marked. At the end of a market the marks are swept, 64 at once: cells come in
  order without sorting, and how many rows there are is known before any is made. A market of few positions also marks
  which 64 hold something, and only those are swept: looking at all 32,784 cells would cost more than its positions.
- `sum_cells` adds every position to the sums of its cell and writes the rows where they stay.

Before them the roots are laid out by market (`lay_out`): walked in the order of the accounts, they are written to as
many places as there are markets, each going on where it stopped, where fetching them one by one would miss the cache
for every second.

All three take a run of accounts or markets, so several threads can share them; who adds to a band, and in which order,
is the same however they are cut. Sums are of whole numbers (`exact_sums.py`), so those of positions that no mark moves
can be *kept* by their cells, and added to the others at each batch of marks (`kept_sums.py`).

Codes: 0 unknown, 1 no level, 2 below the window, 3.. the bands, 3 + WINDOW above it; a cell is the code times `layers`,
a power of two, plus the layer. The series is good to 1e-7 of a band. A block with a price within EDGE_DOUBT of an edge
is decided by the table of edges, the same one `grid.band_of_price` uses, so both always agree.
"""

from __future__ import annotations

import math

import numpy as np

from liqscape.heatmap.bands import REST_REASONS
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
from liqscape.heatmap.exact_kernels import first_fifths, whole
from liqscape.heatmap.exact_sums import FIFTHS, USD_STEPS
from liqscape.heatmap.grid import EDGE_DOUBT, EDGE_TABLE_FIRST, LOG_WIDTH
from liqscape.heatmap.kept_sums import NO_BAND, UNKNOWN_BAND
from liqscape.risk.kernels.jit import compiled, inlined
from liqscape.risk.kernels.vectors import add_four, lowest_bit, marked_bytes
from liqscape.risk.liquidation import HIGHEST_PRICE
from liqscape.units import Float64Array, Int32Array, UInt8Array, UInt64Array

BLOCK = 512
WINDOW = 8192
UNKNOWN_CODE, NO_LEVEL_CODE, BELOW_CODE, FIRST_CODE = 0, 1, 2, 3
ABOVE_CODE = FIRST_CODE + WINDOW
CODES = ABOVE_CODE + 1
RESTS = len(REST_REASONS)
REASONS = np.array(REST_REASONS, np.int64)
"""What the codes that are no band say."""
SWEPT = 64
"""Cells looked at together; scratch is padded to a multiple."""
MANY_POSITIONS = 4096
"""Of a market: all cells are swept. A second mark for each position costs as much there (measured: 0.16 ns)."""

BANDS_PER_DOUBLING = math.log(2.0) / LOG_WIDTH
BANDS_PER_SERIES = 2.0 / LOG_WIDTH
SQUARE_ROOT_OF_TWO = math.sqrt(2.0)
MANTISSA = 0x000FFFFFFFFFFFFF
EXPONENT_OF_ONE = 0x3FF0000000000000


@compiled
def lay_out(place: Int32Array, root: Float64Array, price: Float64Array, first_row: int, last_row: int) -> None:
    """Write the roots of some positions where each stands in the order of the plan."""
    for row in range(first_row, last_row):
        price[np.uint64(place[np.uint64(row)])] = root[np.uint64(row)]


@compiled
def find_cells(
    plan: OrderColumns,
    layers: int,
    price: Float64Array,
    window: WindowColumns,
    kept: KeptColumns,
    scratch: BandScratch,
    cells: CellColumns,
    first_market: int,
    last_market: int,
) -> None:
    """Fill the cells of positions of markets first to last, and which cells of bands hold something."""
    market_start, layer, touched = plan.market_start, plan.layer, scratch.touched
    mantissa = np.empty(BLOCK)
    groups = len(touched) >> 6
    masks, mask_start = np.empty(groups + 1, np.uint64), np.empty(groups + 1, np.int32)
    is_held = np.zeros(groups + (-groups % SWEPT), np.uint8)
    layer_bits = _bits_of(layers)
    for market in range(first_market, last_market):
        start, stop = market_start[market], market_start[market + 1]
        base = window.start[market]
        first_kept, last_kept = kept.start[market], kept.start[market + 1]
        is_sparse = stop - start + last_kept - first_kept <= MANY_POSITIONS
        for first in range(start, stop, BLOCK):
            last = min(first + BLOCK, stop)
            layer_of, cell_of = layer[first:last], cells.cell[first:last]
            if base == base:
                _place(price[first:last], base, layer_of, layer_bits, window.edges, mantissa, cell_of)
            else:
                for step in range(last - first):
                    cell_of[step] = (UNKNOWN_CODE << layer_bits) + layer_of[step]
            for step in range(last - first):
                touched[np.uint64(cell_of[np.uint64(step)])] = 1
            if is_sparse:
                for step in range(last - first):
                    is_held[np.uint64(cell_of[np.uint64(step)]) >> np.uint64(6)] = 1
        kept_cell = cells.kept[first_kept:last_kept]
        _place_kept(kept.cell[first_kept:last_kept], base, layer_bits, kept_cell)
        for row in range(len(kept_cell)):
            cell = np.uint64(kept_cell[np.uint64(row)])
            touched[cell] = 1
            is_held[cell >> np.uint64(6)] = 1
        if not is_sparse:
            is_held[:groups] = 1
        for rest in range(RESTS):
            for part in range(layers):
                touched[_rest_cell(rest, part, layer_bits)] = 0
        found = cells.found[start + first_kept : stop + last_kept + 1]
        cells.found_count[market] = _sweep(touched, is_held, masks, mask_start, found)


@compiled
def sum_cells(
    plan: OrderColumns,
    kinds: LayerColumns,
    price: Float64Array,
    window: WindowColumns,
    kept: KeptColumns,
    scratch: BandScratch,
    cells: CellColumns,
    into: BandRows,
    outside: OutsideColumns,
    first_market: int,
    last_market: int,
) -> None:
    """Fill the rows of markets first to last, sorted by (market, band, layer), and add what is in no band of them.

    Sums are of whole numbers where sizes are whole lots (exact_sums.py), so kept ones may come first.
    """
    market_start, plan_lots = plan.market_start, plan.lots
    slot_of, sums, cell_of = scratch.slot_of, scratch.sums, cells.cell
    kept_cell, kept_sums = cells.kept, kept.sums
    layers = len(kinds.side)
    layer_bits = _bits_of(layers)
    rests = RESTS * layers
    for rest in range(RESTS):
        for part in range(layers):
            slot_of[_rest_cell(rest, part, layer_bits)] = rest * layers + part
    for market in range(first_market, last_market):
        start, stop, rows = market_start[market], market_start[market + 1], cells.found_count[market]
        first_kept, last_kept = kept.start[market], kept.start[market + 1]
        found = cells.found[start + first_kept : start + first_kept + rows]
        base, lots_per_coin = window.start[market], window.lots_per_coin[market]
        steps_per_lot = USD_STEPS / lots_per_coin
        for row in range(rows):
            slot_of[np.uint64(found[row])] = rests + row
        for row in range(first_kept, last_kept):
            slot, at = np.uint64(slot_of[np.uint64(kept_cell[np.uint64(row)])]), np.uint64(4) * np.uint64(row)
            one, two, three = kept_sums[at], kept_sums[at + np.uint64(1)], kept_sums[at + np.uint64(2)]
            add_four(sums, np.uint64(4) * slot, one, two, three, kept_sums[at + np.uint64(3)])
        for step in range(start, stop):
            at = np.uint64(step)
            lots = plan_lots[at]
            level = lots * steps_per_lot * price[at]
            slot = np.uint64(slot_of[np.uint64(cell_of[at])])
            add_four(sums, np.uint64(4) * slot, lots, whole(level), first_fifths(lots, level), 1.0)
        for part in range(layers):
            column = 0 if kinds.side[part] > 0 else 1
            for rest in range(RESTS):
                at, reason = np.uint64(4 * (rest * layers + part)), REASONS[rest]
                outside.size[market, column, reason] += sums[at] / lots_per_coin
                outside.position_count[market, column, reason] += np.int64(sums[at + np.uint64(3)])
        first_band = int(base if base == base else 0.0) - FIRST_CODE
        _write_rows(
            market, first_band, layer_bits, kinds, lots_per_coin, found, sums[4 * rests : 4 * (rests + rows)], into
        )
        sums[: 4 * (rests + rows)] = 0.0


@inlined
def _bits_of(layers: int) -> int:
    """Bits of a cell that say the layer."""
    bits = 0
    while 1 << bits < layers:
        bits += 1
    return bits


@inlined
def _rest_cell(rest: int, part: int, layer_bits: int) -> int:
    """Cell of what is in no band, by its place among the four codes."""
    code = rest if rest < FIRST_CODE else ABOVE_CODE
    return (code << layer_bits) + part


@inlined
def _place_kept(kept: Int32Array, base: float, layer_bits: int, cell_of: Int32Array) -> None:
    """Cells, in a market whose window begins at a band, of what is kept of it."""
    bits, low = np.int32(layer_bits), np.int32((1 << layer_bits) - 1)
    below, above, no_level = np.int32(BELOW_CODE), np.int32(ABOVE_CODE), np.int32(NO_LEVEL_CODE)
    no_band, unknown_band = np.int32(NO_BAND), np.int32(UNKNOWN_BAND)
    if base != base:
        for row in range(len(kept)):
            cell_of[row] = np.int32(UNKNOWN_CODE << layer_bits) + (kept[row] & low)
        return
    origin = np.int32(base - FIRST_CODE)
    for row in range(len(kept)):
        band = kept[row] >> bits
        code = np.int32(band - origin)
        code = code if code > below else below
        code = code if code < above else above
        code = no_level if band == no_band else code
        code = np.int32(UNKNOWN_CODE) if band == unknown_band else code
        cell_of[row] = np.int32(code << bits) + (kept[row] & low)


@inlined
def _write_rows(
    market: int,
    first_band: int,
    layer_bits: int,
    kinds: LayerColumns,
    lots_per_coin: float,
    found: Int32Array,
    sums: Float64Array,
    into: BandRows,
) -> None:
    """Rows of one market, at their place in the table: each column on its own, as they lie."""
    count, first = len(found), into.start[market]
    last = first + count
    bits, low = np.int32(layer_bits), np.int32((1 << layer_bits) - 1)
    layer_side, layer_margin_source = kinds.side, kinds.margin_source
    market_index, band = into.market_index[first:last], into.band[first:last]
    for row in range(count):
        market_index[row] = market
        band[row] = (found[row] >> bits) + np.int32(first_band)
    side, margin_source = into.side[first:last], into.margin_source[first:last]
    for row in range(count):
        part = np.uint64(found[row] & low)
        side[row] = layer_side[part]
        margin_source[row] = layer_margin_source[part]
    size, level_notional = into.size[first:last], into.level_notional[first:last]
    first_order_size, position_count = into.first_order_size[first:last], into.position_count[first:last]
    for row in range(count):
        size[row] = sums[4 * row] / lots_per_coin
        level_notional[row] = sums[4 * row + 1] / USD_STEPS
        first_order_size[row] = sums[4 * row + 2] / (FIFTHS * lots_per_coin)
        position_count[row] = np.int32(sums[4 * row + 3])


@inlined
def _place(
    price: Float64Array,
    base: float,
    layer: UInt8Array,
    layer_bits: int,
    edges: Float64Array,
    mantissa: Float64Array,
    cell_of: Int32Array,
) -> None:
    """Cells of prices, BLOCK at most, in a market whose window begins at a band. mantissa (BLOCK,): room to work in."""
    bits, mantissa_bits = price.view(np.int64), mantissa.view(np.int64)
    origin = base - FIRST_CODE
    for step in range(len(price)):
        mantissa_bits[step] = (bits[step] & MANTISSA) | EXPONENT_OF_ONE
    doubtful = 0
    for step in range(len(price)):
        part, value = mantissa[step], price[step]
        exponent = float((bits[step] >> 52) - 1023)
        is_upper = 1.0 if part > SQUARE_ROOT_OF_TWO else 0.0
        part = part * (1.0 - 0.5 * is_upper)
        ratio = (part - 1.0) / (part + 1.0)
        square = ratio * ratio
        series = 1.0 / 11.0
        series = series * square + 1.0 / 9.0
        series = series * square + 1.0 / 7.0
        series = series * square + 1.0 / 5.0
        series = series * square + 1.0 / 3.0
        series = series * square + 1.0
        exact = (exponent + is_upper) * BANDS_PER_DOUBLING + ratio * series * BANDS_PER_SERIES - origin
        exact = exact if exact > BELOW_CODE + 0.5 else BELOW_CODE + 0.5
        exact = exact if exact < ABOVE_CODE + 0.5 else ABOVE_CODE + 0.5
        exact = exact if value <= HIGHEST_PRICE else NO_LEVEL_CODE + 0.5
        exact = exact if value > 0.0 else NO_LEVEL_CODE + 0.5
        exact = exact if value == value else UNKNOWN_CODE + 0.5
        code = np.int32(exact)
        doubtful += np.int64(abs(exact - np.float64(code) - 0.5) > 0.5 - EDGE_DOUBT)
        cell_of[step] = (code << np.int32(layer_bits)) + np.int32(layer[step])
    if doubtful:
        for step in range(len(price)):
            if 0.0 < price[step] <= HIGHEST_PRICE:
                decided = _band_by_edges(price[step], edges) - np.int64(origin)
                cell_of[step] = (min(max(decided, BELOW_CODE), ABOVE_CODE) << layer_bits) + layer[step]


@inlined
def _band_by_edges(price: float, edges: Float64Array) -> int:
    """Band of a known, positive price, decided by the edges themselves."""
    band = np.int64(math.floor(math.log(price) / LOG_WIDTH))
    place = band - EDGE_TABLE_FIRST
    if 0 < place < len(edges) - 1:
        if price >= edges[place + 1]:
            return band + 1
        if price < edges[place]:
            return band - 1
    return band


@inlined
def _sweep(
    touched: UInt8Array, is_held: UInt8Array, masks: UInt64Array, mask_start: Int32Array, found: Int32Array
) -> int:
    """Fill found with the cells whose byte is set, rising, and clear the bytes; returns how many.

    is_held  of each 64 cells whether they may hold something; cleared too.
    Nobody can predict where levels lie, so nothing is asked: of each 64 cells the bits are written down, and kept where
    there are any; then each turn takes the lowest bit and goes on to the next 64 where it was the last.
    """
    held = 0
    for part in range(len(is_held) >> 6):
        left = marked_bytes(is_held, np.uint64(SWEPT * part))
        while left != 0:
            first = np.uint64(SWEPT) * np.uint64(SWEPT * part + lowest_bit(left))
            left &= left - np.uint64(1)
            mask = marked_bytes(touched, first)
            masks[np.uint64(held)], mask_start[np.uint64(held)] = mask, np.int32(first)
            held += np.int64(mask != 0)
            touched[first : first + np.uint64(SWEPT)] = 0
    is_held[:] = 0
    masks[held], mask_start[held] = 1, 0
    index, filled, mask, start = 0, 0, masks[0], mask_start[0]
    while index < held:
        found[np.uint64(filled)] = start + np.int32(lowest_bit(mask))
        filled += 1
        mask &= mask - np.uint64(1)
        index += np.int64(mask == 0)
        following = masks[np.uint64(index)]
        mask = following if mask == 0 else mask
        start = mask_start[np.uint64(index)]
    return filled
