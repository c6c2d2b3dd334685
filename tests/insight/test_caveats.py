"""Figures of what a map leaves open, against plain loops and by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqscape.insight.caveats import cross_blur, softening, weighted_median, widest

NAN = math.nan


def test_blur_counts_positions_whose_levels_are_more_than_a_band_apart() -> None:
    usd = np.array([100.0, 50.0, 30.0, 20.0, 10.0, 5.0])
    solo = np.array([90.0, 90.0, 90.0, 90.0, NAN, 0.0])
    joint = np.array([90.0, 90.04, 91.0, 0.0, 80.0, 80.0])  # the same, within a band, beyond one, on no path, no band
    found = cross_blur(usd, solo, joint)
    assert (found.usd, found.count) == (50.0, 2)
    assert (found.of_usd, found.of_count) == (200.0, 4)
    assert (found.median_shift, found.both_count) == (0.0, 3)


@given(st.lists(st.tuples(st.floats(1.0, 1e6), st.floats(50.0, 150.0), st.floats(50.0, 150.0)), min_size=1))
def test_blur_is_that_of_plain_loops(rows: list[tuple[float, float, float]]) -> None:
    usd, solo, joint = (np.array(column) for column in zip(*rows, strict=True))
    found = cross_blur(usd, solo, joint)
    apart = [row for row in rows if abs(math.log(row[2] / row[1])) > math.log1p(0.0005)]
    assert found.count == len(apart)
    assert found.usd == pytest.approx(sum(row[0] for row in apart))
    assert 0.0 <= found.median_shift <= max(abs(math.log(row[2] / row[1])) for row in rows) + 1e-12


def test_first_orders_are_a_fifth_of_large_positions_near_the_mark() -> None:
    size = np.array([2_000.0, -500.0, 3_000.0])  # 200,000 and 50,000 USD near, 300,000 far
    found = softening(size, 100.0, np.array([97.0, 103.0, 80.0]), np.array([96.8, 104.0, 79.9]))
    assert (found.usd, found.count) == (250_000.0, 2)
    assert found.first_usd == pytest.approx(0.2 * 200_000.0 + 50_000.0)
    assert found.first_count == 1
    assert (found.backstop_usd, found.backstop_count) == (200_000.0, 1)  # 0.2 % beyond its level, not 1 %


def test_an_unknown_mark_has_nothing_near() -> None:
    found = softening(np.ones(2), NAN, np.array([97.0, NAN]), np.array([96.0, NAN]))
    assert (found.count, found.first_count, found.backstop_count) == (0, 0, 0)


def test_the_widest_distance_passes_over_what_is_unknown() -> None:
    found = widest(np.array([100.0, NAN, 100.0, 50.0]), np.array([101.0, 1.0, 98.0, NAN]))
    assert (found.value, found.count) == (pytest.approx(math.log(100.0 / 98.0)), 2)
    assert math.isnan(widest(np.array([NAN]), np.array([1.0])).value)


def test_half_of_the_weight_lies_at_or_below_the_median() -> None:
    assert weighted_median(np.array([3.0, 1.0, 2.0]), np.array([1.0, 10.0, 1.0])) == 1.0
    assert math.isnan(weighted_median(np.zeros(0), np.zeros(0)))
