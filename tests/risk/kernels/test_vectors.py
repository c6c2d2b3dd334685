"""Many at once against one by one, in kernels and as Python."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from liqscape.risk.kernels import vectors
from liqscape.risk.kernels.jit import compiled
from liqscape.units import Int64Array, UInt8Array


@compiled
def marked_places(marks: UInt8Array, into: Int64Array) -> int:
    """Places of the bytes that are not 0, 64 at once."""
    count = 0
    for start in range(0, len(marks), 64):
        mask = vectors.marked_bytes(marks, np.uint64(start))
        while mask != 0:
            into[count] = start + np.int64(vectors.lowest_bit(mask))
            count += 1
            mask &= mask - np.uint64(1)
    return count


@given(st.lists(st.integers(0, 255), min_size=64, max_size=64), st.lists(st.integers(0, 1), min_size=64, max_size=64))
def test_marks_are_read_as_bits_the_first_one_lowest(some: list[int], others: list[int]) -> None:
    marks = np.array(some + others, np.uint8)
    found = np.empty(len(marks), np.int64)
    count = marked_places(marks, found)
    assert found[:count].tolist() == np.flatnonzero(marks).tolist()
    for start in (0, 64):
        mask = vectors._marks_read_in_python(marks, np.uint64(start))
        assert [bit for bit in range(64) if int(mask) >> bit & 1] == np.flatnonzero(marks[start : start + 64]).tolist()
        if mask:
            assert vectors._lowest_bit_in_python(mask) == int(np.flatnonzero(marks[start : start + 64])[0])
