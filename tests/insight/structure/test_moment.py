"""Structure as known at a time: asked of all bars or of those up to then alone, it is the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structure_twin import START_MS, made_bars, points

from liqscape.insight.structure import PriceHistory, lines_of, structure_at
from liqscape.insight.structure.moment import MAX_STALE_MS
from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS

QUARTER_MS = 15 * MINUTE_MS
WAY = 100.0 * np.exp(np.cumsum(0.004 * np.random.default_rng(5).standard_normal(35 * 96)))
ROWS = [
    (before, max(before, after) * 1.001, min(before, after) * 0.999, after)
    for before, after in zip(WAY[:-1].tolist(), WAY[1:].tolist(), strict=True)
]
VOLUME = np.random.default_rng(6).integers(1, 100, len(ROWS)).tolist()
BARS = made_bars(ROWS, QUARTER_MS, volume=VOLUME)
HISTORY = PriceHistory.of_bars(BARS)


@settings(max_examples=25, deadline=None)
@given(st.integers(2 * DAY_MS, 35 * DAY_MS))
def test_nothing_of_later_bars_is_in_it(after_ms: int) -> None:
    at_ms = START_MS + after_ms
    known = PriceHistory.of_bars(BARS.between(0, at_ms))
    whole, early = structure_at(HISTORY, at_ms, 100.0), structure_at(known, at_ms, 100.0)
    assert whole.atr == early.atr
    assert whole.swings == early.swings
    assert whole.sessions == early.sessions
    assert (whole.donchian, whole.month) == (early.donchian, early.month)
    assert whole.profile is not None
    assert early.profile is not None
    np.testing.assert_array_equal(whole.profile.size, early.profile.size)
    assert all(swing.known_ms <= at_ms for swing in whole.swings)
    assert all(swing.broken_ms is None or swing.broken_ms <= at_ms for swing in whole.swings)
    assert set(whole.standing) == {swing for swing in HISTORY.swings_at(at_ms) if swing.stands_at(at_ms)}


def test_lines_are_those_of_the_parts() -> None:
    found = structure_at(HISTORY, START_MS + 34 * DAY_MS, float(WAY[34 * 96]))
    lines = {line.name: line for line in lines_of(found)}
    assert found.month is not None
    assert found.donchian is not None
    assert found.profile is not None
    assert lines["30-day high"].price == found.month.high
    assert lines["range low"].price == found.donchian.low
    assert lines["POC"].price == found.profile.middle(found.profile.poc)
    assert found.profile.edges[found.profile.poc] < lines["POC"].price < found.profile.edges[found.profile.poc + 1]
    assert lines["value area low"].price < lines["POC"].price < lines["value area high"].price
    assert {"day open", "previous day high", "week low", "previous week high"} <= set(lines)
    assert lines["previous day low"].end_ms == lines["day open"].start_ms
    assert lines["day open"].end_ms is None


def test_what_is_not_whole_is_no_line() -> None:
    few = PriceHistory.of_bars(BARS.between(0, START_MS + 3 * DAY_MS))
    found = structure_at(few, START_MS + 3 * DAY_MS, 100.0)
    assert found.month is not None
    assert not found.month.is_whole
    assert {line.name for line in lines_of(found) if line.kind in ("range", "month")} == set()
    assert not any("previous week" in line.name for line in lines_of(found))


@pytest.mark.parametrize(("late_ms", "is_known"), [(0, True), (MAX_STALE_MS, True), (MAX_STALE_MS + 1, False)])
def test_an_atr_of_long_ago_is_none(late_ms: int, is_known: bool) -> None:
    history = PriceHistory.of_bars(BARS.between(0, START_MS + 2 * DAY_MS))
    found = structure_at(history, START_MS + 2 * DAY_MS + late_ms, 100.0)
    assert (found.atr is not None) is is_known


def test_bars_longer_than_an_hour_give_no_swings() -> None:
    long = PriceHistory.of_bars(made_bars(points([5.0, 9.0, 5.0] * 30, 1.0), 4 * HOUR_MS))
    found = structure_at(long, START_MS + 15 * DAY_MS, 5.0)
    assert (found.atr, found.swings) == (None, ())
    assert found.month is not None


def test_bars_are_joined_as_one_would_by_hand() -> None:
    made = made_bars([(1, 4, 1, 2), (2, 3, 0, 1), (1, 9, 1, 8), (8, 8, 7, 7), (7, 7, 5, 6)], QUARTER_MS, volume=[1] * 5)
    hours = made.coarser(HOUR_MS)
    rows = [hours.open, hours.high, hours.low, hours.close, hours.volume]
    assert [np.asarray(row).tolist() for row in rows] == [[1, 7], [9, 7], [0, 5], [7, 6], [4, 1]]
    assert hours.end_ms.tolist() == [START_MS + HOUR_MS, START_MS + 2 * HOUR_MS]
