"""Writing into the rings of the newest mids, and looking into them (insight/impact/mid_memory.py)."""

from __future__ import annotations

from typing import NamedTuple

from liqscape.risk.kernels.jit import compiled, inlined
from liqscape.units import Float64Array, Int64Array


class MidRings(NamedTuple):
    """(STEPS, M) times and values, each coin a ring; written (M,) rows ever written."""

    time: Int64Array
    value: Float64Array
    written: Int64Array


@compiled
def write_values(rings: MidRings, rows: Int64Array, time_ms: int, values: Float64Array, step_ms: int) -> None:
    """Write one value of each coin in `rows`; what is not above zero says: unknown from here on.

    The newest row is written over where it is of the same time, or closer than step_ms to the one before it. What is
    older than a coin's newest row is left out, and so is unknown after nothing or unknown.
    """
    time, table, written = rings.time, rings.value, rings.written
    steps = len(time)
    for place in range(len(rows)):
        row, value = rows[place], values[place]
        is_known = value > 0.0
        count = written[row]
        if count == 0:
            if is_known:
                time[0, row], table[0, row], written[row] = time_ms, value, 1
            continue
        last = (count - 1) % steps
        last_ms = time[last, row]
        if time_ms < last_ms or (not is_known and not table[last, row] > 0.0):
            continue
        if time_ms != last_ms and (count == 1 or last_ms - time[(count - 2) % steps, row] >= step_ms):
            last = count % steps
            written[row] = count + 1
        time[last, row] = time_ms
        table[last, row] = value if is_known else float("nan")


@compiled
def look_before(rings: MidRings, time_ms: int, max_age_ms: int, found: Float64Array) -> None:
    """Newest value of each coin before a time, at most so much older; NaN where there is none."""
    for row in range(len(found)):
        found[row] = float("nan")
        count = _count_before(rings, row, time_ms)
        if count:
            at = _place(rings, row, count - 1)
            if time_ms - rings.time[at, row] <= max_age_ms:
                found[row] = rings.value[at, row]


@compiled
def look_near(rings: MidRings, time_ms: int, max_off_ms: int, found: Float64Array) -> None:
    """Value of each coin nearest to a time, the earlier of two equally near; NaN where it is further off."""
    for row in range(len(found)):
        found[row] = float("nan")
        count = _count_before(rings, row, time_ms)
        nearest_ms = max_off_ms + 1
        for place in (count - 1, count):
            if 0 <= place < min(rings.written[row], len(rings.time)):
                at = _place(rings, row, place)
                off_ms = abs(rings.time[at, row] - time_ms)
                if off_ms < nearest_ms:
                    nearest_ms, found[row] = off_ms, rings.value[at, row]


@inlined
def _count_before(rings: MidRings, row: int, time_ms: int) -> int:
    """How many of a coin's rows, oldest first, are before a time."""
    low, high = 0, min(rings.written[row], len(rings.time))
    while low < high:
        middle = (low + high) // 2
        if rings.time[_place(rings, row, middle), row] < time_ms:
            low = middle + 1
        else:
            high = middle
    return low


@inlined
def _place(rings: MidRings, row: int, number: int) -> int:
    """Where the number-th oldest row of a coin stands."""
    steps, written = len(rings.time), rings.written[row]
    return int((max(0, written - steps) + number) % steps)
