"""Clusters of one coin and side from frame to frame (docs/clusters.md, "Identity").

tracker = ClusterTracker("BTC", Side.LONG)
for minute in minutes:
    held, mark = minute.held(market_index, Side.LONG), minute.mark(market_index)
    tracked = tracker.advance(held, mark, minute.time_ms, minute.is_gap)
"""

from __future__ import annotations

import math

import numpy as np

from liqscape.heatmap.grid import EDGE_TABLE_FIRST, LOG_WIDTH, edge_table
from liqscape.insight.identity.columns import tracked_clusters
from liqscape.insight.identity.records import TrackedClusters
from liqscape.insight.identity.rules import RULES, IdentityRules
from liqscape.insight.identity.span_ages import SpanAges
from liqscape.insight.identity.state import EMPTY, TrackerArrays, TrackerState, from_bytes, to_bytes
from liqscape.insight.minute import HeldLevels
from liqscape.units import SIDE_WORDS, BoolArray, Side


class ClusterTracker:
    """Finds clusters, ties them to those of the frames before, and knows how long each level has stood in them."""

    def __init__(self, coin: str, side: Side, rules: IdentityRules = RULES) -> None:
        self.coin = coin
        self.side = side
        self._rules = rules.table()
        self._state = EMPTY
        self._held: HeldLevels | None = None
        self._prefix = f"{coin}-{SIDE_WORDS[side]}-"

    def advance(
        self, held: HeldLevels, mark: float, time_ms: int, is_gap: bool, is_older: BoolArray | None = None
    ) -> TrackedClusters:
        """Take one more stored frame.

        held      positions with a level, by level.
        mark      USD; NaN: unknown, then nothing is decided, nothing ends and no time passes.
        is_gap    the time since the frame before was not observed: it counts for no age and no memory.
        is_older  (K,) positions whose account was read for the first time: they may have stood here before.
        """
        from liqscape.insight.kernels.tracking import track

        state = self._state
        self._held = held if mark > 0.0 else None
        if not mark > 0.0:
            if state.time_ms is None:
                return TrackedClusters(time_ms)
            self._state = state._replace(time_ms=time_ms)
            return tracked_clusters(self._prefix, self.side, self._state)
        is_first = state.time_ms is None
        now = state.observed_ms
        if state.time_ms is not None and not is_gap:
            now += time_ms - state.time_ms
        gap_at = now if is_gap or is_first else state.gap_at
        if is_older is None:
            is_older = np.zeros(len(held.key), np.bool_)
        levels = held.level, held.size, held.key, np.argsort(held.key, kind="stable"), is_older
        moment = math.log(mark) / LOG_WIDTH, time_ms, now, is_first, is_gap
        grid = LOG_WIDTH, edge_table(), EDGE_TABLE_FIRST
        # mypy takes a starred NamedTuple for a sequence of one type.
        answer = track(*levels, *moment, self._rules, *grid, *state.arrays)  # type: ignore[arg-type]
        self._state = TrackerState(time_ms, now, gap_at, TrackerArrays(*answer[:7]))
        return tracked_clusters(self._prefix, self.side, self._state, *answer[7:])

    def ages(self) -> SpanAges | None:
        """Ages of any span as of the last frame taken here; None before it, and where its mark was unknown."""
        held, state = self._held, self._state
        if held is None:
            return None
        by_key = np.argsort(held.key, kind="stable")
        positions, starts, stairs = state.arrays[:3]
        return SpanAges(
            now=state.observed_ms,
            gap_at=state.gap_at,
            level=held.level[by_key],
            size=held.size[by_key],
            positions=positions,
            starts=starts,
            stairs=stairs,
        )

    def state(self) -> bytes:
        """All that the next frame needs: `from_state` goes on from it to the same bits."""
        return to_bytes(self.coin, self.side, self._state)

    @classmethod
    def from_state(cls, kept: bytes, rules: IdentityRules = RULES) -> ClusterTracker:
        """The tracker that gave the state. Raises ModelError for bytes that are no state of this version."""
        coin, side, state = from_bytes(kept)
        tracker = cls(coin, side, rules)
        tracker._state = state
        return tracker
