"""Candles of prices that were made up, coins following BTC by known betas."""

from __future__ import annotations

import numpy as np

from liqscape.units import HOUR_MS, Float64Array


class MadeCandles:
    """Hourly candles of made-up prices: ETH follows BTC 1.4 times, kPEPE twice as far; ETH lacks some hours."""

    name = "Made, 1 hour"
    interval_ms = HOUR_MS

    def __init__(self, end_ms: int, hours: int = 1_000) -> None:
        way = np.cumsum(0.005 * np.random.default_rng(3).standard_normal(hours))
        times = end_ms - HOUR_MS * np.arange(hours, 0, -1.0)
        self.rows = {
            coin: np.column_stack([times, *[np.exp(beta * way)] * 4])
            for coin, beta in (("BTC", 1.0), ("ETH", 1.4), ("kPEPE", 2.0))
        }
        self.rows["ETH"] = np.delete(self.rows["ETH"], [600, 650], axis=0)
        self.coins = tuple(self.rows)

    def read(self, coin: str, start_ms: int, end_ms: int) -> Float64Array:
        rows = self.rows[coin]
        return rows[(rows[:, 0] >= start_ms) & (rows[:, 0] < end_ms)]
