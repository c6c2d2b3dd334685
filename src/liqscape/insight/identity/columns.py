"""From the kernel's columns to records of clusters."""

from __future__ import annotations

import numpy as np

from liqscape.heatmap.grid import EDGE_TABLE_FIRST, band_middle, edge_table
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
    low = _edges(state.clusters[:count, column.SHOWN_LOW])
    high = _edges(state.clusters[:count, column.SHOWN_HIGH])
    peak = _middles(state.clusters[:count, column.PEAK])
    is_long_enough = [state.observed_ms >= hours * 3_600_000 for hours in HOURS_HELD]
    standing = []
    for at in sorted(range(count), key=lambda at: (rows[at][column.SHOWN_LOW], at)):
        row, figure = rows[at], figures[at]
        cluster_id = f"{prefix}{row[column.BORN_MS]}-{row[column.BORN_BAND]}"
        is_weighed = figure[column.SIZE] > 0.0
        held = [
            share if is_weighed and is_enough else None
            for share, is_enough in zip(figure[3:7], is_long_enough, strict=True)
        ]
        standing.append(
            TrackedCluster(
                cluster_id=cluster_id,
                side=side,
                born_ms=row[column.BORN_MS],
                is_born_now=is_known and bool(row[column.IS_BORN_NOW]),
                price_low=low[at],
                price_high=high[at],
                price_peak=peak[at],
                size=figure[column.SIZE],
                position_count=row[column.LAST_ROW] - row[column.FIRST_ROW],
                age_ms=state.observed_ms - row[column.BORN_AT],
                is_age_at_least=row[column.SEEN_AT] <= state.gap_at,
                weighted_age_ms=round(figure[2]) if is_weighed else None,
                is_weighted_age_at_least=is_weighed and row[column.OLDEST] <= state.gap_at,
                persistence_1h=held[0],
                persistence_4h=held[1],
                persistence_1d=held[2],
                persistence_3d=held[3],
                parent=_parent(prefix, row),
                merged=merged.get(cluster_id, ()),
                is_known=is_known,
                is_remembered=not row[column.IS_FOUND],
                first_row=row[column.FIRST_ROW] if is_known else 0,
                last_row=row[column.LAST_ROW] if is_known else 0,
            )
        )
    return TrackedClusters(time_ms=state.time_ms, standing=tuple(standing), ended=gone)


def _edges(band: Int64Array) -> list[float]:
    """Lower prices of bands: the numbers that decided which levels are inside."""
    prices: list[float] = edge_table()[band - EDGE_TABLE_FIRST].tolist()
    return prices


def _middles(band: Int64Array) -> list[float]:
    prices: list[float] = band_middle(band.astype(np.int32)).tolist()
    return prices


def _parent(prefix: str, row: list[int]) -> str | None:
    if row[column.PARENT_MS] == column.NONE:
        return None
    return f"{prefix}{row[column.PARENT_MS]}-{row[column.PARENT_BAND]}"


def _ended(
    prefix: str, side: Side, state: TrackerState, ended: Int64Array, figures: Float64Array | None
) -> tuple[EndedCluster, ...]:
    assert figures is not None
    assert state.time_ms is not None
    low, high = _edges(ended[:, column.LOW]), _edges(ended[:, column.HIGH])
    peak = _middles(ended[:, column.PEAK])
    return tuple(
        EndedCluster(
            cluster_id=f"{prefix}{row[column.BORN_MS]}-{row[column.BORN_BAND]}",
            side=side,
            born_ms=row[column.BORN_MS],
            ended_ms=state.time_ms,
            merged_into=None
            if row[column.HEIR_MS] == column.NONE
            else f"{prefix}{row[column.HEIR_MS]}-{row[column.HEIR_BAND]}",
            price_low=low[at],
            price_high=high[at],
            price_peak=peak[at],
            size=figures[at, column.FOUND_SIZE].item(),
            age_ms=row[column.FOUND_AT] - row[column.BORN_AT],
            is_age_at_least=row[column.SEEN_AT] <= state.gap_at,
        )
        for at, row in enumerate(ended.tolist())
    )
