"""The free margin most published prices of an account agree on, with and without each price itself.

Every priced position votes with its implied free margin G_i, give or take its width w_i (free_margin.py). Sorted by
G, neighbours closer than their widths form a cluster; the largest cluster wins here if it leads any other by two
votes and has at least three, so that two still agree when one is left out. The value taken is the vote of its most
precise member (the lowest of several): a vote, not a mean, so that leaving one row out changes nothing unless the
row was that member, and then in a way that does not involve it.
A mean or a median would be pulled by isolated rows and older tables; the mode is not.

What the vectorised pass cannot decide so (ties, small groups, a vote that alone holds its cluster together) is left
to settle.py, row by row.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.units import AnyArray, BoolArray, Float64Array, Int64Array


@dataclass(frozen=True, kw_only=True)
class Consensus:
    """A groups, V votes.

    value     (A,) free margin agreed on, USD; NaN where this pass does not decide.
    width     (A,) width of the deciding vote; NaN alike.
    votes     (A,) votes of the winning cluster; 0 where this pass does not decide.
    others    (V,) the same value found without the vote itself; NaN where this pass does not decide.
    others_width (V,) width of the vote that decides then; NaN alike.
    is_settled(A,) this pass decided the group and every leave-one-out value in it.
    """

    value: Float64Array
    width: Float64Array
    votes: Int64Array
    others: Float64Array
    others_width: Float64Array
    is_settled: BoolArray


def find_consensus(group: AnyArray, vote: Float64Array, width: Float64Array, group_count: int) -> Consensus:
    """Largest cluster of votes in every group. `group` is (V,), each 0 <= group < group_count, in any order."""
    value = np.full(group_count, np.nan)
    value_width = np.full(group_count, np.nan)
    votes = np.zeros(group_count, np.int64)
    others, others_width = np.full(len(vote), np.nan), np.full(len(vote), np.nan)
    is_settled = np.bincount(group, minlength=group_count) == 0
    result = Consensus(
        value=value, width=value_width, votes=votes, others=others, others_width=others_width, is_settled=is_settled
    )
    if not len(vote):
        return result
    order = np.lexsort((vote, group))
    g, v, w = group[order], vote[order], width[order]
    cluster = np.concatenate(([0], np.cumsum((g[1:] != g[:-1]) | (v[1:] - v[:-1] > w[1:] + w[:-1]))))
    size = np.bincount(cluster)
    owner = np.zeros(len(size), np.int64)
    owner[cluster] = g

    ranked = np.lexsort((-size, owner))
    is_first = np.concatenate(([True], owner[ranked][1:] != owner[ranked][:-1]))
    top = np.full(group_count, -1)
    top[owner[ranked][is_first]] = ranked[is_first]
    second_size = np.zeros(group_count, np.int64)
    is_second = np.concatenate(([False], is_first[:-1])) & ~is_first
    second_size[owner[ranked][is_second]] = size[ranked[is_second]]

    in_group = np.flatnonzero(top >= 0)
    top_size = np.zeros(group_count, np.int64)
    top_size[in_group] = size[top[in_group]]
    # A lead of two survives the loss of any vote and its move to another cluster; two votes must remain to agree.
    is_agreed = (top_size >= 3) & (top_size - second_size >= 2)

    precise = np.lexsort((w, cluster))  # stable: among equally precise votes the lowest
    starts = np.concatenate(([0], np.cumsum(size)[:-1]))
    best, runner_up = precise[starts], precise[np.minimum(starts + 1, len(precise) - 1)]
    winners = np.flatnonzero(is_agreed)
    value[winners] = v[best[top[winners]]]
    value_width[winners] = w[best[top[winners]]]
    votes[winners] = top_size[winners]

    is_bridge = np.zeros(len(v), np.bool_)
    is_bridge[1:-1] = (cluster[:-2] == cluster[2:]) & (v[2:] - v[:-2] > w[2:] + w[:-2])
    is_agreed[g[is_bridge & (cluster == top[g])]] = False

    chosen = np.where(np.arange(len(v)) == best[top[g]], runner_up[top[g]], best[top[g]])
    is_decided = is_agreed[g]
    others[order] = np.where(is_decided, v[chosen], np.nan)
    others_width[order] = np.where(is_decided, w[chosen], np.nan)
    is_settled |= is_agreed
    return result
