"""Draws of whole days, and the intervals made of them."""

from __future__ import annotations

import numpy as np

from liqscape.cascade.draws import GOLDEN, MASK, mixed
from liqscape.insight.statistics import DayDraws, hashing
from liqscape.insight.statistics.day_blocks import DRAWS, times_drawn


def test_draws_are_splitmix_and_each_draw_holds_as_many_days() -> None:
    start = MASK - 3
    drawn = hashing.mixed(start, np.arange(1, 6))
    assert drawn.tolist() == [mixed((start + GOLDEN * each) & MASK) for each in range(5)]
    times = times_drawn("text", 9)
    assert times.shape == (DRAWS, 9)
    assert set(times.sum(axis=1).tolist()) == {9}
    assert np.abs(times.mean(axis=0) - 1.0).max() < 0.15


def test_the_interval_of_a_ratio_is_that_of_days_drawn_one_by_one() -> None:
    top, bottom = np.array([3.0, 0.0, 8.0, 1.0]), np.array([4.0, 5.0, 10.0, 1.0])
    draws = DayDraws("figure", 4)
    slow = []
    for times in draws.times.tolist():
        days = [day for day, count in enumerate(times) for _ in range(count)]
        slow.append(sum(top[day] for day in days) / sum(bottom[day] for day in days))
    assert draws.ratio(top, bottom) == (np.quantile(slow, 0.025), np.quantile(slow, 0.975))


def test_one_day_and_figures_of_nothing_have_no_interval() -> None:
    assert DayDraws("figure", 1).ratio(np.ones(1), np.ones(1)) == (None, None)
    assert DayDraws("figure", 3).ratio(np.zeros(3), np.zeros(3)) == (None, None)
    assert DayDraws("figure", 3).ends(np.array([np.nan, 2.0, 2.0])) == (2.0, 2.0)
