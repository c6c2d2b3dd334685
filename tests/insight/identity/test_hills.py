"""Hills are the peaks of the smoothed density whose prominence, as SciPy counts it, is large enough."""

from __future__ import annotations

import numpy as np
import pytest
from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from liqscape.heatmap.grid import EDGE_TABLE_FIRST, LOG_WIDTH, band_of_price, edge_table
from liqscape.insight.kernels.hills import UNCLAIMED, bands_of_levels, find_peaks, join_hills, smooth

bands = bands_of_levels.py_func  # type: ignore[attr-defined]
smoothed = smooth.py_func  # type: ignore[attr-defined]
peaks = find_peaks.py_func  # type: ignore[attr-defined]
joined = join_hills.py_func  # type: ignore[attr-defined]

REACH = 8.0
places = st.lists(st.floats(-400.0, 400.0), min_size=1, max_size=40).map(sorted)


def slow_density(place: list[float], size: list[float], band: int) -> float:
    """Straight from the definition."""
    total = 0.0
    for at, coins in zip(place, size, strict=True):
        u = (at - band - 0.5) / REACH
        total += coins * (1.0 - u * u) ** 3 if abs(u) < 1.0 else 0.0
    return total


@given(place=places, seed=st.integers(0, 1000))
@settings(max_examples=examples(50), deadline=None)
@pytest.mark.property
def test_density_is_its_definition_and_nothing_is_left_out(place: list[float], seed: int) -> None:
    size = np.random.default_rng(seed).lognormal(size=len(place))
    density, band = smoothed(np.array(place), size, REACH)
    assert np.all(np.diff(band) > 0)
    assert density == pytest.approx([slow_density(place, list(size), each) for each in band], abs=1e-9)
    assert set(range(int(place[0]) - 7, int(place[0]) + 7)) <= set(band.tolist())
    assert density.sum() == pytest.approx(sum(slow_density(place, list(size), at) for at in range(-420, 420)))


@given(place=places, share=st.floats(0.01, 0.95))
@settings(max_examples=examples(100), deadline=None)
@pytest.mark.property
def test_hills_left_are_all_prominent_and_their_peaks_are_those_of_scipy(place: list[float], share: float) -> None:
    from scipy.signal import find_peaks as scipy_peaks
    from scipy.signal import peak_prominences

    density, _ = smoothed(np.array(place), np.ones(len(place)), REACH)
    peak, valley = peaks(density)
    assert set(scipy_peaks(density)[0].tolist()) >= {at for at in peak.tolist() if density[at] > density[at + 1]}
    none = np.full(len(peak), UNCLAIMED, np.int64)
    top, low, _, into = joined(density, peak, valley, none, share, share, False)
    assert len(low) == len(top) + 1
    assert np.all(np.diff(into) >= 0)
    assert len(top) == into[-1] + 1
    if len(top) > 1:
        saddle = np.maximum(density[low[:-1]], density[low[1:]])
        assert np.all(1.0 - saddle / density[top] >= share)
    # The highest peak of each stretch always stays; any other is left only if SciPy finds it as prominent.
    prominence = peak_prominences(density, top)[0]
    assert np.all(prominence >= share * density[top] * (1.0 - 1e-12))


def test_a_claimed_hill_takes_in_a_higher_one_that_stands_out_too_little() -> None:
    density = np.array([0.0, 4.0, 3.0, 5.0, 0.0])
    peak, valley = peaks(density)
    claim = np.array([7, UNCLAIMED])
    top, _, name, into = joined(density, peak, valley, claim, 0.05, 0.5, True)
    assert (top.tolist(), name.tolist(), into.tolist()) == ([1], [7], [0, 0])


@given(st.lists(st.floats(1e-9, 1e9), min_size=1, max_size=50))
@settings(max_examples=examples(50), deadline=None)
@pytest.mark.property
def test_bands_are_those_of_the_grid(prices: list[float]) -> None:
    level = np.array(prices + edge_table()[50_000:50_050].tolist())
    _, found = bands(level, LOG_WIDTH, edge_table(), EDGE_TABLE_FIRST)
    assert np.array_equal(found, band_of_price(level))
