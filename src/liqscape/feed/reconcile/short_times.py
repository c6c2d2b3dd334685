"""A time of each row in 32 bits: milliseconds, exact while they lie within 24 days of each other.

Half of 64 bits for everybody who is known: of who was asked about three weeks ago no millisecond matters.
"""

from __future__ import annotations

import numpy as np

from liqscape.units import AnyArray, Int64Array

SPAN_MS = 1 << 31
"""Times that lie so far before the newest, or less, are kept as they are; older ones are never said to be younger."""
TOP_MS = (1 << 32) - 1


class ShortTimes:
    """Times by row, `missing` where none was set; rows as numpy takes them. Times are venue times, after 1970."""

    def __init__(self, missing: int) -> None:
        self._missing = missing
        self._origin_ms = 0
        """Kept is the time after it, 0 where there is none: what nobody wrote to takes no memory."""
        self._after: AnyArray = np.zeros(0, np.uint32)

    def __len__(self) -> int:
        return len(self._after)

    def __getitem__(self, rows: Int64Array | slice) -> Int64Array:
        after = self._after[rows].astype(np.int64)
        return np.where(after == 0, np.int64(self._missing), after + np.int64(self._origin_ms))

    def __setitem__(self, rows: Int64Array | list[int] | slice, time_ms: Int64Array | int) -> None:
        given = np.asarray(time_ms, np.int64)
        is_there = given != self._missing
        if not is_there.any():
            self._after[rows] = 0
            return
        newest_ms = int(given[is_there].max()) if given.ndim else int(given)
        if not 0 < newest_ms - self._origin_ms <= TOP_MS:
            self._move_origin(newest_ms - SPAN_MS - 1)
        self._after[rows] = np.where(is_there, np.clip(given - self._origin_ms, 1, TOP_MS), 0).astype(np.uint32)

    def reserve(self, count: int) -> None:
        """Make room for so many rows."""
        longer = np.zeros(count, np.uint32)
        longer[: len(self._after)] = self._after
        self._after = longer

    def _move_origin(self, origin_ms: int) -> None:
        """Times before it are taken for the first one after it, those beyond its reach for the last: only a clock that
        was wrong sets those."""
        is_there = self._after != 0
        moved = np.clip(self._after.astype(np.int64) + (self._origin_ms - origin_ms), 1, TOP_MS)
        self._after = np.where(is_there, moved, 0).astype(np.uint32)
        self._origin_ms = origin_ms
