"""Addresses of a map are the sequence of their names, of which none is kept."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from liqscape.ledger.account_numbers import AccountNumbers
from liqscape.ledger.address_table import AddressTable
from liqscape.ledger.known_addresses import NAMES, KnownAddresses, rows_among
from liqscape.model.accounts import Accounts

COUNT = NAMES + 300
"""More than are made at once."""


def named(count: int, seed: int = 1) -> tuple[str, ...]:
    text = np.random.default_rng(seed).bytes(20 * count).hex()
    return tuple("0x" + text[row : row + 40] for row in range(0, len(text), 40))


@pytest.fixture(scope="module")
def table() -> AddressTable:
    table = AddressTable(10 * COUNT)
    table.add(named(COUNT))
    return table


@pytest.fixture(scope="module")
def order() -> np.ndarray:
    return np.random.default_rng(2).permutation(COUNT)[: COUNT - 10]


def test_it_is_the_tuple_of_its_names(table: AddressTable, order: np.ndarray) -> None:
    twin, found = tuple(named(COUNT)[row] for row in order.tolist()), KnownAddresses(table, order)
    assert len(found) == len(twin)
    assert tuple(found) == twin
    assert found == twin
    assert twin == found
    assert found[3] == twin[3]
    assert found[-1] == twin[-1]
    assert found[np.int32(7)] == twin[7]
    assert found[5:9] == twin[5:9]
    assert found[:0] == ()
    assert found[:0] == ()
    assert found != twin[:-1]
    assert found != (*twin[:-1], named(1, 9)[0])
    assert found != "0x"
    assert found == KnownAddresses(table, order.copy())
    assert found != KnownAddresses(table, order[::-1])
    assert pickle.loads(pickle.dumps(found)) == twin
    assert np.array(found, np.object_).tolist() == list(twin)
    with pytest.raises(IndexError):
        found[len(twin)]


def test_a_name_is_found_where_it_stands(table: AddressTable, order: np.ndarray) -> None:
    found = KnownAddresses(table, order)
    twin = list(found)
    for row in (0, 17, len(twin) - 1):
        assert found.index(twin[row]) == row
        assert twin[row] in found
    missing = [table[int(row)] for row in np.setdiff1d(np.arange(COUNT), order)]
    for name in (*missing, twin[0].upper(), twin[0][:-1], "0x", "", "alice", "0x" + 40 * "g"):
        assert name not in found
        with pytest.raises(ValueError, match="not among"):
            found.index(name)
    assert 3 not in found
    with pytest.raises(ValueError, match="not among"):
        found.index(twin[5], 6)
    assert found.index(twin[5], 5, 6) == 5


def test_rows_of_those_wanted_are_those_of_a_walk_over_names(table: AddressTable, order: np.ndarray) -> None:
    found = KnownAddresses(table, order)
    names = list(found)
    alike = names[4][:-1] + ("0" if names[4][-1] != "0" else "1")
    for wanted in (frozenset[str](), {names[8], names[2], alike, "alice", names[3].upper()}, frozenset(names[::3])):
        assert rows_among(found, wanted).tolist() == rows_among(tuple(names), wanted).tolist()


def test_it_stays_what_it_is_while_the_table_grows() -> None:
    table = AddressTable(10_000)
    table.add(named(100))
    found = KnownAddresses(table, np.arange(100))
    table.add(named(5_000, 3))
    assert found == named(100)


def test_accounts_that_are_kept_hold_names_and_no_table() -> None:
    numbers = AccountNumbers()
    listed = numbers.listed(numbers.numbers(named(3)))
    kept = replace(Accounts.empty(), addresses=listed).with_names()
    assert kept.addresses == named(3)
    assert isinstance(kept.addresses, tuple)


def test_ten_thousand_accounts_take_no_object_a_name() -> None:
    numbers = AccountNumbers()
    listed = numbers.listed(numbers.numbers(named(10_000)))
    assert isinstance(listed, KnownAddresses)
    table = numbers._table
    assert table.words.nbytes + table._slot.nbytes <= 50 * 10_000
    assert not numbers._names


def test_names_that_are_no_addresses_are_kept_as_they_are() -> None:
    numbers = AccountNumbers()
    numbers.numbers(named(3))
    before = numbers.listed(np.arange(3))
    numbers.numbers(("alice", named(1)[0]))
    assert numbers.listed(np.arange(4)) == (*named(3), "alice")
    assert numbers.listed(np.arange(3)) == before
    assert numbers.found(("alice", "bob", named(2)[1])).tolist() == [3, -1, 1]
