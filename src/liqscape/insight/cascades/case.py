"""A move that has ended, and how its outcome is judged: one of a cascade or one without (docs/clusters.md).

    return = -direction * (mark(horizon) / mark(exhausted) - 1)           against the direction of the move
    share  = -direction * (mark(horizon) - mark(exhausted)) / |extreme - start|

reversal: share >= 0.5; continuation: mark(horizon) beyond the extreme by 0.25 of the move; else neither.
"""

from __future__ import annotations

from math import log, sqrt
from typing import NamedTuple

from msgspec import Struct

from liqscape.insight.records import OutcomeKind
from liqscape.units import BASIS_POINTS, DAY_MS, HOUR_MS, MINUTE_MS

HORIZONS_MS = {"5m": 5 * MINUTE_MS, "1h": HOUR_MS, "4h": 4 * HOUR_MS, "24h": DAY_MS}
HORIZONS = tuple(HORIZONS_MS)
LATE_MS = 5 * MINUTE_MS
"""A frame later than this after a horizon does not say where the mark was at it."""
REVERSAL_SHARE, CONTINUATION_SHARE = 0.5, 0.25
BUCKET_EDGES = (1.0, 2.0, 4.0, 8.0)
"""Of the size of a move in sigma_5m: moves between two edges are compared."""


class HorizonOutcome(NamedTuple):
    """One horizon; None where the mark at it, or on the way, is not known."""

    horizon: str
    mark: float | None
    return_bp: float | None
    share: float | None
    kind: OutcomeKind | None
    reached_reversal: bool | None
    reached_continuation: bool | None


class MoveSpan(Struct, gc=False, frozen=True, array_like=True, kw_only=True):
    """A move from start to extreme, USD, ended at ended_ms with the mark there; direction -1 down, +1 up.

    bucket  class of its size (`bucket_of`); -1: sigma was not known.
    """

    direction: int
    start: float
    extreme: float
    mark: float
    ended_ms: int
    bucket: int


class Case(Struct, gc=False, kw_only=True):
    """A cascade that is exhausted, until its last horizon. judged: how many horizons are."""

    cascade_id: str
    side: int
    span: MoveSpan
    judged: int = 0
    is_whole: bool = True
    has_reversed: bool = False
    has_continued: bool = False

    def advance(self, time_ms: int, low: float, high: float, mark: float, is_whole: bool) -> list[HorizonOutcome]:
        """Take one minute's marks; the horizons it decides. NaN: not known; is_whole: its path is."""
        if low > 0.0:
            against, along = (high, low) if self.span.direction < 0 else (low, high)
            self.has_reversed |= share_of(self.span, against) >= REVERSAL_SHARE
            self.has_continued |= is_beyond(self.span, along)
        self.is_whole &= is_whole and low > 0.0
        found = []
        while self.judged < len(HORIZONS):
            horizon = HORIZONS[self.judged]
            due_ms = self.span.ended_ms + HORIZONS_MS[horizon]
            if time_ms < due_ms:
                break
            found.append(self._judge(horizon, mark if mark > 0.0 and time_ms - due_ms <= LATE_MS else None))
            self.judged += 1
        return found

    def _judge(self, horizon: str, mark: float | None) -> HorizonOutcome:
        ways = (self.has_reversed, self.has_continued)
        reached = [True if has_been else (False if self.is_whole else None) for has_been in ways]
        if mark is None:
            return HorizonOutcome(horizon, None, None, None, None, *reached)
        share, kind = judge(self.span, mark)
        gained = -self.span.direction * (mark / self.span.mark - 1.0) * BASIS_POINTS
        return HorizonOutcome(horizon, mark, gained, share, kind, *reached)


def judge(span: MoveSpan, mark: float) -> tuple[float, OutcomeKind]:
    """(share of the move, what it is) of a mark at a horizon."""
    share = share_of(span, mark)
    if share >= REVERSAL_SHARE:
        return share, OutcomeKind.REVERSAL
    return share, OutcomeKind.CONTINUATION if is_beyond(span, mark) else OutcomeKind.NEITHER


def share_of(span: MoveSpan, mark: float) -> float:
    """What came back since the end, of the whole move."""
    return -span.direction * (mark - span.mark) / abs(span.extreme - span.start)


def is_beyond(span: MoveSpan, mark: float) -> bool:
    """Whether a mark is beyond the extreme by the share that is a continuation."""
    return span.direction * (mark - span.extreme) >= CONTINUATION_SHARE * abs(span.extreme - span.start)


def bucket_of(start: float, extreme: float, sigma_1m: float) -> int:
    """Class of a move's size, |log(extreme / start)| in sigma_5m, however long it took: how far price has to come back
    is what decides whether it does within an hour."""
    size = abs(log(extreme / start)) / (sigma_1m * sqrt(5.0))
    return sum(size >= edge for edge in BUCKET_EDGES)
