"""Times of the states behind pools, while some go and others come: the oldest and the median, without sorting them all.

What went and came since all were merged last stands beside them, sorted: a few hundred times a frame of a hundred
thousand. A place in the order of all is found by counting in the three columns.
"""

from __future__ import annotations

import numpy as np

from liqscape.units import Int64Array

MAX_BESIDE = 0.1
"""What stands beside is merged beyond this part of all."""


class PoolTimes:
    """Times, ms since 1970 UTC; the same one may be there many times."""

    def __init__(self) -> None:
        self._times = self._gone = self._come = np.empty(0, np.int64)

    def move(self, gone: Int64Array, come: Int64Array) -> None:
        """Some that are there go, others come."""
        self._gone = np.sort(np.concatenate((self._gone, gone)))
        self._come = np.sort(np.concatenate((self._come, come)))
        if len(self._gone) + len(self._come) > MAX_BESIDE * len(self._times):
            from liqscape.ledger.kernels.standing import merge_times

            times = np.empty(len(self._times) + len(self._come) - len(self._gone), np.int64)
            merge_times(self._times, self._gone, self._come, times)
            self._times, self._gone, self._come = times, times[:0], times[:0]

    def at(self, place: int) -> int:
        """The time at a place of their rising order; there must be more than so many."""
        from liqscape.ledger.kernels.standing import time_at

        return time_at(self._times, self._gone, self._come, place)
