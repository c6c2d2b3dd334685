"""Clusters: where levels of one side stand close together (docs/heatmap.md, "Clusters").

Bands of one side are merged to CLUSTER_LEVEL (0.2 %). The largest band not yet taken is a peak; its cluster
grows to both sides over neighbouring bands, through whatever holds at least EDGE_SHARE of the peak and down its
shoulders, and ends at an empty band, at another cluster, or where a low band rises again. The next largest band
left is the next peak, until a peak holds less than PEAK_SHARE of the side. A band is in at most one cluster.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.heatmap.bands import Bands
from liqscape.heatmap.counting import weighted_count
from liqscape.heatmap.frame import MarketFrame
from liqscape.heatmap.grid import band_edge
from liqscape.heatmap.merge import merge_bands
from liqscape.units import AnyArray, Float64Array, Side

CLUSTER_LEVEL = 2
EDGE_SHARE = 0.25
PEAK_SHARE = 0.005
MAX_CLUSTERS = 40


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """One cluster. Prices in USD; notional is size * mark; distance is signed, peak against mark, in percent."""

    side: Side
    price_low: float
    price_high: float
    price_peak: float
    notional: float
    level_notional: float
    first_order_notional: float
    position_count: int
    distance_percent: float


def find_clusters(frame: MarketFrame, market_index: int) -> tuple[Cluster, ...]:
    """Clusters of one coin, both sides, largest first. Empty where the mark is unknown."""
    mark = float(frame.snapshot.mark[market_index])
    if not mark > 0.0:
        return ()
    return clusters_of_bands(frame.bands_of(market_index), mark)


def clusters_of_bands(bands: Bands, mark: float) -> tuple[Cluster, ...]:
    """The same of base bands of one coin; the mark is known."""
    merged = merge_bands(bands, CLUSTER_LEVEL)
    found = [cluster for side in (Side.LONG, Side.SHORT) for cluster in _of_side(_side_bands(merged, side), side, mark)]
    found.sort(key=lambda cluster: (-cluster.notional, cluster.price_low))
    return tuple(found[:MAX_CLUSTERS])


def nearest_cluster(clusters: tuple[Cluster, ...], side: Side) -> Cluster | None:
    """The cluster of a side whose peak is nearest to the mark."""
    of_side = [cluster for cluster in clusters if cluster.side == side]
    return min(of_side, key=lambda cluster: abs(cluster.distance_percent), default=None)


def largest_cluster(clusters: tuple[Cluster, ...], side: Side) -> Cluster | None:
    """The cluster of a side with the most notional."""
    return max((c for c in clusters if c.side == side), key=lambda cluster: cluster.notional, default=None)


@dataclass(frozen=True, kw_only=True)
class _SideBands:
    band: AnyArray
    size: Float64Array
    level_notional: Float64Array
    first_order_size: Float64Array
    position_count: AnyArray


def _side_bands(bands: Bands, side: Side) -> _SideBands:
    """One row per band of a side, its margin sources summed."""
    rows = np.flatnonzero(bands.side == side)
    unique, where = np.unique(bands.band[rows], return_inverse=True)
    count = len(unique)
    return _SideBands(
        band=unique,
        size=weighted_count(where, bands.size[rows], count),
        level_notional=weighted_count(where, bands.level_notional[rows], count),
        first_order_size=weighted_count(where, bands.first_order_size[rows], count),
        position_count=weighted_count(where, bands.position_count[rows], count).astype(np.int64),
    )


def _of_side(bands: _SideBands, side: Side, mark: float) -> list[Cluster]:
    least = PEAK_SHARE * float(bands.size.sum())
    size, band = bands.size.tolist(), bands.band.tolist()
    is_taken = [False] * len(size)
    low_edge, high_edge = (
        band_edge(bands.band, CLUSTER_LEVEL).tolist(),
        band_edge(bands.band + 1, CLUSTER_LEVEL).tolist(),
    )
    half_band = float(band_edge(1, CLUSTER_LEVEL) ** 0.5)
    found: list[Cluster] = []
    for peak in np.argsort(-bands.size, kind="stable").tolist():
        if size[peak] < least or len(found) >= MAX_CLUSTERS:
            break
        if is_taken[peak]:
            continue
        low, high = (_grow(size, band, is_taken, peak, step) for step in (-1, +1))
        rows = slice(low, high + 1)
        is_taken[rows] = [True] * (high + 1 - low)
        peak_price = low_edge[peak] * half_band
        found.append(
            Cluster(
                side=side,
                price_low=low_edge[low],
                price_high=high_edge[high],
                price_peak=peak_price,
                notional=_sum(bands.size, rows) * mark,
                level_notional=_sum(bands.level_notional, rows),
                first_order_notional=_sum(bands.first_order_size, rows) * mark,
                position_count=int(_sum(bands.position_count, rows)),
                distance_percent=100.0 * (peak_price / mark - 1.0),
            )
        )
    return found


def _sum(values: AnyArray, rows: slice) -> float:
    return float(np.add.reduce(values[rows]))


def _grow(size: list[float], band: list[int], is_taken: list[bool], peak: int, step: int) -> int:
    """Last row of the run of neighbouring bands from the peak in one direction."""
    row = peak
    while True:
        ahead = row + step
        if not 0 <= ahead < len(band) or is_taken[ahead]:
            return row
        is_low = size[ahead] < EDGE_SHARE * size[peak]
        if band[ahead] != band[row] + step or (is_low and size[ahead] > size[row]):
            return row
        row = ahead
