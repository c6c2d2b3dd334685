"""Candles: of a venue where they are at hand, else of the stored marks, never finer than either."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np
import pytest
from memory_history import MemoryHistory
from small_market import MINUTE_MS, START_MS

from liqscape.service.answers.candles import (
    INTERVALS_MS,
    MAX_CANDLES,
    candles_of_path,
    choose_interval,
    finest_interval,
    resample,
)
from liqscape.service.view import MapView

HOUR_MS = 60 * MINUTE_MS


class Hourly:
    """Candles of a made-up venue: open 1, high 3, low 0.5, close 2, times the hour's number."""

    name = "Somewhere, 1 hour"
    interval_ms = HOUR_MS
    coins = frozenset({"BTC"})

    def read(self, coin: str, start_ms: int, end_ms: int) -> np.ndarray:
        assert coin in self.coins
        first = -(-start_ms // HOUR_MS)
        hours = np.arange(first, -(-end_ms // HOUR_MS), dtype=np.float64)
        number = hours - first + 1
        return np.column_stack((hours * HOUR_MS, number, 3 * number, 0.5 * number, 2 * number))


def test_path_is_cut_into_open_high_low_close() -> None:
    times = np.array([0, 10_000, 50_000, 60_000, 130_000], np.int64)
    prices = np.array([5.0, 7.0, 6.0, np.nan, 4.0])
    assert candles_of_path(times, prices, MINUTE_MS, hold_ms=80_000).tolist() == [
        [0.0, 5.0, 7.0, 5.0, 6.0],
        # The minute between has no known price: no candle. 6 was in force until 4 came.
        [120_000.0, 6.0, 6.0, 4.0, 4.0],
    ]


def test_mark_is_not_carried_over_a_hole() -> None:
    times = np.array([0, 130_000], np.int64)
    candles = candles_of_path(times, np.array([5.0, 4.0]), MINUTE_MS, hold_ms=129_999)
    assert candles.tolist() == [[0.0, 5.0, 5.0, 5.0, 5.0], [120_000.0, 4.0, 4.0, 4.0, 4.0]]
    assert candles_of_path(times[:0], np.empty(0), MINUTE_MS, 1).shape == (0, 5)


@pytest.mark.parametrize(
    ("step", "interval"), [(1_000, MINUTE_MS), (MINUTE_MS, MINUTE_MS), (4.6 * HOUR_MS, 4 * HOUR_MS)]
)
def test_finest_candles_of_a_path_hold_about_one_frame(step: float, interval: int) -> None:
    assert finest_interval((np.arange(9) * step).astype(np.int64)) == interval
    assert finest_interval(np.array([START_MS])) == MINUTE_MS


def test_path_without_known_prices_has_no_candles(view: MapView) -> None:
    assert view.candles("DARK").candles == []


def test_resampling_keeps_first_open_last_close_and_extremes() -> None:
    fine = np.array([[0, 1, 4, 1, 2], [60_000, 2, 3, 0.5, 3], [120_000, 9, 9, 9, 9]], np.float64)
    assert resample(fine, 2 * MINUTE_MS).tolist() == [[0, 1, 4, 0.5, 3], [120_000, 9, 9, 9, 9]]


@pytest.mark.parametrize("span", [1, MINUTE_MS, 7 * 24 * HOUR_MS, 3_000 * 24 * HOUR_MS])
@pytest.mark.parametrize("finest", [1, MINUTE_MS, HOUR_MS])
def test_interval_is_the_smallest_that_fits_a_screen(span: int, finest: int) -> None:
    interval = choose_interval(START_MS, START_MS + span, finest)
    assert interval >= finest
    assert span // interval < MAX_CANDLES
    finer = [step for step in INTERVALS_MS if finest <= step < interval]
    assert all(span // step >= MAX_CANDLES for step in finer)


def test_a_range_that_begins_and_ends_inside_candles_counts_both() -> None:
    begin_ms = START_MS + MINUTE_MS // 2
    assert choose_interval(START_MS, START_MS + MAX_CANDLES * MINUTE_MS, MINUTE_MS) == MINUTE_MS
    # 2,000 minutes from the middle of one reach into 2,001.
    assert choose_interval(begin_ms, begin_ms + MAX_CANDLES * MINUTE_MS - 1, MINUTE_MS) == 3 * MINUTE_MS


def test_marks_of_stored_frames_make_candles_where_no_venue_has_any(view: MapView) -> None:
    answer = view.candles("BTC")
    assert answer.source.kind == "mark_path"
    assert answer.source.interval_ms == MINUTE_MS
    times = [candle[0] for candle in answer.candles]
    assert times == [START_MS + number * MINUTE_MS for number in range(12)]
    assert all(low <= opened <= high and low <= close <= high for _, opened, high, low, close in answer.candles)


def test_a_candle_of_marks_does_not_depend_on_where_the_range_begins(view: MapView) -> None:
    end_ms = START_MS + 5_000 * MINUTE_MS
    whole = view.candles("BTC", START_MS, end_ms)
    part = view.candles("BTC", START_MS + 4 * MINUTE_MS, end_ms)
    assert part.source.interval_ms == whole.source.interval_ms == 3 * MINUTE_MS
    assert part.candles == [candle for candle in whole.candles if candle[0] >= part.candles[0][0]]
    assert part.candles[0][0] <= START_MS + 4 * MINUTE_MS


def test_venue_candles_are_named_and_only_for_their_coins(history: MemoryHistory) -> None:
    view = MapView(history, candles=Hourly())
    answer = view.candles("BTC", START_MS, START_MS + 5 * HOUR_MS)
    assert (answer.source.kind, answer.source.name) == ("venue_candles", "Somewhere, 1 hour")
    assert len(answer.candles) in (5, 6)
    assert view.candles("ETH").source.kind == "mark_path"
    assert {row.coin for row in view.coins().coins if row.has_venue_candles} == {"BTC"}


def test_long_range_of_venue_candles_is_resampled(history: MemoryHistory) -> None:
    answer = MapView(history, candles=Hourly()).candles("BTC", START_MS, START_MS + 5_000 * HOUR_MS)
    assert answer.source.interval_ms == 4 * HOUR_MS
    assert len(answer.candles) <= MAX_CANDLES
    first, second = answer.candles[1], answer.candles[2]
    assert second[0] - first[0] == 4 * HOUR_MS
    assert second[1] == first[1] + 4.0


@pytest.mark.parametrize(
    "ask",
    [
        lambda view: view.clusters("BTC"),
        lambda view: view.asymmetry("BTC"),
        lambda view: view.frame("BTC"),
        lambda view: view.positions("BTC", price_low=1.0, price_high=1e9),
        lambda view: view.scale("BTC"),
        lambda view: [msgspec.structs.replace(row, has_venue_candles=False) for row in view.coins().coins],
        lambda view: view.heatmap("BTC", width=40, height=30).to_bytes(),
    ],
    ids=["clusters", "asymmetry", "frame", "positions", "scale", "coins", "heatmap"],
)
def test_candles_of_another_venue_are_in_no_figure(history: MemoryHistory, ask: Callable[[MapView], object]) -> None:
    assert ask(MapView(history, candles=Hourly())) == ask(MapView(history))
