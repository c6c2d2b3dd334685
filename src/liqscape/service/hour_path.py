"""Prices of a coin before a moment as candles of an hour or less, from the source that knows most of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from liqscape.insight.odds.hours import HourBars, hours_before
from liqscape.service.answers.candles import CandleSource, candles_of_path, finest_interval
from liqscape.service.price_path import mark_source
from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS, Float64Array

if TYPE_CHECKING:
    from liqscape.service.view import MapView

MAX_HISTORY_MS = 730 * DAY_MS
MAX_MARK_STEP_MS = 5 * MINUTE_MS
"""Stored marks further apart miss too much of an hour's range."""


@dataclass(frozen=True)
class HourPath:
    """rows (N, 5) time_ms, open, high, low, close of candles of at most an hour; bars: whole hours of a UTC clock."""

    rows: Float64Array
    bars: HourBars
    source: CandleSource


def hour_path(view: MapView, coin: str, at_ms: int) -> HourPath | None:
    """Of sources that know the last whole hour before `at_ms` the one that knows most hours; None without one.

    Candles of the exchange come before those of another venue, those before stored marks, where they know as much.
    """
    best: HourPath | None = None
    most = 0
    for source, rows in _sources(view, coin, max(0, at_ms - MAX_HISTORY_MS), at_ms):
        bars = hours_before(rows, at_ms - at_ms % HOUR_MS)
        known = np.isfinite(bars.close)
        count = int(known.sum()) if len(bars) and known[-1] else 0
        if count > most:
            best, most = HourPath(rows, bars, source), count
    return best


def _sources(view: MapView, coin: str, start_ms: int, at_ms: int) -> Iterator[tuple[CandleSource, Float64Array]]:
    venue, reader = view.price_sources
    feed = view.candle_feed
    near = None if feed is None else feed.read(coin, start_ms, at_ms)
    if feed is not None and near is not None:
        yield CandleSource("venue_candles", feed.name, near.interval_ms), near.rows
    if venue is not None and coin in venue.coins and venue.interval_ms <= HOUR_MS:
        yield CandleSource("venue_candles", venue.name, venue.interval_ms), venue.read(coin, start_ms, at_ms)
    if reader is not None and reader.first_ms is not None:
        times, marks = reader.mark_path(coin, start_ms, at_ms + 1)
        interval = finest_interval(times)
        if len(times) > 1 and interval <= MAX_MARK_STEP_MS:
            rows = candles_of_path(times, marks, interval, reader.hold_ms)
            yield mark_source(interval), rows
