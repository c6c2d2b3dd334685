"""Eight characters read as one word are what they are one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from liqscape.risk.kernels.hexadecimal import (
    are_decimal,
    are_hexadecimal,
    are_plain,
    bytes_of,
    decimal_of,
    read_address,
    word_at,
)
from liqscape.risk.kernels.jit import compiled
from liqscape.units import UInt32Array

DIGITS, LETTERS = b"0123456789", b"abcdefABCDEF"
PLAIN = bytes(byte for byte in range(0x20, 0x7F) if byte not in b'"\\')


@compiled
def judged(text: bytes, at: int) -> tuple[bool, bool, bool, int, int]:
    word = word_at(text, at)
    return are_plain(word), are_decimal(word), are_hexadecimal(word), decimal_of(word), np.int64(bytes_of(word))


@compiled
def address_at(text: bytes, at: int, word: UInt32Array, row: int) -> bool:
    return read_address(text, at, word, row)


mostly = st.one_of(st.sampled_from(DIGITS), st.sampled_from(DIGITS + LETTERS), st.sampled_from(PLAIN))
texts = st.one_of(
    st.binary(min_size=8, max_size=8),
    st.lists(mostly, min_size=8, max_size=8).map(bytes),
    st.lists(st.sampled_from(DIGITS + LETTERS), min_size=8, max_size=8).map(bytes),
    st.lists(st.sampled_from(DIGITS), min_size=8, max_size=8).map(bytes),
)


@given(texts, st.integers(0, 9))
@example(b"99999999", 0)
@example(b"ffffFFFF", 3)
def test_a_word_is_judged_and_read_as_its_characters(text: bytes, at: int) -> None:
    is_plain, is_decimal, is_hexadecimal, number, in_memory = judged(b"x" * at + text + b"y", at)
    assert is_plain == all(byte in PLAIN for byte in text)
    assert is_decimal == all(byte in DIGITS for byte in text)
    assert is_hexadecimal == all(byte in DIGITS + LETTERS for byte in text)
    if is_decimal:
        assert number == int(text)
    if is_hexadecimal:
        assert np.uint32(in_memory).tobytes() == bytes.fromhex(text.decode())


@pytest.mark.parametrize("byte", range(256))
def test_each_byte_alone_is_judged_as_it_is_whatever_stands_beside_it(byte: int) -> None:
    for place in range(8):
        for beside in (b"0", b"f", b"~", b"\x00", b"\xff"):
            text = bytearray(beside * 8)
            text[place] = byte
            is_plain, is_decimal, is_hexadecimal, _, _ = judged(bytes(text), 0)
            assert is_plain == all(each in PLAIN for each in text)
            assert is_decimal == all(each in DIGITS for each in text)
            assert is_hexadecimal == all(each in DIGITS + LETTERS for each in text)


@given(st.binary(min_size=20, max_size=20), st.booleans(), st.integers(0, 39), st.sampled_from("gG/:@`\x00"))
def test_an_address_is_its_twenty_bytes_and_no_other_letter_is_taken(
    key: bytes, is_upper: bool, place: int, wrong: str
) -> None:
    text = key.hex().upper() if is_upper else key.hex()
    word = np.zeros((2, 5), np.uint32)
    assert address_at(b"0x" + text.encode(), 2, word, 1)
    assert word[1].tobytes() == key
    assert not word[0].any()
    assert not address_at(f"0x{text[:place]}{wrong}{text[place + 1 :]}".encode(), 2, word, 0)
