"""The slow twin of joint liquidation: 50-digit decimals, a dense scan and bisection. Shares no code with liqscape."""

from __future__ import annotations

from decimal import Decimal, getcontext
from fractions import Fraction
from typing import NamedTuple

from reference import rate_and_deduction

getcontext().prec = 50


class Moving(NamedTuple):
    """One position whose mark moves: size, mark now, slope of the log mark, tiers [(lower bound, max leverage)]."""

    size: float
    mark: float
    slope: float
    tiers: tuple[tuple[float, int], ...]


def free_margin(raw_usd: float, positions: list[Moving], factor: Decimal) -> Decimal:
    """Account value minus maintenance at a point of the path; the tier is searched, not maximised."""
    total = Decimal(raw_usd)
    for held in positions:
        exposure = Decimal(held.size) * Decimal(held.mark) * (Decimal(held.slope) * factor).exp()
        total += exposure - _maintenance(abs(exposure), held.tiers)
    return total


def first_liquidation(raw_usd: float, positions: list[Moving], reach: float, cells: int) -> Decimal | None:
    """Least factor with free margin below zero, as far as a scan of `cells` sees; None if it sees none."""
    before = Decimal(0)
    if free_margin(raw_usd, positions, before) < 0:
        return before
    for cell in range(1, cells + 1):
        point = Decimal(reach) * cell / cells
        if free_margin(raw_usd, positions, point) < 0:
            return _bisect(raw_usd, positions, before, point)
        before = point
    return None


def _bisect(raw_usd: float, positions: list[Moving], low: Decimal, high: Decimal) -> Decimal:
    for _ in range(100):
        middle = (low + high) / 2
        if free_margin(raw_usd, positions, middle) < 0:
            high = middle
        else:
            low = middle
    return high


def _maintenance(notional: Decimal, tiers: tuple[tuple[float, int], ...]) -> Decimal:
    rows = rate_and_deduction(tuple((Fraction(bound), leverage) for bound, leverage in tiers))
    tier = max(index for index, row in enumerate(rows) if notional >= _decimal(row[0]))
    return notional * _decimal(rows[tier][1]) - _decimal(rows[tier][2])


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)
