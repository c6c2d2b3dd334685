"""Spans of bands: how far a hill reaches, which rows are inside, what a remembered cluster still covers."""

from __future__ import annotations

import numpy as np

from liqscape.insight.kernels.identity_columns import (
    EDGE_KEPT,
    EDGE_NEW,
    HIGH,
    IS_FOUND,
    IS_STANDING,
    LOW,
    PEAK,
    SHOWN_HIGH,
    SHOWN_LOW,
)
from liqscape.risk.kernels.jit import inlined
from liqscape.units import Float64Array, Int64Array


@inlined
def span_around(
    density: Float64Array,
    band: Int64Array,
    peak: int,
    left: int,
    right: int,
    rules: Float64Array,
    old_low: int,
    old_high: int,
) -> tuple[int, int]:
    """Bands [low, high) from a peak down to its valleys, or to where the ground is low.

    Low is a share of the peak, and a smaller one for bands that were in the span already.
    """
    first, last = peak, peak
    while first > left:
        ahead = first - 1
        edge = rules[EDGE_KEPT] if old_low <= band[ahead] < old_high else rules[EDGE_NEW]
        if density[ahead] < edge * density[peak]:
            break
        first = ahead
    while last + 1 < right:
        ahead = last + 1
        edge = rules[EDGE_KEPT] if old_low <= band[ahead] < old_high else rules[EDGE_NEW]
        if density[ahead] < edge * density[peak]:
            break
        last = ahead
    return band[first], band[last] + 1


@inlined
def occupied(band: Int64Array, low: int, high: int) -> tuple[int, int]:
    """Rows [first, last) of levels inside [low, high); bands rise with the rows."""
    return np.searchsorted(band, low), np.searchsorted(band, high)


@inlined
def coins_around(place: Float64Array, size: Float64Array, centre: float, mark_band: float, near: float) -> float:
    """Coins about a place, weighing less the further they are: what a cluster there is measured against.

    The reach is `near`, or the distance to the mark where that is more: far from the mark levels are spread wider.
    """
    reach = max(near, abs(centre - mark_band))
    first = np.searchsorted(place, centre - reach)
    last = np.searchsorted(place, centre + reach)
    total = 0.0
    for row in range(first, last):
        total += size[row] * (1.0 - abs(place[row] - centre) / reach)
    return total


@inlined
def parts_left(found: Int64Array, cluster: int, count: int) -> tuple[int, int]:
    """What a remembered cluster still covers: its last span, less those of found and of older remembered ones."""
    low, high, peak = found[cluster, LOW], found[cluster, HIGH], found[cluster, PEAK]
    for other in range(count):
        if not found[other, IS_STANDING] or not (found[other, IS_FOUND] or other < cluster):
            continue
        other_low, other_high = found[other, SHOWN_LOW], found[other, SHOWN_HIGH]
        if other_high <= low or other_low >= high:
            continue
        if other_low <= low and other_high >= high:
            return peak, peak
        if other_low <= low or (other_high < high and peak >= other_high):
            low = other_high
        else:
            high = other_low
    return low, high
