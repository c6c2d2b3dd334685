"""Where trigger orders of one kind stand close together, by the rules of liquidation clusters (heatmap/clusters.py)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from liqscape.heatmap.bands import Bands
from liqscape.heatmap.clusters import Cluster, clusters_of_bands
from liqscape.heatmap.trigger_orders import TriggerFlow
from liqscape.heatmap.triggers import TriggerBands
from liqscape.units import Side

STOPS = (TriggerFlow.STOP_SELL, TriggerFlow.STOP_BUY)
PAIRS = (
    STOPS,
    (TriggerFlow.TAKE_PROFIT_SELL, TriggerFlow.TAKE_PROFIT_BUY),
)
"""Sells stand as longs do and buys as shorts, so that a cluster holds one flow only."""


class TriggerCluster(NamedTuple):
    """Orders of one flow. `level_notional` is USD at the trigger prices, `position_count` counts orders."""

    flow: TriggerFlow
    cluster: Cluster


def find_trigger_clusters(
    bands: TriggerBands, mark: float, *, pairs: tuple[tuple[TriggerFlow, TriggerFlow], ...] = PAIRS
) -> tuple[TriggerCluster, ...]:
    """Clusters of base bands of one coin, largest at their own prices first. Empty where the mark is unknown.

    pairs: of those flows alone.
    """
    if not mark > 0.0:
        return ()
    found = []
    for sells, buys in pairs:
        rows = np.flatnonzero((bands.flow == sells) | (bands.flow == buys))
        is_sell = bands.flow[rows] == sells
        sent = Bands(
            market_index=np.zeros(len(rows), np.int32),
            band=bands.band[rows],
            side=np.where(is_sell, Side.LONG, Side.SHORT).astype(np.int8),
            margin_source=np.zeros(len(rows), np.uint8),
            size=bands.size[rows],
            level_notional=bands.notional[rows],
            first_order_size=bands.size[rows],
            position_count=bands.order_count[rows].astype(np.int32),
        )
        flows = {Side.LONG: sells, Side.SHORT: buys}
        found += [TriggerCluster(flows[each.side], each) for each in clusters_of_bands(sent, mark)]
    found.sort(key=lambda each: (-each.cluster.level_notional, each.cluster.price_low))
    return tuple(found)
