"""Numbers of accounts are those of a dict, by names, by words, and where something is named that is no address."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from liqscape.ledger.account_numbers import AccountNumbers
from liqscape.ledger.address_table import read_words
from liqscape.model.address_words import AddressWords

ADDRESSES = st.integers(0, 60).map(lambda number: f"0x{number * 0x1234567890ABCDEF1234567:040x}")
OTHERS = st.sampled_from(["", "alice", "0x" + "g" * 40, f"0x{'1' * 40},0x{'2' * 40}", "0x" + "1" * 39, "ä", "\ud800"])
STEPS = st.lists(st.tuples(st.sampled_from(["add", "found"]), st.lists(ADDRESSES, max_size=9)), max_size=9)


def as_words(names: Sequence[str]) -> AddressWords:
    word = read_words(names)
    assert word is not None
    return AddressWords(word)


@settings(max_examples=examples(150), deadline=None)
@given(STEPS, st.lists(st.booleans(), min_size=9, max_size=9), st.integers(0, 20), OTHERS)
def test_accounts_are_numbered_as_a_dict_numbers_them(
    steps: list[tuple[str, list[str]]], by_words: list[bool], at: int, other: str
) -> None:
    numbers, known = AccountNumbers(), {}
    for step, (what, listed) in enumerate(steps):
        is_other = step == at
        names = [*listed, other] if is_other else listed
        asked: Sequence[str] = as_words(names) if by_words[step] and not is_other else tuple(names)
        wanted = [known.get(name, -1) for name in names]
        if what == "add":
            wanted = [known.setdefault(name, len(known)) for name in names]
            assert numbers.numbers(asked).tolist() == wanted
        else:
            assert numbers.found(asked).tolist() == wanted
    assert list(numbers.names) == list(numbers.listed(np.arange(len(known)))) == list(known)
    assert len(numbers) == len(known)
    assert all(name in numbers and numbers[number] == name for name, number in known.items())
    assert ("0x" + "f" * 40) not in numbers


def test_many_addresses_are_found_again_however_they_are_named() -> None:
    random = np.random.default_rng(5)
    keys = random.integers(0, 256, (5_000, 20), np.uint8)
    names = [f"0x{key.tobytes().hex()}" for key in keys]
    numbers = AccountNumbers()
    for first in range(0, len(names), 1_111):
        numbers.numbers(names[first : first + 1_111])
    order = random.permutation(len(names))
    asked = [names[row] for row in order]
    for each in (asked, as_words(asked)):
        assert numbers.found(each).tolist() == order.tolist()
    assert numbers.found([*asked[:40], "0x" + "f" * 40]).tolist() == [*order[:40].tolist(), -1]
