"""The price path of a live map: the exchange's own candles, from before the map began, where they reach far enough."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from memory_history import MemoryHistory
from small_market import MINUTE_MS, START_MS

from liqscape.service.candles import NearCandles
from liqscape.service.price_path import BEFORE_MS
from liqscape.service.view import MapView


@dataclass
class Feed:
    """Candles of a minute, every one from `first_ms` on; None has nothing yet."""

    first_ms: int | None
    name: str = "trades of a test"

    def read(self, coin: str, start_ms: int, end_ms: int) -> NearCandles | None:
        assert coin == "BTC"
        if self.first_ms is None:
            return None
        times = np.arange(max(self.first_ms, start_ms - start_ms % MINUTE_MS), end_ms, MINUTE_MS, np.float64)
        return NearCandles(np.column_stack([times, *[times / MINUTE_MS] * 4]), MINUTE_MS, self.first_ms)


def path(history: MemoryHistory, first_ms: int | None, start_ms: int | None = None) -> tuple[str, int, int]:
    answer = MapView(history, feed=Feed(first_ms)).candles("BTC", start_ms)
    return answer.source.kind, answer.source.interval_ms, answer.candles[0][0]


def test_the_path_begins_a_day_before_the_map(history: MemoryHistory) -> None:
    assert path(history, START_MS - 3 * BEFORE_MS) == ("venue_candles", MINUTE_MS, START_MS - BEFORE_MS)


def test_a_market_younger_than_a_day_begins_with_its_first_candle(history: MemoryHistory) -> None:
    assert path(history, START_MS - 5 * MINUTE_MS) == ("venue_candles", MINUTE_MS, START_MS - 5 * MINUTE_MS)


def test_a_range_that_was_asked_for_is_what_is_answered(history: MemoryHistory) -> None:
    first = path(history, START_MS - 3 * BEFORE_MS, START_MS + 2 * MINUTE_MS)
    assert first == ("venue_candles", MINUTE_MS, START_MS + 2 * MINUTE_MS)


@pytest.mark.parametrize("first_ms", [None, START_MS + 4 * MINUTE_MS])
def test_our_own_marks_where_candles_do_not_reach_back_as_far(history: MemoryHistory, first_ms: int | None) -> None:
    assert path(history, first_ms) == ("mark_path", MINUTE_MS, START_MS)


def test_a_long_range_gets_coarser_candles(history: MemoryHistory) -> None:
    kind, interval, first = path(history, START_MS - 3 * BEFORE_MS, START_MS - 3 * BEFORE_MS)
    assert (kind, interval) == ("venue_candles", 3 * MINUTE_MS)
    asked_ms = START_MS - 3 * BEFORE_MS
    assert first == asked_ms - asked_ms % (3 * MINUTE_MS)
