"""What the map needs of a file of another venue's candles; sources/recording has the reader."""

from __future__ import annotations

from collections.abc import Container
from typing import Protocol

from liqscape.units import Float64Array


class VenueCandles(Protocol):
    """Candles of another venue, always shown with its name."""

    @property
    def name(self) -> str:
        """Venue and interval in words: "Binance, 1 hour"."""

    @property
    def interval_ms(self) -> int:
        """Length of one candle."""

    @property
    def coins(self) -> Container[str]:
        """Coins there are candles of."""

    def read(self, coin: str, start_ms: int, end_ms: int) -> Float64Array:
        """(N, 5) time_ms, open, high, low, close of candles that start in [start_ms, end_ms), rising."""
