"""What is known of a cluster that keeps its identity through time (docs/clusters.md, "Identity")."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from liqscape.units import Side


class TrackedCluster(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One cluster as it stands at a stored frame. Prices in USD, sizes in coins, ages in observed time.

    price_low, price_high          edges of base bands (`heatmap.grid`); levels of the cluster are in [low, high).
    price_peak                     middle of the base band where the smoothed density is largest.
    age_ms                         since birth, without gaps.
    weighted_age_ms                mean over its coins of the time since each position's level last entered the
                                   present span; None where it holds nothing. It needs no identity, so it is the
                                   steadier of the two ages.
    is_age_at_least, is_weighted_age_at_least   the truth may be longer: the record does not reach further back.
    persistence_*                  share of its coins in the span for at least so long; None where the record is too
                                   short to say.
    parent                         cluster it split from.
    merged                         clusters that ended into it at this frame.
    is_known                       False: the mark is unknown, so nothing was decided and all is as it last was.
    is_remembered                  not found at this frame, kept by memory at its last span.
    first_row, last_row            slice of the frame's `HeldLevels` inside the span; both 0 where it is not known.
    """

    cluster_id: str
    side: Side
    born_ms: int
    is_born_now: bool
    price_low: float
    price_high: float
    price_peak: float
    size: float
    position_count: int
    age_ms: int
    is_age_at_least: bool
    weighted_age_ms: int | None
    is_weighted_age_at_least: bool
    persistence_1h: float | None
    persistence_4h: float | None
    persistence_1d: float | None
    persistence_3d: float | None
    parent: str | None
    merged: tuple[str, ...]
    is_known: bool
    is_remembered: bool
    first_row: int
    last_row: int


class EndedCluster(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A cluster that is not one any more, as it last stood.

    merged_into   the cluster that took it over, or None: it dissolved.
    size          coins when it was last found.
    """

    cluster_id: str
    side: Side
    born_ms: int
    ended_ms: int
    merged_into: str | None
    price_low: float
    price_high: float
    price_peak: float
    size: float
    age_ms: int
    is_age_at_least: bool


class ClusterSpan(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where a cluster stands at a stored frame: what most who ask each minute need."""

    cluster_id: str
    side: Side
    price_low: float
    price_high: float


class TrackedClusters:
    """Clusters of one coin and side at one stored frame.

    spans     of those that stand, by price.
    has_born  whether one of them is born now.
    standing  the same in full, made when they are asked for.
    ended     now.
    """

    __slots__ = ("_make", "_standing", "ended", "has_born", "spans", "time_ms")

    def __init__(
        self,
        time_ms: int,
        spans: tuple[ClusterSpan, ...] = (),
        has_born: bool = False,
        ended: tuple[EndedCluster, ...] = (),
        make: Callable[[], tuple[TrackedCluster, ...]] = tuple,
    ) -> None:
        self.time_ms, self.spans, self.has_born, self.ended = time_ms, spans, has_born, ended
        self._make = make
        self._standing: tuple[TrackedCluster, ...] | None = None

    @property
    def standing(self) -> tuple[TrackedCluster, ...]:
        if self._standing is None:
            self._standing = self._make()
        return self._standing

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TrackedClusters):
            return NotImplemented
        own = (self.time_ms, self.spans, self.has_born, self.ended, self.standing)
        return own == (other.time_ms, other.spans, other.has_born, other.ended, other.standing)

    __hash__ = None  # type: ignore[assignment]
