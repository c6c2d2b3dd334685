"""Made-up holders of one coin and side, frame by frame, for tests of clusters through time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from liqscape.insight.identity import ClusterTracker, TrackedCluster, TrackedClusters
from liqscape.insight.minute import HeldLevels
from liqscape.units import Side

MINUTE_MS = 60_000
START_MS = 1_780_000_000_000
MARK = 100.0


class Holder(NamedTuple):
    """One position: its owner, level and coins."""

    key: int
    level: float
    size: float = 1.0


def held(holders: Iterable[Holder]) -> HeldLevels:
    """As a frame gives them: by level, then owner."""
    rows = sorted(holders, key=lambda holder: (holder.level, holder.key))
    return HeldLevels(
        np.array([row.level for row in rows], np.float64),
        np.array([row.size for row in rows], np.float64),
        np.array([row.key for row in rows], np.int64),
        np.arange(len(rows), dtype=np.int64),
    )


def crowd(first_key: int, price: float, count: int = 20, size: float = 1.0, spread: float = 0.0005) -> list[Holder]:
    """Holders evenly spread about a price, by a share of it to each side."""
    shares = np.linspace(-spread, spread, count)
    return [Holder(first_key + place, price * (1.0 + float(share)), size) for place, share in enumerate(shares)]


def follow(
    tracker: ClusterTracker, frames: Sequence[Iterable[Holder]], start: int = 0, mark: float = MARK
) -> list[TrackedClusters]:
    """One frame a minute, from the minute `start` on."""
    return [
        tracker.advance(held(holders), mark, START_MS + (start + place) * MINUTE_MS, False)
        for place, holders in enumerate(frames)
    ]


def long_tracker() -> ClusterTracker:
    """A tracker of longs of a coin."""
    return ClusterTracker("BTC", Side.LONG)


def at_price(tracked: TrackedClusters, price: float) -> TrackedCluster:
    """The one cluster that has a price in its span."""
    found = [cluster for cluster in tracked.standing if cluster.price_low <= price < cluster.price_high]
    assert len(found) == 1, f"{len(found)} clusters at {price}"
    return found[0]
