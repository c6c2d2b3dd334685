"""Bars of a coin for structure: the exchange's candles with their volume, another venue's, or our own stored marks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from liqscape.insight.structure import PriceBars
from liqscape.service.answers.candles import CandleSource, candles_of_path, finest_interval
from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS

if TYPE_CHECKING:
    from liqscape.service.candles import CandleFeed, VenueCandles
    from liqscape.store.history import HistoryReader

LOOK_BACK_MS = 31 * DAY_MS
"""The longest thing that structure looks at is 30 days; the day more holds what an average needs to begin."""
BAR_MS = 15 * MINUTE_MS
"""Bars are no shorter: 3,000 of them say where volume was traded, and an hour is made of four."""
NO_PRICES = "no prices are known: this map has neither stored frames nor candles"
VENUE_VOLUME = "candles of another venue: what was traded there is not this exchange's volume"
MARK_VOLUME = "made of stored marks, which have no volume: a live map asks its exchange for candles, which have"


@dataclass(frozen=True)
class BarPath:
    """Bars with where they are from. volume_note: why they have no volume, None where they have."""

    source: CandleSource
    bars: PriceBars
    volume_note: str | None


def read_bars(
    reader: HistoryReader | None,
    venue: VenueCandles | None,
    feed: CandleFeed | None,
    coin: str,
    start_ms: int,
    at_ms: int,
) -> BarPath | None:
    """Bars of BAR_MS or longer that start in [start, at]; None where no price is known at all.

    The best source there is, as for the price path: candles of the exchange where they reach back to the start or
    further than our marks, else another venue's, else marks.
    """
    first_ms = None if reader is None else reader.first_ms
    if feed is not None:
        path = _of_feed(feed, coin, start_ms, at_ms, start_ms if first_ms is None else first_ms)
        if path is not None:
            return path
    if venue is not None and coin in venue.coins:
        interval_ms = max(venue.interval_ms, BAR_MS)
        rows = venue.read(coin, start_ms - start_ms % interval_ms, at_ms + 1)
        bars = PriceBars.of_rows(rows, venue.interval_ms).coarser(interval_ms)
        return BarPath(CandleSource("venue_candles", venue.name, interval_ms), bars, VENUE_VOLUME)
    return None if reader is None or first_ms is None else _of_marks(reader, coin, start_ms, at_ms)


def _of_feed(feed: CandleFeed, coin: str, start_ms: int, at_ms: int, first_mark_ms: int) -> BarPath | None:
    near = feed.read(coin, start_ms, at_ms + 1)
    if near is None or not len(near.rows) or near.first_ms > max(start_ms, first_mark_ms):
        return None
    interval_ms = max(near.interval_ms, BAR_MS)
    bars = PriceBars.of_rows(near.rows, near.interval_ms, near.volume).coarser(interval_ms)
    note = None if bars.volume is not None else f"{feed.name} came without volume"
    return BarPath(CandleSource("venue_candles", feed.name, interval_ms), bars, note)


def _of_marks(reader: HistoryReader, coin: str, start_ms: int, at_ms: int) -> BarPath:
    finest_ms = finest_interval(reader.frame_times(max(start_ms, at_ms - DAY_MS), at_ms + 1))
    interval_ms = BAR_MS if finest_ms <= BAR_MS else max(finest_ms, HOUR_MS)
    first_ms = start_ms - start_ms % interval_ms
    times, marks = reader.mark_path(coin, max(first_ms - reader.hold_ms, 0), at_ms + 1)
    rows = candles_of_path(times, marks, interval_ms, reader.hold_ms)
    bars = PriceBars.of_rows(rows[rows[:, 0] >= first_ms], interval_ms)
    return BarPath(CandleSource("mark_path", "mark price of the stored frames", interval_ms), bars, MARK_VOLUME)
