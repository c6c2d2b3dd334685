"""Liquidation prices by plain loops over floats, sharing no code with the product: what frames are judged by.

    K + size * p = |size| * p * rate - deduction        K: cash and other positions, less their maintenance

The tier is searched; of several roots the one whose own notional selects its tier is the price.
"""

from __future__ import annotations

from collections.abc import Sequence

Tiers = tuple[tuple[float, int], ...]
"""(lower bound of notional in USD, largest leverage), rising bounds; a boundary belongs to the higher tier."""
Held = tuple[float, float, Tiers]
"""(signed size, mark, tiers)."""


def maintenance(notional: float, tiers: Tiers) -> float:
    """USD of one position."""
    rate, deduction = 0.0, 0.0
    for lower_bound, leverage in tiers:
        if notional < lower_bound:
            break
        deduction += lower_bound * (1.0 / (2 * leverage) - rate)
        rate = 1.0 / (2 * leverage)
    return notional * rate - deduction


def liquidation_price(cash: float, held: Sequence[Held], number: int) -> float | None:
    """Mark of one position at which the pool's value is its maintenance; None where no positive mark does it."""
    rest = cash
    for place, (size, mark, tiers) in enumerate(held):
        if place != number:
            rest += size * mark - maintenance(abs(size) * mark, tiers)
    size, _, tiers = held[number]
    rate, deduction = 0.0, 0.0
    for place, (lower_bound, leverage) in enumerate(tiers):
        deduction += lower_bound * (1.0 / (2 * leverage) - rate)
        rate = 1.0 / (2 * leverage)
        upper_bound = tiers[place + 1][0] if place + 1 < len(tiers) else float("inf")
        price = -(rest + deduction) / (size - abs(size) * rate)
        if price > 0.0 and lower_bound <= abs(size) * price < upper_bound:
            return price
    return None
