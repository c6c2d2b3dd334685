"""Books of a cascade: the fitted law, its levels, and how they answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from cascade_worlds import MARKS, crowd

from liqscape.cascade import DepthSettings, RealBook
from liqscape.cascade.depth import build_profiles, drawn_profiles, fit_power_law, quiet_profiles, refill_rate
from liqscape.cascade.prepare import propagator
from liqscape.exchange.columns import ASK, BID
from liqscape.exchange.depth_columns import Depth

QUESTION = crowd(31, 60)


def test_a_planted_power_law_is_found() -> None:
    distance = np.geomspace(1e-4, 1e-2, 20)
    law = fit_power_law(distance, 3e5 * distance**1.2)
    assert law.exponent == pytest.approx(1.2)
    assert law.scale == pytest.approx(3e5)
    assert law.r_squared == pytest.approx(1.0)


def test_a_steep_short_book_is_not_drawn_out_beyond_the_published_slopes() -> None:
    distance = np.geomspace(1e-4, 3e-4, 20)
    law = fit_power_law(distance, distance**2.7)
    assert law.exponent == 1.41
    assert law.within(3e-4) == pytest.approx(3e-4**2.7)


def test_levels_hold_what_the_law_says_within_one_percent() -> None:
    profiles = build_profiles(QUESTION, DepthSettings())
    interest = QUESTION.snapshot.open_interest * MARKS
    for market, decimals in enumerate((5, 4, 2, 0)):
        levels = profiles.profile[market, BID]
        near = levels[levels[:, Depth.DISTANCE] <= 0.01, Depth.TARGET].sum() / 10.0**decimals
        assert near * MARKS[market] == pytest.approx(0.02 * interest[market], rel=0.15)
        assert profiles.one_percent[market] * MARKS[market] == pytest.approx(0.02 * interest[market])
        assert levels[:, Depth.DISTANCE].max() <= 0.1


def test_a_recorded_book_keeps_its_levels_and_goes_on_through_the_last() -> None:
    steps = np.arange(1, 21)
    book = RealBook(
        np.column_stack((60_000.0 - 5.0 * steps, np.full(20, 0.5))),
        np.column_stack((60_000.0 + 5.0 * steps, np.full(20, 0.25))),
    )
    profiles = build_profiles(replace(QUESTION, books=(book, None, None, None)), DepthSettings())
    bids, asks = profiles.profile[0, BID], profiles.profile[0, ASK]
    assert bids[:20, Depth.TARGET].tolist() == [50_000.0] * 20
    assert asks[:20, Depth.DISTANCE] == pytest.approx(5.0 * steps / 60_000.0)
    assert (np.diff(bids[bids[:, Depth.TARGET] > 0.0, Depth.DISTANCE]) > 0.0).all()
    assert bids[20:, Depth.TARGET].sum() == pytest.approx(2.0 * asks[20:, Depth.TARGET].sum())


def test_refill_is_quick_at_the_touch_and_slow_far_out() -> None:
    settings = DepthSettings()
    assert np.log(2.0) / refill_rate(1e-5, settings) == pytest.approx(4_000.0)
    assert np.log(2.0) / refill_rate(0.05, settings) == pytest.approx(30_000.0)


def test_exponentials_follow_the_power_law_of_the_propagator() -> None:
    weight, keep = propagator(60_000.0, 84)
    assert weight.sum() == pytest.approx(1.0)
    for times in (0.1, 0.5, 1.0, 3.0):
        blocks = times * 60_000.0 / 84.0
        assert (weight * keep**blocks).sum() == pytest.approx((1.0 + times) ** -0.5, rel=0.02)


@pytest.mark.parametrize("scale", [0.5, 0.813, 2.0])
@pytest.mark.parametrize("withdrawal", [1e-5, 0.059, 0.294, 1.0])
def test_profiles_that_are_drawn_are_those_built_of_nothing(scale: float, withdrawal: float) -> None:
    settings = DepthSettings(scale=scale, start_withdrawal=withdrawal)
    book = RealBook(np.array([[99.9, 2.0], [99.5, 7.0]]), np.array([[100.1, 1.0], [100.9, 3.0]]))
    question = replace(QUESTION, books=(book, None, None, None))
    found = drawn_profiles(question, quiet_profiles(question, settings), settings)
    wanted = build_profiles(question, settings)
    for name in ("profile", "state", "middle", "one_percent"):
        assert getattr(found, name).tobytes() == getattr(wanted, name).tobytes(), name
    assert found.profile.any()
