"""How much of a claim `make test` tries, and how much `make truth`: the same claim, over one world or over all."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TypeVar

import pytest

Value = TypeVar("Value")

IS_WHOLE = os.environ.get("LIQSCAPE_TESTS") == "truth"
"""Set by `make truth`: properties are tried on every example they name."""
SHARE, MIN_EXAMPLES = 5, 12
"""Of the examples of a property `make test` tries a fifth, and no fewer than so many."""


def examples(whole: int, least: int = MIN_EXAMPLES, share: int = SHARE) -> int:
    """Examples of a property to try now, of the `whole` number that `make truth` tries.

    least, share  for properties one example of which takes long.
    """
    return whole if IS_WHOLE else min(whole, max(least, whole // share))


def every(steps: int) -> int:
    """Width of the stride through places of which `make truth` tries each, and `make test` one in `steps`."""
    return 1 if IS_WHOLE else steps


def first_of(values: Iterable[Value]) -> list[object]:
    """Parameters of a table over many worlds: the first stays in `make test`, the others are left to `make truth`."""
    first, *others = values
    return [first, *(pytest.param(other, marks=pytest.mark.truth) for other in others)]
