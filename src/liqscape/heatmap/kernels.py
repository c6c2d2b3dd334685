"""Compiled banding (heatmap/build.py). Import only inside functions: Numba takes most of a second to load.

Theory of operation. Positions come sorted by market. What costs is not arithmetic but where the sums of a market lie:
8,192 bands of a few layers are a megabyte, of which a small coin touches some hundred places, each a line of the cache
of its own. So a band and layer that holds something, a *cell*, is given the next free *slot* when its first position
comes, and the sums stand slot after slot: 32 bytes each, added to in one instruction (`add_four`), a few kilobytes for
most coins. First the roots are laid out by market: walked in the order of the accounts, they are written to as many
places as there are markets, each going on where it stopped, where fetching them one by one would miss the cache for
every second. Then three loops take a block of positions:

1. each price clipped to the window; what lies in no band is moved to the middle of one of four bands
   next to the window that stand for the reasons, so that one formula places all;
2. the cell of each: the logarithm as a short series on the bits of the number, which the compiler turns into vector
   code. Codes: 0 unknown, 1 no level, 2 below the window, 3.. the bands, 3 + WINDOW above it; a cell is the code times
   `layers`, a power of two, plus the layer;
3. the sums. On its own, because the addresses are then known before the additions start, and none waits for another.

At the end of a market the marks of touched cells are swept, 64 at once, so that rows come in order without sorting.

The series is good to 1e-7 of a band. A block with a price within EDGE_DOUBT of an edge is decided by the table of
edges, the same one `grid.band_of_price` uses, so both always agree.
"""

from __future__ import annotations

import math

import numpy as np

from liqscape.heatmap.columns import BandRows, BandScratch, LayerColumns, OrderColumns, WindowColumns
from liqscape.heatmap.grid import EDGE_TABLE_FIRST, LOG_WIDTH
from liqscape.risk.kernels.jit import compiled, inlined
from liqscape.risk.kernels.vectors import add_four
from liqscape.risk.ladder import PARTIAL_SHARE, PARTIAL_THRESHOLD_USD
from liqscape.risk.liquidation import HIGHEST_PRICE
from liqscape.units import Float64Array, Int32Array, Int64Array, UInt8Array, UInt64Array

BLOCK = 512
WINDOW = 8192
UNKNOWN_CODE, NO_LEVEL_CODE, BELOW_CODE, FIRST_CODE = 0, 1, 2, 3
ABOVE_CODE = FIRST_CODE + WINDOW
CODES = ABOVE_CODE + 1
SWEPT = 64
"""Cells looked at together; scratch is padded to a multiple."""
EDGE_DOUBT = 1e-6
PARTIAL_KEPT_BACK = 1.0 - PARTIAL_SHARE

BANDS_PER_DOUBLING = math.log(2.0) / LOG_WIDTH
BANDS_PER_SERIES = 2.0 / LOG_WIDTH
SQUARE_ROOT_OF_TWO = math.sqrt(2.0)
MANTISSA = 0x000FFFFFFFFFFFFF
EXPONENT_OF_ONE = 0x3FF0000000000000

BYTES_TO_BITS = np.uint64(0x0102040810204080)
"""Times eight bytes that are 0 or 1, the top byte holds them as bits, the first byte lowest."""
SET_COUNTS = np.array([mask.bit_count() for mask in range(256)], np.int64)
SET_PLACES = np.array([([bit for bit in range(8) if mask >> bit & 1] + [0] * 8)[:8] for mask in range(256)], np.int64)
"""Places of the set bits of every byte, lowest first, padded with zeros."""


@compiled
def band_markets(
    plan: OrderColumns,
    layer_kinds: LayerColumns,
    root: Float64Array,
    window: WindowColumns,
    scratch: BandScratch,
    into: BandRows,
    first_market: int,
    last_market: int,
) -> int:
    """Fill rows of markets first to last, sorted by (market, band, layer), and their rest (M, 4 codes, layers).

    Returns the number of rows; row_start counts from the first of them.
    """
    place, market_start, plan_size, layer = plan.place, plan.market_start, plan.size, plan.layer
    layer_side, layer_margin_source = layer_kinds.side, layer_kinds.margin_source
    price, slot_of, touched, sums = scratch.price, scratch.slot_of, scratch.touched, scratch.sums
    clipped = np.empty(BLOCK)
    cell_of = np.empty(BLOCK, np.int32)
    words = touched.view(np.uint64)
    found_words = np.empty(len(words) + 1, np.int64)
    found = np.empty(len(touched) + 8, np.int64)
    layers = len(layer_side)
    layer_bits = 0
    while 1 << layer_bits < layers:
        layer_bits += 1
    for row in range(len(root)):
        price[np.uint64(place[np.uint64(row)])] = root[np.uint64(row)]
    rows = 0
    for market in range(first_market, last_market):
        into.row_start[market] = rows
        is_known = window.start[market] == window.start[market]
        base = window.start[market] if is_known else 0.0
        unknown = math.exp((base - 2.5) * LOG_WIDTH)
        no_level = math.exp((base - 1.5) * LOG_WIDTH) if is_known else unknown
        below = math.exp((base - 0.5) * LOG_WIDTH) if is_known else unknown
        above = math.exp((base + (WINDOW + 0.5)) * LOG_WIDTH) if is_known else unknown
        slots = np.uint32(0)
        for start in range(market_start[market], market_start[market + 1], BLOCK):
            count = min(BLOCK, market_start[market + 1] - start)
            prices = price[start : start + count]
            for step in range(count):
                value = prices[step]
                kept = value if value > below else below
                kept = kept if kept < above else above
                kept = kept if value <= HIGHEST_PRICE else no_level
                kept = kept if value > 0.0 else no_level
                clipped[step] = kept if value == value else unknown
            _place(clipped, count, base, layer[start : start + count], layer_bits, window.edges, cell_of)
            for step in range(count):
                coins = plan_size[np.uint64(start + step)]
                level = coins * prices[np.uint64(step)]
                cell = np.uint64(cell_of[np.uint64(step)])
                slot = slot_of[cell]
                is_new = np.uint32(slot == 0)
                slots += is_new
                slot += slots * is_new
                slot_of[cell] = slot
                touched[cell] = 1
                kept_back = PARTIAL_KEPT_BACK * np.float64(level > PARTIAL_THRESHOLD_USD)
                add_four(sums, np.uint64(4) * np.uint64(slot), coins, level, coins * (1.0 - kept_back), 1.0)
        for rest in range(4):
            code = rest if rest < FIRST_CODE else ABOVE_CODE
            for part_layer in range(layers):
                cell = np.uint64((code << layer_bits) + part_layer)
                slot = slot_of[cell]
                slot_of[cell] = 0
                touched[cell] = 0
                into.rest_size[market, rest, part_layer] = sums[np.uint64(4) * np.uint64(slot)]
                into.rest_count[market, rest, part_layer] = np.int64(
                    sums[np.uint64(4) * np.uint64(slot) + np.uint64(3)]
                )
        filled = _sweep(words, found_words, found)
        first_band = np.int64(base) - FIRST_CODE
        for index in range(filled):
            cell = np.uint64(found[np.uint64(index)])
            row = np.uint64(rows + index)
            at = np.uint64(4) * np.uint64(slot_of[cell])
            slot_of[cell] = 0
            part = cell & np.uint64((1 << layer_bits) - 1)
            into.market_index[row] = market
            into.band[row] = np.int32((np.int64(cell) >> layer_bits) + first_band)
            into.side[row] = layer_side[part]
            into.margin_source[row] = layer_margin_source[part]
            into.size[row] = sums[at]
            into.level_notional[row] = sums[at + np.uint64(1)]
            into.first_order_size[row] = sums[at + np.uint64(2)]
            into.position_count[row] = np.int32(sums[at + np.uint64(3)])
        sums[: 4 * (np.int64(slots) + 1)] = 0.0
        rows += filled
    into.row_start[last_market] = rows
    return rows


@inlined
def _place(
    price: Float64Array,
    count: int,
    base: float,
    layer: UInt8Array,
    layer_bits: int,
    edges: Float64Array,
    cell_of: Int32Array,
) -> None:
    """Cells of prices from three bands below the window to one above it."""
    mantissa = np.empty(BLOCK)
    bits, mantissa_bits = price.view(np.int64), mantissa.view(np.int64)
    origin = base - FIRST_CODE
    for step in range(count):
        mantissa_bits[step] = (bits[step] & MANTISSA) | EXPONENT_OF_ONE
    doubtful = 0
    for step in range(count):
        part = mantissa[step]
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
        code = np.int32(exact)
        beyond = exact - np.float64(code)
        doubtful += np.int64(beyond < EDGE_DOUBT) + np.int64(beyond > 1.0 - EDGE_DOUBT)
        cell_of[step] = (code << np.int32(layer_bits)) + np.int32(layer[step])
    if doubtful:
        for step in range(count):
            code = _band_by_edges(price[step], edges) - np.int64(origin)
            cell_of[step] = (code << layer_bits) + layer[step]


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
def _sweep(words: UInt64Array, found_words: Int64Array, found: Int64Array) -> int:
    """Fill found with the cells whose byte is set, rising, and clear the bytes; returns how many.

    Without branches, over groups of eight words, the words of those and the bytes of these: nobody can predict where
    levels lie.
    """
    set_places, set_counts = SET_PLACES, SET_COUNTS
    one, eight = np.uint64(1), np.uint64(8)
    groups = 0
    for group in range(len(words) >> 3):
        word = np.uint64(group) * eight
        held = words[word]
        for _ in range(7):
            word += one
            held |= words[word]
        found[groups] = group
        groups += np.int64(held != 0)
    word_count = 0
    for index in range(groups):
        word = np.uint64(found[np.uint64(index)]) * eight
        for _ in range(8):
            found_words[word_count] = np.int64(word)
            word_count += np.int64(words[word] != 0)
            word += one
    filled = 0
    for index in range(word_count):
        word = np.uint64(found_words[np.uint64(index)])
        mask = (words[word] * BYTES_TO_BITS) >> np.uint64(56)
        words[word] = 0
        for step in range(8):
            found[filled + step] = np.int64(word * eight) + set_places[mask, np.uint64(step)]
        filled += set_counts[mask]
    return filled
