"""`{"type": "candleSnapshot", "req": {"coin", "interval", "startTime", "endTime"}}`: candles, oldest first."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS
from liqscape.wire.info.request import Example, InfoRequest, Milliseconds
from liqscape.wire.info.sizes import MB

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


class CandleRange(msgspec.Struct, frozen=True, omit_defaults=True):
    """Candles that open within these times; up to now without an end."""

    coin: str
    interval: str
    startTime: Milliseconds
    endTime: Milliseconds | None = None


class CandleSnapshotRequest(InfoRequest[CandleSnapshotAnswer], frozen=True, tag="candleSnapshot"):
    """Candles of one coin."""

    req: CandleRange

    items_per_weight: ClassVar = 60
    max_items: ClassVar = MAX_CANDLES
    max_bytes: ClassVar = 2 * MB  # 5,000 candles of 150 bytes
    example: ClassVar = Example(
        '{"type": "candleSnapshot", "req": {"coin": "BTC", "interval": "1m", "startTime": 1770000000000, '
        '"endTime": 1770003600000}}',
        '[{"t": 1770000000000, "T": 1770000059999, "s": "BTC", "i": "1m", "o": "100000.0", "c": "100050.0", '
        '"h": "100100.0", "l": "99990.0", "v": "12.5", "n": 40}]',
    )
