"""How often a mark that crossed a cluster met a further one within the hour (docs/odds.md, "Chains")."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.units import HOUR_MS, Float64Array, Int64Array


@dataclass(frozen=True, kw_only=True)
class SweptSpans:
    """Sweeps of one coin and side, (N,) each: times ms UTC, crossed_ms -1 where it did not cross; USD edges; cluster
    as a number that tells one from another."""

    entered_ms: Int64Array
    crossed_ms: Int64Array
    price_low: Float64Array
    price_high: Float64Array
    cluster: Int64Array


def followed(spans: SweptSpans, side: int, at_ms: int) -> tuple[int, int]:
    """(sweeps after which a further cluster was entered within an hour, sweeps that crossed by `at_ms` - 1 h).

    Further: of longs (side 1) wholly below, of shorts wholly above; edges may touch.
    """
    order = np.argsort(spans.entered_ms, kind="stable")
    entered = spans.entered_ms[order]
    far, near = (spans.price_low, spans.price_high) if side == 1 else (spans.price_high, spans.price_low)
    judged = np.flatnonzero((spans.crossed_ms >= 0) & (spans.crossed_ms + HOUR_MS <= at_ms))
    reached = 0
    for row in judged.tolist():
        crossed = spans.crossed_ms[row]
        first, last = np.searchsorted(entered, [crossed, crossed + HOUR_MS + 1])
        others = order[first:last]
        is_further = side * (far[row] - near[others]) >= 0.0
        reached += bool((is_further & (spans.cluster[others] != spans.cluster[row])).any())
    return reached, len(judged)
