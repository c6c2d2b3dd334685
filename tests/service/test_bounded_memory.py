"""A memory holds the values asked for last, none as well, and what failed is made again."""

from __future__ import annotations

import pytest

from liqscape.service.bounded_memory import BoundedMemory


def test_a_value_is_made_once() -> None:
    memory: BoundedMemory[str, int] = BoundedMemory(2)
    made: list[int] = []

    def make() -> int:
        made.append(1)
        return 7

    assert (memory.find("a", make), memory.find("a", make), memory.get("a")) == (7, 7, 7)
    assert len(made) == 1


def test_none_is_a_value_that_is_kept() -> None:
    memory: BoundedMemory[str, int | None] = BoundedMemory(2)
    assert memory.find("a", lambda: None) is None
    assert memory.find("a", lambda: 1) is None


def test_the_value_asked_for_longest_ago_goes_first() -> None:
    memory: BoundedMemory[str, int] = BoundedMemory(2)
    memory.keep("a", 1)
    memory.keep("b", 2)
    assert memory.get("a") == 1
    memory.keep("c", 3)
    assert [*memory] == ["a", "c"]
    assert memory.get("b") is None


def test_what_could_not_be_made_is_not_kept() -> None:
    memory: BoundedMemory[str, int] = BoundedMemory(2)

    def fail() -> int:
        raise ValueError("not now")

    with pytest.raises(ValueError, match="not now"):
        memory.find("a", fail)
    assert memory.find("a", lambda: 1) == 1
