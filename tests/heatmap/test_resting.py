"""Densities and columns of resting orders against plain loops."""

from __future__ import annotations

import math

import numpy as np
from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from resting_twin import band_of

from liqscape.heatmap.resting import order_statistics, ring_density, shown_rows, sum_resting
from liqscape.heatmap.through_time import PriceRows

LEVELS = st.lists(st.tuples(st.integers(0, 3), st.floats(90.0, 110.0), st.floats(0.01, 1e7)), max_size=40)


@given(levels=LEVELS, level=st.integers(0, 6), count=st.integers(1, 60))
@settings(max_examples=examples(200), deadline=None)
def test_cells_are_the_sums_of_the_levels_in_each_band(
    levels: list[tuple[int, float, float]], level: int, count: int
) -> None:
    first = band_of(97.0, level)
    wanted: dict[tuple[int, int], float] = {}
    for column, price, usd in levels:
        row = band_of(price, level) - first
        if 0 <= row < count:
            wanted[column, row] = wanted.get((column, row), 0.0) + usd
    column, price, usd = (np.array([row[place] for row in levels], float) for place in range(3))
    found = sum_resting(column.astype(int), price, usd, PriceRows(level, first, count))
    assert list(zip(found.column.tolist(), found.row.tolist(), strict=True)) == sorted(wanted)
    np.testing.assert_allclose(found.usd, [wanted[key] for key in sorted(wanted)], rtol=1e-12)


def test_a_ring_is_the_difference_of_two_distances_by_its_height() -> None:
    """5,000 USD within 0.5 % are 1,000 a tenth of a percent; 4,000 more to 1 % 800; 10,000 more to 2 % 1,000."""
    usd = np.array([[5_000.0, 9_000.0, 19_000.0], [np.nan, 9_000.0, 19_000.0], [7.0, 5.0, np.nan]])
    found = ring_density(usd)
    np.testing.assert_allclose(found[0], [1_000.0, 800.0, 1_000.0])
    assert np.isnan(found[1, :2]).all(), "a ring without its inner end is not known"
    assert found[1, 2] == 1_000.0
    assert found[2, 1] == 0.0, "depth is rounded to four digits: no ring is below zero"
    assert math.isnan(found[2, 2])


@given(
    times=st.lists(st.integers(0, 400), unique=True, max_size=12),
    seed=st.integers(0, 2**12 - 1),
    step=st.integers(1, 70),
    hold=st.integers(0, 90),
)
@settings(max_examples=examples(300), deadline=None)
def test_a_column_shows_its_own_last_known_row_or_one_held_from_before(
    times: list[int], seed: int, step: int, hold: int
) -> None:
    rows = sorted(times)
    known = [bool(seed >> place & 1) for place in range(len(rows))]
    starts = np.arange(0, 420, step)
    found = shown_rows(np.array(rows, np.int64), np.array(known, np.bool_), starts, starts + step, hold)
    for start, shown in zip(starts.tolist(), found.tolist(), strict=True):
        inside = [place for place, time in enumerate(rows) if start <= time < start + step]
        before = [place for place, time in enumerate(rows) if time < start]
        known_inside = [place for place in inside if known[place]]
        if known_inside:
            assert shown == known_inside[-1]
        elif not inside and before and known[before[-1]] and rows[before[-1]] >= start - hold:
            assert shown == before[-1]
        else:
            assert shown == -1


def test_a_row_that_is_not_known_ends_what_was_known_before() -> None:
    """A book that was lost at 60 stands no more at 61, though the one of 0 is recent enough."""
    shown = shown_rows(np.array([0, 60]), np.array([True, False]), np.array([0, 61]), np.array([30, 90]), 1_000)
    assert shown.tolist() == [0, -1]


def test_a_statistic_is_one_of_the_values() -> None:
    assert order_statistics(np.array([4.0, 1.0, 3.0, 2.0]), (0.0, 0.5, 0.985)) == [1.0, 3.0, 4.0]
