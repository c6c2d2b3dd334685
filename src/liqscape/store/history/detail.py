"""Last rows of a name before given ends: what a step of time shows of rows in order of time."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from liqscape.units import AnyArray, Int64Array


def last_rows(name: AnyArray, ends: list[int]) -> Int64Array:
    """Rows that are the last of their name before one of the rising `ends`, the last of which is len(name).

    name (R,) numbers from 0 on, small enough that a table of them stays in the cache.
    """
    numbers = np.arange(len(name), dtype=np.int32)
    last = np.empty(int(name.max()) + 1 if len(name) else 0, np.int32)  # written before it is read
    is_last = np.empty(len(name), np.bool_)
    for begin, end in pairwise([0, *ends]):
        names, own = name[begin:end], numbers[begin:end]
        last[names] = own  # of equal indices the last one stays
        np.equal(last[names], own, out=is_last[begin:end])
    return np.flatnonzero(is_last)
