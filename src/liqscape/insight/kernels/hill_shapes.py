"""Span, coins and weight of each hill: whether it is a cluster at all (docs/clusters.md, "Identity")."""

from __future__ import annotations

import numpy as np

from liqscape.insight.kernels.hills import UNCLAIMED
from liqscape.insight.kernels.identity_columns import (
    HIGH,
    LOW,
    NEAR_BANDS,
    PAD_BANDS,
    SHARE_BORN,
    SHARE_KEPT,
)
from liqscape.insight.kernels.spans import coins_around, occupied, span_around
from liqscape.risk.kernels.jit import inlined
from liqscape.units import BoolArray, Float64Array, Int64Array

SHAPE_LOW, SHAPE_HIGH, SHAPE_FIRST, SHAPE_LAST = 0, 1, 2, 3
"""Columns of a shape: span in bands, and rows inside."""


@inlined
def shape_hills(
    place: Float64Array,
    size: Float64Array,
    band: Int64Array,
    density: Float64Array,
    density_band: Int64Array,
    peak: Int64Array,
    valley: Int64Array,
    claim: Int64Array,
    clusters: Int64Array,
    mark_band: float,
    rules: Float64Array,
) -> tuple[Int64Array, Float64Array, BoolArray]:
    """Shape (H, 4), coins (H,) of each hill, and whether it weighs enough (H,).

    A span reaches from the lowest to the highest level of its ground and pad_bands further; an edge stays where it was
    as long as it lies within twice that of the outermost level. Valleys bound everything, so no two spans overlap.
    """
    count = len(peak)
    shape = np.zeros((count, 4), np.int64)
    coins = np.zeros(count)
    is_found = np.zeros(count, np.bool_)
    pad = np.int64(rules[PAD_BANDS])
    for hill in range(count):
        old_low, old_high = 0, 0
        if claim[hill] != UNCLAIMED:
            old_low, old_high = clusters[claim[hill], LOW], clusters[claim[hill], HIGH]
        left, right = valley[hill], valley[hill + 1]
        low, high = span_around(density, density_band, peak[hill], left, right, rules, old_low, old_high)
        first, last = occupied(band, low, high)
        if first == last:
            continue
        low, high = band[first], band[last - 1] + 1
        low = old_low if old_high > old_low and low - 2 * pad <= old_low <= low else low - pad
        high = old_high if old_high > old_low and high <= old_high <= high + 2 * pad else high + pad
        low, high = max(low, density_band[left]), min(high, density_band[right])
        first, last = occupied(band, low, high)
        shape[hill, SHAPE_LOW], shape[hill, SHAPE_HIGH] = low, high
        shape[hill, SHAPE_FIRST], shape[hill, SHAPE_LAST] = first, last
        for row in range(first, last):
            coins[hill] += size[row]
        around = coins_around(place, size, density_band[peak[hill]] + 0.5, mark_band, rules[NEAR_BANDS])
        needed = rules[SHARE_BORN] if claim[hill] == UNCLAIMED else rules[SHARE_KEPT]
        is_found[hill] = coins[hill] > 0.0 and coins[hill] >= needed * around
    return shape, coins, is_found
