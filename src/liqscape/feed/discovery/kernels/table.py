"""From 20 bytes to a row: open addressing, linear steps; rows are never taken out.

A slot holds a row plus one, 0 where it is free. Addresses are five words of 32 bits.
"""

from __future__ import annotations

import numpy as np

from liqscape.risk.kernels.jit import compiled, merged
from liqscape.units import AnyArray, Int32Array, Int64Array, UInt8Array

LETTERS = 42
"""0x and 40 hex digits."""
DIGIT = np.full(256, -1, np.int64)
"""Value of a letter of a hex number, -1 of any other."""
DIGIT[[*b"0123456789"]] = np.arange(10)
DIGIT[[*b"abcdef"]] = DIGIT[[*b"ABCDEF"]] = np.arange(10, 16)


@merged
def _place(slots: Int32Array, known: AnyArray, wanted: AnyArray, number: int) -> int:
    """Slot of a wanted address, or the free one where it belongs."""
    mask = len(slots) - 1
    spread = wanted[number, 0] * 0x1E3779B97F4A7C15
    spread += wanted[number, 1] * 0x3F58476D1CE4E5B9
    spread += wanted[number, 2] * 0x14D049BB133111EB
    spread += wanted[number, 3] * 0x2545F4914F6CDD1D
    spread += wanted[number, 4] * 0x5851F42D4C957F2D
    spread ^= spread >> 32
    spread *= 0x1E3779B97F4A7C15
    place: int = (spread ^ (spread >> 29)) & mask
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
def find_rows(slots: Int32Array, known: AnyArray, wanted: AnyArray, rows: Int64Array) -> None:
    """Row of each wanted address, -1 where it is not known."""
    for number in range(len(wanted)):
        rows[number] = slots[_place(slots, known, wanted, number)] - 1


@compiled
def put_rows(slots: Int32Array, known: AnyArray, count: int, most: int, wanted: AnyArray, rows: Int64Array) -> int:
    """The same, and those not known get the next rows, up to `most`, else -1. Returns how many are known then.

    `known` and `slots` have room for all of them.
    """
    for number in range(len(wanted)):
        place = _place(slots, known, wanted, number)
        if not slots[place] and count < most:
            known[count] = wanted[number]
            count += 1
            slots[place] = count
        rows[number] = slots[place] - 1
    return count


@compiled
def fill_slots(slots: Int32Array, known: AnyArray, count: int) -> None:
    """Fill free slots with all rows."""
    for row in range(count):
        slots[_place(slots, known, known, row)] = row + 1


@compiled
def read_names(text: UInt8Array, keys: UInt8Array) -> bool:
    """Take K names of LETTERS letters, one behind the other, as K times 20 bytes; False where one is no address."""
    for row in range(len(keys)):
        first = row * LETTERS
        if text[first] != 48 or text[first + 1] != 120:  # 0x
            return False
        wrong = 0
        for place in range(20):
            value = (DIGIT[text[first + 2 + 2 * place]] << 4) | DIGIT[text[first + 3 + 2 * place]]
            wrong |= value
            keys[row, place] = value
        if wrong < 0:
            return False
    return True
