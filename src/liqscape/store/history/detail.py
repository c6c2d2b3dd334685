"""Levels of detail: fewer rows for longer windows.

The coarse files of a coin hold, of each step of 5 or 30 minutes (counted from 1970 UTC), the last row of every
band that changed in it, with its own time. So each is a subset of the fine rows; at the end of a step all three
give the same state, and parts can be joined and thinned again without loss.
"""

from __future__ import annotations

import numpy as np

from liqscape.store.history.schema import Table, pick_rows
from liqscape.units import AnyArray

MINUTE_MS = 60_000
FINE = 1
"""Holds every stored frame, one a minute or however many there are."""
DETAILS = (FINE, 5, 30)
"""Minutes of a step."""


def thin_rows(rows: Table, minutes: int) -> Table:
    """Last row of each band in each step; `rows` are of one coin, in order of time, and so are the results."""
    if minutes == FINE or not len(rows["time_ms"]):
        return rows
    band = rows["band"] - int(rows["band"].min())
    name = (band.astype(np.int64) * 2 + (rows["side"] > 0)) * 8 + rows["quality"]
    step = rows["time_ms"] // (minutes * MINUTE_MS)
    starts = np.flatnonzero(np.append(True, step[1:] != step[:-1]))
    step_row = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(step))))
    return pick_rows(rows, _last_of_each(name, step_row, len(starts)))


def detail_for_step(step_ms: int) -> int:
    """Coarsest detail whose steps end wherever the steps of a window end."""
    return max(minutes for minutes in DETAILS if minutes == FINE or step_ms % (minutes * MINUTE_MS) == 0)


def _last_of_each(name: AnyArray, step_row: AnyArray, steps: int) -> AnyArray:
    """Rows that are the last of their (name, step), rising."""
    size = (int(name.max()) + 1) * steps
    last = np.full(size, -1, np.int64) if size < 1 << 24 else None
    if last is None:
        key = name * steps + step_row
        order = np.argsort(key, kind="stable")
        return np.sort(order[np.append(key[order][1:] != key[order][:-1], True)])
    last[name * steps + step_row] = np.arange(len(name))  # of equal indices the last one stays
    is_last: AnyArray = last[name * steps + step_row] == np.arange(len(name))
    return np.flatnonzero(is_last)
