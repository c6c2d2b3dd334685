"""How long each level has stood inside any span of bands, exactly (docs/clusters.md, "Residence").

A level entered [low, high) for the last time when it was last seen below `low` or at or above `high`. Per position two
staircases answer that for every span: going back in time, the bands below the present one that were lower than all
since, each with the time at which it was left; and the same above. A step that moves over records takes them away, so
the cost is one record made a move. A staircase holds MAX_RECORDS; losing its oldest makes the position younger, and
marked so.
"""

from __future__ import annotations

import numpy as np

from liqscape.risk.kernels.jit import inlined
from liqscape.units import BoolArray, Int64Array

KEY, FIRST, BAND, IS_OLDER = 0, 1, 2, 3
"""Columns of a position: its owner, observed time at which it was first seen, its band, whether it may be older."""
STAIR_BAND, STAIR_LEFT = 0, 1
"""Columns of a record: a band, and the observed time at which the level was first seen away from it."""
MAX_RECORDS = 64
"""A side. Records lie a band or more apart, so every span of less than 64 bands (3.2 %) has its exact answer; for a
wider one a position may look younger than it is, and says so. After 12 h of a sandbox world a position has 17."""


@inlined
def move_levels(
    key: Int64Array,
    order: Int64Array,
    band: Int64Array,
    is_older: BoolArray,
    now: int,
    known: Int64Array,
    starts: Int64Array,
    stairs: Int64Array,
) -> tuple[Int64Array, Int64Array, Int64Array]:
    """Positions and staircases after one more frame.

    order (P,) rows by key; is_older (P,) of positions that may be older than their first sight; known (Q, 4) positions
    of the last frame by key; starts (2 Q + 1,) of their records, those below before those above.
    """
    count = len(key)
    positions = np.empty((count, 4), np.int64)
    begins = np.empty(2 * count + 1, np.int64)
    records = np.empty((len(stairs) + 2 * count, 2), np.int64)
    end = 0
    before = 0
    for place in range(count):
        row = order[place]
        owner, here = key[row], band[row]
        while before < len(known) and known[before, KEY] < owner:
            before += 1
        positions[place, KEY] = owner
        positions[place, BAND] = here
        if before >= len(known) or known[before, KEY] != owner:
            positions[place, FIRST] = now
            positions[place, IS_OLDER] = is_older[row]
            begins[2 * place] = end
            begins[2 * place + 1] = end
            continue
        positions[place, FIRST] = known[before, FIRST]
        positions[place, IS_OLDER] = known[before, IS_OLDER]
        last = known[before, BAND]
        for above in range(2):
            sign = -1 if above else 1
            begin = end
            begins[2 * place + above] = begin
            for record in range(starts[2 * before + above], starts[2 * before + above + 1]):
                kept = stairs[record, STAIR_BAND]
                if sign * kept < sign * here:
                    records[end, STAIR_BAND] = kept
                    records[end, STAIR_LEFT] = stairs[record, STAIR_LEFT]
                    end += 1
            if sign * last < sign * here:
                records[end, STAIR_BAND] = last
                records[end, STAIR_LEFT] = now
                end += 1
            if end - begin > MAX_RECORDS:
                positions[place, FIRST] = max(positions[place, FIRST], records[begin, STAIR_LEFT])
                positions[place, IS_OLDER] = 1
                records[begin : end - 1] = records[begin + 1 : end].copy()
                end -= 1
        before += 1
    begins[2 * count] = end
    return positions, begins, records[:end].copy()


@inlined
def entered_at(place: int, low: int, high: int, positions: Int64Array, starts: Int64Array, stairs: Int64Array) -> int:
    """Observed time at which a position's level last entered [low, high), in which it is now."""
    entered = positions[place, FIRST]
    for record in range(starts[2 * place + 1] - 1, starts[2 * place] - 1, -1):
        if stairs[record, STAIR_BAND] < low:
            entered = max(entered, stairs[record, STAIR_LEFT])
            break
    for record in range(starts[2 * place + 2] - 1, starts[2 * place + 1] - 1, -1):
        if stairs[record, STAIR_BAND] >= high:
            entered = max(entered, stairs[record, STAIR_LEFT])
            break
    return entered
