"""The mark's way through a minute, out of what was written down in it (docs/clusters.md, "Sweeps").

Last prices and mids are not in it: only the mark values positions and triggers liquidation.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from liqscape.model.markets import MarketSnapshot
from liqscape.model.minute_notes import MinuteNotes
from liqscape.units import AnyArray, Float64Array, Int64Array

_POINTS = ("mark_first", "mark_low", "mark_high", "mark_last")


class MinutePaths:
    """Marks of all coins between two stored frames, the later frame's own mark included.

    low, high  by market, USD; NaN where no mark is known.

    First, low, high and last of the minute with their times, and each mark of another base band than the one before:
    with these every extreme is exact, and every edge of a base band is passed at its first mark.
    """

    def __init__(self, snapshot: MarketSnapshot, notes: MinuteNotes | None) -> None:
        self._snapshot = snapshot
        self._coins = None if notes is None else notes.coins
        self._path = None if notes is None else notes.path
        low, high = snapshot.mark.copy(), snapshot.mark.copy()
        if self._coins is not None:
            rows = self._coins["market_index"]
            np.fmin.at(low, rows, self._coins["mark_low"])  # after a thinning a coin has a row for each minute
            np.fmax.at(high, rows, self._coins["mark_high"])
        self.frame_ms = snapshot.time_ms
        self.low: list[float] = low.tolist()
        self.high: list[float] = high.tolist()

    def has_frame_mark(self, market_index: int) -> bool:
        """Whether the frame's own mark is known."""
        return bool(self._snapshot.mark[market_index] > 0.0)

    def is_whole(self, market_index: int, since_ms: int) -> bool:
        """Whether a coin's marks were watched without a break from a time to the frame: else there may be more."""
        for watched_from, watched_to in self._watched.get(market_index, ()):
            if watched_from > since_ms:
                return False
            since_ms = watched_to
        return market_index in self._watched and since_ms == self.frame_ms

    @cached_property
    def _watched(self) -> dict[int, list[tuple[int, int]]]:
        """(from, to) that each coin's marks were watched, in order; of a thinned history several of a coin."""
        coins = self._coins
        if coins is None or self._path is None or "since_ms" not in coins:
            return {}
        spans: dict[int, list[tuple[int, int]]] = {}
        order = np.argsort(coins["known_at_ms"], kind="stable")
        columns = (coins[name][order].tolist() for name in ("market_index", "since_ms", "known_at_ms"))
        for market, watched_from, watched_to in zip(*columns, strict=True):
            spans.setdefault(market, []).append((watched_from, watched_to))
        return spans

    def of_coin(self, market_index: int) -> MarkPath:
        """The path of one coin; its points are gathered when they are asked for."""
        return MarkPath(self, market_index)

    def points(self, market_index: int) -> tuple[list[int], list[float]]:
        """Times (ms) and marks of one coin, by time; empty where no mark is known."""
        at_ms, mark, starts = self._points
        rows = slice(starts[market_index], starts[market_index + 1])
        return at_ms[rows].tolist(), mark[rows].tolist()

    @cached_property
    def _points(self) -> tuple[Int64Array, Float64Array, list[int]]:
        """Points of all coins by coin and time, and where each coin's begin."""
        count = len(self._snapshot.mark)
        parts: list[tuple[AnyArray, AnyArray, AnyArray]] = []
        if self._path is not None:
            parts.append((self._path["market_index"], self._path["at_ms"], self._path["mark"]))
        if self._coins is not None:
            rows = self._coins["market_index"]
            parts += [(rows, self._coins[f"{name}_ms"], self._coins[name]) for name in _POINTS]
        parts.append((np.arange(count), np.full(count, self._snapshot.time_ms), self._snapshot.mark))
        market, at_ms, mark = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        known = np.flatnonzero((mark > 0.0) & (at_ms >= 0))
        order = known[np.lexsort((at_ms[known], market[known]))]
        starts = np.searchsorted(market[order], np.arange(count + 1))
        return at_ms[order].astype(np.int64), mark[order].astype(np.float64), starts.tolist()


class MarkPath:
    """Marks of one coin between two stored frames.

    low, high   USD; NaN where no mark is known.
    end_ms      of the later frame where its mark is known; else None.
    """

    def __init__(self, paths: MinutePaths, market_index: int) -> None:
        self.low, self.high = paths.low[market_index], paths.high[market_index]
        self.end_ms = paths.frame_ms if paths.has_frame_mark(market_index) else None
        self._paths, self._market_index = paths, market_index

    @cached_property
    def points(self) -> tuple[list[int], list[float]]:
        """Times (ms) and marks, by time."""
        return self._paths.points(self._market_index)

    def lowest(self, side: int) -> float:
        """Mirrored mark that is furthest on the way into a span of a side: the low, or the high below zero."""
        return self.low if side > 0 else -self.high

    def highest(self, side: int) -> float:
        """Mirrored mark that is furthest on the way out of it."""
        return self.high if side > 0 else -self.low
