"""The liquidation price in exact fractions and plain loops: slow, short, and right by definition."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from liqscape.model import MarginTier

Holding = tuple[Fraction, Fraction, Sequence[MarginTier]]
"""Signed size, mark, tiers."""


def liquidation_price(raw_usd: Fraction, holdings: Sequence[Holding], index: int) -> Fraction | None:
    """Price of one holding at which the pool's value equals its maintenance; None where no positive price does."""
    others = raw_usd
    for place, (size, mark, tiers) in enumerate(holdings):
        if place != index:
            others += size * mark - _maintenance(abs(size) * mark, tiers)
    size, _, tiers = holdings[index]
    for tier, (lower_bound, rate, deduction) in enumerate(rows := _rows(tiers)):
        price = -(others + deduction) / (size - abs(size) * rate)
        upper_bound = rows[tier + 1][0] if tier + 1 < len(rows) else None
        notional = abs(size) * price
        if price > 0 and notional >= lower_bound and (upper_bound is None or notional < upper_bound):
            return price
    return None


def _maintenance(notional: Fraction, tiers: Sequence[MarginTier]) -> Fraction:
    _, rate, deduction = [row for row in _rows(tiers) if notional >= row[0]][-1]
    return notional * rate - deduction


def _rows(tiers: Sequence[MarginTier]) -> list[tuple[Fraction, Fraction, Fraction]]:
    rows: list[tuple[Fraction, Fraction, Fraction]] = []
    for tier in tiers:
        lower_bound, rate = Fraction(tier.lower_bound), Fraction(1, 2 * tier.max_leverage)
        deduction = rows[-1][2] + lower_bound * (rate - rows[-1][1]) if rows else Fraction(0)
        rows.append((lower_bound, rate, deduction))
    return rows
