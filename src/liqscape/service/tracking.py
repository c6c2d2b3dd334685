"""The clusters of a frame with what a study knows of them: identity, ages, state of a sweep."""

from __future__ import annotations

import msgspec

from liqscape.service.answers.clusters import ClusterAnswer, ClusterPair, ClustersAnswer
from liqscape.service.answers.positions import PositionsAnswer, SpanAgeRow
from liqscape.service.answers.study_parts import NeedRow
from liqscape.service.answers.tracked import TrackedClusterRow
from liqscape.service.studied import Studied
from liqscape.service.study_records import of_columns, of_memory

OF_TRACKED = (
    "cluster_id",
    "born_ms",
    "age_ms",
    "is_age_at_least",
    "weighted_age_ms",
    "is_weighted_age_at_least",
    "persistence_1h",
    "persistence_4h",
    "persistence_1d",
    "persistence_3d",
    "sweep_state",
    "residual_size",
    "whole_order_window_count",
    "parent",
)
"""Fields that a cluster of a frame takes from the tracked one it is in."""
JOINT_IS_NOT_TRACKED = "clusters are followed at solo levels; joint ones have no identity"


def with_study(answer: ClustersAnswer, studied: Studied, at_ms: int | None, held_for_ms: int | None) -> ClustersAnswer:
    """The same with tracked clusters, and of each cluster what is known of the one that holds its peak.

    held_for_ms  keeps what has been held for so long by its weighted age; one of which only a shorter time is known
                 is left out and counted.
    """
    if answer.joint is not None:
        return msgspec.structs.replace(answer, note=JOINT_IS_NOT_TRACKED)
    coin = answer.coin
    rows, since_ms = tracked_rows(studied, coin, at_ms)
    is_short = [] if held_for_ms is None else [row for row in rows if _may_be_held(row, held_for_ms)]
    tracked = [row for row in rows if held_for_ms is None or _is_held(row, held_for_ms)]
    clusters = [_joined(cluster, rows) for cluster in answer.clusters]
    if held_for_ms is not None:
        kept = {row.cluster_id for row in tracked}
        clusters = [cluster for cluster in clusters if cluster.cluster_id in kept]
    return msgspec.structs.replace(
        answer,
        clusters=clusters,
        cluster_count=len(clusters),
        nearest=_joined_pair(answer.nearest, rows),
        largest=_joined_pair(answer.largest, rows),
        tracked=sorted(tracked, key=lambda row: (-(row.weighted_age_ms or 0), -row.size)),
        studied_ms=max((row.time_ms for row in rows), default=None),
        since_ms=since_ms,
        needs=[NeedRow(figure=n.figure, needs=n.needs, since_ms=n.since_ms) for n in studied.needs(coin, "clusters")],
        note=_note(studied, since_ms, rows, tracked, at_ms),
        unsure_count=len(is_short),
    )


def with_ages(answer: PositionsAnswer, studied: Studied, at_ms: int | None, side: int | None) -> PositionsAnswer:
    """The same with how long the coins of its span have been there, of one side or both; before the newest studied
    minute as it is."""
    standing, low, high = studied.standing(answer.coin), answer.price_low, answer.price_high
    if standing is None or not standing.ages or (at_ms is not None and at_ms < standing.time_ms):
        return answer
    if low is None or high is None:
        return answer
    rows = [
        SpanAgeRow(side=int(of_side), **ages.of(low, high)._asdict())
        for of_side, ages in standing.ages.items()
        if side in (None, int(of_side))
    ]
    return msgspec.structs.replace(answer, ages=rows, studied_ms=standing.time_ms)


def tracked_rows(studied: Studied, coin: str, at_ms: int | None) -> tuple[list[TrackedClusterRow], int | None]:
    """Clusters that stood at a time (the newest studied without one), and since when the coin is studied."""
    standing = studied.standing(coin)
    if standing is not None and (at_ms is None or at_ms >= standing.time_ms):
        return of_memory(standing.clusters, TrackedClusterRow), standing.since_ms
    span = studied.span(coin)
    if span is None:
        return [], None
    return of_columns(studied.clusters_at(coin, at_ms), TrackedClusterRow), span.first_ms


def _note(
    studied: Studied,
    since_ms: int | None,
    rows: list[TrackedClusterRow],
    tracked: list[TrackedClusterRow],
    at_ms: int | None,
) -> str | None:
    if tracked:
        return None
    if since_ms is None:
        return studied.why_none()
    if at_ms is not None and at_ms < since_ms:
        return "the time asked about is before the first studied minute"
    return "no cluster has been held for so long" if rows else "no cluster stands: the map is thin, or its mark unknown"


def _is_held(row: TrackedClusterRow, held_for_ms: int) -> bool:
    return row.weighted_age_ms is not None and row.weighted_age_ms >= held_for_ms


def _may_be_held(row: TrackedClusterRow, held_for_ms: int) -> bool:
    """Whether the record is too short to say."""
    return not _is_held(row, held_for_ms) and (row.weighted_age_ms is None or row.is_weighted_age_at_least)


def _joined(cluster: ClusterAnswer, rows: list[TrackedClusterRow]) -> ClusterAnswer:
    for row in rows:
        if row.side == cluster.side and row.price_low <= cluster.price_peak < row.price_high:
            return msgspec.structs.replace(cluster, **{name: getattr(row, name) for name in OF_TRACKED})
    return cluster


def _joined_pair(pair: ClusterPair, rows: list[TrackedClusterRow]) -> ClusterPair:
    long, short = (None if each is None else _joined(each, rows) for each in (pair.long, pair.short))
    return ClusterPair(long, short)
