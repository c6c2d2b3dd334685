"""What a minute says of sweeps."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from msgspec import Struct

from liqscape.insight.records import SweepState
from liqscape.insight.study_rows import SweepRow


class SweepStanding(Struct, frozen=True, kw_only=True):
    """How far the mark has gone through a cluster, as of a stored frame; one that was never met has no such record.

    residual_size             coins of the size at entry that are still held.
    whole_order_window_count  accounts among them of which a part was liquidated less than 30 s ago: until then the
                              exchange sends orders for their whole position.
    whole_order_rows          their position rows in the frame's accounts.
    is_over                   the sweep has ended; figures are as of its end, until the mark comes again.
    """

    sweep_id: str
    cluster_id: str
    state: SweepState
    entered_ms: int
    crossed_ms: int | None
    left_ms: int | None
    extreme_mark: float
    residual_size: float
    whole_order_window_count: int
    whole_order_rows: tuple[int, ...]
    is_over: bool


class WatchedEdge(Struct, frozen=True, kw_only=True, gc=False):
    """A span whose edges a live map watches between stored frames (`EdgeWatch`); margin in USD beyond the near edge."""

    cluster_id: str
    side: int
    low: float
    high: float
    margin: float
    state: SweepState
    is_crossed: bool


class WatchedEdges(NamedTuple):
    """Those of one coin. Marks above `down` and below `up` (USD) change the state of none."""

    edges: tuple[WatchedEdge, ...]
    down: float
    up: float


NO_EDGES = WatchedEdges((), -math.inf, math.inf)


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepRows:
    """Sweeps of one coin at one stored frame.

    states    by cluster; clusters that are not in it are untouched.
    finished  sweeps whose every figure is known now: rows of the table.
    """

    states: Mapping[str, SweepStanding] = field(default_factory=dict)
    finished: tuple[SweepRow, ...] = ()


NOTHING = SweepRows()
