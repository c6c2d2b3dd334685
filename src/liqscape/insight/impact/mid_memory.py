"""The last 17 minutes of every coin's mid, in steps of half a second and more.

Bounded: STEPS rows of 16 bytes a coin, 8 MB at 250 coins. The newest value is kept whatever its time; of older ones
none stands closer than STEP_MS to the one before it, so what is looked up is at most so much older than it could be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from liqscape.units import AnyArray, Float64Array, Int64Array

if TYPE_CHECKING:
    from liqscape.insight.kernels.mid_memory import MidRings

STEP_MS = 500
STEPS = 2_048
"""Half a second each: 17 minutes, 10 to recover in, 5 of a burst, 1 before it and 1 to spare."""
NEVER_MS = -1


class MidMemory:
    """(STEPS, M) times and values, each coin a ring of its own. A value of NaN says: unknown from here on."""

    def __init__(self, count: int, steps: int = STEPS, step_ms: int = STEP_MS) -> None:
        self._steps, self._step_ms = steps, step_ms
        self._time = np.full((steps, count), NEVER_MS, np.int64)
        self._value = np.full((steps, count), np.nan)
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
            getattr(fresh, name)[..., :known] = getattr(self, name)[..., :known]
            setattr(self, name, getattr(fresh, name))

    def forget(self, rows: AnyArray) -> None:
        """Some coins begin anew."""
        self._time[:, rows], self._value[:, rows], self._written[rows] = NEVER_MS, np.nan, 0

    def write(self, rows: Int64Array, time_ms: int, value: Float64Array) -> None:
        """Values of some coins, each coin once; NaN, or not above zero: unknown from here on.

        What is older than a coin's newest row is left out.
        """
        from liqscape.insight.kernels.mid_memory import write_values

        write_values(self._rings, rows, time_ms, value, self._step_ms)

    def of(self, row: int) -> tuple[Int64Array, Float64Array]:
        """Times (rising) and values of one coin."""
        written = int(self._written[row])
        order = np.arange(max(0, written - self._steps), written) % self._steps
        return self._time[order, row], self._value[order, row]

    def before(self, time_ms: int, max_age_ms: int) -> Float64Array:
        """(M,) newest value of each coin before a time; NaN where it is more than max_age_ms older, or unknown."""
        from liqscape.insight.kernels.mid_memory import look_before

        found = np.empty(len(self))
        look_before(self._rings, time_ms, max_age_ms, found)
        return found

    def near(self, time_ms: int, max_off_ms: int) -> Float64Array:
        """(M,) value of each coin nearest to a time, the earlier of two; NaN where it is further off, or unknown."""
        from liqscape.insight.kernels.mid_memory import look_near

        found = np.empty(len(self))
        look_near(self._rings, time_ms, max_off_ms, found)
        return found

    @property
    def _rings(self) -> MidRings:
        from liqscape.insight.kernels.mid_memory import MidRings

        return MidRings(self._time, self._value, self._written)
