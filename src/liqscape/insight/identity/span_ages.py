"""How long the coins of any span of prices have been there, not of clusters alone (docs/clusters.md, "Any span")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from liqscape.heatmap.grid import EDGE_TABLE_FIRST, edge_table
from liqscape.units import HOUR_MS, BoolArray, Float64Array, Int64Array


class SpanAge(NamedTuple):
    """Age of what one side holds in a span; the words are those of a cluster (`TrackedCluster`)."""

    size: float = 0.0
    weighted_age_ms: int | None = None
    is_weighted_age_at_least: bool = False
    persistence_1h: float | None = None
    persistence_4h: float | None = None
    persistence_1d: float | None = None
    persistence_3d: float | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class SpanAges:
    """Positions of one coin and side as of one studied frame, with how long each has stood where.

    now, gap_at  observed time of the frame; and before which nothing is known (`TrackerState`).
    level, size  (K,) USD and coins, by key.
    positions, starts, stairs  as the tracker keeps them (`kernels/staircases.py`), by key; nobody writes to them.
    """

    now: int
    gap_at: int
    level: Float64Array
    size: Float64Array
    positions: Int64Array
    starts: Int64Array
    stairs: Int64Array

    def of(self, low: float, high: float) -> SpanAge:
        """Age of the coins with a level in [low, high), USD.

        Residence is known by base band: it counts from when a level last entered the bands that the span touches.
        Cost O(K), and the records of the positions inside that have ever left the span.
        """
        edges = edge_table()
        first = int(np.searchsorted(edges, low, side="right")) - 1 + EDGE_TABLE_FIRST
        end = int(np.searchsorted(edges, high, side="left")) + EDGE_TABLE_FIRST
        inside = np.flatnonzero((self.level >= low) & (self.level < high))
        size = self.size[inside]
        whole = float(size.sum())
        if whole <= 0.0:
            return SpanAge()
        entered, is_older = self._entered(inside, first, end)
        residence = self.now - entered

        def held(hours: int) -> float | None:
            if self.now < hours * HOUR_MS:
                return None
            return float(size[residence >= hours * HOUR_MS].sum()) / whole

        return SpanAge(
            size=whole,
            weighted_age_ms=round(float(size @ residence) / whole),
            is_weighted_age_at_least=bool((is_older | (entered <= self.gap_at)).any()),
            persistence_1h=held(1),
            persistence_4h=held(4),
            persistence_1d=held(24),
            persistence_3d=held(72),
        )

    def _entered(self, inside: Int64Array, first: int, end: int) -> tuple[Int64Array, BoolArray]:
        """Observed time at which each level last entered the bands [first, end), and whether it may be earlier.

        Of the records outside the newest counts, whichever staircase it is in: what `entered_at` walks to, all at once.
        """
        from liqscape.insight.kernels.staircases import FIRST, IS_OLDER, STAIR_BAND, STAIR_LEFT

        has_left = np.zeros(len(inside), np.bool_)
        for above in (0, 1):  # the oldest record of a staircase is its outermost: most positions were never outside
            oldest, after = self.starts[2 * inside + above], self.starts[2 * inside + above + 1]
            some = np.flatnonzero(after > oldest)
            has_left[some] |= _is_outside(self.stairs[oldest[some], STAIR_BAND], first, end)
        left = np.flatnonzero(has_left)
        begin = self.starts[2 * inside[left]]
        count = self.starts[2 * inside[left] + 2] - begin
        owner = np.repeat(left, count)
        record = np.arange(len(owner)) + np.repeat(begin - (np.cumsum(count) - count), count)
        outside = np.flatnonzero(_is_outside(self.stairs[record, STAIR_BAND], first, end))
        entered = self.positions[inside, FIRST]
        np.maximum.at(entered, owner[outside], self.stairs[record[outside], STAIR_LEFT])
        is_older: BoolArray = (self.positions[inside, IS_OLDER] == 1) & (entered == self.positions[inside, FIRST])
        return entered, is_older


def _is_outside(band: Int64Array, first: int, end: int) -> BoolArray:
    return (band < first) | (band >= end)
