"""Compiled parts of heatmap/through_time.py. Import only inside functions: Numba takes most of a second to load.

Theory of operation. One pool after the other is taken through all columns, so that its positions and its sums stay in
the first-level cache while the marks of a coin lie side by side in time. Between two changes of a pool (a *stretch* of
columns) its positions are fixed; there

    total[t] = raw_usd + sum over positions, in the order of the rows, of (size * mark[t] - maintenance)
    root[t]  = max over tiers of ( -(total[t] - own[t] + d_n) * weight_n ) / size

with the same operations in the same order as risk/kernels/levels.py, so that roots are the same to the last bit. The
first tier alone is computed where no mark of the stretch takes the position beyond it. Then the roots are followed
through the bands: as long as one lies within the edges of the band it was in, no logarithm is taken, and the columns
spent in one band are added at once.
"""

from __future__ import annotations

import math

import numpy as np

from liqscape.risk.kernels.jit import compiled, inlined
from liqscape.risk.kernels.levels import position_root
from liqscape.units import BoolArray, Float64Array, Int32Array, Int64Array

NEVER = np.int32(2**31 - 1)
"""Step of a change that does not come."""


@compiled
def count_places(address_row: Int32Array, pool: Int32Array, is_wanted: BoolArray, places: Int64Array) -> None:
    """Raise places (N,) to the number of pools that rows name of each wanted address."""
    for row in range(len(address_row)):
        address = address_row[row]
        if is_wanted[address] and pool[row] >= places[address]:
            places[address] = pool[row] + 1


@compiled
def order_by_key(
    address_row: Int32Array,
    pool: Int32Array,
    is_wanted: BoolArray,
    first_key: Int64Array,
    start: Int64Array,
) -> Int64Array:
    """Rows of wanted addresses sorted by key = first_key[address] + pool, in their order within one key.

    Rows of no pool (below 0) are left out. start (K + 1,) becomes the first row of each key.
    """
    start[:] = 0
    for row in range(len(address_row)):
        if pool[row] >= 0 and is_wanted[address_row[row]]:
            start[first_key[address_row[row]] + pool[row] + 1] += 1
    for key in range(len(start) - 1):
        start[key + 1] += start[key]
    place = start[:-1].copy()
    order = np.empty(start[-1], np.int64)
    for row in range(len(address_row)):
        if pool[row] >= 0 and is_wanted[address_row[row]]:
            key = first_key[address_row[row]] + pool[row]
            order[place[key]] = row
            place[key] += 1
    return order


@compiled
def fill_cells(
    first_address: int,
    address_step: int,
    first_key: Int64Array,
    whole_start: Int64Array,
    whole_step: Int32Array,
    pool_start: Int64Array,
    pool_step: Int32Array,
    pool_raw_usd: Float64Array,
    pool_is_exempt: BoolArray,
    position_start: Int64Array,
    position_step: Int32Array,
    position_slot: Int32Array,
    position_market: Int32Array,
    position_size: Float64Array,
    position_table: Int32Array,
    due_step: Int32Array,
    due: Float64Array,
    column_of_step: Int64Array,
    market: int,
    mark: Float64Array,
    highest_mark: Float64Array,
    rate: Float64Array,
    deduction: Float64Array,
    weight: Float64Array,
    first_bound: Float64Array,
    low: Float64Array,
    high: Float64Array,
    edges: Float64Array,
    merged_bits: int,
    band_weight: Float64Array,
    bands_per_log: float,
    cells: Float64Array,
) -> None:
    """Add the sizes of one market's positions to cells (2 or 4, rows, T), addresses first_address, + address_step, ...

    cells [0] and [1] are sums of longs and shorts; [2] and [3], where they are there, the largest single position.
    due (H, M): USD a coin that longs pay at due_step (H,), NaN where nothing is known to be paid. mark (M, T).
    low, high (T,): prices drawn in each column, NaN where none is. edges (B + 1,) of the bands drawn, B of them,
    merged 2^merged_bits to a row of cells; band_weight (B,) is what a coin in each counts.
    """
    columns = mark.shape[1]
    slots = 1
    for row in range(len(position_slot)):
        slots = max(slots, int(position_slot[row]) + 1)
    # The state of a pool, the column since when each slot is as it is, and what each added in every column.
    size, held_market = np.zeros(slots), np.zeros(slots, np.int32)
    table, since = np.zeros(slots, np.int32), np.zeros(slots, np.int64)
    net = np.empty((slots, columns))
    raw, total, price = np.empty(columns), np.empty(columns), np.empty(columns)
    # Where the market's own positions changed: slot, columns, size, table.
    part_slot, part_table = np.empty(columns + 2 * slots, np.int64), np.empty(columns + 2 * slots, np.int64)
    part_begin, part_end = np.empty(columns + 2 * slots, np.int64), np.empty(columns + 2 * slots, np.int64)
    part_size = np.empty(columns + 2 * slots)
    for address in range(first_address, len(first_key) - 1, address_step):
        for key in range(first_key[address], first_key[address + 1]):
            pool_row, pool_end = pool_start[key], pool_start[key + 1]
            row, end = position_start[key], position_start[key + 1]
            whole, whole_end = whole_start[address], whole_start[address + 1]
            ever = False
            for each in range(row, end):
                ever = ever or position_market[each] == market
            if not ever:
                continue
            paid, used = 0, 0
            raw_usd, is_exempt = np.nan, False
            begin, column = 0, 0  # of the stretch, and of what is known of its raw USD
            held, ours, parts = 0, 0, 0
            while True:
                step = NEVER
                if pool_row < pool_end:
                    step = min(step, pool_step[pool_row])
                if row < end:
                    step = min(step, position_step[row])
                if whole < whole_end:
                    step = min(step, whole_step[whole])
                while paid < len(due_step) and not used and due_step[paid] < step:
                    paid += 1  # it held nothing
                if paid < len(due_step):
                    step = min(step, due_step[paid])
                until = columns if step == NEVER else column_of_step[step]
                if until > column and ours:
                    if held > 1:
                        raw[column:until] = np.nan if is_exempt else raw_usd
                    elif raw_usd == raw_usd and not is_exempt:
                        _add_lone(
                            column,
                            until,
                            used,
                            raw_usd,
                            size,
                            table,
                            deduction,
                            weight,
                            first_bound,
                            low,
                            high,
                            edges,
                            merged_bits,
                            band_weight,
                            bands_per_log,
                            cells,
                        )
                column = max(column, until)
                # A stretch ends where the shape changes: with a whole writing, or where a slot is filled or emptied.
                is_over = column >= columns or parts >= columns or (whole < whole_end and whole_step[whole] == step)
                each = row
                while each < end and position_step[each] == step:
                    is_over = is_over or (size[position_slot[each]] != 0.0) != (position_size[each] != 0.0)
                    is_over = is_over or held_market[position_slot[each]] != position_market[each]
                    each += 1
                if is_over:
                    if ours and held > 1 and column > begin:
                        total[begin:column] = raw[begin:column]
                        for slot in range(used):
                            if size[slot] == 0.0:
                                continue
                            if held_market[slot] == market:
                                part_slot[parts], part_table[parts] = slot, table[slot]
                                part_begin[parts], part_end[parts] = since[slot], column
                                part_size[parts] = size[slot]
                                parts += 1
                            _nets(
                                since[slot],
                                column,
                                size[slot],
                                table[slot],
                                mark[held_market[slot]],
                                highest_mark[held_market[slot]],
                                rate,
                                deduction,
                                first_bound,
                                net[slot],
                            )
                            _add(begin, column, total, net[slot])
                        for part in range(parts):
                            _add_part(
                                part_begin[part],
                                part_end[part],
                                part_size[part],
                                part_table[part],
                                total,
                                net[part_slot[part]],
                                deduction,
                                weight,
                                first_bound,
                                low,
                                high,
                                edges,
                                merged_bits,
                                band_weight,
                                bands_per_log,
                                price,
                                cells,
                            )
                    if column >= columns:
                        break
                while paid < len(due_step) and due_step[paid] == step:
                    for slot in range(used):
                        amount = due[paid, held_market[slot]]
                        if size[slot] != 0.0 and amount == amount:
                            raw_usd += -size[slot] * amount
                    paid += 1
                while whole < whole_end and whole_step[whole] == step:
                    size[:used] = 0.0
                    used, raw_usd = 0, np.nan
                    whole += 1
                while pool_row < pool_end and pool_step[pool_row] == step:
                    raw_usd, is_exempt = pool_raw_usd[pool_row], pool_is_exempt[pool_row]
                    pool_row += 1
                while row < end and position_step[row] == step:
                    slot = int(position_slot[row])
                    if not is_over and ours and held > 1 and column > since[slot]:
                        if held_market[slot] == market:
                            part_slot[parts], part_table[parts] = slot, table[slot]
                            part_begin[parts], part_end[parts] = since[slot], column
                            part_size[parts] = size[slot]
                            parts += 1
                        _nets(
                            since[slot],
                            column,
                            size[slot],
                            table[slot],
                            mark[held_market[slot]],
                            highest_mark[held_market[slot]],
                            rate,
                            deduction,
                            first_bound,
                            net[slot],
                        )
                    since[slot] = column
                    size[slot], held_market[slot] = position_size[row], position_market[row]
                    table[slot] = position_table[row]
                    used = max(used, slot + 1)
                    row += 1
                if is_over:
                    begin, held, ours, parts = column, 0, 0, 0
                    for slot in range(used):
                        since[slot] = column
                        held += size[slot] != 0.0
                        ours += size[slot] != 0.0 and held_market[slot] == market
            size[:used] = 0.0


@inlined
def _add_lone(
    begin: int,
    until: int,
    used: int,
    raw_usd: float,
    size: Float64Array,
    table: Int32Array,
    deduction: Float64Array,
    weight: Float64Array,
    first_bound: Float64Array,
    low: Float64Array,
    high: Float64Array,
    edges: Float64Array,
    merged_bits: int,
    band_weight: Float64Array,
    bands_per_log: float,
    cells: Float64Array,
) -> None:
    """The only position of a pool: no mark moves its root."""
    for slot in range(used):
        if size[slot] == 0.0:
            continue
        root = position_root(size[slot], raw_usd, table[slot], deduction, weight, first_bound)
        if root >= edges[0] and root < edges[-1]:
            band = _band_of(root, edges, bands_per_log)
            amount = abs(size[slot]) * band_weight[band]
            short = 1 if size[slot] < 0.0 else 0
            line = cells[short, band >> merged_bits]
            for column in range(begin, until):
                line[column] += amount if (root >= low[column]) & (root < high[column]) else 0.0
            if len(cells) > 2:
                line = cells[2 + short, band >> merged_bits]
                for column in range(begin, until):
                    if (root >= low[column]) & (root < high[column]):
                        line[column] = max(line[column], amount)


@inlined
def _add(begin: int, until: int, total: Float64Array, net: Float64Array) -> None:
    for column in range(begin, until):
        total[column] += net[column]


@inlined
def _add_part(
    begin: int,
    until: int,
    size: float,
    table: int,
    total: Float64Array,
    own: Float64Array,
    deduction: Float64Array,
    weight: Float64Array,
    first_bound: Float64Array,
    low: Float64Array,
    high: Float64Array,
    edges: Float64Array,
    merged_bits: int,
    band_weight: Float64Array,
    bands_per_log: float,
    price: Float64Array,
    cells: Float64Array,
) -> None:
    """Columns in which one position of the market does not change, among others of its pool."""
    short = 1 if size < 0.0 else 0
    first_weight, bound = weight[table, 0, short], first_bound[table]
    beyond, inside = 0, 0
    for column in range(begin, until):
        scaled = -(total[column] - own[column]) * first_weight
        beyond += abs(scaled) >= bound
        root = scaled / size
        is_inside = (root >= low[column]) & (root < high[column])
        inside += is_inside
        price[column] = root if is_inside else np.nan
    if beyond:
        inside = 0
        for column in range(begin, until):
            root = position_root(size, total[column] - own[column], table, deduction, weight, first_bound)
            is_inside = (root >= low[column]) & (root < high[column])
            inside += is_inside
            price[column] = root if is_inside else np.nan
    if inside:
        _add_path(begin, until, abs(size), short, price, edges, merged_bits, band_weight, bands_per_log, cells)


@inlined
def _nets(
    begin: int,
    until: int,
    size: float,
    table: int,
    marks: Float64Array,
    highest_mark: float,
    rate: Float64Array,
    deduction: Float64Array,
    first_bound: Float64Array,
    net: Float64Array,
) -> None:
    """Exposure less maintenance of one position in each column."""
    first_rate = rate[table, 0]
    if abs(size * highest_mark) < first_bound[table]:
        for column in range(begin, until):
            exposure = size * marks[column]
            net[column] = exposure - abs(exposure) * first_rate
        return
    for column in range(begin, until):
        exposure = size * marks[column]
        maintenance = abs(exposure) * first_rate
        for tier in range(1, rate.shape[1]):
            maintenance = max(maintenance, abs(exposure) * rate[table, tier] - deduction[table, tier])
        net[column] = exposure - maintenance


@inlined
def _add_path(
    begin: int,
    until: int,
    size: float,
    short: int,
    price: Float64Array,
    edges: Float64Array,
    merged_bits: int,
    band_weight: Float64Array,
    bands_per_log: float,
    cells: Float64Array,
) -> None:
    """Add a size along its prices, NaN where it is in no band that is drawn."""
    bands = len(edges) - 1
    band, since = -1, begin
    lower, upper = np.inf, -np.inf
    for column in range(begin, until):
        root = price[column]
        if lower <= root and root < upper:
            continue
        if band >= 0:
            _add_span(since, column, size * band_weight[band], short, band >> merged_bits, cells)
        since = column
        if root != root:
            band = -1
            lower, upper = np.inf, -np.inf
            continue
        # Mostly it has gone to the next band.
        if band >= 0 and root >= upper and band + 1 < bands and root < edges[band + 2]:
            band += 1
        elif band > 0 and root < lower and root >= edges[band - 1]:
            band -= 1
        else:
            band = _band_of(root, edges, bands_per_log)
        lower, upper = edges[band], edges[band + 1]
    if band >= 0:
        _add_span(since, until, size * band_weight[band], short, band >> merged_bits, cells)


@inlined
def _add_span(begin: int, until: int, amount: float, short: int, row: int, cells: Float64Array) -> None:
    """Add an amount in one row to the columns it is there."""
    line = cells[short, row]
    for column in range(begin, until):
        line[column] += amount
    if len(cells) > 2:
        line = cells[2 + short, row]
        for column in range(begin, until):
            line[column] = max(line[column], amount)


@inlined
def _band_of(root: float, edges: Float64Array, bands_per_log: float) -> int:
    """Place of a price within [edges[0], edges[-1]); the edges decide, the logarithm says where to look."""
    band = math.floor(math.log(root / edges[0]) * bands_per_log)
    band = min(max(band, 0), len(edges) - 2)
    while root >= edges[band + 1]:
        band += 1
    while root < edges[band]:
        band -= 1
    return band
