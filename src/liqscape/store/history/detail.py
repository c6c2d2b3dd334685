"""Levels of detail: fewer rows for longer windows.

The coarse files of a coin hold, of each step of 5, 15 or 30 minutes (counted from 1970 UTC), the last row of every
band that changed in it, with its own time. So each is a subset of the fine rows; at the end of a step all
give the same state, and parts can be joined and thinned again without loss.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from liqscape.store.history.schema import Table, pick_rows
from liqscape.units import MINUTE_MS, AnyArray, Int64Array

FINE = 1
"""Holds every stored frame, one a minute or however many there are."""
DETAILS = (FINE, 5, 15, 30)
"""Minutes of a step. 15 is the step of a week on a screen, the view most asked for: it makes it twice as fast."""


def thin_rows(rows: Table, minutes: int) -> Table:
    """Last row of each band in each step; `rows` are of one coin, in order of time, and so are the results."""
    if minutes == FINE or not len(rows["time_ms"]):
        return rows
    band = _small_numbers(rows["band"])
    name = (band * np.int32(2) + (rows["side"] > 0)) * np.int32(8) + rows["quality"]
    step = rows["time_ms"] // (minutes * MINUTE_MS)
    ends = [*(np.flatnonzero(step[1:] != step[:-1]) + 1).tolist(), len(step)]
    return pick_rows(rows, last_rows(name, ends))


def last_rows(name: AnyArray, ends: list[int]) -> Int64Array:
    """Rows that are the last of their name before one of the rising `ends`, the last of which is len(name).

    name (R,) numbers from 0 on, small enough that a table of them stays in the cache.
    """
    numbers = np.arange(len(name), dtype=np.int32)
    last = np.empty(int(name.max()) + 1 if len(name) else 0, np.int32)  # written before it is read
    is_last = np.empty(len(name), np.bool_)
    for begin, end in pairwise([0, *ends]):
        names, own = name[begin:end], numbers[begin:end]
        last[names] = own  # of equal indices the last one stays
        np.equal(last[names], own, out=is_last[begin:end])
    return np.flatnonzero(is_last)


def detail_for_step(step_ms: int) -> int:
    """Coarsest detail whose steps end wherever the steps of a window end."""
    return max(minutes for minutes in DETAILS if step_ms % (minutes * MINUTE_MS) == 0)


def _small_numbers(band: AnyArray) -> AnyArray:
    """(B,) int32 from 0 on, equal where the bands are."""
    lowest = int(band.min())
    if int(band.max()) - lowest < 1 << 20:
        return band - np.int32(lowest)
    return np.unique(band, return_inverse=True)[1].astype(np.int32)
