"""Eight characters at a time: hexadecimal and decimal digits of a text, read as one word of 64 bits.

Each byte of a word is handled where it stands. A byte below 0x80 that `number` is added to gets its highest bit where
it is at least 0x80 - number, and carries nothing into the next one:

    is at least a  =  (word + (0x80 - a) of each byte) & 0x80 of each byte

The first character is the lowest byte, as on every processor that Numba makes code for.
Import only inside functions and kernels: Numba takes most of a second to load.
"""

from __future__ import annotations

import numpy as np

from liqscape.risk.kernels.jit import merged
from liqscape.risk.kernels.words import load_word
from liqscape.units import UInt32Array

EIGHT = 8
"""Characters of a word."""
HIGH = np.uint64(0x8080808080808080)
FROM_ZERO, AFTER_NINE = np.uint64(0x5050505050505050), np.uint64(0x4646464646464646)
FROM_A, AFTER_F = np.uint64(0x1F1F1F1F1F1F1F1F), np.uint64(0x1919191919191919)
LOWER = np.uint64(0x2020202020202020)
NIBBLES, ONES = np.uint64(0x0F0F0F0F0F0F0F0F), np.uint64(0x0101010101010101)
PAIRS, FOURS = np.uint64(0x00FF00FF00FF00FF), np.uint64(0x0000FFFF0000FFFF)
FROM_SPACE, ABOVE_ZERO = np.uint64(0x6060606060606060), np.uint64(0x7F7F7F7F7F7F7F7F)
QUOTES, BACKSLASHES = np.uint64(0x2222222222222222), np.uint64(0x5C5C5C5C5C5C5C5C)
TENS, HUNDREDS, TEN_THOUSANDS = (np.uint64(base * (1 << bits) + 1) for base, bits in ((10, 8), (100, 16), (10_000, 32)))
"""Times a word whose lower part is a and whose next one is b: base a + b stands in that next part."""
ONE, FOUR, SIX, BYTE, HALF, WHOLE = (np.uint64(bits) for bits in (1, 4, 6, 8, 16, 32))
NINE = np.uint64(9)
LAST = np.uint64(0xFFFFFFFF)
ADDRESS_DIGITS = 40


@merged
def word_at(content: bytes, at: int) -> np.uint64:
    """Eight characters from `at` on. Nothing is checked: they have to be there."""
    return load_word(content, np.uint64(at))  # type: ignore[arg-type]


@merged
def are_plain(word: np.uint64) -> bool:
    """Whether eight characters are printable ASCII, none a quotation mark or a backslash."""
    found = (word + FROM_SPACE) & ((word ^ QUOTES) + ABOVE_ZERO) & ((word ^ BACKSLASHES) + ABOVE_ZERO)
    return bool((found & ~(word + ONES) & ~word & HIGH) == HIGH)


@merged
def are_decimal(word: np.uint64) -> bool:
    """Whether eight characters are digits."""
    return bool(((word + FROM_ZERO) & ~(word + AFTER_NINE) & ~word & HIGH) == HIGH)


@merged
def decimal_of(word: np.uint64) -> int:
    """The number that eight digits are: two neighbours at a time, 10 a + b, 100 a + b, 10,000 a + b."""
    pairs = ((word & NIBBLES) * TENS) >> BYTE
    fours = ((pairs & PAIRS) * HUNDREDS) >> HALF
    return np.int64(((fours & FOURS) * TEN_THOUSANDS) >> WHOLE)


@merged
def are_hexadecimal(word: np.uint64) -> bool:
    """Whether eight characters are digits or letters a to f, in upper or lower case."""
    lower = word | LOWER
    is_digit = (word + FROM_ZERO) & ~(word + AFTER_NINE)
    is_letter = (lower + FROM_A) & ~(lower + AFTER_F)
    return bool(((is_digit | is_letter) & ~word & HIGH) == HIGH)


@merged
def bytes_of(word: np.uint64) -> np.uint32:
    """The four bytes that eight hexadecimal digits are, as they stand in memory one after the other."""
    nibbles = (word & NIBBLES) + NINE * ((word >> SIX) & ONES)
    pairs = ((nibbles << FOUR) | (nibbles >> BYTE)) & PAIRS
    fours = (pairs | (pairs >> BYTE)) & FOURS
    return np.uint32((fours | (fours >> HALF)) & LAST)


@merged
def read_address(content: bytes, at: int, word: UInt32Array, row: int) -> bool:
    """Forty hexadecimal digits from `at` on as five words of a row; False where they are none.

    They have to be there; the row is then written to either way.
    """
    is_right = True
    for number in range(ADDRESS_DIGITS // EIGHT):
        eight = word_at(content, at + EIGHT * number)
        is_right = is_right and are_hexadecimal(eight)
        word[row, number] = bytes_of(eight)
    return is_right
