"""From 20 bytes to a row: open addressing, linear steps; rows are never taken out.

A slot holds a row plus one, 0 where it is free. Addresses are five words of 32 bits.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from liqscape.model.address_words import LETTERS, WORDS
from liqscape.risk.kernels.hexadecimal import read_address
from liqscape.risk.kernels.jit import compiled, merged
from liqscape.risk.kernels.packed import Packing
from liqscape.risk.kernels.prefetch import prefetch
from liqscape.units import Int32Array, Int64Array, UInt32Array

ZERO, LETTER_X, COMMA = 0x30, 0x78, 0x2C
BLOCK = 64
"""Addresses whose rows are asked for together."""
LAST_BYTE = 19
"""Of an address, which may stand in the next line of memory."""


class TableColumns(NamedTuple):
    """What a table holds (address_table.py)."""

    slot: Int32Array
    word: UInt32Array
    asked: UInt32Array
    """(BLOCK, WORDS) room for addresses that are looked for."""


COLUMNS = Packing(TableColumns(np.zeros(1, np.int32), np.zeros((1, WORDS), np.uint32), np.zeros((1, WORDS), np.uint32)))
NO_ADDRESS = -1
_columns_at = COLUMNS.unpack


@merged
def _first_place(slots: Int32Array, wanted: UInt32Array, number: int) -> int:
    """Where the search for an address begins."""
    spread = np.int64(wanted[number, 0]) * 0x1E3779B97F4A7C15
    spread += np.int64(wanted[number, 1]) * 0x3F58476D1CE4E5B9
    spread += np.int64(wanted[number, 2]) * 0x14D049BB133111EB
    spread += np.int64(wanted[number, 3]) * 0x2545F4914F6CDD1D
    spread += np.int64(wanted[number, 4]) * 0x5851F42D4C957F2D
    spread ^= spread >> 32
    spread *= 0x1E3779B97F4A7C15
    return (spread ^ (spread >> 29)) & (len(slots) - 1)


@merged
def _place(slots: Int32Array, known: UInt32Array, wanted: UInt32Array, number: int, first: int) -> int:
    """Slot of a wanted address, or the free one where it belongs; the search begins at `first`."""
    mask = len(slots) - 1
    place = first
    while slots[place]:
        row = slots[place] - 1
        if (
            known[row, 0] == wanted[number, 0]
            and known[row, 1] == wanted[number, 1]
            and known[row, 2] == wanted[number, 2]
            and known[row, 3] == wanted[number, 3]
            and known[row, 4] == wanted[number, 4]
        ):
            return place
        place = (place + 1) & mask
    return place


@compiled
def find_rows(columns_at: Int64Array, wanted: UInt32Array, rows: Int64Array) -> int:
    """Row of each wanted address, -1 where it is not known; how many are known."""
    return look_up(_columns_at(columns_at), wanted, rows)


@merged
def look_up(columns: TableColumns, wanted: UInt32Array, rows: Int64Array) -> int:
    """The same within a kernel."""
    count = 0
    for first in range(0, len(wanted), BLOCK):
        last = min(first + BLOCK, len(wanted))
        count += _find_together(columns.slot, columns.word, wanted[first:last], rows[first:last])
    return count


@merged
def _find_together(slots: Int32Array, known: UInt32Array, wanted: UInt32Array, rows: Int64Array) -> int:
    """As find_rows, of BLOCK addresses at most: where they stand is asked for before it is needed."""
    for number in range(len(wanted)):
        rows[number] = _first_place(slots, wanted, number)
        prefetch(slots, rows[number], 0)
    for number in range(len(wanted)):
        row = slots[rows[number]] - 1  # mostly it is the one
        prefetch(known, row, 0)
        prefetch(known, row, LAST_BYTE)
    count = 0
    for number in range(len(wanted)):
        rows[number] = slots[_place(slots, known, wanted, number, rows[number])] - 1
        count += rows[number] >= 0
    return count


@compiled
def put_rows(
    slots: Int32Array, known: UInt32Array, count: int, most: int, wanted: UInt32Array, rows: Int64Array
) -> int:
    """The same, and those not known get the next rows, up to `most`, else -1. Returns how many are known then.

    `known` and `slots` have room for all of them.
    """
    for number in range(len(wanted)):
        place = _place(slots, known, wanted, number, _first_place(slots, wanted, number))
        if not slots[place] and count < most:
            known[count] = wanted[number]
            count += 1
            slots[place] = count
        rows[number] = slots[place] - 1
    return count


@compiled
def fill_slots(slots: Int32Array, known: UInt32Array, count: int) -> None:
    """Fill free slots with all rows."""
    for row in range(count):
        slots[_place(slots, known, known, row, _first_place(slots, known, row))] = row + 1


@compiled
def read_names(text: bytes, word: UInt32Array) -> bool:
    """Take K names with a comma between them as five words each; False where one is no address."""
    if len(text) != len(word) * (LETTERS + 1) - 1:
        return False
    row = 0
    while row < len(word) and _read_name(text, row, word, row):
        row += 1
    return row == len(word)


@merged
def look_up_names(columns: TableColumns, text: bytes, rows: Int64Array) -> int:
    """The same of K names with a comma between them; NO_ADDRESS where one is no address."""
    asked = columns.asked
    if len(text) != len(rows) * (LETTERS + 1) - 1:
        return NO_ADDRESS
    count = 0
    for first in range(0, len(rows), BLOCK):
        last = min(first + BLOCK, len(rows))
        for number in range(first, last):
            if not _read_name(text, number, asked, number - first):
                return NO_ADDRESS
        count += _find_together(columns.slot, columns.word, asked[: last - first], rows[first:last])
    return count


@merged
def _read_name(text: bytes, number: int, word: UInt32Array, row: int) -> bool:
    """The words of one of several names. With as many commas as stand between them, none is in one."""
    first = number * (LETTERS + 1)
    if number > 0 and text[first - 1] != COMMA:
        return False
    return text[first] == ZERO and text[first + 1] == LETTER_X and read_address(text, first + 2, word, row)
