"""The scale of a coin's colours: worked out once an hour of the map for everybody who asks (docs/heatmap.md, eq. 5)."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from liqscape.heatmap.density import DensityScale, FrameDensities, densities_of_cells, scale_of_frames
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
"""Scales that are kept, each with the densities of its frames: 270 kB at most."""

KnownFrames = dict[int, FrameDensities]
"""Densities of frames by their time; a stored frame never changes."""


@dataclass(frozen=True)
class ScaleFrames:
    """Which frames a scale is of: time_ms (T,) rising, as of which full step of the map's time, and how far back."""

    time_ms: Int64Array
    computed_ms: int
    basis: Basis


@dataclass(frozen=True, kw_only=True)
class CoinScale:
    """A scale and the frames it is of.

    from_ms      the first one that counts; None where none does.
    frame_count  those in which the coin had a mark.
    cell_count   cells near the mark that are not empty, in all of them.
    """

    scale: DensityScale
    frames: ScaleFrames
    from_ms: int | None
    frame_count: int
    cell_count: int


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


def compute_scale(reader: HistoryReader, coin: str, frames: ScaleFrames, known: KnownFrames) -> CoinScale:
    """The scale of a coin over frames; `known` is brought up to date, so that an hour later one frame is solved.

    Cost: the coin's accounts read, and solved once in each frame that is not known.
    """
    wanted = frames.time_ms.tolist()
    for gone in known.keys() - set(wanted):
        del known[gone]
    missing = np.array([time_ms for time_ms in wanted if time_ms not in known], np.int64)
    for part in reader.cells_near_mark(coin, missing):
        made = densities_of_cells(part.cells, part.mark, part.rows)
        known.update(zip(part.time_ms.tolist(), made, strict=True))
    counted = [time_ms for time_ms in wanted if time_ms in known]
    return CoinScale(
        scale=scale_of_frames([known[time_ms] for time_ms in counted]),
        frames=frames,
        from_ms=counted[0] if counted else None,
        frame_count=len(counted),
        cell_count=sum(known[time_ms].cell_count for time_ms in counted),
    )


class Scales:
    """Scales of coins, each worked out once for its hour, by the first who asks. Usable from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, _KeptScale] = OrderedDict()

    def of(self, reader: HistoryReader, coin: str) -> CoinScale:
        """The scale of a coin as of the last full hour. Who asks while it is worked out waits for it."""
        with self._lock:
            kept = self._kept.setdefault(coin, _KeptScale())
            self._kept.move_to_end(coin)
            while len(self._kept) > MAX_COINS:
                self._kept.popitem(last=False)
        with kept.lock:
            frames = choose_frames(reader)
            if kept.found is None or not _is_same(kept.found.frames, frames):
                kept.found = compute_scale(reader, coin, frames, kept.known)
            return kept.found


def _is_same(first: ScaleFrames, second: ScaleFrames) -> bool:
    return first.computed_ms == second.computed_ms and np.array_equal(first.time_ms, second.time_ms)


@dataclass
class _KeptScale:
    """A place for a scale while it is worked out, and for as long as it is kept."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    found: CoinScale | None = None
    known: KnownFrames = field(default_factory=dict)
