"""Columns of numbers as JSON text, compiled: no object is made of a number. Import only inside functions.

Decimals. Whoever reads a float back must get its bits, and the text is the shortest that gives them, as everywhere
else in the API. To find it takes 30 ns; but most sizes are sums of few decimals, and then

    n = rint(x * 10^k),  n < 10^15,  n / 10^k == x

says that the digits of n are the shortest: 10^k is exact, so the quotient is the float nearest to that decimal, and no
other decimal of up to 15 digits has the same nearest float. What does not come out so is *long*: those few are written
as text by msgspec, all at once, and copied from there.

Digits are made eight at once in a word (`_eight_digits`) and stored with one instruction; what of the word is beyond
the text is written over by what comes next, so there must be ROOM_BEHIND bytes behind the last text.
"""

from __future__ import annotations

import math

import numpy as np

from liqscape.risk.kernels.jit import compiled, merged
from liqscape.risk.kernels.words import high_zeros, load_word, low_zeros, store_word
from liqscape.units import Float64Array, Int32Array, Int64Array, UInt8Array, UInt64Array

COMMA, DOT, ZERO, MINUS = np.uint64(0x2C), np.uint64(0x2E), np.uint64(0x30), np.uint64(0x2D)
ROOM_BEHIND = 16
"""Bytes that must be there behind the last text."""
DECIMALS = 8
SCALE = 10**DECIMALS
LARGEST, SMALLEST = 1e7, 1e-4
"""Of floats that are looked at: 15 digits, and no exponent is written."""
COMMAS, LOWEST_BITS, HIGHEST_BITS = (np.uint64(each * 0x0101010101010101) for each in (0x2C, 0x01, 0x80))
DIGITS = np.uint64(0x3030303030303030)
ONE, EIGHT, NO_BYTES = np.uint64(1), np.uint64(8), np.uint64(0)
HUNDRED_MILLION, TEN_THOUSAND = np.uint64(100_000_000), np.uint64(10_000)
TOP_BYTE = np.uint64(1 << 56)


@compiled
def write_whole(values: Int32Array, into: UInt8Array, begin: int) -> int:
    """Numbers, each with a comma behind, from `begin` on; where it ended."""
    at = np.uint64(begin)
    for row in range(len(values)):
        value = np.int64(values[row])
        if value < 0:
            at = _write_byte(MINUS, into, at)
            value = -value
        at = _write_byte(COMMA, into, _write_digits(np.uint64(value), into, at))
    return int(at)


@compiled
def write_words(codes: UInt8Array, words: UInt64Array, lengths: Int64Array, into: UInt8Array, begin: int) -> int:
    """The word of each code, a comma behind, from `begin` on; where it ended.

    words (W, B): texts with a comma in pieces of eight bytes. lengths (W,) in bytes.
    """
    at = np.uint64(begin)
    for row in range(len(codes)):
        code = np.uint64(codes[row])
        for piece in range(words.shape[1]):
            store_word(into, at + EIGHT * np.uint64(piece), words[code, np.uint64(piece)])
        at += np.uint64(lengths[code])
    return int(at)


@compiled
def find_long(values: Float64Array, alike: Float64Array, found: Float64Array) -> int:
    """Decimals that have to be written elsewhere, in order; how many. alike: as write_decimals; found: one row more."""
    count = 0
    for row in range(len(values)):
        value = values[row]
        is_alike = len(alike) > 0 and value == alike[row] and value != 0.0
        found[count] = value
        count += int(_short(value) < 0 and not is_alike)
    return count


@compiled
def write_decimals(
    values: Float64Array, alike: Float64Array, start: Int64Array, long: UInt8Array, into: UInt8Array, begin: int
) -> int:
    """Floats, each with a comma behind, from `begin` on; where it ended.

    alike  (R,) or (0,): a column written before; where both are equal its text is taken, from start[row].
    start  (R + 1,) becomes where each text begins, and where the last has ended.
    long   texts of what find_long found, each with a comma behind, and ROOM_BEHIND.
    """
    taken, at = NO_BYTES, np.uint64(begin)
    for row in range(len(values)):
        value = values[row]
        source = np.uint64(start[row])
        start[row] = at
        if len(alike) > 0 and value == alike[row] and value != 0.0:  # 0.0 and -0.0 are equal, their texts are not
            at = _copy(into, source, np.uint64(start[row + 1]) - source, into, at)
            continue
        scaled = _short(value)
        if scaled >= 0:
            at = _write_byte(COMMA, into, _write_scaled(np.uint64(scaled), into, at))
        else:
            length = _length(long, taken)
            at = _copy(long, taken, length, into, at)
            taken += length
    start[len(values)] = at
    return int(at)


@merged
def _short(value: float) -> int:
    """The float times SCALE where that is a whole number of few digits whose text is its shortest; else -1."""
    if not SMALLEST <= value < LARGEST:
        # 0.0 is short too, but not -0.0, which is written with its sign.
        return 0 if value == 0.0 and math.copysign(1.0, value) > 0.0 else -1
    scaled = np.rint(value * SCALE)
    return int(scaled) if scaled / SCALE == value else -1


@merged
def _write_scaled(scaled: np.uint64, into: UInt8Array, at: np.uint64) -> np.uint64:
    """A whole number of 1 / SCALE, at least one digit on each side of the point."""
    whole = scaled // HUNDRED_MILLION
    at = _write_byte(DOT, into, _write_digits(whole, into, at))
    word = _eight_digits(scaled - whole * HUNDRED_MILLION)
    store_word(into, at, word + DIGITS)
    return at + EIGHT - high_zeros(word | ONE) // EIGHT


@merged
def _write_digits(value: np.uint64, into: UInt8Array, at: np.uint64) -> np.uint64:
    """A whole number without leading zeros."""
    if value >= HUNDRED_MILLION:
        front = value // HUNDRED_MILLION
        at = _write_few_digits(front, into, at)
        store_word(into, at, _eight_digits(value - front * HUNDRED_MILLION) + DIGITS)
        return at + EIGHT
    return _write_few_digits(value, into, at)


@merged
def _write_few_digits(value: np.uint64, into: UInt8Array, at: np.uint64) -> np.uint64:
    word = _eight_digits(value)
    skipped = low_zeros(word | TOP_BYTE) // EIGHT
    store_word(into, at, (word + DIGITS) >> (EIGHT * skipped))
    return at + EIGHT - skipped


@merged
def _eight_digits(value: np.uint64) -> np.uint64:
    """Digits of a number below 10^8 as the bytes of a word, the first in the lowest byte.

    It is split in halves three times, both, four, eight parts side by side: v -> (v // b, v % b) for b = 10^4, 100, 10;
    the quotients are products with 1 / b, exact for parts so small.
    """
    front = value // TEN_THOUSAND
    four = front | ((value - front * TEN_THOUSAND) << np.uint64(32))
    hundreds = ((four * np.uint64(10486)) >> np.uint64(20)) & np.uint64(0x0000007F0000007F)
    two = hundreds | ((four - hundreds * np.uint64(100)) << np.uint64(16))
    tens = ((two * np.uint64(103)) >> np.uint64(10)) & np.uint64(0x000F000F000F000F)
    return tens | ((two - tens * np.uint64(10)) << EIGHT)


@merged
def _length(text: UInt8Array, at: np.uint64) -> np.uint64:
    """Bytes up to the next comma and with it: a byte less than 1 borrows from its highest bit."""
    length = NO_BYTES
    while True:
        other = load_word(text, at + length) ^ COMMAS
        is_comma = (other - LOWEST_BITS) & ~other & HIGHEST_BITS
        if is_comma != NO_BYTES:
            return length + low_zeros(is_comma) // EIGHT + ONE
        length += EIGHT


@merged
def _copy(text: UInt8Array, first: np.uint64, length: np.uint64, into: UInt8Array, at: np.uint64) -> np.uint64:
    """Whole words, so that up to seven bytes more are written than stay."""
    done = NO_BYTES
    while done < length:
        store_word(into, at + done, load_word(text, first + done))
        done += EIGHT
    return at + length


@merged
def _write_byte(byte: np.uint64, into: UInt8Array, at: np.uint64) -> np.uint64:
    into[at] = np.uint8(byte)
    return at + ONE
