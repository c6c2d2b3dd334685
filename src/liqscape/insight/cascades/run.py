"""The states of one run of liquidations, a minute at a time (docs/clusters.md, "State of a cascade")."""

from __future__ import annotations

from msgspec import Struct

from liqscape.insight.records import CascadeState
from liqscape.units import MINUTE_MS

RUNNING_ACCOUNTS = 3
FADING_SHARE, EXHAUSTED_SHARE = 0.5, 0.1
"""Of the peak rate."""
EXHAUSTED_MINUTES = 2
FUEL_SHARE = 0.1
"""Of what was liquidated so far."""
OVER_MS = 30 * MINUTE_MS
"""After exhausted."""
UNEXHAUSTED_MS = 60 * MINUTE_MS
"""A run that faded with fuel still ahead of the mark is over so long after its last minute of F or more: the fuel may
stand there for days, and nobody would call that a cascade. It has no outcome."""


class TrackedCascade(Struct, gc=False, kw_only=True):
    """One cascade of a coin and side.

    start_mark    before its first minute, USD; sigma_1m of that time as a share, None unknown.
    extreme_mark  furthest in the direction of the flow so far.
    peak_usd      largest rate a minute; liquidated_usd: all of it so far.
    """

    cascade_id: str
    state: int
    changed_ms: int
    start_mark: float | None
    sigma_1m: float | None
    extreme_mark: float
    last_forced_ms: int
    peak_usd: float = 0.0
    liquidated_usd: float = 0.0
    low_minutes: int = 0
    exhausted_ms: int = 0

    def advance(
        self, time_ms: int, usd: float, account_count: int, threshold_usd: float, fuel_usd: float | None
    ) -> bool:
        """Take one frame whose flow is known, usd a minute; True where the state changed. What was liquidated since the
        frame before is in `liquidated_usd` already."""
        before = self.state
        self.peak_usd = max(self.peak_usd, usd)
        self.low_minutes = self.low_minutes + 1 if usd < EXHAUSTED_SHARE * self.peak_usd else 0
        if usd >= threshold_usd:
            self.last_forced_ms = time_ms
            is_running = account_count >= RUNNING_ACCOUNTS or before not in (CascadeState.NONE, CascadeState.STARTING)
            self.state = CascadeState.RUNNING if is_running else CascadeState.STARTING
        elif before == CascadeState.EXHAUSTED:
            pass
        elif (
            self.low_minutes >= EXHAUSTED_MINUTES
            and fuel_usd is not None
            and fuel_usd < FUEL_SHARE * self.liquidated_usd
        ):
            self.state, self.exhausted_ms = CascadeState.EXHAUSTED, time_ms
        elif usd < FADING_SHARE * self.peak_usd:
            self.state = CascadeState.FADING
        return self._pass_time(time_ms, before)

    def wait(self, time_ms: int) -> bool:
        """Take one frame whose flow is not known: only time passes."""
        return self._pass_time(time_ms, self.state)

    def see_marks(self, low: float, high: float, side: int) -> None:
        """The lowest and highest mark of a minute; NaN where none is known."""
        furthest = low if side > 0 else high
        if furthest > 0.0 and side * (self.extreme_mark - furthest) > 0.0:
            self.extreme_mark = furthest

    def _pass_time(self, time_ms: int, before: int) -> bool:
        if self.state == CascadeState.EXHAUSTED:
            is_over = time_ms - self.exhausted_ms >= OVER_MS
        else:
            is_over = time_ms - self.last_forced_ms >= UNEXHAUSTED_MS
        if is_over:
            self.state = CascadeState.OVER
        if self.state != before:
            self.changed_ms = time_ms
        return self.state != before
