"""Sorting by several keys, the same everywhere: a bottom-up merge sort of row numbers."""

from __future__ import annotations

import numpy as np

from liqscape.risk.kernels.jit import inlined
from liqscape.units import Float64Array, Int64Array


@inlined
def sorted_rows(key: Float64Array, tie: Int64Array, last: Int64Array) -> Int64Array:
    """Rows in rising order of key, then tie, then last."""
    count = len(key)
    rows, merged = np.arange(count), np.empty(count, np.int64)
    width = 1
    while width < count:
        for start in range(0, count, 2 * width):
            middle, end = min(start + width, count), min(start + 2 * width, count)
            left, right = start, middle
            for at in range(start, end):
                if left < middle and (right >= end or not _is_before(key, tie, last, rows[right], rows[left])):
                    merged[at] = rows[left]
                    left += 1
                else:
                    merged[at] = rows[right]
                    right += 1
        rows, merged = merged, rows
        width *= 2
    return rows


@inlined
def _is_before(key: Float64Array, tie: Int64Array, last: Int64Array, one: int, other: int) -> bool:
    if key[one] != key[other]:
        return key[one] < key[other]
    if tie[one] != tie[other]:
        return tie[one] < tie[other]
    return last[one] < last[other]
