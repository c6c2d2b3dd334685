"""Bits of dexs are those of 64-bit numbers, however wide they are kept."""

from __future__ import annotations

import numpy as np
from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from liqscape.feed.discovery.dex_bits import DexBits

STEPS = st.lists(st.tuples(st.booleans(), st.lists(st.integers(0, 9), max_size=6), st.integers(0, 62)), max_size=30)


@settings(max_examples=examples(100), deadline=None)
@given(STEPS)
def test_bits_join_and_are_dropped_as_in_wide_numbers(steps: list[tuple[bool, list[int], int]]) -> None:
    bits, wide = DexBits(4), [0] * 10
    bits.reserve(10)
    for is_joining, rows, number in steps:
        bit = np.int64(1) << np.int64(number)
        for row in rows:
            wide[row] = wide[row] | int(bit) if is_joining else wide[row] & ~int(bit)
        if is_joining:
            bits.join(np.array(rows, np.int64), bit)
        else:
            bits.drop(np.array(rows, np.int64), bit)
        assert bits[np.arange(10)].tolist() == bits[:].tolist() == wide


def test_every_row_gets_its_own_bits_and_all_63_fit() -> None:
    bits = DexBits(3)
    bits.join(np.array([0, 2, 2]), np.array([0b101, 0b1, 1 << 40], np.int64))
    bits.join(np.array([1]), np.int64((1 << 63) - 1))
    assert bits[:].tolist() == [0b101, (1 << 63) - 1, 1 | 1 << 40]
    assert len(bits) == 3


def test_nobody_joins_nothing() -> None:
    bits = DexBits(2)
    bits.join(np.zeros(0, np.int64), np.zeros(0, np.int64))
    bits.reserve(5)
    assert bits[:].tolist() == [0] * 5
