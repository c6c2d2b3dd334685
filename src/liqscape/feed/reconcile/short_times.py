"""A time of each row in 32 bits: milliseconds, exact while they lie within 24 days of each other.

Half of 64 bits for everybody who is known: of who was asked about three weeks ago no millisecond matters.
"""

from __future__ import annotations

import numpy as np

from liqscape.sparse import sparse_zeros, with_more
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
        self._after = with_more(self._after, count)

    def clear(self) -> None:
        """No row has a time any more."""
        self._after = sparse_zeros(len(self._after), np.uint32)

    def _move_origin(self, origin_ms: int) -> None:
        """Times before it are taken for the first one after it, those beyond its reach for the last: only a clock that
        was wrong sets those."""
        rows = np.flatnonzero(self._after)
        moved = np.clip(self._after[rows].astype(np.int64) + (self._origin_ms - origin_ms), 1, TOP_MS)
        self._after[rows] = moved.astype(np.uint32)
        self._origin_ms = origin_ms
