"""The clusters of a frame from those of the last and the hills of now: kept, remembered, born, not born yet, ended."""

from __future__ import annotations

import numpy as np

from liqscape.insight.kernels.hills import UNCLAIMED
from liqscape.insight.kernels.identity_columns import (
    BORN_AT,
    BORN_BAND,
    BORN_MS,
    CLUSTER_COLUMNS,
    FIGURE_COLUMNS,
    FOUND_AT,
    FOUND_SIZE,
    GAPS_MISSED,
    HITS,
    HITS_NEEDED,
    HITS_OF_LAST,
    IS_BORN_NOW,
    IS_STANDING,
    MAX_GAPS_MISSED,
    MEMORY_MS,
    NONE,
    PARENT_BAND,
    PARENT_MS,
    PARENT_SHARE,
    SEEN_AT,
)
from liqscape.risk.kernels.jit import inlined
from liqscape.units import BoolArray, Float64Array, Int64Array


@inlined
def succeed(
    clusters: Int64Array,
    figures: Float64Array,
    standing: int,
    claim: Int64Array,
    unborn: Int64Array,
    is_found: BoolArray,
    coins: Float64Array,
    peak_band: Int64Array,
    shared: Float64Array,
    into: Int64Array,
    time_ms: int,
    now: int,
    is_first: bool,
    is_gap: bool,
    rules: Float64Array,
) -> tuple[Int64Array, Float64Array, Int64Array, Int64Array, Int64Array]:
    """Rows of clusters and figures now, hill of each (NONE: not found), row it came from, and rows that ended.

    First those that stand, oldest first (those born now by price), then those not born yet.
    """
    hills = len(claim)
    room = len(clusters) + hills
    found = np.zeros((room, CLUSTER_COLUMNS), np.int64)
    figure = np.zeros((room, FIGURE_COLUMNS))
    hill_of = np.full(room, NONE, np.int64)
    came_from = np.full(room, NONE, np.int64)
    hill_claimed = np.full(standing, NONE, np.int64)
    for hill in range(hills):
        if claim[hill] != UNCLAIMED and is_found[hill]:
            hill_claimed[claim[hill]] = hill
    end = 0
    gone = np.empty(standing, np.int64)
    gone_count = 0
    for cluster in range(standing):
        missed = 0 if hill_claimed[cluster] != NONE else clusters[cluster, GAPS_MISSED] + is_gap
        if hill_claimed[cluster] == NONE and (
            now - clusters[cluster, FOUND_AT] >= rules[MEMORY_MS] or missed >= rules[MAX_GAPS_MISSED]
        ):
            gone[gone_count] = cluster
            gone_count += 1
            continue
        found[end] = clusters[cluster]
        found[end, GAPS_MISSED] = missed
        found[end, IS_BORN_NOW] = 0
        figure[end, FOUND_SIZE] = figures[cluster, FOUND_SIZE]
        hill_of[end], came_from[end] = hill_claimed[cluster], cluster
        end += 1
    window = (1 << np.int64(rules[HITS_OF_LAST])) - 1
    is_met = np.zeros(len(clusters), np.bool_)
    for is_born in (True, False):
        for hill in range(hills):
            if claim[hill] != UNCLAIMED or not is_found[hill]:
                continue
            old = unborn[hill]
            hits = 1 if old == NONE else ((clusters[old, HITS] << 1) | 1) & window
            if is_born != (is_first or _bits(hits) >= rules[HITS_NEEDED]):
                continue
            if old != NONE:
                found[end] = clusters[old]
                is_met[old] = True
            else:
                found[end, SEEN_AT] = now
                parent = _parent(hill, coins[hill], shared, into, standing, rules)
                found[end, PARENT_MS] = NONE if parent == NONE else clusters[parent, BORN_MS]
                found[end, PARENT_BAND] = NONE if parent == NONE else clusters[parent, BORN_BAND]
            found[end, HITS] = hits
            if is_born:
                found[end, IS_STANDING] = 1
                found[end, IS_BORN_NOW] = 1
                found[end, BORN_MS] = time_ms
                found[end, BORN_AT] = now
                found[end, BORN_BAND] = peak_band[hill]
            hill_of[end], came_from[end] = hill, old
            end += 1
    for other in range(standing, len(clusters)):
        hits = (clusters[other, HITS] << 1) & window
        if not is_met[other] and hits != 0:
            found[end] = clusters[other]
            found[end, HITS] = hits
            figure[end, FOUND_SIZE] = figures[other, FOUND_SIZE]
            came_from[end] = other
            end += 1
    return found[:end].copy(), figure[:end].copy(), hill_of[:end], came_from[:end], gone[:gone_count]


@inlined
def carry_unborn(claim: Int64Array, unborn: Int64Array, shared: Float64Array, into: Int64Array) -> Int64Array:
    """Unborn cluster of each joined hill: of those of its parts the one with most shared coins."""
    carried = np.full(len(claim), NONE, np.int64)
    most = np.zeros(len(claim))
    for part in range(len(unborn)):
        hill = into[part]
        if unborn[part] != NONE and claim[hill] == UNCLAIMED and shared[unborn[part], part] > most[hill]:
            carried[hill] = unborn[part]
            most[hill] = shared[unborn[part], part]
    return carried


@inlined
def _parent(hill: int, coins: float, shared: Float64Array, into: Int64Array, standing: int, rules: Float64Array) -> int:
    """Standing cluster that most of a new hill was in, if that is at least parent_share of it."""
    parent, most = NONE, rules[PARENT_SHARE] * coins
    for cluster in range(standing):
        common = 0.0
        for part in range(len(into)):
            if into[part] == hill:
                common += shared[cluster, part]
        if common > 0.0 and common >= most and (parent == NONE or common > most):
            parent, most = cluster, common
    return parent


@inlined
def _bits(number: int) -> int:
    """How many frames of the last were hits."""
    count = 0
    while number:
        count += number & 1
        number >>= 1
    return count
