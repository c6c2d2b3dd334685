"""How long the coins of each cluster have been inside its present span (docs/clusters.md, "Residence")."""

from __future__ import annotations

import numpy as np

from liqscape.insight.kernels.identity_columns import (
    FIRST_ROW,
    IS_STANDING,
    LAST_ROW,
    OLDEST,
    SHOWN_HIGH,
    SHOWN_LOW,
    SIZE,
)
from liqscape.insight.kernels.staircases import FIRST, IS_OLDER, entered_at
from liqscape.risk.kernels.jit import inlined
from liqscape.units import Float64Array, Int64Array

HOUR_MS = 3_600_000
HELD_MS = (HOUR_MS, 4 * HOUR_MS, 24 * HOUR_MS, 72 * HOUR_MS)
"""Times of `persistence_*`."""
AGE, HELD = 2, 3
"""Columns of the figures: mean residence in ms; shares of coins held for at least HELD_MS."""


@inlined
def weigh_residence(
    clusters: Int64Array,
    figures: Float64Array,
    order: Int64Array,
    size: Float64Array,
    now: int,
    positions: Int64Array,
    starts: Int64Array,
    stairs: Int64Array,
) -> None:
    """Write SIZE, AGE, HELD of the clusters that stand, and OLDEST: the earliest entry, -1: it may be earlier."""
    place_of_row = np.empty(len(order), np.int64)
    for place in range(len(order)):
        place_of_row[order[place]] = place
    for cluster in range(len(clusters)):
        figures[cluster, SIZE:] = 0.0
        if not clusters[cluster, IS_STANDING]:
            continue
        low, high = clusters[cluster, SHOWN_LOW], clusters[cluster, SHOWN_HIGH]
        oldest = now
        for row in range(clusters[cluster, FIRST_ROW], clusters[cluster, LAST_ROW]):
            place = place_of_row[row]
            entered = entered_at(place, low, high, positions, starts, stairs)
            is_older = positions[place, IS_OLDER] and entered == positions[place, FIRST]
            oldest = min(oldest, -1 if is_older else entered)
            residence = now - entered
            figures[cluster, SIZE] += size[row]
            figures[cluster, AGE] += size[row] * residence
            for kind in range(len(HELD_MS)):
                if residence >= HELD_MS[kind]:
                    figures[cluster, HELD + kind] += size[row]
        clusters[cluster, OLDEST] = oldest
        if figures[cluster, SIZE] > 0.0:
            for column in range(AGE, HELD + len(HELD_MS)):
                figures[cluster, column] /= figures[cluster, SIZE]
