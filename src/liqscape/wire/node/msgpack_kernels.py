"""MessagePack by offset: tokens, skipping, and addresses as numbers, compiled; nothing is turned into objects.

Every read is checked against the end of the bytes, so a cut or hostile file gives an error and never a wild read.
"""

from __future__ import annotations

import numpy as np

from liqscape.risk.kernels.jit import compiled, inlined
from liqscape.units import Int64Array, UInt8Array

CUT, NIL, BOOL, INT, FLOAT, STR, BIN, ARRAY, MAP, OTHER = range(10)
"""Kinds of tokens. CUT: the bytes end, or are no MessagePack."""
ADDRESS_LENGTH = 42
"""Of 0x and forty hexadecimal digits."""
KEY_WIDTH = 3
"""An address as numbers: its first 8, next 8 and last 4 bytes."""


@inlined
def number(data: UInt8Array, at: int, width: int) -> int:
    """Big-endian, unsigned but for eight bytes, where it wraps."""
    value = 0
    for place in range(width):
        value = (value << 8) | int(np.int64(data[at + place]))
    return value


@inlined
def token(data: UInt8Array, at: int) -> tuple[int, int, int]:
    """(kind, offset after it, count) of the token at an offset.

    count: of INT and BOOL the value, of STR and BIN the bytes that follow, of ARRAY the values, of MAP the pairs.
    An unsigned integer beyond int64 is OTHER.
    """
    size = len(data)
    if at < 0 or at >= size:
        return CUT, at, 0
    first = int(np.int64(data[at]))
    at += 1
    if first < 0x80:
        return INT, at, first
    if first >= 0xE0:
        return INT, at, first - 256
    if first < 0x90:
        return MAP, at, first & 0x0F
    if first < 0xA0:
        return ARRAY, at, first & 0x0F
    if first < 0xC0:
        length = first & 0x1F
        if length > size - at:
            return CUT, at, 0
        return STR, at, length
    if first == 0xC0:
        return NIL, at, 0
    if first == 0xC1:
        return CUT, at, 0
    if first < 0xC4:
        return BOOL, at, first & 1
    if 0xCA <= first <= 0xD3:
        width = 4 if first == 0xCA else 8 if first == 0xCB else 1 << ((first - 0xCC) & 3)
        if width > size - at:
            return CUT, at, 0
        if first < 0xCC:
            return FLOAT, at + width, 0
        value = number(data, at, width)
        if first < 0xD0:
            if value < 0:
                return OTHER, at + width, 0
        elif width < 8 and value >= 1 << (8 * width - 1):
            value -= 1 << (8 * width)
        return INT, at + width, value
    if 0xD4 <= first <= 0xD8:
        width = 1 + (1 << (first - 0xD4))
        if width > size - at:
            return CUT, at, 0
        return OTHER, at + width, 0
    # What is left carries a count: bin c4-c6, ext c7-c9, str d9-db, array dc-dd, map de-df.
    if first <= 0xC6:
        width = 1 << (first - 0xC4)
    elif first <= 0xC9:
        width = 1 << (first - 0xC7)
    elif first <= 0xDB:
        width = 1 << (first - 0xD9)
    else:
        width = 2 if first == 0xDC or first == 0xDE else 4
    if width > size - at:
        return CUT, at, 0
    count = number(data, at, width)
    at += width
    if first >= 0xDE:
        return MAP, at, count
    if first >= 0xDC:
        return ARRAY, at, count
    if 0xC7 <= first <= 0xC9:
        if count + 1 > size - at:
            return CUT, at, 0
        return OTHER, at + count + 1, 0
    if count > size - at:
        return CUT, at, 0
    return (BIN if first <= 0xC6 else STR), at, count


@inlined
def skip(data: UInt8Array, at: int) -> int:
    """Offset after the whole value; -1 where the bytes end before it."""
    size = len(data)
    pending = 1
    while pending > 0:
        pending -= 1
        kind, at, count = token(data, at)
        if kind == CUT:
            return -1
        if kind in (STR, BIN):
            at += count
        elif kind == ARRAY:
            pending += count
        elif kind == MAP:
            pending += 2 * count
        if pending > size - at:
            return -1
    return at


@compiled
def token_at(data: UInt8Array, at: int) -> tuple[int, int, int]:
    """`token` for Python."""
    return token(data, at)


@compiled
def skip_at(data: UInt8Array, at: int) -> int:
    """`skip` for Python."""
    return skip(data, at)


@inlined
def read_address(data: UInt8Array, at: int, key: Int64Array) -> int:
    """Offset after an address, whose numbers go into `key` (3,); -1 where none stands there."""
    kind, at, count = token(data, at)
    if kind != STR or count != ADDRESS_LENGTH or data[at] != 0x30 or data[at + 1] != 0x78:
        return -1
    for part in range(KEY_WIDTH):
        value = 0
        for place in range(2 + 16 * part, min(18 + 16 * part, ADDRESS_LENGTH)):
            letter = int(np.int64(data[at + place]))
            if 0x30 <= letter <= 0x39:
                digit = letter - 0x30
            elif 0x61 <= letter <= 0x66:
                digit = letter - 0x57
            elif 0x41 <= letter <= 0x46:
                digit = letter - 0x37
            else:
                return -1
            value = (value << 4) | digit
        key[part] = value
    return at + ADDRESS_LENGTH


@inlined
def place_of(keys: Int64Array, slots: Int64Array, key: Int64Array) -> int:
    """Slot of an address in a table of open addressing: where it is, or where it would go. slots: 2^n, -1 is free."""
    mixed = key[0] ^ (key[1] * 31) ^ (key[2] * 977)
    mixed ^= (mixed >> 33) & 0x7FFFFFFF
    mixed *= 0x2545F4914F6CDD1D
    slot = (mixed >> 20) & (len(slots) - 1)
    while slots[slot] >= 0:
        row = slots[slot]
        if keys[row, 0] == key[0] and keys[row, 1] == key[1] and keys[row, 2] == key[2]:
            break
        slot = (slot + 1) & (len(slots) - 1)
    return int(slot)


@compiled
def add_keys(keys: Int64Array, count: int, slots: Int64Array, added: Int64Array, rows: Int64Array) -> int:
    """Put addresses (n, 3) into a table that has room; their rows go into `rows` (n,). Returns the new count."""
    for each in range(len(added)):
        slot = place_of(keys, slots, added[each])
        if slots[slot] < 0:
            keys[count] = added[each]
            slots[slot] = count
            count += 1
        rows[each] = slots[slot]
    return count


@compiled
def find_keys(keys: Int64Array, slots: Int64Array, wanted: Int64Array, rows: Int64Array) -> None:
    """Rows of addresses (n, 3) into `rows` (n,); -1 where not in the table."""
    for each in range(len(wanted)):
        rows[each] = slots[place_of(keys, slots, wanted[each])]
