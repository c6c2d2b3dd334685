"""`{"type": "candleSnapshot", "req": {"coin", "interval", "startTime", "endTime"}}`: candles, oldest first."""

from __future__ import annotations

import msgspec

from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS

INTERVALS = {
    "1m": MINUTE_MS,
    "3m": 3 * MINUTE_MS,
    "5m": 5 * MINUTE_MS,
    "15m": 15 * MINUTE_MS,
    "30m": 30 * MINUTE_MS,
    "1h": HOUR_MS,
    "2h": 2 * HOUR_MS,
    "4h": 4 * HOUR_MS,
    "8h": 8 * HOUR_MS,
    "12h": 12 * HOUR_MS,
    "1d": DAY_MS,
    "3d": 3 * DAY_MS,
    "1w": 7 * DAY_MS,
    "1M": None,
}
"""Milliseconds; a month has no fixed length."""

MAX_CANDLES = 5_000
"""The newest of the range."""


class Candle(msgspec.Struct, frozen=True, kw_only=True):
    """Opening and closing time (inclusive, ms), coin, interval, prices in USD, volume in coins, number of trades."""

    t: int
    T: int
    s: str
    i: str
    o: float
    c: float
    h: float
    l: float  # noqa: E741, the exchange's own name
    v: float
    n: int


CandleSnapshotAnswer = tuple[Candle, ...]
