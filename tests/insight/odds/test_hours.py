"""Candles of any length become the same whole hours, and those that end later are not read."""

from __future__ import annotations

import numpy as np
import pytest

from liqscape.insight.odds.hours import hours_before
from liqscape.units import HOUR_MS, MINUTE_MS, Float64Array


def candles(prices: list[float], interval_ms: int, first_ms: int = 0) -> Float64Array:
    """Each opens at the price before and closes at its own."""
    opened = [prices[0], *prices[:-1]]
    times = [first_ms + interval_ms * place for place in range(len(prices))]
    pairs = zip(times, opened, prices, strict=True)
    return np.array([(time, a, max(a, b), min(a, b), b) for time, a, b in pairs], np.float64)


def test_minutes_and_hours_of_one_path_are_the_same_hours() -> None:
    prices = [100.0 + 5.0 * np.sin(place / 17.0) for place in range(300)]
    fine = candles(prices, MINUTE_MS)
    coarse = np.array(
        [(part[0, 0], part[0, 1], part[:, 2].max(), part[:, 3].min(), part[-1, 4]) for part in np.split(fine, 5)]
    )
    of_fine, of_coarse = hours_before(fine, 5 * HOUR_MS), hours_before(coarse, 5 * HOUR_MS)
    assert of_fine.end_ms == of_coarse.end_ms == 5 * HOUR_MS
    for name in ("high", "low", "close"):
        assert getattr(of_fine, name) == pytest.approx(getattr(of_coarse, name))


def test_hours_end_with_the_last_whole_candle() -> None:
    bars = hours_before(candles([float(price) for price in range(1, 181)], MINUTE_MS), 150 * MINUTE_MS + 30_000)
    assert bars.end_ms == 150 * MINUTE_MS
    # Minutes 90 to 149 close at 91 to 150; half an hour is enough for the first.
    assert bars.close.tolist() == [30.0, 90.0, 150.0]
    assert (bars.low[-1], bars.high[-1]) == (90.0, 150.0)


def test_an_hour_without_half_of_its_candles_is_not_known() -> None:
    rows = candles([float(price) for price in range(1, 241)], MINUTE_MS)
    kept = np.concatenate((rows[:60], rows[91:]))  # 29 of 60 minutes of the second hour
    bars = hours_before(kept, 4 * HOUR_MS)
    assert np.isnan(bars.close).tolist() == [False, True, False, False]
    assert bars.low[2] == 120.0


def test_what_ends_later_is_not_read() -> None:
    rows = candles([float(price) for price in range(1, 301)], MINUTE_MS)
    changed = rows.copy()
    changed[200:, 1:] = 7.0
    one, other = hours_before(rows, 200 * MINUTE_MS), hours_before(changed, 200 * MINUTE_MS)
    np.testing.assert_array_equal(one.high, other.high)
    np.testing.assert_array_equal(one.close, other.close)


@pytest.mark.parametrize("interval_ms", [2 * HOUR_MS, 7 * MINUTE_MS])
def test_candles_that_do_not_fill_an_hour_give_none(interval_ms: int) -> None:
    assert len(hours_before(candles([1.0] * 100, interval_ms), 100 * interval_ms)) == 0
