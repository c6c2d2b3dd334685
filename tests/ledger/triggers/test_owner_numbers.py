"""Owners of trigger orders keep the number they got first, and are found by name."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from liqscape.ledger.triggers.owner_numbers import OwnerNumbers

BATCHES = st.lists(st.lists(st.sampled_from("abcdefghij"), max_size=6), max_size=8)


@given(BATCHES)
def test_numbers_follow_the_order_of_first_sight_and_stay(batches: list[list[str]]) -> None:
    numbers, seen = OwnerNumbers(), list[str]()
    for batch in batches:
        seen += [name for name in dict.fromkeys(batch) if name not in seen]
        assert numbers.numbers(batch).tolist() == [seen.index(name) for name in batch]
        assert numbers.listed() == tuple(seen)
        assert len(numbers) == len(seen)
        assert numbers.found("ajz").tolist() == [seen.index(name) if name in seen else -1 for name in "ajz"]


def test_names_are_the_same_object_while_nobody_is_new() -> None:
    numbers = OwnerNumbers()
    numbers.numbers(("a", "b"))
    listed = numbers.listed()
    numbers.numbers(("b",))
    assert numbers.listed() is listed
    numbers.numbers(("c",))
    assert listed == ("a", "b")
    assert numbers.listed() == ("a", "b", "c")
