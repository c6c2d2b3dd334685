"""Trials out of what a score is made of."""

from __future__ import annotations

import math

import numpy as np
import pytest

from liqscape.insight.score.attraction_trials import trials
from liqscape.insight.score.columns import AccountMoves, CoinDay, CoinFrame
from liqscape.store.scores.schema import columns_of, frame_of
from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS

DAY = 20_000
FIRST_MS = DAY * DAY_MS
PATH_FROM_MS = FIRST_MS - 2 * DAY_MS


def a_frame(time_ms: int, mark: float) -> CoinFrame:
    """Three positions: a long liquidated 1 % below, a short 2 % above, and one without a level."""
    return CoinFrame(
        time_ms=time_ms,
        mark=mark,
        oracle=mark,
        open_interest=9.0,
        funding_rate=math.nan,
        key=np.array([1, 2, 3]),
        side=np.array([1, -1, 1], np.int8),
        size=np.array([3.0, 1.0, 5.0]),
        lots=np.array([3, 1, 5]),
        level=np.array([mark * 0.99, mark * 1.02, math.nan]),
        rate=np.full(3, 0.01),
        raw_usd=np.full(3, math.nan),
        margin_source=np.ones(3, np.uint8),
        age_ms=np.zeros(3, np.int64),
        is_only_pool=np.ones(3, np.bool_),
        is_alone=np.ones(3, np.bool_),
        imbalance=(0.0,) * 4,
        known=np.array([1, 2, 3]),
    )


def a_day(early_ms: int = 0, last_ms: int = FIRST_MS + DAY_MS, unknown_hour: int | None = None) -> CoinDay:
    """A mark that swings by 3 % up and down every four hours, frames each hour a little before it."""
    path_ms = np.arange(PATH_FROM_MS, FIRST_MS + DAY_MS, MINUTE_MS)
    path = 100.0 * np.exp(0.03 * np.sin(2.0 * np.pi * path_ms / (4 * HOUR_MS)))
    hours = [FIRST_MS + hour * HOUR_MS for hour in range(-24, 24)]
    marks = [math.nan if number == unknown_hour else 100.0 for number in range(48)]
    return CoinDay(
        coin="BTC",
        day=DAY,
        frames=tuple(a_frame(hour - early_ms, mark) for hour, mark in zip(hours, marks, strict=True)),
        hours_ms=tuple(hours),
        path_ms=path_ms,
        path_mark=path,
        watched=np.array([[PATH_FROM_MS, FIRST_MS + DAY_MS]]),
        moves=AccountMoves.empty(),
        market=0,
        size_decimals=0,
        last_ms=last_ms,
        slack_ms=HOUR_MS,
    )


@pytest.mark.parametrize("early_ms", [0, 5 * MINUTE_MS])
def test_every_hour_of_the_day_before_is_a_trial(early_ms: int) -> None:
    (columns,) = trials(a_day(early_ms))
    assert columns["time_ms"].tolist() == [FIRST_MS - (24 - hour) * HOUR_MS - early_ms for hour in range(24)]
    # sigma is far above 2 % an hour here: 100 USD above and 300 below
    assert columns["asymmetry_5"] == pytest.approx(np.full(24, (100.0 - 300.0) / 400.0))
    assert np.isnan(columns["funding_rate"]).all()


def test_what_is_not_over_is_no_trial_yet() -> None:
    (columns,) = trials(a_day(last_ms=FIRST_MS + 6 * HOUR_MS))
    assert len(columns["time_ms"]) == 7
    assert trials(a_day(last_ms=FIRST_MS - HOUR_MS)) == []


def test_a_frame_without_a_mark_is_no_trial() -> None:
    (columns,) = trials(a_day(unknown_hour=3))
    assert len(columns["time_ms"]) == 23


def test_the_table_of_trials_has_the_columns_there_are() -> None:
    (columns,) = trials(a_day())
    frame = frame_of("trials", {"coin": np.full(24, "BTC"), **columns})
    again = columns_of(frame)
    assert set(again) == {"coin", *columns}
    for name, values in columns.items():
        assert again[name] == pytest.approx(values, nan_ok=True), name
