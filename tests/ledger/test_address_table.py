"""The table of addresses is a dict from names to numbers, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from liqscape.ledger.address_table import AddressTable, keys_of
from liqscape.model.address_words import names_of

ADDRESSES = st.binary(min_size=20, max_size=20).map(lambda key: f"0x{key.hex()}")
LIKE_SLOTS = st.integers(0, 5_000).map(lambda number: f"0x{number:040x}")
NO_ADDRESSES = st.sampled_from(["", "0x", "0x" + "g" * 40, "1x" + "a" * 40, "0x" + "a" * 39, "0x" + "ä" * 40, "0" * 42])
NAMES = st.lists(st.one_of(ADDRESSES, LIKE_SLOTS, LIKE_SLOTS, NO_ADDRESSES), max_size=40)


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(st.tuples(st.booleans(), NAMES), max_size=12), st.integers(5, 200))
def test_the_table_answers_as_a_dict_does(steps: list[tuple[bool, list[str]]], most: int) -> None:
    table, known = AddressTable(most), {}
    refused = 0
    for is_adding, names in steps:
        if is_adding:
            for each in names:
                is_one = keys_of([each])[1] is None
                if is_one and len(known) < most:
                    known.setdefault(each, len(known))
                refused += each not in known
            rows = table.add(names)
        else:
            rows = table.rows(names)
        assert rows.tolist() == [known.get(each, -1) for each in names]
    assert list(table) == list(known)
    assert table.names(np.arange(len(table))) == list(known)
    assert table.refused_count == refused


def test_a_large_table_is_the_same_however_it_grew() -> None:
    rng = np.random.default_rng(3)
    keys = rng.integers(0, 256, (60_000, 20), np.uint8)
    keys[:, 4:] = 0  # many differ in few bytes only
    names = names_of(keys)
    known = {each: row for row, each in enumerate(dict.fromkeys(names))}
    one, other = AddressTable(10**6), AddressTable(10**6)
    other.reserve(60_000)
    for first in range(0, 60_000, 7_000):
        one.add_keys(keys[first : first + 7_000])
    other.add(names)
    assert list(one) == list(other) == list(known)
    assert other.rows(names[::-1]).tolist() == [known[each] for each in names[::-1]]
    assert (
        other.rows_of_keys(255 - keys[:1_000]) == [known.get(each, -1) for each in names_of(255 - keys[:1_000])]
    ).all()


def test_no_room_is_made_for_those_who_are_known() -> None:
    table, names = AddressTable(1 << 20), [f"0x{number:040x}" for number in range(5_000)]
    table.add(names)
    room = len(table.words)
    assert table.add(names).tolist() == list(range(5_000))
    assert table.add(names[:-1] + names[: room - 5_000 + 1]).max() == 4_998
    assert len(table.words) == room
    new = f"0x{5_000:040x}"
    assert table.add([*names, new, new]).tolist() == [*range(5_000), 5_000, 5_000]


def test_upper_case_letters_are_the_same_address() -> None:
    table = AddressTable(10)
    lower = "0x" + "aBcDeF0123" * 4
    assert table.add([lower, lower.lower()]).tolist() == [0, 0]
    assert table[0] == lower.lower()


def test_lengths_that_make_up_for_each_other_are_no_addresses() -> None:
    keys, is_address = keys_of(["0x" + "1" * 39, "00x" + "2" * 40, "0x" + "3" * 40])
    assert is_address is not None
    assert is_address.tolist() == [False, False, True]
    assert names_of(keys) == ["0x" + "3" * 40]


def test_rows_are_asked_for_like_those_of_a_list() -> None:
    table = AddressTable(10)
    names = [f"0x{number:040x}" for number in range(4)]
    table.add(names)
    assert (table[-1], table[1:3], len(table)) == (names[3], names[1:3], 4)
    assert names[2] in table
    assert "0x" not in table
    with pytest.raises(IndexError):
        table[4]
