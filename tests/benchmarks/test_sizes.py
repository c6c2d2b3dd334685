"""The line through measured sizes is the planted one, and says how far it is off."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sizes import ACCOUNTS, MEASURES, fitted, solve


@settings(max_examples=30)
@given(st.floats(0.0, 10.0), st.floats(1e-7, 1e-3))
def test_a_planted_line_is_found(fixed: float, each: float) -> None:
    line = fitted(ACCOUNTS, [fixed + each * count for count in ACCOUNTS])
    assert line.deviation < 1e-6
    assert line.each_s == pytest.approx(each, rel=1e-5)
    assert line.fixed_s == pytest.approx(fixed, rel=1e-4, abs=each)


@settings(max_examples=30)
@given(st.lists(st.floats(0.01, 100.0), min_size=4, max_size=4))
def test_no_line_of_a_fine_grid_is_nearer_than_the_one_found(seconds: list[float]) -> None:
    sizes = (1, 2, 4, 8)
    line = fitted(sizes, seconds)
    found = max(abs(line.fixed_s + line.each_s * n - t) / t for n, t in zip(sizes, seconds, strict=True))
    assert line.deviation == pytest.approx(found, abs=1e-6)
    fixed, each = np.meshgrid(np.linspace(0.0, 100.0, 201), np.linspace(0.0, 12.5, 201))
    off = [np.abs(fixed + each * n - t) / t for n, t in zip(sizes, seconds, strict=True)]
    best = float(np.maximum.reduce(off).min())
    assert line.deviation <= best + 1e-6


def test_a_cost_that_grows_with_the_square_deviates() -> None:
    assert fitted(ACCOUNTS, [1e-9 * count**2 for count in ACCOUNTS]).deviation > 0.2


def test_a_size_is_measured_by_name() -> None:
    assert set(MEASURES) == {"solve", "frame", "stored"}
    assert 0.0 < solve(1_000)["solve"] < 60.0
