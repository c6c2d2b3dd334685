"""What the map needs of candles: of another venue, from a file (sources/recording), or of the exchange it is fed by."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
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


@dataclass(frozen=True)
class NearCandles:
    """Candles at hand: rows (N, 5) as VenueCandles.read, first_ms the oldest one there is of this interval.

    volume (N,) coins traded in each; None where it is not known.
    """

    rows: Float64Array
    interval_ms: int
    first_ms: int
    volume: Float64Array | None = None


class CandleFeed(Protocol):
    """Candles of the exchange the map is fed by. What is not at hand is asked for, and there for a later question."""

    @property
    def name(self) -> str:
        """Whose candles they are."""

    def read(self, coin: str, start_ms: int, end_ms: int) -> NearCandles | None:
        """Candles that start in [start_ms, end_ms), rising; None while nothing is at hand."""
