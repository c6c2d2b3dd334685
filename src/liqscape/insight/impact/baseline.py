"""What mids do without a liquidation: one time a minute, kept for 24 hours, of which an event draws 200.

Each minute has one time of its own, by a hash of the minute; its moves over +1, +10 and +60 s are kept for every coin
(1,456 minutes of 16 bytes a coin: 6 MB at 250 coins, where mids of the whole day would take 170). An event draws among
the minutes of the 24 hours before it that have its third of volatility and no liquidation of its coin in them or beside
them, in the order of a hash of its burst and the minute.
"""

from __future__ import annotations

import numpy as np

from liqscape.insight.impact.figures import HORIZONS_MS, SETTLED_MS
from liqscape.insight.impact.mid_memory import MidMemory
from liqscape.insight.statistics.hashing import mixed, seed_of
from liqscape.units import BASIS_POINTS, MINUTE_MS, AnyArray, BoolArray, Float64Array, Int64Array

MINUTES = 1_440
KEPT = MINUTES + 16
"""Events wait for ten minutes until they are measured; their 24 hours are still there then."""
MAX_DRAWN, MIN_DRAWN = 200, 50
VOLATILITY_MINUTES, MIN_VOLATILITY_MINUTES = 5, 3
"""Volatility of a time: the five minutes before it, of which three must be known."""
NEVER = -(1 << 40)


def anchors_of(minute: Int64Array) -> Int64Array:
    """(n,) time in ms of each minute since 1970 at which its moves begin: anywhere in it, so that what happens at full
    minutes is not always met or always missed."""
    return minute * MINUTE_MS + (mixed(seed_of("baseline"), minute) % np.uint64(MINUTE_MS)).astype(np.int64)


class Baselines:
    """Moves of the last 24 hours by minute and coin."""

    def __init__(self, count: int) -> None:
        self._minute = np.full(KEPT, NEVER, np.int64)
        self._move = np.full((KEPT, count, len(HORIZONS_MS)), np.nan, np.float32)
        self._variance = np.full((KEPT, count), np.nan, np.float32)
        """Squared log return since the anchor before, a second."""
        self._is_forced = np.zeros((KEPT, count), np.bool_)
        """A coin had a liquidation in the minute."""
        self._last: Float64Array = np.full(count, np.nan)
        self._last_ms = 0
        self._next: int | None = None

    @property
    def byte_count(self) -> int:
        """Memory of the tables, bytes."""
        return self._move.nbytes + self._variance.nbytes + self._is_forced.nbytes

    def grow(self, count: int) -> None:
        """Room for so many coins; the first keep what they have."""
        fresh = Baselines(count)
        known = min(count, len(self._last))
        for name in ("_move", "_variance", "_is_forced"):
            getattr(fresh, name)[:, :known] = getattr(self, name)[:, :known]
            setattr(self, name, getattr(fresh, name))
        fresh._last[:known] = self._last[:known]
        self._last = fresh._last

    def forget(self, rows: AnyArray) -> None:
        """Some coins begin anew."""
        self._move[:, rows], self._variance[:, rows], self._last[rows] = np.nan, np.nan, np.nan

    def note_liquidation(self, market_index: int, first_ms: int, last_ms: int) -> None:
        """Minutes with a liquidation are no baseline."""
        for minute in range(first_ms // MINUTE_MS, last_ms // MINUTE_MS + 1):
            self._open(minute)
            if self._minute[minute % KEPT] == minute:
                self._is_forced[minute % KEPT, market_index] = True

    def close(self, now_ms: int, path: MidMemory) -> None:
        """Take the moves of all minutes whose mids are known by now."""
        last = (now_ms - SETTLED_MS) // MINUTE_MS - 1
        first = last if self._next is None else max(self._next, last - KEPT + 1)
        for minute in range(first, last + 1):
            self._take(minute, path)
        self._next = max(last + 1, first)

    def draw(self, burst_id: str, market_index: int, first_ms: int, direction: int) -> tuple[Float64Array, int]:
        """(bp at each horizon, times drawn): the mean move in the direction of a flow; NaN of fewer than MIN_DRAWN."""
        minute = self._minute
        newest = first_ms // MINUTE_MS - 2  # its own moves end before the event's minute
        is_day = (minute > newest - MINUTES) & (minute <= newest)
        order = np.flatnonzero(is_day)
        order = order[np.argsort(minute[order])]
        volatility = _volatility(minute[order], self._variance[order, market_index].astype(np.float64))
        now = _volatility_now(minute[order], volatility, newest)
        is_same = _same_third(volatility, now)
        is_same &= ~self._is_disturbed(minute[order], market_index)
        move = self._move[order, market_index].astype(np.float64)
        is_same &= ~np.isnan(move[:, -1])
        chosen = np.flatnonzero(is_same)
        ranked = chosen[np.argsort(mixed(seed_of(burst_id), minute[order[chosen]]), kind="stable")][:MAX_DRAWN]
        drawn = move[ranked]
        count = (~np.isnan(drawn)).sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = direction * np.nansum(drawn, axis=0) / count
        return np.where(count >= MIN_DRAWN, mean, np.nan), len(ranked)

    def _open(self, minute: int) -> None:
        """Give a minute its row, unless a later one has it."""
        row = minute % KEPT
        if self._minute[row] < minute:
            self._minute[row] = minute
            self._move[row], self._variance[row], self._is_forced[row] = np.nan, np.nan, False

    def _take(self, minute: int, path: MidMemory) -> None:
        self._open(minute)
        row = minute % KEPT
        anchor_ms = int(anchors_of(np.array([minute]))[0])
        for place, horizon_ms in enumerate(HORIZONS_MS):
            before = path.before(anchor_ms, horizon_ms)
            after = path.near(anchor_ms + horizon_ms, horizon_ms // 2)
            self._move[row, :, place] = (after / before - 1.0) * BASIS_POINTS
        present = path.before(anchor_ms, HORIZONS_MS[-1])
        if self._last_ms:
            seconds = (anchor_ms - self._last_ms) / 1e3
            self._variance[row] = np.log(present / self._last) ** 2 / max(seconds, 1.0)
        self._last, self._last_ms = present, anchor_ms

    def _is_disturbed(self, minute: Int64Array, market_index: int) -> BoolArray:
        """(n,) whether a minute or one beside it had a liquidation of the coin."""
        disturbed = np.zeros(len(minute), np.bool_)
        for beside in (-1, 0, 1):
            row = (minute + beside) % KEPT
            disturbed |= self._is_forced[row, market_index] & (self._minute[row] == minute + beside)
        return disturbed


def _volatility(minute: Int64Array, variance: Float64Array) -> Float64Array:
    """(n,) mean variance of the VOLATILITY_MINUTES up to each minute; NaN where fewer than the least are known."""
    if not len(minute):
        return np.empty(0)
    dense = np.full(int(minute[-1] - minute[0]) + VOLATILITY_MINUTES, np.nan)
    dense[minute - minute[0] + VOLATILITY_MINUTES - 1] = variance
    windows = np.lib.stride_tricks.sliding_window_view(dense, VOLATILITY_MINUTES)
    known = (~np.isnan(windows)).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(known >= MIN_VOLATILITY_MINUTES, np.nansum(windows, axis=1) / known, np.nan)
    found: Float64Array = mean[minute - minute[0]]
    return found


def _volatility_now(minute: Int64Array, volatility: Float64Array, newest: int) -> float:
    """That of the newest minute before an event; NaN where it is missing."""
    return float(volatility[-1]) if len(minute) and minute[-1] == newest else np.nan


def _same_third(volatility: Float64Array, now: float) -> BoolArray:
    """(n,) minutes in the third of volatility in which `now` lies; none where either is unknown."""
    known = volatility[~np.isnan(volatility)]
    if np.isnan(now) or not len(known):
        return np.zeros(len(volatility), np.bool_)
    low, high = np.quantile(known, (1 / 3, 2 / 3))
    third = np.searchsorted((low, high), now, "left")
    same: BoolArray = (np.searchsorted((low, high), volatility, "left") == third) & ~np.isnan(volatility)
    return same
