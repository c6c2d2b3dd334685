"""Columns of zeros of which only the pages take memory that somebody wrote to.

`np.zeros` does so for large arrays alone: below a size that grows to 32 MB the C library hands out what was freed and
clears all of it, and NumPy asks for pages of 2 MB. Here the kernel of the machine is asked for pages of 4 kB.
"""

from __future__ import annotations

import mmap
from typing import TypeVar

import numpy as np
from numpy.typing import DTypeLike

from liqscape.units import AnyArray

FEWEST_BYTES = 1 << 18
"""Of a column that is asked for in this way; a map of its own costs two pages and some microseconds."""
BLOCK_BYTES = 4_096

Column = TypeVar("Column", bound=AnyArray)


def sparse_zeros(count: int, dtype: DTypeLike) -> AnyArray:
    """(count,) zeros, as `np.zeros`; for this process alone, should it be forked."""
    kind = np.dtype(dtype)
    if count * kind.itemsize < FEWEST_BYTES or not hasattr(mmap, "MAP_PRIVATE"):
        return np.zeros(count, kind)
    room = mmap.mmap(-1, count * kind.itemsize, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    column: AnyArray = np.frombuffer(room, kind)
    return column


def with_more(column: Column, count: int) -> Column:
    """The same with zeros behind it, `count` rows in all; blocks of it that are zero are not written to."""
    longer = sparse_zeros(count, column.dtype)
    given, room = column.view(np.uint8), longer.view(np.uint8)
    whole = len(given) // BLOCK_BYTES * BLOCK_BYTES
    before, after = given[:whole].reshape(-1, BLOCK_BYTES), room[:whole].reshape(-1, BLOCK_BYTES)
    blocks = np.flatnonzero(before.any(axis=1))
    after[blocks] = before[blocks]
    room[whole : len(given)] = given[whole:]
    return longer  # type: ignore[return-value]
