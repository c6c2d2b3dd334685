"""ATR(14): the formula in fractions, jumps counted, nothing before 14 ranges, anew behind a hole."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structure_twin import made_bars, points, twin_true_range

from liqscape.insight.structure.true_range import ATR_BARS, average_true_range

rows = st.lists(
    st.tuples(st.integers(1, 50), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)).map(
        lambda r: (float(r[0] + r[3] % (r[1] + 1)), float(r[0] + r[1] + r[2]), float(r[0]), float(r[0] + r[2]))
    ),
    max_size=60,
)


@given(rows, st.integers(1, 5), st.frozensets(st.integers(0, 60), max_size=3))
def test_equal_to_the_formula_in_fractions(
    bars: list[tuple[float, float, float, float]], count: int, missing: frozenset[int]
) -> None:
    made = made_bars(bars, missing=missing)
    for found, expected in zip(average_true_range(made, count).tolist(), twin_true_range(made, count), strict=True):
        assert (expected is None and np.isnan(found)) or found == pytest.approx(float(expected), rel=1e-12)


def test_a_jump_between_bars_counts() -> None:
    """Bars of 1 USD, each 10 above the one before: true range 10.5 from the close before, not 1."""
    made = made_bars(points([100.0 + 10.0 * hour for hour in range(16)], 0.5))
    found = average_true_range(made)
    assert np.isnan(found[:ATR_BARS]).all()
    assert found[ATR_BARS:].tolist() == [10.5, 10.5]


def test_flat_bars_have_a_range_of_zero_and_not_an_unknown_one() -> None:
    assert average_true_range(made_bars(points([5.0] * 15)))[-1] == 0.0


def test_no_bars_no_figures() -> None:
    assert len(average_true_range(made_bars([]))) == 0
