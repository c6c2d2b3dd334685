"""A candle feed of a made-up way of price, a month of quarters of an hour, with volume."""

from __future__ import annotations

import numpy as np

from liqscape.service.candles import NearCandles
from liqscape.units import DAY_MS, MINUTE_MS, Float64Array

QUARTER_MS = 15 * MINUTE_MS


class MadeFeed:
    """Candles that end at `last` USD at a time; with_volume: whether they say what was traded."""

    name = "trades of a test"

    def __init__(self, end_ms: int, last: float, days: int = 32, *, with_volume: bool = True) -> None:
        count = days * DAY_MS // QUARTER_MS
        rng = np.random.default_rng(11)
        way = np.cumsum(0.003 * rng.standard_normal(count + 1))
        price = last * np.exp(way - way[-1])
        end_ms -= end_ms % QUARTER_MS
        times = end_ms - QUARTER_MS * np.arange(count - 1, -1, -1.0)  # the last one is under way
        before, after = price[:-1], price[1:]
        high, low = 1.001 * np.maximum(before, after), 0.999 * np.minimum(before, after)
        self.rows: Float64Array = np.column_stack([times, before, high, low, after])
        self.volume = rng.integers(1, 100, count).astype(np.float64) if with_volume else None

    def read(self, coin: str, start_ms: int, end_ms: int) -> NearCandles | None:
        assert coin
        first, last = np.searchsorted(self.rows[:, 0], [start_ms - start_ms % QUARTER_MS, end_ms])
        volume = None if self.volume is None else self.volume[first:last]
        return NearCandles(self.rows[first:last], QUARTER_MS, int(self.rows[0, 0]), volume)
