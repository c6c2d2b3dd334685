"""Pools that keep their place while accounts change, as the solver reads them (ledger/standing_pools.py)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from liqscape.ledger.columns import NO_ROW
from liqscape.ledger.kernels.gathering import Gathered
from liqscape.risk.kernels.jit import compiled, inlined
from liqscape.units import Float64Array, Int32Array, Int64Array, UInt8Array

CAPACITIES = np.unique(np.array([max(1, (4 + step % 4 << step // 4) // 4) for step in range(72)], np.int64))
"""Positions a place has room for: exact for a few, at most a quarter too many for more."""
LATEST_MS = (1 << 63) - 1


class StandingColumns(NamedTuple):
    """R places of pools, S rows of positions; place p has the rows offsets[p]:offsets[p + 1].

    next_place (R,) chain of the places of one address, or of free ones of one capacity; NO_ROW ends it. The last six
    (S,); row: of the ledger's position table, NO_ROW without a position: then the row holds nothing, in a market and a
    table of its own.
    """

    offsets: Int64Array
    raw_usd: Float64Array
    observed_ms: Int64Array
    next_place: Int32Array
    pool: Int32Array
    is_lone: UInt8Array
    market_index: Int32Array
    size: Float64Array
    table_row: Int32Array
    row: Int32Array


class LoneColumns(NamedTuple):
    """R places of pools of one position or none. Marks do not move its root, so what it was solved of is not kept.

    next_place: chain of the places of one address, or of the free ones. row: of the ledger's position table, NO_ROW
    without a position. root: NaN where the position has none.
    """

    observed_ms: Int64Array
    next_place: Int32Array
    row: Int32Array
    root: Float64Array


class StandingCounts(NamedTuple):
    """ends: places and rows in use; free (capacities,) first free place of each; of lone pools one of each.
    first_place (N,) of each address.

    Of all columns together: pools_of_address (N,); totals: pools, addresses with one.
    """

    ends: Int64Array
    free: Int64Array
    first_place: Int32Array
    pools_of_address: Int32Array
    totals: Int64Array


class Nothing(NamedTuple):
    """Market and margin table of rows without a position: worth nothing, and never beyond a first tier."""

    market: int
    table: int


@compiled
def room_for(gathered: Gathered) -> tuple[int, int]:
    """Pools of one position or none, and rows of positions that the others need."""
    lone, rows = 0, 0
    for pool in range(len(gathered.raw_usd)):
        length = gathered.offsets[pool + 1] - gathered.offsets[pool]
        lone += np.int64(length < 2)
        rows += CAPACITIES[_capacity_of(length)] if length > 1 else 0
    return lone, rows


@compiled
def replace_pools(
    standing: StandingColumns,
    counts: StandingCounts,
    changed: Int64Array,
    fresh: Gathered,
    nothing: Nothing,
    gone_ms: Int64Array,
) -> int:
    """Take the pools of several positions of changed addresses, given by row, away and put in those of `fresh`.

    gone_ms: times of those that went. Returns how many did.
    """
    gone = 0
    for address in changed:
        place = int(counts.first_place[address])
        counts.first_place[address] = NO_ROW
        while place != NO_ROW:
            following = int(standing.next_place[place])
            gone_ms[gone] = standing.observed_ms[place]
            gone += 1
            _clear(standing, place, nothing)
            size = _capacity_of(standing.offsets[place + 1] - standing.offsets[place])
            standing.next_place[place] = counts.free[size]
            counts.free[size] = place
            _count_gone(counts, address)
            place = following
    for pool in range(len(fresh.raw_usd)):
        first, last = fresh.offsets[pool], fresh.offsets[pool + 1]
        if last - first < 2:
            continue
        size = _capacity_of(last - first)
        place = counts.free[size]
        if place != NO_ROW:
            counts.free[size] = standing.next_place[place]
        else:
            place = counts.ends[0]
            counts.ends[0] += 1
            standing.offsets[place + 1] = standing.offsets[place] + CAPACITIES[size]
            counts.ends[1] = standing.offsets[place + 1]
            for row in range(standing.offsets[place], standing.offsets[place + 1]):
                standing.pool[row] = place
                standing.is_lone[row] = 0
            _clear(standing, place, nothing)
        standing.next_place[place] = counts.first_place[fresh.address_row[pool]]
        counts.first_place[fresh.address_row[pool]] = place
        standing.raw_usd[place] = fresh.raw_usd[pool]
        standing.observed_ms[place] = fresh.observed_ms[pool]
        to = standing.offsets[place]
        for row in range(first, last):
            standing.market_index[to] = fresh.market_index[row]
            standing.size[to] = fresh.size[row]
            standing.table_row[to] = fresh.table_row[row]
            standing.row[to] = fresh.positions[row]
            to += 1
        _count_come(counts, fresh.address_row[pool])
    return gone


@compiled
def replace_lone(
    lone: LoneColumns,
    counts: StandingCounts,
    changed: Int64Array,
    fresh: Gathered,
    root: Float64Array,
    gone_ms: Int64Array,
) -> int:
    """The same of pools of one position or none; root: by position of `fresh`."""
    gone = 0
    for address in changed:
        place = int(counts.first_place[address])
        counts.first_place[address] = NO_ROW
        while place != NO_ROW:
            following = int(lone.next_place[place])
            gone_ms[gone] = lone.observed_ms[place]
            gone += 1
            lone.row[place], lone.root[place] = NO_ROW, np.nan
            lone.next_place[place] = counts.free[0]
            counts.free[0] = place
            _count_gone(counts, address)
            place = following
    for pool in range(len(fresh.raw_usd)):
        first, last = fresh.offsets[pool], fresh.offsets[pool + 1]
        if last - first > 1:
            continue
        place = counts.free[0]
        if place != NO_ROW:
            counts.free[0] = lone.next_place[place]
        else:
            place = counts.ends[0]
            counts.ends[0] += 1
        lone.next_place[place] = counts.first_place[fresh.address_row[pool]]
        counts.first_place[fresh.address_row[pool]] = place
        lone.observed_ms[place] = fresh.observed_ms[pool]
        lone.row[place] = fresh.positions[first] if last > first else NO_ROW
        lone.root[place] = root[first] if last > first else np.nan
        _count_come(counts, fresh.address_row[pool])
    return gone


@compiled
def merge_times(times: Int64Array, gone: Int64Array, come: Int64Array, into: Int64Array) -> None:
    """Rising times and those that came without those that went, which are among both together; all rising."""
    lost, won, count = 0, 0, 0
    for number in range(len(times) + len(come)):
        old = number - won
        is_come = won < len(come) and (old == len(times) or come[won] <= times[old])
        time = come[won] if is_come else times[old]
        won += np.int64(is_come)
        if lost < len(gone) and gone[lost] == time:
            lost += 1
        else:
            into[count] = time
            count += 1


@compiled
def time_at(times: Int64Array, gone: Int64Array, come: Int64Array, place: int) -> int:
    """The time at a place among those that merge_times would give, which are more than so many.

    It is the smallest t up to which there are more than `place`: those of times and come less those of gone. That
    number rises with t, and t is one of times or come.
    """
    found = LATEST_MS
    for rising in (times, come):
        low, high = 0, len(rising)
        while low < high:
            middle = (low + high) >> 1
            time = rising[middle]
            count = _up_to(times, time) + _up_to(come, time) - _up_to(gone, time)
            if count > place:
                high = middle
            else:
                low = middle + 1
        if low < len(rising):
            found = min(found, rising[low])
    return found


@compiled
def spread_roots(row: Int32Array, root: Float64Array, into: Float64Array) -> None:
    """Put roots at their rows of the ledger's position table."""
    for place in range(len(row)):
        if row[place] != NO_ROW:
            into[np.uint64(row[place])] = root[place]


@inlined
def _up_to(rising: Int64Array, time: int) -> int:
    """How many are not above a time."""
    low, high = 0, len(rising)
    while low < high:
        middle = (low + high) >> 1
        if rising[middle] <= time:
            low = middle + 1
        else:
            high = middle
    return low


@inlined
def _count_gone(counts: StandingCounts, address: int) -> None:
    counts.pools_of_address[address] -= 1
    counts.totals[0] -= 1
    counts.totals[1] -= np.int64(counts.pools_of_address[address] == 0)


@inlined
def _count_come(counts: StandingCounts, address: int) -> None:
    counts.totals[1] += np.int64(counts.pools_of_address[address] == 0)
    counts.pools_of_address[address] += 1
    counts.totals[0] += 1


@inlined
def _clear(standing: StandingColumns, place: int, nothing: Nothing) -> None:
    standing.raw_usd[place] = 0.0
    for row in range(standing.offsets[place], standing.offsets[place + 1]):
        standing.market_index[row] = nothing.market
        standing.size[row] = 0.0
        standing.table_row[row] = nothing.table
        standing.row[row] = NO_ROW


@inlined
def _capacity_of(length: int) -> int:
    """Number of the smallest capacity that holds so many."""
    low, high = 0, len(CAPACITIES) - 1
    while low < high:
        middle = (low + high) >> 1
        if CAPACITIES[middle] < length:
            low = middle + 1
        else:
            high = middle
    return low
