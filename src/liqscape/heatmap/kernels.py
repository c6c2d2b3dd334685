"""Compiled banding (heatmap/build.py). Import only inside functions: Numba takes most of a second to load.

Theory of operation. Positions come sorted by market, so the accumulators of one market (8,192 bands of the
window, a few layers) live in the second-level cache. Per block of prices: the logarithm as a short series on
the bits of the number, which the compiler turns into vector code; then the scatter; at the end of a market
the touched cells are collected in order and cleared. Cell codes: 0 unknown, 1 no level, 2 below the window,
3.. the bands, 3 + WINDOW above it; each code times `layers`, a power of two, plus the layer.

The series is good to 1e-7 of a band. A price within EDGE_DOUBT of an edge is decided by the table of edges,
the same one `grid.band_of_price` uses, so both always agree.
"""

from __future__ import annotations

import math

import numpy as np

from liqscape.heatmap.columns import BandRows, BandScratch, LayerColumns, OrderColumns, WindowColumns
from liqscape.heatmap.grid import EDGE_TABLE_FIRST, LOG_WIDTH
from liqscape.risk.kernels.jit import compiled, inlined
from liqscape.risk.ladder import PARTIAL_SHARE, PARTIAL_THRESHOLD_USD
from liqscape.risk.liquidation import HIGHEST_PRICE
from liqscape.units import Float64Array

BLOCK = 512
WINDOW = 8192
UNKNOWN_CODE, NO_LEVEL_CODE, BELOW_CODE, FIRST_CODE = 0, 1, 2, 3
ABOVE_CODE = FIRST_CODE + WINDOW
CODES = ABOVE_CODE + 1
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
) -> int:
    """Fill rows sorted by (market, band, layer) and the rest (M, 4 codes, layers); returns the number of rows."""
    order, market_start, plan_size, layer = plan.order, plan.market_start, plan.size, plan.layer
    layer_side, layer_margin_source = layer_kinds.side, layer_kinds.margin_source
    window_start, edges = window.start, window.edges
    cells, touched = scratch.cells, scratch.touched
    band, side, margin_source, size = into.band, into.side, into.margin_source, into.size
    level_notional, first_order_size = into.level_notional, into.first_order_size
    position_count, row_start = into.position_count, into.row_start
    rest_size, rest_count = into.rest_size, into.rest_count
    price = np.empty(BLOCK)
    bits = price.view(np.int64)
    mantissa = np.empty(BLOCK)
    mantissa_bits = mantissa.view(np.int64)
    code = np.empty(BLOCK, np.int32)
    words = touched.view(np.uint64)
    found_words = np.empty(len(words) + 1, np.int64)
    found = np.empty(len(touched) + 8, np.int64)
    set_places, set_counts = SET_PLACES, SET_COUNTS
    layers = len(layer_side)
    layer_bits = 0
    while 1 << layer_bits < layers:
        layer_bits += 1
    rows = 0
    for market in range(len(market_start) - 1):
        row_start[market] = rows
        base = window_start[market]
        lowest, highest = np.int32(CODES), np.int32(0)
        for start in range(market_start[market], market_start[market + 1], BLOCK):
            count = min(BLOCK, market_start[market + 1] - start)
            for step in range(count):
                price[np.uint64(step)] = root[np.uint64(order[np.uint64(start + step)])]
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
                exact = (exponent + is_upper) * BANDS_PER_DOUBLING + ratio * series * BANDS_PER_SERIES - base
                whole = math.floor(exact)
                beyond = exact - whole
                doubtful += np.int64(beyond < EDGE_DOUBT) + np.int64(beyond > 1.0 - EDGE_DOUBT)
                whole = whole if whole > -1.0 else -1.0
                whole = whole if whole < float(WINDOW) else float(WINDOW)
                value = price[step]
                whole = whole + float(FIRST_CODE) if value <= HIGHEST_PRICE else float(NO_LEVEL_CODE)
                whole = whole if value > 0.0 else float(NO_LEVEL_CODE)
                whole = whole if (value == value) & (base == base) else float(UNKNOWN_CODE)
                place = np.int32(whole)
                code[step] = place
                highest = max(highest, place)
                lowest = min(lowest, place if place >= FIRST_CODE else np.int32(CODES))
            if doubtful:
                for step in range(count):
                    if code[step] >= BELOW_CODE:
                        code[step] = _code_by_edges(price[step], base, edges)
                        highest = max(highest, code[step])
                        lowest = min(lowest, code[step] if code[step] >= FIRST_CODE else np.int32(CODES))
            for step in range(count):
                coins = plan_size[np.uint64(start + step)]
                cell = np.uint64((np.int64(code[step]) << layer_bits) + layer[np.uint64(start + step)])
                level = coins * price[step]
                touched[np.uint64(code[step])] = 1
                cells[cell, 0] += coins
                cells[cell, 1] += level
                cells[cell, 2] += coins * (1.0 - PARTIAL_KEPT_BACK * np.float64(level > PARTIAL_THRESHOLD_USD))
                cells[cell, 3] += 1.0
        for rest in range(4):
            source = rest if rest < FIRST_CODE else ABOVE_CODE
            touched[source] = 0
            for part_layer in range(layers):
                cell = np.uint64((source << layer_bits) + part_layer)
                rest_size[market, rest, part_layer] = cells[cell, 0]
                rest_count[market, rest, part_layer] = np.int64(cells[cell, 3])
                cells[cell, 0], cells[cell, 1], cells[cell, 2], cells[cell, 3] = 0.0, 0.0, 0.0, 0.0
        if lowest > highest:
            continue
        # Two branchless sweeps, over words of eight bands and over the bands in those; then the layers of each band.
        word_count = 0
        for word in range(np.int64(lowest) >> 3, (np.int64(highest) >> 3) + 1):
            found_words[word_count] = word
            word_count += np.int64(words[word] != 0)
        band_count = 0
        for index in range(word_count):
            word = np.uint64(found_words[index])
            mask = (words[word] * BYTES_TO_BITS) >> np.uint64(56)
            words[word] = 0
            first_place = np.int64(word) * 8
            for step in range(8):
                found[band_count + step] = first_place + set_places[mask, np.uint64(step)]
            band_count += set_counts[mask]
        row = np.uint64(rows)
        for index in range(band_count):
            band_index = np.int32(found[index] - FIRST_CODE + np.int64(base))
            first_cell = np.uint64(found[index] << layer_bits)
            for part_layer in range(layers):
                cell = first_cell + np.uint64(part_layer)
                held = cells[cell, 3]
                if held != 0.0:
                    band[row] = band_index
                    side[row] = layer_side[part_layer]
                    margin_source[row] = layer_margin_source[part_layer]
                    size[row] = cells[cell, 0]
                    level_notional[row] = cells[cell, 1]
                    first_order_size[row] = cells[cell, 2]
                    position_count[row] = np.int32(held)
                    cells[cell, 0], cells[cell, 1], cells[cell, 2], cells[cell, 3] = 0.0, 0.0, 0.0, 0.0
                    row += np.uint64(1)
        rows = np.int64(row)
    row_start[len(market_start) - 1] = rows
    return rows


@inlined
def _code_by_edges(price: float, base: float, edges: Float64Array) -> int:
    """Code of a known, positive price, decided by the edges themselves."""
    band = math.floor(math.log(price) / LOG_WIDTH)
    place = int(band) - EDGE_TABLE_FIRST
    if 0 < place < len(edges) - 1:
        if price >= edges[place + 1]:
            band += 1.0
        elif price < edges[place]:
            band -= 1.0
    code = band - base + FIRST_CODE
    return np.int32(min(max(code, float(BELOW_CODE)), float(ABOVE_CODE)))
