"""Which levels of a simulated cascade a table as text shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

SHOWN_LEVELS = 24
"""Rows of a table by level; the largest."""


def largest_levels(coins: Sequence[str], coin: str, size: Callable[[int], float], low: Sequence[float]) -> list[int]:
    """Rows of a coin in a table by level, SHOWN_LEVELS at most: the largest, from the highest price down."""
    mine = (row for row, name in enumerate(coins) if name == coin)
    largest = sorted(mine, key=lambda row: -size(row))[:SHOWN_LEVELS]
    return sorted(largest, key=lambda row: -low[row])


def print_smaller_levels(console: Console, coins: Sequence[str], coin: str, shown: Sequence[int]) -> None:
    """How many levels of the coin the table left out; nothing where it has all."""
    left_out = sum(name == coin for name in coins) - len(shown)
    if left_out > 0:
        console.print(f"and {left_out} smaller levels", markup=False)
