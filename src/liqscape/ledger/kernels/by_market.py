"""Who holds each market, kept in order while accounts change (ledger/holders.py)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from liqscape.ledger.kernels.gathering import Gathered
from liqscape.risk.kernels.jit import compiled, merged
from liqscape.units import BoolArray, Float64Array, Int32Array, Int64Array, UInt8Array

LONG_BIT, EXEMPT_BIT = 16, 32
"""Beside the margin source in the lower four bits of a code."""


class HolderRows(NamedTuple):
    """(P,) positions, those of market m in rows start[m]:start[m + 1], rising by address; one of an address a market.

    row: of the ledger's position table. size signed. code: margin source, LONG_BIT, EXEMPT_BIT.
    """

    start: Int64Array
    address_row: Int32Array
    row: Int32Array
    size: Float64Array
    code: UInt8Array


class HolderSums(NamedTuple):
    """As HoldingTotals has them (heatmap/plan.py): (M, 2), (M, 2), (5, M)."""

    position_size: Float64Array
    position_count: Int64Array
    margin_source_size: Float64Array


@compiled
def sort_holders(gathered: Gathered, into: HolderRows) -> None:
    """Positions as they are gathered, sorted by market, stable: addresses rise there, so they do here."""
    start, offsets = into.start, gathered.offsets
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
            into.address_row[at] = gathered.address_row[pool]
            into.row[at] = gathered.positions[row]
            into.size[at] = gathered.size[row]
            into.code[at] = code | (LONG_BIT if gathered.size[row] > 0.0 else 0)


@compiled
def merge_holders(
    before: HolderRows, is_changed: BoolArray, fresh: HolderRows, into: HolderRows, sums: HolderSums
) -> None:
    """`before` without addresses that changed (N,), and `fresh` of those, in order; sums of markets that they touch.

    sums: those of before, moved on in place. A sum runs over all positions of its market, so that it is the same to
    the bit as one of a market that was sorted afresh.
    """
    before_start, fresh_start, start, held = before.start, fresh.start, into.start, before.address_row
    count = 0
    for market in range(len(start) - 1):
        start[market] = count
        is_touched = False
        done, end = before_start[market], before_start[market + 1]
        for number in range(fresh_start[market], fresh_start[market + 1] + 1):
            is_last = number == fresh_start[market + 1]
            stop, wanted = end, np.int32(-1)
            if not is_last:
                low, high = done, end
                wanted = fresh.address_row[number]
                while low < high:
                    middle = (low + high) >> 1
                    if held[middle] < wanted:
                        low = middle + 1
                    else:
                        high = middle
                stop = low
            while done < stop:  # runs of who did not change
                run = done
                while run < stop and not is_changed[np.uint64(held[np.uint64(run)])]:
                    run += 1
                _copy(before, done, run - done, into, count)
                count += run - done
                is_touched = is_touched or run < stop
                done = run + 1
            done = stop
            if not is_last:
                is_there = stop < end and held[stop] == wanted
                is_touched = is_touched or not is_there or not _is_same(before, stop, fresh, number)
                _copy(fresh, number, 1, into, count)
                count += 1
                done += np.int64(is_there)
        if is_touched:
            _sum_market(into, start[market], count, market, sums)
    start[len(start) - 1] = count


@merged
def _copy(before: HolderRows, first: int, count: int, into: HolderRows, to: int) -> None:
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
def _is_same(before: HolderRows, row: int, fresh: HolderRows, number: int) -> bool:
    return (
        before.size[row] == fresh.size[number]
        and before.code[row] == fresh.code[number]
        and before.row[row] == fresh.row[number]
    )


@merged
def _sum_market(holders: HolderRows, first: int, last: int, market: int, sums: HolderSums) -> None:
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
