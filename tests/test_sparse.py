"""Sparse columns are columns of zeros, of which what nobody wrote to takes no memory, also after they grew."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqscape.sparse import BLOCK_BYTES, FEWEST_BYTES, sparse_zeros, with_more
from liqscape.units import AnyArray

COUNT = 8 * FEWEST_BYTES


def resident_bytes(column: AnyArray) -> int:
    """Of the pages of a column, those with memory of their own: the shared page of zeros stands many times."""
    first, last = column.ctypes.data // BLOCK_BYTES, -(-(column.ctypes.data + column.nbytes) // BLOCK_BYTES)
    with Path("/proc/self/pagemap").open("rb") as pages:
        pages.seek(first * 8)
        entries = np.frombuffer(pages.read((last - first) * 8), np.uint64)
    return int(np.count_nonzero(entries >> np.uint64(63))) * BLOCK_BYTES


@given(
    count=st.sampled_from([0, 1, FEWEST_BYTES - 1, FEWEST_BYTES, FEWEST_BYTES + 3]),
    dtype=st.sampled_from([np.int8, np.bool_, np.uint16, np.uint32, np.float64]),
    more=st.sampled_from([0, 1, BLOCK_BYTES, FEWEST_BYTES]),
    written=st.lists(st.floats(0.0, 1.0, exclude_max=True), max_size=5),
)
def test_a_column_with_more_rows_is_the_one_before_with_zeros_behind_it(
    count: int, dtype: type[np.generic], more: int, written: list[float]
) -> None:
    column, twin = sparse_zeros(count, dtype), np.zeros(count, dtype)
    for place in written if count else []:
        column[int(place * count)] = twin[int(place * count)] = 1
    longer = with_more(column, count + more)
    assert longer.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(longer, np.concatenate((twin, np.zeros(more, dtype))))
    longer[:] = 1  # its own memory, and may be written to
    np.testing.assert_array_equal(column, twin)


def test_negative_zeros_are_kept() -> None:
    column = sparse_zeros(COUNT, np.float64)
    column[5] = -0.0
    assert np.signbit(with_more(column, COUNT + 1)[5])


@pytest.mark.skipif(sys.platform != "linux", reason="pages of a process are read in /proc")
def test_rows_nobody_wrote_to_take_no_memory_and_do_not_when_the_column_grows() -> None:
    freed = np.ones(COUNT, np.uint8)
    del freed  # what the C library would hand out again
    column = sparse_zeros(COUNT, np.uint8)
    column[COUNT // 2] = 1
    assert resident_bytes(column) == BLOCK_BYTES
    assert resident_bytes(with_more(column, 2 * COUNT)) == BLOCK_BYTES
