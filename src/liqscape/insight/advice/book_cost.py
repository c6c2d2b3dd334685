"""What the book costs an order that takes from it, exactly (docs/stops.md, "Slippage").

    cost(q) = sum over levels of (distance of the level from the mid / mid) * coins taken there,  q coins in all   (3)

The book as it stands now is taken to stand the same way around the stop when the stop is triggered, so that q coins
filled there lose stop * cost(q) USD against the stop. A book is thinner after a fall: nobody measured by how much.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise

from liqscape.insight.advice.records import SlippageSource

STEPS = 16
"""Levels that a span of known depth is cut into, each at its far end: a cost that is a little too high."""


def exact(value: float) -> Fraction:
    """The decimal number a float is printed as."""
    return Fraction(repr(float(value)))


@dataclass(frozen=True, kw_only=True)
class BookCost:
    """One side of a book: distances (shares of the mid), coins and eq. 3 at the end of each level, nearest first."""

    source: SlippageSource
    distance: tuple[Fraction, ...]
    coins: tuple[Fraction, ...]
    cost: tuple[Fraction, ...]

    @property
    def total(self) -> Fraction:
        """Coins that are known to stand there."""
        return self.coins[-1] if self.coins else Fraction(0)

    def at(self, coins: Fraction) -> Fraction | None:
        """Eq. 3; None beyond what is known."""
        if coins > self.total:
            return None
        level = bisect_left(self.coins, coins)
        if level == len(self.coins):
            return Fraction(0)
        before = self.coins[level - 1] if level else Fraction(0)
        paid = self.cost[level - 1] if level else Fraction(0)
        return paid + self.distance[level] * (coins - before)

    def coins_for(self, usd: Fraction, fixed: Fraction, stop: Fraction) -> Fraction | None:
        """Most coins with fixed * coins + stop * cost(coins) <= usd; None where the book ends before."""

        def spent(level: int) -> Fraction:
            return fixed * self.coins[level] + stop * self.cost[level]

        level = bisect_left(range(len(self.coins)), usd, key=spent)
        if level == len(self.coins):
            return None
        before, paid = (self.coins[level - 1], spent(level - 1)) if level else (Fraction(0), Fraction(0))
        return before + (usd - paid) / (fixed + stop * self.distance[level])


def cost_of_levels(levels: Sequence[tuple[float, float]], mid: float) -> BookCost:
    """Of a stored book: (price USD, coins) of the side that is met, best first."""
    middle = exact(mid)
    return _book("measured", [(abs(exact(price) - middle) / middle, exact(size)) for price, size in levels])


def cost_of_depth(depth: Sequence[tuple[float, float]], mid: float) -> BookCost:
    """Of depth alone: (share of the mid, USD within it), nearest first; spread evenly between one share and the next.

    A USD counts as 1 / mid coins wherever it stands: within 2 % that is off by 2 % of the cost at most.
    """
    middle = exact(mid)
    points = [(Fraction(0), Fraction(0)), *((exact(share), exact(usd) / middle) for share, usd in depth)]
    levels = [
        (start + (end - start) * step / STEPS, (coins - before) / STEPS)
        for (start, before), (end, coins) in pairwise(points)
        for step in range(1, STEPS + 1)
    ]
    return _book("modelled", [(distance, max(Fraction(0), coins)) for distance, coins in levels])


def _book(source: SlippageSource, levels: Sequence[tuple[Fraction, Fraction]]) -> BookCost:
    return BookCost(
        source=source,
        distance=tuple(distance for distance, _ in levels),
        coins=tuple(accumulate(coins for _, coins in levels)),
        cost=tuple(accumulate(distance * coins for distance, coins in levels)),
    )
