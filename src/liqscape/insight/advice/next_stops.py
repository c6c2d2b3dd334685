"""Stops past each cluster, at its 50 and 90 % overshoot (docs/stops.md, "Next stops").

stop_q = far edge * (1 - side * overshoot_q),   to the next price an order may have away from the entry    (8)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from msgspec import Struct

from liqscape.exchange.scale import price_scale
from liqscape.insight.advice.book_cost import exact
from liqscape.insight.advice.records import MetCluster, OvershootSource, StopTrade
from liqscape.units import BASIS_POINTS

SIGNIFICANT = 100_000
"""Five significant figures (HL.DOC.TICK_AND_LOT)."""


class NextStop(Struct, frozen=True, kw_only=True):
    """A stop past a cluster; None for stop and overshoot where that is unknown."""

    cluster: MetCluster
    quantile: float
    overshoot_bp: float | None
    source: OvershootSource
    stop: float | None


def next_stops(trade: StopTrade, clusters: Sequence[MetCluster], size_decimals: int) -> tuple[NextStop, ...]:
    """Two a cluster, in the order of the clusters; those that lie on the entry's side are left out."""
    found = []
    for cluster in clusters:
        of_cluster = cluster.overshoot
        for quantile, overshoot in ((0.5, of_cluster.q50_bp), (0.9, of_cluster.q90_bp)):
            stop = None
            if overshoot is not None:
                way = 1.0 - trade.side * max(0.0, overshoot) / BASIS_POINTS
                stop = tradable_beyond(cluster.far_edge * way, trade.side, size_decimals)
                if stop is None or not trade.side * (trade.entry - stop) > 0.0:
                    continue
            found.append(
                NextStop(
                    cluster=cluster, quantile=quantile, overshoot_bp=overshoot, source=of_cluster.source, stop=stop
                )
            )
    return tuple(found)


def tradable_beyond(price: float, side: int, size_decimals: int) -> float | None:
    """The nearest price an order may have that is past this one: below it for a long, above it for a short.

    At most five significant figures or a whole number of USD (HL.DOC.TICK_AND_LOT); strictly past, so that a stop is
    never on the edge it is meant to clear. None where nothing lies below.
    """
    scale = price_scale(size_decimals)
    ticks = exact(price) * scale
    unit = 1
    while ticks / unit >= SIGNIFICANT:
        unit *= 10
    unit = min(unit, scale)
    steps = math.ceil(ticks / unit) - 1 if side > 0 else math.floor(ticks / unit) + 1
    return float(Fraction(steps * unit, scale)) if steps > 0 else None
