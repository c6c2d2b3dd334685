"""Who holds each market, kept in order while accounts change (ledger/holders.py)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from liqscape.ledger.kernels.gathering import Gathered
from liqscape.risk.kernels.jit import compiled, merged
from liqscape.risk.kernels.packed import Packing
from liqscape.units import BoolArray, Float64Array, Int32Array, Int64Array, UInt8Array

LONG_BIT, EXEMPT_BIT = 16, 32
"""Beside the margin source in the lower four bits of a code."""


class HolderPart(NamedTuple):
    """Positions in one market, or in several one behind the other, rising by address; one of an address a market.

    row: of the ledger's position table. size signed. code: margin source, LONG_BIT, EXEMPT_BIT.
    """

    address_row: Int32Array
    row: Int32Array
    size: Float64Array
    code: UInt8Array


class HolderRows(NamedTuple):
    """(P,) positions in columns, those of market m in rows start[m]:start[m + 1]."""

    start: Int64Array
    held: HolderPart


class HolderSums(NamedTuple):
    """As HoldingTotals has them (heatmap/plan.py): (M, 2), (M, 2), (5, M)."""

    position_size: Float64Array
    position_count: Int64Array
    margin_source_size: Float64Array


PARTS = Packing(
    HolderPart(np.empty(1, np.int32), np.empty(1, np.int32), np.empty(1), np.empty(1, np.uint8)),
)
LENGTH = 1
"""Where the places of a part say how many rows it has."""
part_at = PARTS.unpack


@compiled
def sort_holders(gathered: Gathered, into: HolderRows) -> None:
    """Positions as they are gathered, sorted by market, stable: addresses rise there, so they do here."""
    start, offsets, held = into.start, gathered.offsets, into.held
    start[:] = 0
    for row in range(len(gathered.market_index)):
        start[gathered.market_index[row] + 1] += 1
    for market in range(len(start) - 1):
        start[market + 1] += start[market]
    place = start[:-1].copy()
    for pool in range(len(offsets) - 1):
        code = np.int64(gathered.margin_source[pool]) | (EXEMPT_BIT if gathered.is_exempt[pool] else 0)
        for row in range(offsets[pool], offsets[pool + 1]):
            market = gathered.market_index[row]
            at = place[market]
            place[market] += 1
            held.address_row[at] = gathered.address_row[pool]
            held.row[at] = gathered.positions[row]
            held.size[at] = gathered.size[row]
            held.code[at] = code | (LONG_BIT if gathered.size[row] > 0.0 else 0)


@compiled
def find_touched(parts: Int64Array, is_changed: BoolArray, fresh: HolderRows, is_touched: BoolArray) -> int:
    """Markets (M,) in which addresses that changed (N,) hold something else now; rows they may have then.

    parts (M, 8) places of the parts of all markets. Of most markets only addresses are read, and nothing is written.
    """
    start, new = fresh.start, fresh.held
    rows = 0
    for market in range(len(parts)):
        before = part_at(parts[market])
        number, last = start[market], start[market + 1]
        is_same = True
        for row in range(len(before.address_row)):
            if is_changed[np.uint64(before.address_row[np.uint64(row)])]:
                is_same = number < last and _is_same(before, row, new, number)
                if not is_same:
                    break
                number += 1
        is_touched[market] = not is_same or number < last
        if is_touched[market]:
            rows += len(before.address_row) + last - start[market]
    return rows


@compiled
def merge_holders(
    parts: Int64Array,
    is_touched: BoolArray,
    is_changed: BoolArray,
    fresh: HolderRows,
    into: HolderRows,
    sums: HolderSums,
) -> None:
    """Of the markets that are touched: positions before without addresses that changed (N,), and the fresh ones of
    those, in order; `into` gets no rows of the others.

    sums: those of before, moved on in place. A sum runs over all positions of its market, so that it is the same to
    the bit as one of a market that was sorted afresh.
    """
    fresh_start, new, start, held = fresh.start, fresh.held, into.start, into.held
    count = 0
    for market in range(len(start) - 1):
        start[market] = count
        if not is_touched[market]:
            continue
        before = part_at(parts[market])
        done, end = 0, len(before.address_row)
        for number in range(fresh_start[market], fresh_start[market + 1] + 1):
            is_last = number == fresh_start[market + 1]
            stop = end
            if not is_last:
                wanted, low, high = new.address_row[number], done, end
                while low < high:
                    middle = (low + high) >> 1
                    if before.address_row[middle] < wanted:
                        low = middle + 1
                    else:
                        high = middle
                stop = low
            while done < stop:  # runs of who did not change
                run = done
                while run < stop and not is_changed[np.uint64(before.address_row[np.uint64(run)])]:
                    run += 1
                _copy(before, done, run - done, held, count)
                count += run - done
                done = run + 1
            done = stop
            if not is_last:
                _copy(new, number, 1, held, count)
                count += 1
        _sum_market(held, start[market], count, market, sums)
    start[len(start) - 1] = count


@merged
def _copy(before: HolderPart, first: int, count: int, into: HolderPart, to: int) -> None:
    address_row, row, size, code = into.address_row, into.row, into.size, into.code
    from_address_row, from_row, from_size, from_code = before.address_row, before.row, before.size, before.code
    for step in range(count):
        address_row[np.uint64(to + step)] = from_address_row[np.uint64(first + step)]
    for step in range(count):
        row[np.uint64(to + step)] = from_row[np.uint64(first + step)]
    for step in range(count):
        size[np.uint64(to + step)] = from_size[np.uint64(first + step)]
    for step in range(count):
        code[np.uint64(to + step)] = from_code[np.uint64(first + step)]


@merged
def _is_same(before: HolderPart, row: int, fresh: HolderPart, number: int) -> bool:
    return (
        before.address_row[row] == fresh.address_row[number]
        and before.size[row] == fresh.size[number]
        and before.code[row] == fresh.code[number]
        and before.row[row] == fresh.row[number]
    )


@merged
def _sum_market(holders: HolderPart, first: int, last: int, market: int, sums: HolderSums) -> None:
    # A sum of its own for each, all in registers: adding 0.0 changes none, and none waits for memory.
    long, short, long_count = 0.0, 0.0, 0
    first_source, second, third, fourth, fifth = 0.0, 0.0, 0.0, 0.0, 0.0
    for row in range(first, last):
        code = np.int64(holders.code[np.uint64(row)])
        amount = abs(holders.size[np.uint64(row)])
        source, is_long = code & 15, code & LONG_BIT != 0
        long += amount if is_long else 0.0
        short += 0.0 if is_long else amount
        long_count += np.int64(is_long)
        first_source += amount if source == 0 else 0.0
        second += amount if source == 1 else 0.0
        third += amount if source == 2 else 0.0
        fourth += amount if source == 3 else 0.0
        fifth += amount if source == 4 else 0.0
    sums.position_size[market, 0], sums.position_size[market, 1] = long, short
    sums.position_count[market, 0], sums.position_count[market, 1] = long_count, last - first - long_count
    by_source = sums.margin_source_size
    by_source[0, market], by_source[1, market], by_source[2, market] = first_source, second, third
    by_source[3, market], by_source[4, market] = fourth, fifth
