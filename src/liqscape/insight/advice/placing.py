"""Clusters as a trade sees them: which stand between entry and stop, at the stop, and close beyond it (docs/stops.md).

Only clusters of the trade's own side count: on the way to a long's stop the mark falls, and meets levels of longs.

    beyond(edge) = side * (edge - stop) / edge          share, > 0 where the stop is past the edge            (1)
    window       = 90 % overshoot measured of its class; else the larger of 0.5 sigma_1h and a simulated one (2)
"""

from __future__ import annotations

from collections.abc import Iterable

from liqscape.insight.advice.records import ClusterOvershoot, MetCluster, PlaceWord, SpanOfLevels, StopTrade, WindowRule
from liqscape.units import BASIS_POINTS

SIGMA_SHARE = 0.5
"""Of sigma_1h: what stands in where no overshoot is known."""


def place_clusters(
    trade: StopTrade,
    clusters: Iterable[tuple[SpanOfLevels, ClusterOvershoot]],
    mark: float,
    sigma_1h: float | None,
) -> tuple[MetCluster, ...]:
    """Clusters of the trade's side that matter to its stop, in the order in which the mark meets them.

    mark      USD, where the way begins; sigma_1h: standard deviation of an hour's log return, None unknown.
    `between` some of it between entry and stop. `at the stop` the stop on its edges or inside. `beyond the stop` its
    near edge within its window of the stop. `ahead of the entry` between mark and entry, the stop within its window.
    The window of a cluster is unknown where neither figure is; then nothing counts as close.
    """
    placed = [
        found for span, overshoot in clusters if (found := _place(trade, span, overshoot, mark, sigma_1h)) is not None
    ]
    return tuple(sorted(placed, key=lambda each: -trade.side * each.span.edges(trade.side)[0]))


def beyond_bp(trade: StopTrade, edge: float) -> float:
    """Eq. 1 in basis points."""
    return BASIS_POINTS * trade.side * (edge - trade.stop) / edge


def window_of(overshoot: ClusterOvershoot, sigma_1h: float | None) -> tuple[float | None, WindowRule | None]:
    """Eq. 2 in basis points, and which of its parts says it.

    A simulated overshoot is what forced orders add to a way that ends at the edge: it counts where it is the larger.
    """
    by_sigma = None if sigma_1h is None else BASIS_POINTS * SIGMA_SHARE * sigma_1h
    by_overshoot = None if overshoot.q90_bp is None else max(0.0, overshoot.q90_bp)
    if by_overshoot is not None and (overshoot.source == "measured" or by_sigma is None or by_overshoot >= by_sigma):
        return by_overshoot, "90 % overshoot"
    return (None, None) if by_sigma is None else (by_sigma, "0.5 sigma_1h")


def _place(
    trade: StopTrade, span: SpanOfLevels, overshoot: ClusterOvershoot, mark: float, sigma_1h: float | None
) -> MetCluster | None:
    near, far = span.edges(trade.side)
    window, rule = window_of(overshoot, sigma_1h)
    place = _place_word(trade, span)
    distance = beyond_bp(trade, far)
    if place == "beyond the stop":
        gap = BASIS_POINTS * trade.side * (trade.stop - near) / trade.stop
        is_close = window is not None and gap <= window
    elif place == "ahead of the entry":
        is_close = trade.side * (mark - far) > 0.0 and window is not None and distance < window
    else:
        is_close = True
    if not is_close:
        return None
    return MetCluster(
        place=place,
        span=span,
        far_edge=far,
        distance_bp=distance,
        overshoot=overshoot,
        window_bp=window,
        window_rule=rule,
    )


def _place_word(trade: StopTrade, span: SpanOfLevels) -> PlaceWord:
    near, far = (trade.side * edge for edge in span.edges(trade.side))
    stop, entry = trade.side * trade.stop, trade.side * trade.entry
    if near < stop:
        return "beyond the stop"
    if far <= stop:
        return "at the stop"
    return "between" if far < entry else "ahead of the entry"
