"""Moves without a cascade: what the outcomes of cascades are held against.

Each minute, the move of the quarter of an hour before it counts where its extreme is two minutes old, it is at least
half a sigma_5m, and no minute within an hour before had liquidations of F or more; one in half an hour and
direction. It is judged at the same horizons by the same rule, and counted by size in sigma.
"""

from __future__ import annotations

from math import log, sqrt

from msgspec import Struct, field

from liqscape.insight.cascades.case import HORIZONS_MS, LATE_MS, MoveSpan, bucket_of, judge
from liqscape.insight.records import OutcomeKind
from liqscape.units import HOUR_MS, MINUTE_MS

WINDOW = 15
QUIET_MINUTES = 2
MIN_SIGMA = 0.5
APART_MS = 2 * WINDOW * MINUTE_MS
CALM_MS = HOUR_MS
MAX_STEP_MS = 2 * MINUTE_MS
"""Frames further apart break a window."""
MIN_COUNT = 20


class SeenMinute(Struct, gc=False, array_like=True, kw_only=True):
    """Frame's time and mark, lowest and highest of the minute, sigma of a minute as of then (0 unknown)."""

    time_ms: int
    mark: float
    low: float
    high: float
    sigma_1m: float


class QuietMoves(Struct, gc=False, kw_only=True):
    """The last WINDOW minutes, moves that wait for a horizon, oldest first, and counts of outcomes.

    count  by `bucket horizon`: [judged, reversals, continuations].
    last_ms of the newest move by direction; forced_ms of the newest minute with F or more.
    """

    seen: list[SeenMinute] = field(default_factory=list)
    waiting: dict[str, list[MoveSpan]] = field(default_factory=lambda: {horizon: [] for horizon in HORIZONS_MS})
    count: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    last_ms: dict[int, int] = field(default_factory=dict)
    forced_ms: int = 0

    def shares(self, bucket: int, horizon: str) -> tuple[float | None, float | None, int]:
        """(reversals, continuations, n) of moves of a size; shares None below MIN_COUNT."""
        judged, reversals, continuations = self.count.get(f"{bucket} {horizon}", (0, 0, 0))
        if judged < MIN_COUNT:
            return None, None, judged
        return reversals / judged, continuations / judged, judged

    def note_forced(self, time_ms: int) -> None:
        """A minute had liquidations of F or more: moves that it was part of are none without a cascade."""
        self.forced_ms = time_ms

    def advance(self, minute: SeenMinute, *, is_known: bool) -> None:
        """Take one minute. is_known: its marks, and who was liquidated in it."""
        for horizon, waiting in self.waiting.items():
            while waiting and minute.time_ms >= waiting[0].ended_ms + HORIZONS_MS[horizon]:
                self._count(waiting.pop(0), horizon, minute)
        if self.seen and minute.time_ms - self.seen[-1].time_ms > MAX_STEP_MS:
            self.seen = []
        if not is_known:
            self.seen = []
            return
        self.seen.append(minute)
        del self.seen[: -(WINDOW + 1)]
        if len(self.seen) == WINDOW + 1 and minute.time_ms - self.forced_ms >= CALM_MS:
            for direction in (-1, 1):
                self._look(direction)

    def _look(self, direction: int) -> None:
        first, now = self.seen[0], self.seen[-1]
        if not first.sigma_1m > 0.0 or now.time_ms - self.last_ms.get(direction, 0) < APART_MS:
            return
        furthest = [each.low if direction < 0 else each.high for each in self.seen[1:]]
        extreme = min(furthest) if direction < 0 else max(furthest)
        minutes = furthest.index(extreme) + 1
        if direction * (extreme - first.mark) <= 0.0 or WINDOW - minutes < QUIET_MINUTES:
            return
        if abs(log(extreme / first.mark)) < MIN_SIGMA * first.sigma_1m * sqrt(5.0):
            return
        self.last_ms[direction] = now.time_ms
        span = MoveSpan(
            direction=direction,
            start=first.mark,
            extreme=extreme,
            mark=now.mark,
            ended_ms=now.time_ms,
            bucket=bucket_of(first.mark, extreme, first.sigma_1m),
        )
        for waiting in self.waiting.values():
            waiting.append(span)

    def _count(self, span: MoveSpan, horizon: str, minute: SeenMinute) -> None:
        if not minute.mark > 0.0 or minute.time_ms - span.ended_ms - HORIZONS_MS[horizon] > LATE_MS:
            return
        key = f"{span.bucket} {horizon}"
        judged, reversals, continuations = self.count.get(key, (0, 0, 0))
        _, kind = judge(span, minute.mark)
        self.count[key] = (
            judged + 1,
            reversals + (kind is OutcomeKind.REVERSAL),
            continuations + (kind is OutcomeKind.CONTINUATION),
        )
