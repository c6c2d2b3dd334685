"""From the kernel's columns to records of clusters."""

from __future__ import annotations

import math
from functools import cache

from liqscape.heatmap.grid import EDGE_TABLE_FIRST, LOG_WIDTH, edge_table
from liqscape.insight.identity.records import ClusterSpan, EndedCluster, TrackedCluster, TrackedClusters
from liqscape.insight.identity.state import TrackerState
from liqscape.insight.kernels import identity_columns as column
from liqscape.insight.kernels.identity_columns import NONE
from liqscape.units import HOUR_MS, Float64Array, Int64Array, Side


def tracked_clusters(
    prefix: str,
    side: Side,
    state: TrackerState,
    ended: Int64Array | None = None,
    ended_figures: Float64Array | None = None,
) -> TrackedClusters:
    """Records of a frame; without `ended` it is one of an unknown mark, at which nothing was decided."""
    assert state.time_ms is not None
    is_known = ended is not None
    gone: tuple[EndedCluster, ...] = ()
    merged: dict[str, tuple[str, ...]] = {}
    if ended is not None and ended_figures is not None and len(ended):
        gone = _ended(prefix, side, state, ended, ended_figures)
        for each in gone:
            if each.merged_into is not None:
                merged[each.merged_into] = (*merged.get(each.merged_into, ()), each.cluster_id)
    return TrackedClusters(
        state.time_ms,
        *_spans(prefix, side, state, is_known=is_known),
        ended=gone,
        make=lambda: _standing(prefix, side, state, merged, is_known=is_known),
    )


def _spans(prefix: str, side: Side, state: TrackerState, *, is_known: bool) -> tuple[tuple[ClusterSpan, ...], bool]:
    """Spans by price, and whether one of them is born now."""
    edges = _edges()
    has_born = False
    by_price: list[tuple[int, int, ClusterSpan]] = []
    for place, row in enumerate(state.arrays.clusters.tolist()):
        if not row[column.IS_STANDING]:
            break
        has_born = has_born or (is_known and row[column.IS_BORN_NOW] == 1)
        low, high = row[column.SHOWN_LOW], row[column.SHOWN_HIGH]
        span = ClusterSpan(
            cluster_id=f"{prefix}{row[column.BORN_MS]}-{row[column.BORN_BAND]}",
            side=side,
            price_low=edges[low - EDGE_TABLE_FIRST],
            price_high=edges[high - EDGE_TABLE_FIRST],
        )
        by_price.append((low, place, span))
    by_price.sort()
    return tuple([each[2] for each in by_price]), has_born


def _standing(
    prefix: str, side: Side, state: TrackerState, merged: dict[str, tuple[str, ...]], *, is_known: bool
) -> tuple[TrackedCluster, ...]:
    """The same in full."""
    edges = _edges()
    now, gap_at = state.observed_ms, state.gap_at
    by_price: list[tuple[int, int, TrackedCluster]] = []
    rows = zip(state.arrays.clusters.tolist(), state.arrays.figures.tolist(), strict=True)
    for place, (row, (_, size, weighted_age, held_1h, held_4h, held_1d, held_3d)) in enumerate(rows):
        (
            born_ms,
            born_band,
            born_at,
            seen_at,
            is_standing,
            _hits,
            _low,
            _high,
            peak,
            _found_at,
            _gaps_missed,
            parent_ms,
            parent_band,
            is_found,
            is_born_now,
            shown_low,
            shown_high,
            first_row,
            last_row,
            oldest,
            _heir_ms,
            _heir_band,
        ) = row
        if not is_standing:
            break
        cluster_id = f"{prefix}{born_ms}-{born_band}"
        is_weighed = size > 0.0
        cluster = TrackedCluster(
            cluster_id=cluster_id,
            side=side,
            born_ms=born_ms,
            is_born_now=is_known and is_born_now == 1,
            price_low=edges[shown_low - EDGE_TABLE_FIRST],
            price_high=edges[shown_high - EDGE_TABLE_FIRST],
            price_peak=math.exp((peak + 0.5) * LOG_WIDTH),
            size=size,
            position_count=last_row - first_row,
            age_ms=now - born_at,
            is_age_at_least=seen_at <= gap_at,
            weighted_age_ms=round(weighted_age) if is_weighed else None,
            is_weighted_age_at_least=is_weighed and oldest <= gap_at,
            persistence_1h=held_1h if is_weighed and now >= HOUR_MS else None,
            persistence_4h=held_4h if is_weighed and now >= 4 * HOUR_MS else None,
            persistence_1d=held_1d if is_weighed and now >= 24 * HOUR_MS else None,
            persistence_3d=held_3d if is_weighed and now >= 72 * HOUR_MS else None,
            parent=None if parent_ms == NONE else f"{prefix}{parent_ms}-{parent_band}",
            merged=merged.get(cluster_id, ()),
            is_known=is_known,
            is_remembered=not is_found,
            first_row=first_row if is_known else 0,
            last_row=last_row if is_known else 0,
        )
        by_price.append((shown_low, place, cluster))
    by_price.sort()
    return tuple([each[2] for each in by_price])


@cache
def _edges() -> list[float]:
    """Lower prices of bands: the numbers that decided which levels are inside."""
    edges: list[float] = edge_table().tolist()
    return edges


def _ended(
    prefix: str, side: Side, state: TrackerState, ended: Int64Array, figures: Float64Array
) -> tuple[EndedCluster, ...]:
    assert state.time_ms is not None
    edges = _edges()
    return tuple(
        EndedCluster(
            cluster_id=f"{prefix}{row[column.BORN_MS]}-{row[column.BORN_BAND]}",
            side=side,
            born_ms=row[column.BORN_MS],
            ended_ms=state.time_ms,
            merged_into=None
            if row[column.HEIR_MS] == NONE
            else f"{prefix}{row[column.HEIR_MS]}-{row[column.HEIR_BAND]}",
            price_low=edges[row[column.LOW] - EDGE_TABLE_FIRST],
            price_high=edges[row[column.HIGH] - EDGE_TABLE_FIRST],
            price_peak=math.exp((row[column.PEAK] + 0.5) * LOG_WIDTH),
            size=figures[place, column.FOUND_SIZE].item(),
            age_ms=row[column.FOUND_AT] - row[column.BORN_AT],
            is_age_at_least=row[column.SEEN_AT] <= state.gap_at,
        )
        for place, row in enumerate(ended.tolist())
    )
