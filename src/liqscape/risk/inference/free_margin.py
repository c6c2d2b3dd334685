"""Free margin of a pool implied by one published liquidation price (docs/liquidation.md, inverse of eq. 1).

At the liquidation price p of one coin, the others frozen, the pool holds exactly its maintenance, so its free
margin now (account value minus maintenance, at mark m) is

    G = M(|s| p) - M(|s| m) - s (p - m)          M = maintenance in the position's own table            (1)

The other positions drop out. All positions of one pool give the same G: to 1e-9 of
the price on recorded accounts, which is what makes a position of another pool or of another table visible.
As a pocket of its own the same row holds

    raw_usd = M(|s| p) - s p                                                                           (2)
"""

from __future__ import annotations

import numpy as np

from liqscape.model.margin_tables import MarginTables
from liqscape.risk.margin import maintenance_margin
from liqscape.units import AnyArray, Float64Array

FLOAT_NOISE = 64 * np.finfo(np.float64).eps
"""Relative rounding of the few float operations of eq. 1, on the venue's side and on ours."""


def implied_free_margin(
    size: Float64Array, mark: Float64Array, price: Float64Array, table_row: AnyArray, tables: MarginTables
) -> Float64Array:
    """G of eq. 1 for every row, USD; NaN where price or mark is."""
    amount = np.abs(size)
    at_price = maintenance_margin(amount * price, table_row, tables)
    at_mark = maintenance_margin(amount * mark, table_row, tables)
    return at_price - at_mark - size * (price - mark)


def free_margin_width(
    size: Float64Array,
    mark: Float64Array,
    price: Float64Array,
    price_resolution: Float64Array,
    value_resolution: Float64Array,
) -> Float64Array:
    """How far G may be off, USD, by the printed digits: half a unit of the last digit of price and position value."""
    amount = np.abs(size)
    slope = 1.5 * amount  # |dG/dp| = |s| (1 -+ rate), and no rate is above 1/2
    noise = FLOAT_NOISE * amount * (np.abs(price) + mark)
    return slope * price_resolution + 1.5 * value_resolution + noise


def pocket_raw_usd(size: Float64Array, price: Float64Array, table_row: AnyArray, tables: MarginTables) -> Float64Array:
    """raw_usd of eq. 2: what the row holds if it is a pool of its own, USD."""
    return maintenance_margin(np.abs(size) * price, table_row, tables) - size * price


def pocket_raw_usd_of_free_margin(
    free_margin: Float64Array, size: Float64Array, mark: Float64Array, table_row: AnyArray, tables: MarginTables
) -> Float64Array:
    """raw_usd of a pocket of one position that has the given free margin at the mark, USD: it solves to the price
    the position has in its pool. `pool.raw_usd_from_free_margin` gives the cash of the pool itself."""
    return free_margin + maintenance_margin(np.abs(size) * mark, table_row, tables) - size * mark
