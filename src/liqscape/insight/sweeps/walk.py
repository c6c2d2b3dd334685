"""How far the mark has gone through one span of prices, update by update (docs/clusters.md, "Sweeps").

Prices are mirrored for shorts: x = side * mark falls towards the span on either side, `near` is the edge met first and
`far` the other. With W = WINDOW_MS:

    entered   first x <= near             crossed   first x <= far
    left      x > near + margin           again within W of that: the same walk
    ended     W after it left, at the time it left; or, if it did not leave, W after the extreme (after it came again,
              where that is later)
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from liqscape.insight.mark_path import MarkPath
from liqscape.insight.records import SweepState
from liqscape.units import HOUR_MS, MINUTE_MS

WINDOW_MS = 30 * MINUTE_MS
HORIZONS_MS = (MINUTE_MS, 5 * MINUTE_MS, HOUR_MS)
"""After the crossing, at which the overshoot is taken."""

MARGIN_SPAN, MARGIN_SHARE, MARGIN_SIGMA = 0.25, 0.001, 0.5


def mirrored_edges(side: int, low: float, high: float) -> tuple[float, float]:
    """(near, far) of a span, mirrored: the edge that the mark meets first, and the other."""
    return (high, low) if side > 0 else (-low, -high)


def leave_margin(low: float, high: float, near: float, sigma: float | None) -> float:
    """USD beyond the near edge at which the mark has left: max(0.25 span, 10 bp, 0.5 sigma_1m)."""
    share = MARGIN_SHARE if sigma is None else max(MARGIN_SHARE, MARGIN_SIGMA * sigma)
    return max(MARGIN_SPAN * (high - low), share * abs(near))


class Walk(Struct, gc=False, kw_only=True):
    """Begins where the mark enters; `advance` takes it on.

    near, far, margin   mirrored prices (x).
    entered_at          first x in the span.
    extreme, extreme_ms furthest x, and when it was first there.
    again_ms            when it last came again after it had left; 0: never.
    reach               furthest x until each of HORIZONS_MS after the crossing.
    latest_ms           time of the last update.
    """

    side: int
    near: float
    far: float
    margin: float
    entered_ms: int
    entered_at: float
    extreme: float
    extreme_ms: int
    latest_ms: int
    state: SweepState = SweepState.ENTERED
    crossed_ms: int | None = None
    left_ms: int | None = None
    ended_ms: int | None = None
    again_ms: int = 0
    reach: list[float] = []

    @property
    def is_settled(self) -> bool:
        """Ended, and every horizon passed."""
        if self.ended_ms is None:
            return False
        return self.crossed_ms is None or self.latest_ms >= self.crossed_ms + HORIZONS_MS[-1]

    def take(self, path: MarkPath) -> None:
        """Take a minute in. Most minutes decide nothing and are seen to by their extremes alone."""
        if path.end_ms is None or not self._is_idle(path.lowest(self.side), path.highest(self.side), path.end_ms):
            self.advance(*path.points)
            return
        self.latest_ms = path.end_ms
        if self.ended_ms is None and self.left_ms is not None and path.end_ms > self.left_ms + WINDOW_MS:
            self.ended_ms = self.left_ms

    def _is_idle(self, lowest: float, highest: float, end_ms: int) -> bool:
        """Whether updates between these, until then, change nothing but the time."""
        if self.ended_ms is not None:  # so half an hour after the crossing or more: shorter horizons are passed
            return not self.reach or lowest >= self.reach[-1]
        if self.left_ms is not None:
            return lowest > self.near
        is_over = end_ms > max(self.extreme_ms, self.again_ms) + WINDOW_MS
        is_further = lowest < self.extreme or (self.crossed_ms is None and lowest <= self.far)
        return not (is_over or is_further or highest > self.near + self.margin)

    def advance(self, times: Iterable[int], marks: Iterable[float]) -> None:
        """Take further updates in, by time; those before the entry are not to be among them."""
        for time_ms, mark in zip(times, marks, strict=True):
            self._step(time_ms, self.side * mark)

    def overshoot(self, furthest: float | None = None) -> float:
        """Share of the far edge by which the mark went beyond it; below 0 where it turned inside."""
        return (self.far - (self.extreme if furthest is None else furthest)) / abs(self.far)

    def overshoot_at(self, horizon: int) -> float | None:
        """The same until one of HORIZONS_MS after the crossing; None: not crossed, or not passed yet."""
        if self.crossed_ms is None or self.latest_ms < self.crossed_ms + HORIZONS_MS[horizon]:
            return None
        return self.overshoot(self.reach[horizon])

    def _step(self, time_ms: int, x: float) -> None:
        self.latest_ms = time_ms
        if self.ended_ms is None:
            since_ms = max(self.extreme_ms, self.again_ms) if self.left_ms is None else self.left_ms
            if time_ms > since_ms + WINDOW_MS:
                self.ended_ms = since_ms if self.left_ms is not None else since_ms + WINDOW_MS
            else:
                self._move(time_ms, x)
        if self.crossed_ms is not None:
            for place, horizon_ms in enumerate(HORIZONS_MS):
                if time_ms <= self.crossed_ms + horizon_ms:
                    self.reach[place] = min(self.reach[place], x)

    def _move(self, time_ms: int, x: float) -> None:
        if x <= self.near and self.left_ms is not None:
            self.left_ms, self.again_ms = None, time_ms
            self.state = SweepState.ENTERED if self.crossed_ms is None else SweepState.CROSSED
        if x < self.extreme:
            self.extreme, self.extreme_ms = x, time_ms
        if x <= self.far and self.crossed_ms is None:
            self.crossed_ms, self.state = time_ms, SweepState.CROSSED
            self.reach = [x] * len(HORIZONS_MS)
        elif x > self.near + self.margin and self.left_ms is None:
            self.left_ms, self.state = time_ms, SweepState.LEFT


def begin_walk(
    side: int, low: float, high: float, sigma: float | None, times: list[int], marks: list[float]
) -> Walk | None:
    """The walk of a mark that enters [low, high] somewhere on this path, taken to its end; None: it does not."""
    near, far = mirrored_edges(side, low, high)
    for place, mark in enumerate(marks):
        if side * mark <= near:
            walk = Walk(
                side=side,
                near=near,
                far=far,
                margin=leave_margin(low, high, near, sigma),
                entered_ms=times[place],
                entered_at=side * mark,
                extreme=side * mark,
                extreme_ms=times[place],
                latest_ms=times[place],
            )
            walk.advance(times[place:], marks[place:])
            return walk
    return None
