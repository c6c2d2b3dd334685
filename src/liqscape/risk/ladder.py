"""The orders the exchange is expected to send for one position (docs/liquidation.md, eq. 7 to 9).

A position above 100,000 USD is closed in part first: 20 % of it. For 30 s after that every order is for the
whole rest (HL.DOC.LIQUIDATIONS), so the rest follows at once if the mark stays there; if the mark moves back,
the next 20 % come at the next trigger. The ladder here is the second, slow reading: one slice a trigger.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from liqscape.errors import ModelError
from liqscape.model.margin_tables import MarginTable
from liqscape.units import Float64Array

PARTIAL_THRESHOLD_USD = 100_000.0  # HL.DOC.LIQUIDATIONS; 10,000 on testnet
PARTIAL_SHARE = 0.2  # HL.DOC.LIQUIDATIONS


class ExpectedOrder(NamedTuple):
    """One order: at `price` (mark, USD) `size` coins (> 0) worth `notional` USD go to the book."""

    price: float
    size: float
    notional: float


def first_order_size(size: Float64Array, price: Float64Array) -> Float64Array:
    """Coins of the first order of each position (size > 0) liquidated at price: 20 % above 100k USD (eq. 7)."""
    return np.where(size * price > PARTIAL_THRESHOLD_USD, PARTIAL_SHARE * size, size)


def order_ladder(size: float, others: float, table: MarginTable) -> tuple[ExpectedOrder, ...]:
    """Orders of one position as the mark runs through them, each filled at its trigger without slippage (eq. 8).

    size   signed coins.
    others USD: raw USD plus (exposure - maintenance) of the pool's other positions, marks frozen.

    After a fill of f coins at p the pool holds size - f and others + f * p, and the next trigger is where the
    rest reaches maintenance. The last order takes all. Empty where no positive mark liquidates.
    Raises ModelError for size 0.
    """
    if size == 0.0:
        raise ModelError("a ladder needs a position, size is 0")
    orders: list[ExpectedOrder] = []
    held, cash = size, others
    while held != 0.0:
        price = _trigger(held, cash, table)
        if not price > 0.0:
            break
        amount = abs(held) * (PARTIAL_SHARE if abs(held) * price > PARTIAL_THRESHOLD_USD else 1.0)
        orders.append(ExpectedOrder(price, amount, amount * price))
        if amount == abs(held):
            break
        signed = amount if held > 0.0 else -amount
        cash += signed * price
        held -= signed
    return tuple(orders)


def _trigger(size: float, others: float, table: MarginTable) -> float:
    side = 1.0 if size > 0.0 else -1.0
    candidates = (
        -(others + float(deduction)) / (1.0 - side / (2.0 * tier.max_leverage))
        for tier, deduction in zip(table.tiers, table.deductions(), strict=True)
    )
    return max(candidates) / size
