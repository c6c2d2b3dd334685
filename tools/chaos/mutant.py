"""A guard of the product, how it is broken on purpose and who must notice."""

from __future__ import annotations

from dataclasses import dataclass

CHAOS = "chaos: "
"""Before the name of a kind of fault, where that must notice."""


@dataclass(frozen=True)
class Mutant:
    """name: what the broken guard lets through. path: below the project's folder. caught_by: one is enough."""

    name: str
    path: str
    old: str
    new: str
    caught_by: tuple[str, ...]
