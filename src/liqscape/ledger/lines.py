"""Rows that each fill whole lines of memory, so that whoever goes from row to row waits once for each.

A processor fetches 64 bytes from where they are a multiple of 64. A row of several tables, or one that is not
as long or begins elsewhere, is two to four of them.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np

from liqscape.units import Int32Array, Int64Array

LINE = 64
"""Bytes."""

Rows = TypeVar("Rows", Int32Array, Int64Array)


def new_lines(rows: int, lines: int = 1) -> Int32Array:
    """(rows, 16 * lines) zeros; `view` makes columns of 64 bits of the same memory."""
    width = lines * LINE
    room = np.zeros(rows * width + LINE, np.uint8)
    first = -room.ctypes.data % LINE
    return room[first : first + rows * width].view(np.int32).reshape(rows, -1)


def grown_lines(table: Rows, rows: int) -> Rows:
    """The same with room for so many."""
    more = new_lines(rows, table.strides[0] // LINE).view(table.dtype)
    more[: len(table)] = table
    return more
