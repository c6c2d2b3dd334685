"""One frame more of the clusters of one coin and side (docs/clusters.md, "Identity")."""

from __future__ import annotations

import numpy as np

from liqscape.insight.kernels.hill_shapes import SHAPE_FIRST, SHAPE_HIGH, SHAPE_LAST, SHAPE_LOW, shape_hills
from liqscape.insight.kernels.hills import UNCLAIMED, bands_of_levels, find_peaks, join_hills, smooth
from liqscape.insight.kernels.identity_columns import (
    BORN_BAND,
    BORN_MS,
    FIRST_ROW,
    FOUND_AT,
    FOUND_SIZE,
    HEIR_BAND,
    HEIR_MS,
    HIGH,
    IS_FOUND,
    IS_STANDING,
    LAST_ROW,
    LOW,
    NONE,
    PEAK,
    PROMINENCE_BORN,
    PROMINENCE_KEPT,
    REACH,
    SHOWN_HIGH,
    SHOWN_LOW,
)
from liqscape.insight.kernels.matching import claim_hills, count_shared, heirs_of
from liqscape.insight.kernels.residence import weigh_residence
from liqscape.insight.kernels.spans import occupied, parts_left
from liqscape.insight.kernels.staircases import move_levels
from liqscape.insight.kernels.succession import carry_unborn, succeed
from liqscape.risk.kernels.jit import compiled, inlined
from liqscape.units import BoolArray, Float64Array, Int64Array


@compiled
def track(
    level: Float64Array,
    size: Float64Array,
    key: Int64Array,
    order: Int64Array,
    is_older: BoolArray,
    mark_band: float,
    time_ms: int,
    now: int,
    is_first: bool,
    is_gap: bool,
    rules: Float64Array,
    log_width: float,
    edges: Float64Array,
    edge_first: int,
    known: Int64Array,
    starts: Int64Array,
    stairs: Int64Array,
    members: Int64Array,
    member_size: Float64Array,
    clusters: Int64Array,
    figures: Float64Array,
) -> tuple[
    Int64Array, Int64Array, Int64Array, Int64Array, Float64Array, Int64Array, Float64Array, Int64Array, Float64Array
]:
    """State after one more frame, and what ended at it: (rows of clusters, their figures).

    level, size, key (K,) by level; order (K,) rows by key. now: observed time. clusters (C, CLUSTER_COLUMNS): those
    that stand, oldest first, then those that are not born yet. members (E, 2): owner and row of clusters, by row, then
    level, with member_size (E,) coins when the cluster was last found.
    """
    place, band = bands_of_levels(level, log_width, edges, edge_first)
    positions, begins, records = move_levels(key, order, band, is_older, now, known, starts, stairs)
    density, density_band = smooth(place, size, rules[REACH])
    peak, valley = find_peaks(density)
    claim = np.full(len(peak), UNCLAIMED, np.int64)
    kept, born = rules[PROMINENCE_KEPT], rules[PROMINENCE_BORN]
    peak, valley, claim, into = join_hills(density, peak, valley, claim, kept, kept, False)
    shared, hill_size, row_of_member = count_shared(
        key, size, order, band, density, density_band, peak, valley, rules, members, member_size, len(clusters)
    )
    standing = 0
    while standing < len(clusters) and clusters[standing, IS_STANDING]:
        standing += 1
    claim, unborn = claim_hills(shared, hill_size, figures, standing, rules)
    # What is no cluster already must stand out more, or is part of its neighbour.
    peak, valley, claim, into = join_hills(density, peak, valley, claim, kept, born, True)
    shape, coins, is_found = shape_hills(
        place, size, band, density, density_band, peak, valley, claim, clusters, mark_band, rules
    )
    found, figure, hill_of, came_from, gone = succeed(
        clusters,
        figures,
        standing,
        claim,
        carry_unborn(claim, unborn, shared, into),
        is_found,
        coins,
        density_band[peak],
        shared,
        into,
        time_ms,
        now,
        is_first,
        is_gap,
        rules,
    )
    cluster_of_row = _lay_spans(found, figure, hill_of, shape, coins, density_band[peak], band, now)
    ended = clusters[gone]
    heirs = heirs_of(gone, figures, members, member_size, row_of_member, size, cluster_of_row, len(found), rules)
    for place_gone in range(len(gone)):
        heir = heirs[place_gone]
        ended[place_gone, HEIR_MS] = NONE if heir == NONE else found[heir, BORN_MS]
        ended[place_gone, HEIR_BAND] = NONE if heir == NONE else found[heir, BORN_BAND]
    who, how_much = _keep_members(found, hill_of, came_from, key, size, members, member_size)
    weigh_residence(found, figure, order, size, now, positions, begins, records)
    return positions, begins, records, who, how_much, found, figure, ended, figures[gone]


@inlined
def _lay_spans(
    found: Int64Array,
    figure: Float64Array,
    hill_of: Int64Array,
    shape: Int64Array,
    coins: Float64Array,
    peak_band: Int64Array,
    band: Int64Array,
    now: int,
) -> Int64Array:
    """Write spans and rows of all clusters; those not found keep what no other covers. Returns cluster (K,) of rows."""
    cluster_of_row = np.full(len(band), NONE, np.int64)
    for cluster in range(len(found)):
        hill = hill_of[cluster]
        found[cluster, IS_FOUND] = hill != NONE
        if hill == NONE:
            continue
        found[cluster, LOW], found[cluster, HIGH] = shape[hill, SHAPE_LOW], shape[hill, SHAPE_HIGH]
        found[cluster, SHOWN_LOW], found[cluster, SHOWN_HIGH] = shape[hill, SHAPE_LOW], shape[hill, SHAPE_HIGH]
        found[cluster, FIRST_ROW], found[cluster, LAST_ROW] = shape[hill, SHAPE_FIRST], shape[hill, SHAPE_LAST]
        found[cluster, PEAK] = peak_band[hill]
        found[cluster, FOUND_AT] = now
        figure[cluster, FOUND_SIZE] = coins[hill]
        if found[cluster, IS_STANDING]:
            cluster_of_row[shape[hill, SHAPE_FIRST] : shape[hill, SHAPE_LAST]] = cluster
    for cluster in range(len(found)):
        if hill_of[cluster] == NONE and found[cluster, IS_STANDING]:
            low, high = parts_left(found, cluster, len(found))
            found[cluster, SHOWN_LOW], found[cluster, SHOWN_HIGH] = low, high
            found[cluster, FIRST_ROW], found[cluster, LAST_ROW] = occupied(band, low, high)
    return cluster_of_row


@inlined
def _keep_members(
    found: Int64Array,
    hill_of: Int64Array,
    came_from: Int64Array,
    key: Int64Array,
    size: Float64Array,
    members: Int64Array,
    member_size: Float64Array,
) -> tuple[Int64Array, Float64Array]:
    """Who is in each cluster found; of those not found, who was when they were."""
    room = len(members)
    for cluster in range(len(found)):
        if hill_of[cluster] != NONE:
            room += found[cluster, LAST_ROW] - found[cluster, FIRST_ROW]
    who = np.empty((room, 2), np.int64)
    how_much = np.empty(room)
    end = 0
    for cluster in range(len(found)):
        if hill_of[cluster] != NONE:
            for row in range(found[cluster, FIRST_ROW], found[cluster, LAST_ROW]):
                who[end, 0], who[end, 1], how_much[end] = key[row], cluster, size[row]
                end += 1
            continue
        for member in range(np.searchsorted(members[:, 1], came_from[cluster]), len(members)):
            if members[member, 1] != came_from[cluster]:
                break
            who[end, 0], who[end, 1], how_much[end] = members[member, 0], cluster, member_size[member]
            end += 1
    return who[:end].copy(), how_much[:end].copy()
