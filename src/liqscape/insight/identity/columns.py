"""From the kernel's columns to records of clusters."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from liqscape.heatmap.grid import EDGE_TABLE_FIRST, LOG_WIDTH, edge_table
from liqscape.insight.identity.records import EndedCluster, TrackedCluster, TrackedClusters
from liqscape.insight.identity.state import TrackerState
from liqscape.insight.kernels import identity_columns as column
from liqscape.units import Float64Array, Int64Array, Side

HOURS_HELD = (1, 4, 24, 72)


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
    gone = _ended(prefix, side, state, ended, ended_figures) if ended is not None and len(ended) else ()
    merged: dict[str, tuple[str, ...]] = {}
    for each in gone:
        if each.merged_into is not None:
            merged[each.merged_into] = (*merged.get(each.merged_into, ()), each.cluster_id)
    count = int(np.count_nonzero(state.clusters[:, column.IS_STANDING]))
    rows = state.clusters[:count].tolist()
    figures = state.figures[:count].tolist()
    edges = _edges()
    now, gap_at = state.observed_ms, state.gap_at
    is_1h, is_4h, is_1d, is_3d = (now >= hours * 3_600_000 for hours in HOURS_HELD)
    standing = []
    for at in sorted(range(count), key=lambda at: (rows[at][column.SHOWN_LOW], at)):
        row = rows[at]
        _, size, weighted_age, held_1h, held_4h, held_1d, held_3d = figures[at]
        cluster_id = f"{prefix}{row[column.BORN_MS]}-{row[column.BORN_BAND]}"
        is_weighed = size > 0.0
        standing.append(
            TrackedCluster(
                cluster_id=cluster_id,
                side=side,
                born_ms=row[column.BORN_MS],
                is_born_now=is_known and bool(row[column.IS_BORN_NOW]),
                price_low=edges[row[column.SHOWN_LOW] - EDGE_TABLE_FIRST],
                price_high=edges[row[column.SHOWN_HIGH] - EDGE_TABLE_FIRST],
                price_peak=_middle(row[column.PEAK]),
                size=size,
                position_count=row[column.LAST_ROW] - row[column.FIRST_ROW],
                age_ms=now - row[column.BORN_AT],
                is_age_at_least=row[column.SEEN_AT] <= gap_at,
                weighted_age_ms=round(weighted_age) if is_weighed else None,
                is_weighted_age_at_least=is_weighed and row[column.OLDEST] <= gap_at,
                persistence_1h=held_1h if is_weighed and is_1h else None,
                persistence_4h=held_4h if is_weighed and is_4h else None,
                persistence_1d=held_1d if is_weighed and is_1d else None,
                persistence_3d=held_3d if is_weighed and is_3d else None,
                parent=_parent(prefix, row),
                merged=merged.get(cluster_id, ()),
                is_known=is_known,
                is_remembered=not row[column.IS_FOUND],
                first_row=row[column.FIRST_ROW] if is_known else 0,
                last_row=row[column.LAST_ROW] if is_known else 0,
            )
        )
    return TrackedClusters(time_ms=state.time_ms, standing=tuple(standing), ended=gone)


@cache
def _edges() -> list[float]:
    """Lower prices of bands: the numbers that decided which levels are inside."""
    edges: list[float] = edge_table().tolist()
    return edges


def _middle(band: int) -> float:
    return math.exp((band + 0.5) * LOG_WIDTH)


def _parent(prefix: str, row: list[int]) -> str | None:
    if row[column.PARENT_MS] == column.NONE:
        return None
    return f"{prefix}{row[column.PARENT_MS]}-{row[column.PARENT_BAND]}"


def _ended(
    prefix: str, side: Side, state: TrackerState, ended: Int64Array, figures: Float64Array | None
) -> tuple[EndedCluster, ...]:
    assert figures is not None
    assert state.time_ms is not None
    edges = _edges()
    return tuple(
        EndedCluster(
            cluster_id=f"{prefix}{row[column.BORN_MS]}-{row[column.BORN_BAND]}",
            side=side,
            born_ms=row[column.BORN_MS],
            ended_ms=state.time_ms,
            merged_into=None
            if row[column.HEIR_MS] == column.NONE
            else f"{prefix}{row[column.HEIR_MS]}-{row[column.HEIR_BAND]}",
            price_low=edges[row[column.LOW] - EDGE_TABLE_FIRST],
            price_high=edges[row[column.HIGH] - EDGE_TABLE_FIRST],
            price_peak=_middle(row[column.PEAK]),
            size=figures[at, column.FOUND_SIZE].item(),
            age_ms=row[column.FOUND_AT] - row[column.BORN_AT],
            is_age_at_least=row[column.SEEN_AT] <= state.gap_at,
        )
        for at, row in enumerate(ended.tolist())
    )
