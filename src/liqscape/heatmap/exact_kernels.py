"""Compiled terms of exact_sums.py. Import only inside functions: Numba takes long to load."""

from __future__ import annotations

import numpy as np

from liqscape.heatmap.columns import OrderColumns
from liqscape.heatmap.exact_sums import FIFTHS, PARTIAL_THRESHOLD_STEPS, TO_WHOLE, USD_STEPS, WHOLE_WITHIN
from liqscape.risk.kernels.jit import compiled, inlined
from liqscape.units import Float64Array, Int64Array


@inlined
def whole(number: float) -> float:
    """The nearest whole number, the even one of two, of what is below 2^51."""
    return (number + TO_WHOLE) - TO_WHOLE


@inlined
def lots_of(coins: float, lots_per_coin: float) -> float:
    """Lots of a size; a whole number unless the size is none."""
    lots = coins * lots_per_coin
    nearest = whole(lots)
    return nearest if abs(lots - nearest) <= lots * WHOLE_WITHIN else lots


@inlined
def first_fifths(lots: float, level_steps: float) -> float:
    """Fifths of a lot that go to the book at once, of a position with this level notional, not rounded."""
    return lots * (FIFTHS - (FIFTHS - 1.0) * np.float64(level_steps > PARTIAL_THRESHOLD_STEPS))


@compiled
def count_lots(order: OrderColumns, total: Float64Array, not_whole: Int64Array) -> None:
    """Lots of all positions of each market (M,), and how many positions are no whole number of them (M,)."""
    for market in range(len(total)):
        total[market], not_whole[market] = 0.0, 0
        for at in range(order.market_start[market], order.market_start[market + 1]):
            lots = order.lots[at]
            total[market] += lots
            not_whole[market] += np.int64(lots != whole(lots))


@compiled
def lay_terms(order: OrderColumns, price: Float64Array, lots_per_coin: Float64Array, terms: Float64Array) -> None:
    """Fill terms (Q, 4) with what each position adds to its sums; no level notional where there is no level."""
    for market in range(len(lots_per_coin)):
        steps_per_lot = USD_STEPS / lots_per_coin[market]
        for at in range(order.market_start[market], order.market_start[market + 1]):
            lots = order.lots[at]
            level = lots * steps_per_lot * price[at]
            terms[at, 0], terms[at, 1] = lots, whole(level)
            terms[at, 2], terms[at, 3] = first_fifths(lots, level), 1.0
