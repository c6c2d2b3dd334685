"""One frame more of the clusters of one coin and side (docs/clusters.md, "Identity")."""

from __future__ import annotations

import numpy as np

from liqscape.insight.kernels.assignment import assign_most
from liqscape.insight.kernels.hills import UNCLAIMED, bands_of_levels, find_peaks, join_hills, smooth
from liqscape.insight.kernels.identity_columns import (
    BORN_AT,
    BORN_BAND,
    BORN_MS,
    CLUSTER_COLUMNS,
    FIGURE_COLUMNS,
    FIRST_ROW,
    FOUND_AT,
    FOUND_SIZE,
    GAPS_MISSED,
    HEIR_BAND,
    HEIR_MS,
    HIGH,
    HITS,
    HITS_NEEDED,
    HITS_OF_LAST,
    IS_BORN_NOW,
    IS_FOUND,
    IS_STANDING,
    LAST_ROW,
    LOW,
    MAX_GAPS_MISSED,
    MEMORY_MS,
    NEAR_BANDS,
    NONE,
    PARENT_BAND,
    PARENT_MS,
    PARENT_SHARE,
    PEAK,
    PROMINENCE_BORN,
    PROMINENCE_KEPT,
    REACH,
    SAME_SHARE,
    SEEN_AT,
    SHARE_BORN,
    SHARE_KEPT,
    SHOWN_HIGH,
    SHOWN_LOW,
    SLACK_BANDS,
)
from liqscape.insight.kernels.residence import weigh_residence
from liqscape.insight.kernels.spans import coins_around, occupied, parts_left, span_around
from liqscape.insight.kernels.staircases import move_levels
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
    owner, with member_size (E,) coins when the cluster was last found.
    """
    place, band = bands_of_levels(level, log_width, edges, edge_first)
    positions, begins, records = move_levels(key, order, band, is_older, now, known, starts, stairs)
    density, density_band = smooth(place, size, rules[REACH])
    peak, valley = find_peaks(density)
    claim = np.full(len(peak), UNCLAIMED, np.int64)
    peak, valley, claim, _ = join_hills(
        density, peak, valley, claim, rules[PROMINENCE_KEPT], rules[PROMINENCE_KEPT], False
    )

    # Who of before is in which hill of now.
    hills = len(peak)
    before = len(clusters)
    hill_of_row = np.full(len(level), NONE, np.int64)
    hill_size = np.zeros(hills)
    for hill in range(hills):
        low, high = span_around(density, density_band, peak[hill], valley[hill], valley[hill + 1], rules, 0, 0)
        first, last = occupied(band, low, high)
        for row in range(first, last):
            hill_of_row[row] = hill
            hill_size[hill] += size[row]
    row_of_member = np.full(len(members), NONE, np.int64)
    shared = np.zeros((before, hills))
    for member in range(len(members)):
        row = _row_of(members[member, 0], key, order)
        row_of_member[member] = row
        if row != NONE and hill_of_row[row] != NONE:
            shared[members[member, 1], hill_of_row[row]] += min(member_size[member], size[row])
    standing = 0
    while standing < before and clusters[standing, IS_STANDING]:
        standing += 1
    accepted = np.zeros((before, hills))
    for cluster in range(before):
        for hill in range(hills):
            if shared[cluster, hill] >= rules[SAME_SHARE] * min(figures[cluster, FOUND_SIZE], hill_size[hill]):
                accepted[cluster, hill] = shared[cluster, hill]
    chosen = assign_most(accepted[:standing])
    for cluster in range(standing):
        if chosen[cluster] != NONE:
            claim[chosen[cluster]] = cluster
            for other in range(standing, before):
                accepted[other, chosen[cluster]] = 0.0
    chosen_unborn = assign_most(accepted[standing:])

    # What is not a cluster already must stand out more.
    peak, valley, claim, into = join_hills(
        density, peak, valley, claim, rules[PROMINENCE_KEPT], rules[PROMINENCE_BORN], True
    )
    joined = len(peak)
    first_row = np.zeros(joined, np.int64)
    last_row = np.zeros(joined, np.int64)
    low_band = np.zeros(joined, np.int64)
    high_band = np.zeros(joined, np.int64)
    coins = np.zeros(joined)
    is_found = np.zeros(joined, np.bool_)
    for hill in range(joined):
        old_low, old_high = 0, 0
        if claim[hill] != UNCLAIMED:
            old_low, old_high = clusters[claim[hill], LOW], clusters[claim[hill], HIGH]
        left, right = valley[hill], valley[hill + 1]
        low, high = span_around(density, density_band, peak[hill], left, right, rules, old_low, old_high)
        first, last = occupied(band, low, high)
        if first == last:
            continue
        low, high = band[first], band[last - 1] + 1
        slack = rules[SLACK_BANDS]
        if old_high > old_low:
            if old_low <= low <= old_low + slack and old_low >= density_band[left]:
                low = old_low
            if old_high - slack <= high <= old_high and old_high <= density_band[right]:
                high = old_high
        first, last = occupied(band, low, high)
        low_band[hill], high_band[hill], first_row[hill], last_row[hill] = low, high, first, last
        for row in range(first, last):
            coins[hill] += size[row]
        around = coins_around(place, size, density_band[peak[hill]] + 0.5, mark_band, rules[NEAR_BANDS])
        needed = rules[SHARE_BORN] if claim[hill] == UNCLAIMED else rules[SHARE_KEPT]
        is_found[hill] = coins[hill] >= needed * around

    # Unborn clusters that were met again; a hill made of several goes on as the one that most of it was.
    unborn_of = np.full(joined, NONE, np.int64)
    for other in range(before - standing):
        if chosen_unborn[other] != NONE:
            hill = into[chosen_unborn[other]]
            rival = unborn_of[hill]
            if claim[hill] == UNCLAIMED and (
                rival == NONE
                or accepted[standing + other, chosen_unborn[other]] > accepted[rival, chosen_unborn[rival - standing]]
            ):
                unborn_of[hill] = standing + other

    # Old ones in their order, then those born now by price, then those not born.
    room = before + joined
    found = np.zeros((room, CLUSTER_COLUMNS), np.int64)
    figure = np.zeros((room, FIGURE_COLUMNS))
    hill_of = np.full(room, NONE, np.int64)
    came_from = np.full(room, NONE, np.int64)
    end = 0
    hill_claimed = np.full(standing, NONE, np.int64)
    for hill in range(joined):
        if claim[hill] != UNCLAIMED and is_found[hill]:
            hill_claimed[claim[hill]] = hill
    gone = np.zeros(standing, np.bool_)
    for cluster in range(standing):
        if hill_claimed[cluster] == NONE:
            missed = clusters[cluster, GAPS_MISSED] + is_gap
            is_over = now - clusters[cluster, FOUND_AT] >= rules[MEMORY_MS] or missed >= rules[MAX_GAPS_MISSED]
            if is_over:
                gone[cluster] = True
                continue
            found[end] = clusters[cluster]
            found[end, GAPS_MISSED] = missed
        else:
            found[end] = clusters[cluster]
            found[end, GAPS_MISSED] = 0
        found[end, IS_BORN_NOW] = 0
        figure[end, FOUND_SIZE] = figures[cluster, FOUND_SIZE]
        hill_of[end], came_from[end] = hill_claimed[cluster], cluster
        end += 1
    window = (1 << int(rules[HITS_OF_LAST])) - 1
    for wave in range(2):
        for hill in range(joined):
            if claim[hill] != UNCLAIMED or not is_found[hill]:
                continue
            old = unborn_of[hill]
            hits = (((clusters[old, HITS] << 1) | 1) if old != NONE else 1) & window
            is_born = is_first or _bits(hits) >= rules[HITS_NEEDED]
            if is_born != (wave == 0):
                continue
            if old != NONE:
                found[end] = clusters[old]
            else:
                found[end, SEEN_AT] = now
                found[end, PARENT_MS] = NONE
                most = rules[PARENT_SHARE] * coins[hill]
                for cluster in range(standing):
                    common = 0.0
                    for part in range(hills):
                        if into[part] == hill:
                            common += shared[cluster, part]
                    if common >= most and common > 0.0 and (found[end, PARENT_MS] == NONE or common > most):
                        most = common
                        found[end, PARENT_MS] = clusters[cluster, BORN_MS]
                        found[end, PARENT_BAND] = clusters[cluster, BORN_BAND]
            found[end, HITS] = hits
            if is_born:
                found[end, IS_STANDING] = 1
                found[end, IS_BORN_NOW] = 1
                found[end, BORN_MS] = time_ms
                found[end, BORN_AT] = now
                found[end, BORN_BAND] = density_band[peak[hill]]
            hill_of[end] = hill
            came_from[end] = old
            end += 1
    met = np.zeros(before, np.bool_)
    for row in range(end):
        if came_from[row] != NONE:
            met[came_from[row]] = True
    for other in range(standing, before):
        hits = (clusters[other, HITS] << 1) & window
        if not met[other] and hits != 0:
            found[end] = clusters[other]
            found[end, HITS] = hits
            figure[end, FOUND_SIZE] = figures[other, FOUND_SIZE]
            came_from[end] = other
            end += 1

    # Spans and members.
    cluster_of_row = np.full(len(level), NONE, np.int64)
    for cluster in range(end):
        hill = hill_of[cluster]
        found[cluster, IS_FOUND] = hill != NONE
        if hill == NONE:
            continue
        found[cluster, LOW], found[cluster, HIGH] = low_band[hill], high_band[hill]
        found[cluster, PEAK] = density_band[peak[hill]]
        found[cluster, FOUND_AT] = now
        found[cluster, SHOWN_LOW], found[cluster, SHOWN_HIGH] = low_band[hill], high_band[hill]
        found[cluster, FIRST_ROW], found[cluster, LAST_ROW] = first_row[hill], last_row[hill]
        figure[cluster, FOUND_SIZE] = coins[hill]
        if found[cluster, IS_STANDING]:
            for row in range(first_row[hill], last_row[hill]):
                cluster_of_row[row] = cluster
    for cluster in range(end):
        if hill_of[cluster] == NONE and found[cluster, IS_STANDING]:
            low, high = parts_left(found, cluster, end)
            found[cluster, SHOWN_LOW], found[cluster, SHOWN_HIGH] = low, high
            first, last = occupied(band, low, high)
            found[cluster, FIRST_ROW], found[cluster, LAST_ROW] = first, last

    # What ended, and who took it over.
    ended = clusters[:standing][gone].copy()
    ended_figures = figures[:standing][gone].copy()
    common_of = np.zeros(end)
    which = 0
    for cluster in range(standing):
        if not gone[cluster]:
            continue
        common_of[:] = 0.0
        for member in range(len(members)):
            row = row_of_member[member]
            if members[member, 1] == cluster and row != NONE and cluster_of_row[row] != NONE:
                common_of[cluster_of_row[row]] += min(member_size[member], size[row])
        ended[which, HEIR_MS] = NONE
        most = rules[SAME_SHARE] * figures[cluster, FOUND_SIZE]
        for other in range(end):
            if (
                common_of[other] >= most
                and common_of[other] > 0.0
                and (ended[which, HEIR_MS] == NONE or common_of[other] > most)
            ):
                most = common_of[other]
                ended[which, HEIR_MS], ended[which, HEIR_BAND] = found[other, BORN_MS], found[other, BORN_BAND]
        which += 1

    # Members of those found, by owner; those of the missed as they were.
    room = 0
    for cluster in range(end):
        if hill_of[cluster] != NONE:
            room += found[cluster, LAST_ROW] - found[cluster, FIRST_ROW]
    kept = np.empty((room + len(members), 2), np.int64)
    kept_size = np.empty(room + len(members))
    fill = 0
    for cluster in range(end):
        if hill_of[cluster] == NONE:
            begin = np.searchsorted(members[:, 1], came_from[cluster])
            while begin < len(members) and members[begin, 1] == came_from[cluster]:
                kept[fill, 0], kept[fill, 1] = members[begin, 0], cluster
                kept_size[fill] = member_size[begin]
                fill += 1
                begin += 1
        else:
            for row in range(found[cluster, FIRST_ROW], found[cluster, LAST_ROW]):
                kept[fill, 0], kept[fill, 1] = key[row], cluster
                kept_size[fill] = size[row]
                fill += 1

    weigh_residence(found[:end], figure[:end], order, size, now, positions, begins, records)
    return (
        positions,
        begins,
        records,
        kept[:fill].copy(),
        kept_size[:fill].copy(),
        found[:end].copy(),
        figure[:end].copy(),
        ended,
        ended_figures,
    )


@inlined
def _row_of(owner: int, key: Int64Array, order: Int64Array) -> int:
    """Row of an owner, NONE where it holds nothing now."""
    low, high = 0, len(order)
    while low < high:
        middle = (low + high) // 2
        if key[order[middle]] < owner:
            low = middle + 1
        else:
            high = middle
    return order[low] if low < len(order) and key[order[low]] == owner else NONE


@inlined
def _bits(number: int) -> int:
    """How many frames of the last were hits."""
    count = 0
    while number:
        count += number & 1
        number >>= 1
    return count
