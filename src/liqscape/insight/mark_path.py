"""The mark's way through a minute, out of what was written down in it (docs/clusters.md, "Sweeps").

Last prices and mids are not in it: only the mark values positions and triggers liquidation.
"""

from __future__ import annotations

import numpy as np

from liqscape.model.markets import MarketSnapshot
from liqscape.model.minute_notes import MinuteNotes
from liqscape.units import AnyArray, Float64Array

_POINTS = ("mark_first", "mark_low", "mark_high", "mark_last")


class MarkPaths:
    """Marks of all coins between two stored frames, the later frame's own mark included.

    low, high  by market, USD; NaN where no mark is known.
    is_whole   False: nobody wrote the path down, so only the frame's mark is in it.

    First, low, high and last of the minute with their times, and each mark of another base band than the one before:
    with these every extreme is exact, and every edge of a base band is passed at its first mark.
    """

    def __init__(self, snapshot: MarketSnapshot, notes: MinuteNotes | None) -> None:
        self._snapshot = snapshot
        self._coins = None if notes is None else notes.coins
        self._path = None if notes is None else notes.path
        self.is_whole = self._coins is not None and self._path is not None
        low, high = snapshot.mark.copy(), snapshot.mark.copy()
        if self._coins is not None:
            rows = self._coins["market_index"]
            low[rows] = np.fmin(low[rows], self._coins["mark_low"])
            high[rows] = np.fmax(high[rows], self._coins["mark_high"])
        self.low: list[float] = low.tolist()
        self.high: list[float] = high.tolist()

    def points(self, market_index: int) -> tuple[list[int], list[float]]:
        """Times (ms) and marks of one coin, by time; empty where no mark is known."""
        at_ms: list[AnyArray] = []
        mark: list[Float64Array] = []
        if self._path is not None:
            rows = np.flatnonzero(self._path["market_index"] == market_index)
            at_ms.append(self._path["at_ms"][rows])
            mark.append(self._path["mark"][rows])
        if self._coins is not None:
            rows = np.flatnonzero(self._coins["market_index"] == market_index)
            for name in _POINTS:
                at_ms.append(self._coins[f"{name}_ms"][rows])
                mark.append(self._coins[name][rows])
        at_ms.append(np.array([self._snapshot.time_ms], np.int64))
        mark.append(self._snapshot.mark[market_index : market_index + 1])
        times, marks = np.concatenate(at_ms).astype(np.int64), np.concatenate(mark)
        known = np.flatnonzero((marks > 0.0) & (times >= 0))
        order = known[np.argsort(times[known], kind="stable")]
        return times[order].tolist(), marks[order].tolist()
