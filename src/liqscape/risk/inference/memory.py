"""Reuse what other snapshots say about a position: its margin table, or that it is an isolated pocket.

A position keeps its table and its pocket from snapshot to snapshot, so the nearest *other* snapshot in which the
same position was understood tells what to assume in this one, without a look at this one's price.
"""

from __future__ import annotations

import numpy as np

from liqscape.units import AnyArray, BoolArray, Int64Array

SAME_SIZE = 1e-9
"""Relative difference of size up to which a position was not traded between two snapshots."""


def nearest_known(key: Int64Array, time_ms: Int64Array, is_known: BoolArray) -> Int64Array:
    """(P,) row of the nearest other snapshot with the same key that is known; -1 where none.

    Rows of one key and one time are one position; earlier wins over later at equal distance.
    """
    order = np.lexsort((time_ms, key))
    k, t, known = key[order], time_ms[order], is_known[order]
    rank = np.arange(len(k))
    before = _last_known(rank, known, k)
    after = len(k) - 1 - _last_known(rank, known[::-1], k[::-1])[::-1]
    after = np.where(after > len(k) - 1, -1, after)
    far = np.iinfo(np.int64).max
    to_before = np.where(before >= 0, t - t[before], far)
    to_after = np.where(after >= 0, t[after] - t, far)
    chosen = np.where(to_before <= to_after, before, after)
    nearest = np.full(len(k), -1)
    nearest[order] = np.where(chosen >= 0, order[chosen], -1)
    return nearest


def _last_known(rank: Int64Array, known: BoolArray, key: AnyArray) -> Int64Array:
    """Rank of the last known row strictly before each row, in the same key; -1 where none."""
    if not len(rank):
        return rank
    latest = np.maximum.accumulate(np.where(known, rank, -1))
    previous = np.concatenate(([-1], latest[:-1]))
    same = (previous >= 0) & (key[previous] == key)
    return np.where(same, previous, -1)
