"""Runs a tracker over minutes and gathers what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from swept_minutes import COIN, INDEX

from liqscape.insight.identity import TrackedCluster
from liqscape.insight.minute import Minute
from liqscape.insight.study_rows import SweepRow
from liqscape.insight.sweeps import SweepRows, SweepTracker


@dataclass
class Run:
    """A tracker, its last frame, and all finished sweeps."""

    tracker: SweepTracker = field(default_factory=lambda: SweepTracker(COIN))
    before: Minute | None = None
    finished: list[SweepRow] = field(default_factory=list)
    newest: SweepRows = field(default_factory=SweepRows)

    def take(self, now: Minute, standing: Sequence[TrackedCluster]) -> SweepRows:
        """One more stored frame."""
        self.newest = self.tracker.advance(self.before, now, INDEX, standing)
        self.finished += self.newest.finished
        self.before = now
        return self.newest

    def take_all(self, minutes: Sequence[Minute], standing: Sequence[TrackedCluster]) -> Run:
        """Several, the clusters staying."""
        for minute in minutes:
            self.take(minute, standing)
        return self


def parts_of(row: SweepRow) -> dict[str, float]:
    """The parts that are not nothing."""
    names = (
        "liquidated_book",
        "liquidated_backstop",
        "deleveraged",
        "closed_before",
        "closed_after",
        "saved_by_margin",
        "moved_away",
        "still_there",
        "unknown",
    )
    return {name: getattr(row, name) for name in names if getattr(row, name)}
