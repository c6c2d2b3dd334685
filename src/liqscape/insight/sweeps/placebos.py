"""Spans without a cluster, at the distance in sigma that swept ones had: any line is overshot by a random walk.

Each sweep leaves its shape: side, distance of its near and far edge from the mark at the last frame before the entry,
in sigma_1m. At a share of the stored frames, chosen by a hash of coin and time, such a shape is laid around the mark of
that frame, where no cluster of its side stands, and walked like a sweep. One that is not met within WINDOW_MS is
dropped. Beside a sweep stands the median of those that ended in the 24 h before, of about the same distance.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from statistics import median

from msgspec import Struct

from liqscape.insight.identity import ClusterSpan, TrackedCluster
from liqscape.insight.mark_path import MarkPath
from liqscape.insight.sweeps.walk import WINDOW_MS, Walk, begin_walk, mirrored_edges
from liqscape.units import DAY_MS, MINUTE_MS

EVERY = 10
"""One stored frame in so many lays a span: some 140 a day, so that 20 of a distance are there within the day."""
MAX_SHAPES = 20
MAX_TRIES = 4
"""Shapes tried at a frame until one is clear of clusters."""
MIN_PLACEBOS = 20
"""Below it no median is given."""
LIKE_SIGMA, LIKE_SHARE = 0.5, 0.5
"""Far edges no further apart than the larger of so many sigma and such a share of the distance are alike."""


class PlaceboShape(Struct, frozen=True, gc=False):
    """Distances in sigma_1m from the mark to the edges of a span."""

    side: int
    near: float
    far: float


class _Laid(Struct, gc=False, kw_only=True):
    """A span that waits for the mark, or is walked."""

    shape: PlaceboShape
    sigma: float
    low: float
    high: float
    laid_ms: int
    walk: Walk | None = None

    @property
    def near(self) -> float:
        """Mirrored edge that the mark meets first."""
        return mirrored_edges(self.shape.side, self.low, self.high)[0]


class _Done(Struct, frozen=True, gc=False):
    ended_ms: int
    far: float
    overshoot_sigma: float


class PlaceboState(Struct, gc=False):
    """All that decides how it goes on."""

    shapes: list[PlaceboShape] = []
    laid: list[_Laid] = []
    done: list[_Done] = []


class Placebos:
    """Those of one coin."""

    def __init__(self, coin: str, state: PlaceboState | None = None) -> None:
        self._salt = blake2b(coin.encode(), digest_size=8).digest()
        self.state = PlaceboState() if state is None else state

    @property
    def are_waiting(self) -> bool:
        """Whether a path has to be taken in."""
        return bool(self.state.laid)

    def remember(self, shape: PlaceboShape) -> None:
        """Note the shape of a sweep that begins."""
        self.state.shapes.append(shape)
        del self.state.shapes[:-MAX_SHAPES]

    def advance(self, path: MarkPath) -> None:
        """Take a minute's path in."""
        kept = []
        for each in self.state.laid:
            if each.walk is not None:
                each.walk.take(path)
            elif path.lowest(each.shape.side) <= each.near:
                each.walk = begin_walk(each.shape.side, each.low, each.high, each.sigma, *path.points)
            elif path.end_ms is not None and path.end_ms > each.laid_ms + WINDOW_MS:
                continue
            if each.walk is not None and each.walk.ended_ms is not None:
                overshoot = each.walk.overshoot() / each.sigma
                self.state.done.append(_Done(each.walk.ended_ms, each.shape.far, overshoot))
            else:
                kept.append(each)
        self.state.laid = kept

    def lay(
        self, time_ms: int, mark: float, sigma: float | None, standing: Sequence[ClusterSpan | TrackedCluster]
    ) -> None:
        """At a stored frame: perhaps lay a span where no cluster is."""
        shapes = self.state.shapes
        if not shapes or sigma is None or not mark > 0.0:
            return
        drawn = int.from_bytes(blake2b((time_ms // MINUTE_MS).to_bytes(8, "little"), key=self._salt).digest()[:8])
        if drawn % EVERY:
            return
        for attempt in range(min(MAX_TRIES, len(shapes))):
            shape = shapes[(drawn // EVERY + attempt) % len(shapes)]
            edges = [mark * (1.0 - shape.side * distance * sigma) for distance in (shape.near, shape.far)]
            low, high = min(edges), max(edges)
            if low > 0.0 and not any(
                each.side == shape.side and each.price_low < high and each.price_high > low for each in standing
            ):
                self.state.laid.append(_Laid(shape=shape, sigma=sigma, low=low, high=high, laid_ms=time_ms))
                return

    def beside(self, far: float, now_ms: int) -> tuple[float | None, int]:
        """Median overshoot, in sigma, of those with a far edge at about this distance, and how many they are."""
        done = self.state.done
        if done and done[0].ended_ms <= now_ms - DAY_MS:
            self.state.done = done = [each for each in done if each.ended_ms > now_ms - DAY_MS]
        within = max(LIKE_SIGMA, LIKE_SHARE * far)
        like = [each.overshoot_sigma for each in done if abs(each.far - far) <= within]
        return (median(like) if len(like) >= MIN_PLACEBOS else None), len(like)
