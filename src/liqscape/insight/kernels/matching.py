"""Which cluster of before is which hill of now: by the coins they share (docs/clusters.md, eq. 1)."""

from __future__ import annotations

import numpy as np

from liqscape.insight.kernels.assignment import assign_most
from liqscape.insight.kernels.hills import UNCLAIMED
from liqscape.insight.kernels.identity_columns import FOUND_SIZE, NONE, SAME_SHARE
from liqscape.insight.kernels.spans import occupied, span_around
from liqscape.risk.kernels.jit import inlined
from liqscape.units import Float64Array, Int64Array


@inlined
def count_shared(
    key: Int64Array,
    size: Float64Array,
    order: Int64Array,
    band: Int64Array,
    density: Float64Array,
    density_band: Int64Array,
    peak: Int64Array,
    valley: Int64Array,
    rules: Float64Array,
    members: Int64Array,
    member_size: Float64Array,
    before: int,
) -> tuple[Float64Array, Float64Array, Int64Array]:
    """T of each cluster of before and each hill (C, H), coins of each hill (H,), and each member's row now (E,)."""
    hills = len(peak)
    hill_of_row = np.full(len(size), NONE, np.int64)
    hill_size = np.zeros(hills)
    for hill in range(hills):
        low, high = span_around(density, density_band, peak[hill], valley[hill], valley[hill + 1], rules, 0, 0)
        first, last = occupied(band, low, high)
        for row in range(first, last):
            hill_of_row[row] = hill
            hill_size[hill] += size[row]
    row_of_member = np.empty(len(members), np.int64)
    shared = np.zeros((before, hills))
    for member in range(len(members)):
        row = _row_of(members[member, 0], key, order)
        row_of_member[member] = row
        if row != NONE and hill_of_row[row] != NONE:
            shared[members[member, 1], hill_of_row[row]] += min(member_size[member], size[row])
    return shared, hill_size, row_of_member


@inlined
def claim_hills(
    shared: Float64Array, hill_size: Float64Array, figures: Float64Array, standing: int, rules: Float64Array
) -> tuple[Int64Array, Int64Array]:
    """The cluster that each hill is (H,), and of each hill that is none, the one not yet born that it was before (H,).

    Most shared coins in all, among pairs that share at least same_share of the smaller; the first `standing` clusters
    choose before those that are not born.
    """
    before, hills = shared.shape
    accepted = np.zeros((before, hills))
    for cluster in range(before):
        for hill in range(hills):
            if shared[cluster, hill] >= rules[SAME_SHARE] * min(figures[cluster, FOUND_SIZE], hill_size[hill]):
                accepted[cluster, hill] = shared[cluster, hill]
    claim = np.full(hills, UNCLAIMED, np.int64)
    unborn = np.full(hills, NONE, np.int64)
    chosen = assign_most(accepted[:standing])
    for cluster in range(standing):
        if chosen[cluster] != NONE:
            claim[chosen[cluster]] = cluster
            accepted[standing:, chosen[cluster]] = 0.0
    chosen = assign_most(accepted[standing:])
    for other in range(before - standing):
        if chosen[other] != NONE:
            unborn[chosen[other]] = standing + other
    return claim, unborn


@inlined
def heirs_of(
    gone: Int64Array,
    figures: Float64Array,
    members: Int64Array,
    member_size: Float64Array,
    row_of_member: Int64Array,
    size: Float64Array,
    cluster_of_row: Int64Array,
    count: int,
    rules: Float64Array,
) -> Int64Array:
    """The standing cluster (G,) that has at least same_share of the coins of each that ended, NONE: they dispersed."""
    heirs = np.full(len(gone), NONE, np.int64)
    common = np.empty(count)
    for place in range(len(gone)):
        common[:] = 0.0
        begin = np.searchsorted(members[:, 1], gone[place])
        for member in range(begin, len(members)):
            if members[member, 1] != gone[place]:
                break
            row = row_of_member[member]
            if row != NONE and cluster_of_row[row] != NONE:
                common[cluster_of_row[row]] += min(member_size[member], size[row])
        most = rules[SAME_SHARE] * figures[gone[place], FOUND_SIZE]
        for cluster in range(count):
            if common[cluster] > 0.0 and common[cluster] >= most and (heirs[place] == NONE or common[cluster] > most):
                most = common[cluster]
                heirs[place] = cluster
    return heirs


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
