"""The tick rule: which prices an order may name (HL.DOC.TICK_AND_LOT)."""

from __future__ import annotations

from liqscape.risk.kernels.jit import inlined


@inlined
def price_unit(price: int, size_decimals: int) -> int:
    """Ticks an allowed price of this size is a multiple of: five significant figures, or one USD if that is finer."""
    unit = 1
    while price // unit >= 100_000:
        unit *= 10
    whole = 1
    for _ in range(6 - size_decimals):
        whole *= 10
    return min(unit, whole)


@inlined
def is_allowed_price(price: int, size_decimals: int) -> bool:
    """Tick rule: at most 5 significant figures, or a whole number of USD."""
    return price > 0 and price % price_unit(price, size_decimals) == 0
