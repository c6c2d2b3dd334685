"""Hills of a smoothed density of levels: where one coin and side stands close together (docs/clusters.md, "Identity").

    D(k) = sum_i size_i (1 - u^2)^3,  u = (x_i - k - 1/2) / R,  |u| < 1

x is the logarithm of a level in base bands, R three standard deviations of the kernel. Levels enter at their exact
place, not at their band's: a level that drifts over a band's edge changes no density at a stroke.
A hill is a peak of D with the ground down to the valleys beside it; prominence = 1 - higher valley / peak.
"""

from __future__ import annotations

import math

import numpy as np

from liqscape.risk.kernels.jit import inlined
from liqscape.units import Float64Array, Int64Array

UNCLAIMED = -1
MARGIN = 32
"""Bands kept free at the ends of the table of edges: a span has pads, a density its reach."""


@inlined
def bands_of_levels(
    level: Float64Array, log_width: float, edges: Float64Array, edge_first: int
) -> tuple[Float64Array, Int64Array]:
    """Place of each level in base bands, and the band it is in (as `heatmap.grid.band_of_price`: the edges decide).

    Levels beyond the tabulated edges, which no venue can print, count as at the last of them.
    """
    count = len(level)
    lowest, highest = edge_first + MARGIN, edge_first + len(edges) - MARGIN
    place = np.empty(count)
    band = np.empty(count, np.int64)
    for row in range(count):
        place[row] = math.log(level[row]) / log_width
        found = math.floor(place[row])
        at = min(max(found - edge_first, 0), len(edges) - 2)
        if level[row] >= edges[at + 1]:
            found += 1
        if level[row] < edges[at]:
            found -= 1
        band[row] = min(max(found, lowest), highest)
        place[row] = min(max(place[row], float(lowest)), float(highest))
    return place, band


@inlined
def smooth(place: Float64Array, size: Float64Array, reach: float) -> tuple[Float64Array, Int64Array]:
    """Density over all bands that any level reaches; stretches of ground without any are left out.

    Returns (density (D,), band (D,) of each, rising). Each stretch begins and ends with a density of 0.
    """
    count = len(place)
    wide = math.ceil(reach) + 1
    room = 0
    last = 0
    for row in range(count):
        here = math.floor(place[row])
        room += 2 * wide + 1 if row == 0 or here - last > 2 * wide else here - last
        last = here
    density = np.zeros(room)
    band = np.empty(room, np.int64)
    end = 0
    for row in range(count):
        here = math.floor(place[row])
        first = here - wide if row == 0 or here - last > 2 * wide else band[end - 1] + 1
        for each in range(first, here + wide + 1):
            band[end] = each
            end += 1
        last = here
    at = 0
    for row in range(count):
        here = math.floor(place[row])
        while band[at] < here - wide:
            at += 1
        for step in range(2 * wide + 1):
            u = (place[row] - band[at + step] - 0.5) / reach
            left = 1.0 - u * u
            if left > 0.0:
                density[at + step] += size[row] * left * left * left
    return density, band


@inlined
def find_peaks(density: Float64Array) -> tuple[Int64Array, Int64Array]:
    """Places of local maxima (N,), and of the lowest ground before each (N + 1,), first and last included."""
    count = len(density)
    peak = np.empty(count // 2 + 1, np.int64)
    valley = np.empty(count // 2 + 2, np.int64)
    found = 0
    lowest = 0
    for at in range(1, count - 1):
        if density[at] < density[lowest]:
            lowest = at
        if density[at] > density[at - 1] and density[at] >= density[at + 1]:
            top = at
            after = at + 1
            while after < count - 1 and density[after] == density[at]:
                after += 1
            if density[after] < density[at]:
                peak[found] = top
                valley[found] = lowest
                found += 1
                lowest = after
    valley[found] = count - 1
    return peak[:found], valley[: found + 1]


@inlined
def join_hills(
    density: Float64Array,
    peak: Int64Array,
    valley: Int64Array,
    claim: Int64Array,
    low: float,
    high: float,
    is_claimed_kept: bool,
) -> tuple[Int64Array, Int64Array, Int64Array, Int64Array]:
    """Join the least prominent hill to its neighbour over the higher valley until all are prominent enough.

    low, high: prominence a claimed and an unclaimed hill need. A claimed hill keeps its peak and its claim when an
    unclaimed one joins it, and is itself never joined where is_claimed_kept.
    Returns (peak, valley, claim, into): `into` (given hills,) says which hill of the answer each is part of.
    """
    count = len(peak)
    peak, valley, claim = peak.copy(), valley.copy(), claim.copy()
    owner = np.arange(count)
    into = np.arange(count)
    while count > 1:
        worst, least = -1, np.inf
        for hill in range(count):
            claimed = claim[hill] != UNCLAIMED
            if claimed and is_claimed_kept:
                continue
            saddle = max(density[valley[hill]], density[valley[hill + 1]])
            prominence = 1.0 - saddle / density[peak[hill]]
            if prominence < (low if claimed else high) and prominence < least:
                worst, least = hill, prominence
        if worst < 0:
            break
        left = density[valley[worst]] >= density[valley[worst + 1]]
        other = worst - 1 if left else worst + 1
        gone = max(worst, other)
        stays = min(worst, other)
        is_other_peak = density[peak[other]] >= density[peak[worst]]
        if claim[other] != UNCLAIMED and claim[worst] == UNCLAIMED:
            is_other_peak = True
        top = peak[other] if is_other_peak else peak[worst]
        name = claim[other] if claim[other] != UNCLAIMED else claim[worst]
        for place in range(len(into)):
            if into[place] == owner[gone]:
                into[place] = owner[stays]
        peak[stays], claim[stays] = top, name
        for hill in range(gone, count - 1):
            peak[hill], claim[hill], owner[hill] = peak[hill + 1], claim[hill + 1], owner[hill + 1]
            valley[hill] = valley[hill + 1]
        valley[count - 1] = valley[count]
        count -= 1
    for place in range(len(into)):
        for hill in range(count):
            if owner[hill] == into[place]:
                into[place] = hill
                break
    return peak[:count], valley[: count + 1], claim[:count], into
