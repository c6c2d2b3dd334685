"""Addresses as words are the sequence of their names."""

from __future__ import annotations

import pickle

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from liqscape.model.address_words import AddressWords, names_of

keys = st.lists(st.binary(min_size=20, max_size=20), max_size=8)


def words(rows: list[bytes]) -> AddressWords:
    return AddressWords(np.frombuffer(b"".join(rows), np.uint32).reshape(-1, 5))


@given(keys)
def test_words_are_the_sequence_of_their_names(rows: list[bytes]) -> None:
    names, found = tuple(f"0x{row.hex()}" for row in rows), words(rows)
    assert found == names
    assert names == found
    assert tuple(found) == names
    assert len(found) == len(names)
    assert repr(found) == repr(names)
    assert names_of(found.word) == list(names)
    assert found[1:] == list(names[1:])
    assert all(name in found for name in names)
    assert pickle.loads(pickle.dumps(found)) == names


def test_other_names_or_another_number_of_them_are_not_the_same() -> None:
    one, other = bytes(20), bytes(19) + b"\x01"
    assert words([one]) != words([other])
    assert words([one]) != words([one, other])
    assert words([one]) != "0x" + one.hex()
    assert words([one]) != 7
