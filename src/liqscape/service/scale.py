"""The scale of a coin's colours: worked out once an hour of the map for everybody who asks (docs/heatmap.md, eq. 5)."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from liqscape.heatmap.density import DensityScale, densities_of_cells, scale_of_densities
from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS, Int64Array

if TYPE_CHECKING:
    from liqscape.store.history import HistoryReader

Basis = Literal["7 days", "shorter", "now"]

SPAN_MS = 7 * DAY_MS
"""A week has every day of the week in it, and a day that was wild does not set the colours of the next month."""
SHORT_STEP_MS = 15 * MINUTE_MS
"""Between the frames looked at where less than a day is stored; an hour where there is more: some hundred frames."""
NEW_STEP_MS = 5 * MINUTE_MS
"""How long one frame stands for a map of less than an hour."""
MAX_COINS = 64
"""Scales that are kept; each is a few numbers."""


@dataclass(frozen=True)
class ScaleFrames:
    """Which frames a scale is of: time_ms (T,) rising, as of which full step of the map's time, and how far back."""

    time_ms: Int64Array
    computed_ms: int
    basis: Basis


@dataclass(frozen=True, kw_only=True)
class CoinScale:
    """A scale and the frames it is of. frame_count: those in which the coin had a mark.

    is_one_account  only one account has levels near the mark: its cells are all there is, and it sets the scale.
    """

    scale: DensityScale
    frames: ScaleFrames
    from_ms: int | None
    frame_count: int
    is_one_account: bool


def choose_frames(reader: HistoryReader) -> ScaleFrames:
    """Stored frames alone decide, so every reader of a history chooses the same; there is one at least.

    The last at or before each full hour of the 7 days up to the last full hour; each quarter of an hour where less
    than a day is stored. Before the first full hour is over the last one at or before the last full 5 minutes stands
    for all.
    """
    first, last = reader.first_ms, reader.last_ms
    assert first is not None
    assert last is not None
    end = last // HOUR_MS * HOUR_MS
    if first <= end - HOUR_MS:
        step = HOUR_MS if end - first >= DAY_MS else SHORT_STEP_MS
        times = reader.frame_times(end - SPAN_MS, end + 1)
        steps = np.arange(end - SPAN_MS + step, end + 1, step)
        place = np.searchsorted(times, steps, "right") - 1
        chosen = times[np.unique(place[place >= 0])]
        basis: Basis = "7 days" if first <= end - SPAN_MS + HOUR_MS else "shorter"
        if len(chosen):
            return ScaleFrames(chosen, end, basis)
    end = max(last // NEW_STEP_MS * NEW_STEP_MS, first)
    newest = reader.frame_time_at(end)
    return ScaleFrames(np.array([last if newest is None else newest], np.int64), end, "now")


def compute_scale(reader: HistoryReader, coin: str, frames: ScaleFrames) -> CoinScale:
    """The scale of a coin over frames. Cost: the coin's accounts solved once in each of them."""
    parts = reader.cells_near_mark(coin, frames.time_ms)
    pairs = [densities_of_cells(part.cells, part.mark, part.rows) for part in parts]
    without, whole = (np.concatenate([pair[place] for pair in pairs] or [np.empty(0)]) for place in (0, 1))
    is_one_account = bool(len(whole)) and not len(without)
    return CoinScale(
        scale=scale_of_densities(whole if is_one_account else without),
        frames=frames,
        from_ms=int(parts[0].time_ms[0]) if parts else None,
        frame_count=sum(len(part.time_ms) for part in parts),
        is_one_account=is_one_account,
    )


class Scales:
    """Scales of coins, each worked out once for its hour, by the first who asks. Usable from any thread."""

    def __init__(self, compute: Callable[[HistoryReader, str, ScaleFrames], CoinScale] = compute_scale) -> None:
        self._compute = compute
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, _KeptScale] = OrderedDict()

    def of(self, reader: HistoryReader, coin: str) -> CoinScale:
        """The scale of a coin as of the last full hour. Who asks while it is worked out waits for it."""
        frames = choose_frames(reader)
        with self._lock:
            kept = self._kept.setdefault(coin, _KeptScale())
            self._kept.move_to_end(coin)
            while len(self._kept) > MAX_COINS:
                self._kept.popitem(last=False)
        with kept.lock:
            found = kept.found
            if found is None or not _is_same(found.frames, frames):
                found = kept.found = self._compute(reader, coin, frames)
            return found


def _is_same(first: ScaleFrames, second: ScaleFrames) -> bool:
    return first.computed_ms == second.computed_ms and np.array_equal(first.time_ms, second.time_ms)


@dataclass
class _KeptScale:
    """A place for a scale while it is worked out, and for as long as it is kept."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    found: CoinScale | None = None
