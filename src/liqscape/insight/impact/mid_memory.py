"""The last 17 minutes of every coin's mid, in steps of half a second and more.

Bounded: STEPS rows of 16 bytes a coin, 8 MB at 250 coins. The newest value is kept whatever its time; of older ones
none stands closer than STEP_MS to the one before it, so what is looked up is at most so much older than it could be.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from liqscape.units import AnyArray, Float64Array, Int64Array

STEP_MS = 500
STEPS = 2_048
"""Half a second each: 17 minutes, 10 to recover in, 5 of a burst, 1 before it and 1 to spare."""
NEVER_MS = -1
FAR_MS = 1 << 62
FIRST_DEPTH = 8
"""Rows looked at first; where they do not go back far enough, twice as many."""


class MidMemory:
    """(M, STEPS) times and values, each coin a ring of its own. A value of NaN says: unknown from here on."""

    def __init__(self, count: int, steps: int = STEPS, step_ms: int = STEP_MS) -> None:
        self._steps, self._step_ms = steps, step_ms
        self._time = np.full((count, steps), NEVER_MS, np.int64)
        self._value = np.full((count, steps), np.nan)
        self._written = np.zeros(count, np.int64)
        """(M,) rows ever written."""

    def __len__(self) -> int:
        return len(self._written)

    @property
    def byte_count(self) -> int:
        """Memory of the tables, bytes."""
        return self._time.nbytes + self._value.nbytes

    def grow(self, count: int) -> None:
        """Room for so many coins; the first keep what they have."""
        fresh = MidMemory(count, self._steps, self._step_ms)
        known = min(count, len(self))
        for name in ("_time", "_value", "_written"):
            getattr(fresh, name)[:known] = getattr(self, name)[:known]
            setattr(self, name, getattr(fresh, name))

    def forget(self, rows: AnyArray) -> None:
        """Some coins begin anew."""
        self._time[rows], self._value[rows], self._written[rows] = NEVER_MS, np.nan, 0

    def write(self, rows: AnyArray, time_ms: int, value: Float64Array) -> None:
        """Values of some coins, each coin once. What is older than a coin's newest row is left out."""
        value = np.where(value > 0.0, value, np.nan)
        written = self._written[rows]
        last, before = (written - 1) % self._steps, (written - 2) % self._steps
        last_ms = self._time[rows, last]
        is_new = (written > 0) | ~np.isnan(value)
        is_new &= time_ms >= last_ms
        is_new &= ~(np.isnan(value) & np.isnan(self._value[rows, last]))
        is_over = (written > 0) & (
            (time_ms == last_ms) | ((written > 1) & (last_ms - self._time[rows, before] < self._step_ms))
        )
        at = np.where(is_over, last, written % self._steps)
        if not is_new.all():
            rows, at, value, is_over = rows[is_new], at[is_new], value[is_new], is_over[is_new]
        self._time[rows, at], self._value[rows, at] = time_ms, value
        self._written[rows] += ~is_over

    def of(self, row: int) -> tuple[Int64Array, Float64Array]:
        """Times (rising) and values of one coin."""
        written = int(self._written[row])
        order = np.arange(max(0, written - self._steps), written) % self._steps
        return self._time[row, order], self._value[row, order]

    def since(self, time_ms: int) -> RecentMids:
        """All coins' rows from the newest back to one at or before a time, as far as they go."""
        depth, rows = FIRST_DEPTH, np.arange(len(self))[:, None]
        while True:
            order = (self._written[:, None] - 1 - np.arange(depth)) % self._steps
            time = self._time[rows, order]
            if depth >= self._steps or (time[:, -1] <= time_ms).all():
                return RecentMids(time, self._value[rows, order])
            depth = min(2 * depth, self._steps)


class RecentMids(NamedTuple):
    """(M, n) times and values, newest first; NEVER_MS where there are no more."""

    time: Int64Array
    value: Float64Array

    def before(self, time_ms: int, max_age_ms: int) -> Float64Array:
        """(M,) newest value of each coin before a time; NaN where it is more than max_age_ms older, or unknown."""
        at, rows = self._newest(time_ms - 1), np.arange(len(self.time))
        found_ms = self.time[rows, at]
        is_found = (found_ms != NEVER_MS) & (found_ms < time_ms) & (time_ms - found_ms <= max_age_ms)
        return np.where(is_found, self.value[rows, at], np.nan)

    def near(self, time_ms: int, max_off_ms: int) -> Float64Array:
        """(M,) value of each coin nearest to a time; NaN where it is further off than max_off_ms, or unknown."""
        at, rows = self._newest(time_ms), np.arange(len(self.time))
        after = np.maximum(at - 1, 0)
        off = np.where(self.time[rows, at] == NEVER_MS, FAR_MS, np.abs(self.time[rows, at] - time_ms))
        off_after = np.where(self.time[rows, after] == NEVER_MS, FAR_MS, np.abs(self.time[rows, after] - time_ms))
        found = np.where(off_after < off, self.value[rows, after], self.value[rows, at])
        return np.where(np.minimum(off, off_after) <= max_off_ms, found, np.nan)

    def _newest(self, time_ms: int) -> Int64Array:
        """(M,) column of the newest row at or before a time; the oldest where all are later."""
        is_before = self.time <= time_ms
        at: Int64Array = is_before.argmax(axis=1)
        at[~is_before.any(axis=1)] = self.time.shape[1] - 1
        return at
