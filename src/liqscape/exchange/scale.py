"""Between natural units and the exchange's integers: ticks, lots, micro-USD (docs/exchange.md, "Units")."""

from __future__ import annotations

import math

import numpy as np

from liqscape.errors import ModelError
from liqscape.model.margin_tables import MarginTables
from liqscape.units import Float64Array, Int64Array

UUSD = 1_000_000
"""micro-USD in a USD."""
MAX_DECIMALS = 6
"""size_decimals + price decimals of every perpetual."""
LARGEST_MULTIPLIER = 1_000_000
LARGEST_MAINTENANCE = 0.9 * 2**63
LARGEST_UUSD = 2**53
"""9.0e15: no amount of money above 9 billion USD, so that floats hold every amount exactly."""


def price_scale(size_decimals: int) -> int:
    """Ticks a USD."""
    return int(10 ** (MAX_DECIMALS - size_decimals))


def to_ticks(price: float, size_decimals: int) -> int:
    """Nearest price an order may have: at most 5 significant figures, or a whole number of USD. At least one tick."""
    ticks = price * price_scale(size_decimals)
    unit = 1
    while ticks / unit >= 100_000:
        unit *= 10
    unit = min(unit, price_scale(size_decimals))
    return max(unit, math.floor(ticks / unit + 0.5) * unit)


def marks_to_ticks(price: Float64Array, size_decimals: Int64Array) -> Int64Array:
    """Nearest ticks of marks and oracles, which follow no 5-figure rule; 0 where the price is not known."""
    scaled = np.floor(price * 10.0 ** (MAX_DECIMALS - size_decimals) + 0.5)
    ticks: Int64Array = np.where(np.isnan(price), 0.0, np.maximum(scaled, 1.0)).astype(np.int64)
    return ticks


def from_ticks(ticks: Int64Array, size_decimals: Int64Array) -> Float64Array:
    """USD; NaN where ticks are 0 (not known)."""
    prices: Float64Array = np.where(ticks == 0, np.nan, ticks / 10.0 ** (MAX_DECIMALS - size_decimals))
    return prices


def to_lots(size: Float64Array, size_decimals: Int64Array) -> Int64Array:
    """Nearest whole lots of a signed size in coins."""
    lots: Int64Array = np.rint(size * 10.0**size_decimals).astype(np.int64)
    return lots


def from_lots(lots: Int64Array, size_decimals: Int64Array) -> Float64Array:
    """Coins."""
    coins: Float64Array = lots / 10.0**size_decimals
    return coins


def to_uusd(usd: float) -> int:
    """Nearest micro-USD."""
    return round(usd * UUSD)


def multiplier_of(tables: MarginTables) -> int:
    """Least common multiple of all 2 * max_leverage. Raises ModelError where exact maintenance would not fit."""
    multiple = math.lcm(*(2 * tier.max_leverage for table in tables.tables for tier in table.tiers), 2)
    if multiple > LARGEST_MULTIPLIER:
        raise ModelError(f"margin tables need 1/{multiple} micro-USD, the exchange counts in 1/{LARGEST_MULTIPLIER}")
    return multiple


def largest_notional(tier: Int64Array) -> Float64Array:
    """(T,) micro-USD of a position in each table whose maintenance x MULTIPLIER still fits into 64 bits."""
    most: Float64Array = np.minimum(LARGEST_UUSD, LARGEST_MAINTENANCE / np.maximum(1, tier[:, :, 1].max(axis=1)))
    return most


def scaled_tiers(tables: MarginTables, multiplier: int) -> Int64Array:
    """(T, K, 3) lower bound in micro-USD, rate and deduction times `multiplier`; short tables repeat the last tier."""
    width = max((len(table.tiers) for table in tables.tables), default=1)
    rows = np.zeros((len(tables), width, 3), np.int64)
    for at, table in enumerate(tables.tables):
        rate, deduction = 0, 0
        for column in range(width):
            tier = table.tiers[min(column, len(table.tiers) - 1)]
            bound = round(tier.lower_bound * UUSD)
            after = multiplier // (2 * tier.max_leverage)
            if 0 < column < len(table.tiers):
                deduction += bound * (after - rate)
            rate = after
            rows[at, column] = bound, rate, deduction
    return rows
