"""The price path of a coin, from the best source there is: the exchange's candles, another venue's, our own marks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liqscape.service.answers.candles import (
    CandleSource,
    candles_of_path,
    choose_interval,
    finest_interval,
    resample,
)
from liqscape.units import DAY_MS, Float64Array

if TYPE_CHECKING:
    from liqscape.service.candles import CandleFeed, VenueCandles
    from liqscape.store.history import HistoryReader

BEFORE_MS = DAY_MS
"""Price shown from before the map began, where the exchange tells it: levels are read against where price has been."""

Path = tuple[CandleSource, Float64Array]
"""Candles (N, 5): time_ms, open, high, low, close."""


def read_path(
    reader: HistoryReader,
    venue: VenueCandles | None,
    feed: CandleFeed | None,
    coin: str,
    start_ms: int | None,
    end_ms: int | None,
) -> Path:
    """Candles that touch [start, end), by default of all stored time (and of BEFORE_MS before it, from a feed)."""
    first, last = reader.first_ms or 0, reader.last_ms or 0
    end = last + 1 if end_ms is None else end_ms
    start = first if start_ms is None else start_ms
    if feed is not None:
        from_ms = max(0, start - BEFORE_MS) if start_ms is None else start
        path = _of_feed(feed, coin, from_ms, end, first)
        if path is not None:
            return path
    if venue is not None and coin in venue.coins:
        return _of_venue(venue, coin, start, end)
    return _of_marks(reader, coin, start, end)


def _of_feed(feed: CandleFeed, coin: str, start: int, end: int, first_mark_ms: int) -> Path | None:
    """Where they reach back to the start, or further than our own marks."""
    near = feed.read(coin, start, end)
    if near is None or near.first_ms > max(start, first_mark_ms):
        return None
    interval = choose_interval(max(start, near.first_ms), end, near.interval_ms)
    if interval > near.interval_ms:
        near = feed.read(coin, start - start % interval, end) or near  # whole candles
    return CandleSource("venue_candles", feed.name, interval), resample(near.rows, interval)


def _of_venue(venue: VenueCandles, coin: str, start: int, end: int) -> Path:
    interval = choose_interval(start, end, venue.interval_ms)
    rows = venue.read(coin, start - start % interval, end)
    if interval > venue.interval_ms:
        rows = resample(rows, interval)
    return CandleSource("venue_candles", venue.name, interval), rows


def _of_marks(reader: HistoryReader, coin: str, start: int, end: int) -> Path:
    interval = choose_interval(start, end, finest_interval(reader.frame_times(start, end)))
    return mark_source(interval), mark_candles(reader, coin, start, end, interval)


def mark_source(interval_ms: int) -> CandleSource:
    """Said of candles that are made of our own marks."""
    return CandleSource("mark_path", "mark price of the stored frames", interval_ms)


def mark_candles(reader: HistoryReader, coin: str, start_ms: int, end_ms: int, interval_ms: int) -> Float64Array:
    """Candles (N, 5) of our own marks that touch [start, end), whole ones."""
    first_ms = start_ms - start_ms % interval_ms
    times, marks = reader.mark_path(coin, max(first_ms - reader.hold_ms, 0), end_ms)  # and what was in force then
    rows = candles_of_path(times, marks, interval_ms, reader.hold_ms)
    whole: Float64Array = rows[rows[:, 0] >= first_ms]
    return whole
