"""Bars of a coin for structure: the exchange's candles with their volume, another venue's, or our own stored marks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from liqscape.insight.structure import PriceBars
from liqscape.service.answers.candles import CandleSource, finest_interval
from liqscape.service.price_path import mark_candles, mark_source
from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS, Float64Array

if TYPE_CHECKING:
    from liqscape.service.candles import CandleFeed, VenueCandles
    from liqscape.store.history import HistoryReader

LOOK_BACK_MS = 31 * DAY_MS
"""The longest thing that structure looks at is 30 days; the day more holds what an average needs to begin."""
BAR_MS = 15 * MINUTE_MS
"""Bars are no shorter: 3,000 of them say where volume was traded, and an hour is made of four."""
NO_PRICES = "no prices are known: this map has neither stored frames nor candles"
VENUE_VOLUME = "candles of another venue: what was traded there is not this exchange's volume"
MARK_VOLUME = "made of stored marks, and no trades were written down beside them: no volume is known"
TRADES = "net trades of each known account by the minute, spread over the marks of the quarter of an hour: at least"
"""Whose volume that of stored marks is."""


@dataclass(frozen=True)
class BarPath:
    """Bars with where they are from. volume: whose it is, or why there is none."""

    source: CandleSource
    bars: PriceBars
    volume: str


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
    volume = feed.name if bars.volume is not None else f"{feed.name} came without volume"
    return BarPath(CandleSource("venue_candles", feed.name, interval_ms), bars, volume)


def _of_marks(reader: HistoryReader, coin: str, start_ms: int, at_ms: int) -> BarPath:
    finest_ms = finest_interval(reader.frame_times(max(start_ms, at_ms - DAY_MS), at_ms + 1))
    interval_ms = BAR_MS if finest_ms <= BAR_MS else max(finest_ms, HOUR_MS)
    rows = mark_candles(reader, coin, start_ms, at_ms + 1, interval_ms)
    volume = _traded(reader, coin, rows, interval_ms)
    return BarPath(
        mark_source(interval_ms),
        PriceBars.of_rows(rows, interval_ms, volume),
        MARK_VOLUME if volume is None else TRADES,
    )


def _traded(reader: HistoryReader, coin: str, rows: Float64Array, interval_ms: int) -> Float64Array | None:
    """(N,) coins traded in each bar, at least; None where no trade was written down.

    A frame at the very start of a bar closes the minute before and is in that bar: so is its mark.
    """
    if not len(rows):
        return None
    starts = rows[:, 0].astype(np.int64)
    path = reader.traded_path(coin, int(starts[0]), int(starts[-1]) + interval_ms)
    if not len(path.time_ms):
        return None
    place = np.searchsorted(starts, path.time_ms, "right") - 1
    is_in = path.time_ms - starts[place] < interval_ms
    size: Float64Array = np.bincount(place[is_in], weights=path.size[is_in], minlength=len(starts)).astype(np.float64)
    return size
