"""The slow twin: margin and liquidation in exact fractions and plain loops. It states the specification.

Nothing here shares code with liqscape. A pool is (raw_usd, [(size, mark, tiers), ...]) with tiers as
[(lower_bound, max_leverage), ...]; every number is a Fraction.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Holding:
    """One position of a reference pool."""

    size: Fraction
    mark: Fraction
    tiers: tuple[tuple[Fraction, int], ...]


def rate_and_deduction(tiers: tuple[tuple[Fraction, int], ...]) -> list[tuple[Fraction, Fraction, Fraction]]:
    """(lower bound, rate, deduction) of each tier."""
    rows: list[tuple[Fraction, Fraction, Fraction]] = []
    for lower_bound, max_leverage in tiers:
        rate = Fraction(1, 2 * max_leverage)
        deduction = Fraction(0)
        if rows:
            deduction = rows[-1][2] + lower_bound * (rate - rows[-1][1])
        rows.append((lower_bound, rate, deduction))
    return rows


def maintenance(notional: Fraction, tiers: tuple[tuple[Fraction, int], ...], share: Fraction = Fraction(1)) -> Fraction:
    """Maintenance margin by *searching* the tier that holds the notional; the boundary belongs to the higher."""
    rows = rate_and_deduction(tiers)
    tier = max(index for index, row in enumerate(rows) if notional >= row[0])
    return share * (notional * rows[tier][1] - rows[tier][2])


def account_value(raw_usd: Fraction, holdings: list[Holding]) -> Fraction:
    return raw_usd + sum((h.size * h.mark for h in holdings), Fraction(0))


def pool_maintenance(holdings: list[Holding]) -> Fraction:
    return sum((maintenance(abs(h.size) * h.mark, h.tiers) for h in holdings), Fraction(0))


def liquidation_price(
    raw_usd: Fraction, holdings: list[Holding], index: int, share: Fraction = Fraction(1)
) -> tuple[Fraction, int] | None:
    """(price, tier) at which the pool's value equals share * maintenance; None where no positive price does.

    Tries every tier and keeps the root whose own notional selects that tier.
    """
    others = raw_usd
    for position, holding in enumerate(holdings):
        if position != index:
            exposure = holding.size * holding.mark
            others += exposure - maintenance(abs(exposure), holding.tiers, share)
    moved = holdings[index]
    rows = rate_and_deduction(moved.tiers)
    for tier, (lower_bound, rate, deduction) in enumerate(rows):
        slope = moved.size - abs(moved.size) * rate * share
        price = -(others + deduction * share) / slope
        upper_bound = rows[tier + 1][0] if tier + 1 < len(rows) else None
        notional = abs(moved.size) * price
        if price > 0 and notional >= lower_bound and (upper_bound is None or notional < upper_bound):
            return price, tier
    return None


def gross(raw_usd: Fraction, holdings: list[Holding]) -> Fraction:
    """Sum of the absolute terms that enter a pool's total: the scale on which float64 rounds."""
    return abs(raw_usd) + sum((abs(h.size) * h.mark for h in holdings), Fraction(0))
