"""Clusters are tied so that they share most coins in all; ties go to the older, then to the lower price."""

from __future__ import annotations

import numpy as np
import pytest
from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from liqscape.insight.kernels.assignment import assign_most

assign = assign_most.py_func  # type: ignore[attr-defined]


@given(st.data())
@settings(max_examples=examples(200), deadline=None)
@pytest.mark.property
def test_the_sum_is_that_of_scipy(data: st.DataObject) -> None:
    from scipy.optimize import linear_sum_assignment

    rows, columns = data.draw(st.integers(0, 7)), data.draw(st.integers(0, 7))
    cell = st.one_of(st.just(0.0), st.floats(1e-6, 1e9))
    weight = np.array(data.draw(st.lists(cell, min_size=rows * columns, max_size=rows * columns)), np.float64).reshape(
        rows, columns
    )
    chosen = assign(weight)
    pairs = [(row, column) for row, column in enumerate(chosen) if column >= 0]
    assert len({column for _, column in pairs}) == len(pairs)
    assert all(weight[pair] > 0.0 for pair in pairs)
    best = weight[linear_sum_assignment(weight, maximize=True)].sum()
    assert sum(weight[pair] for pair in pairs) == pytest.approx(best, rel=1e-8)


@pytest.mark.parametrize(
    ("weight", "chosen"),
    [
        ([[5.0], [5.0]], [0, -1]),
        ([[5.0, 5.0]], [0]),
        ([[5.0, 5.0], [5.0, 5.0]], [0, 1]),
        ([[5.0, 4.0], [5.0, 0.0]], [1, 0]),
        ([[0.0, 0.0]], [-1]),
    ],
)
def test_equal_sums_go_to_the_older_cluster_then_to_the_lower_price(
    weight: list[list[float]], chosen: list[int]
) -> None:
    assert list(assign(np.array(weight))) == chosen
