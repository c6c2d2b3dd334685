"""The price grid: edges, merging, levels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqscape.heatmap.grid import BASE_WIDTH, band_edge, band_of_price, level_for_rows, merge_band

PRICES = st.floats(1e-9, 1e14)


@given(st.lists(PRICES, min_size=1, max_size=50))
def test_every_price_lies_in_its_band(prices: list[float]) -> None:
    price = np.array(prices)
    band = band_of_price(price)
    assert np.all(band_edge(band) <= price)
    assert np.all(price < band_edge(band + 1))


def test_an_edge_belongs_to_the_band_above_it_and_the_number_before_it_to_the_one_below() -> None:
    bands = np.arange(-30_000, 60_000, 7, dtype=np.int32)
    edges = band_edge(bands)
    np.testing.assert_array_equal(band_of_price(edges), bands)
    np.testing.assert_array_equal(band_of_price(np.nextafter(edges, 0.0)), bands - 1)


def test_a_band_is_five_basis_points_wide() -> None:
    assert band_edge(1001) / band_edge(1000) == pytest.approx(1.0 + BASE_WIDTH, rel=1e-12)


@given(st.integers(-40_000, 40_000), st.integers(0, 12))
def test_merged_bands_hold_whole_base_bands_below_and_above_price_one(band: int, level: int) -> None:
    merged = int(merge_band(np.array([band], np.int32), level)[0])
    assert merged * 2**level <= band < (merged + 1) * 2**level
    assert band_edge(merged, level) == pytest.approx(band_edge(merged * 2**level), rel=1e-12)


@given(st.floats(0.01, 1e5), st.floats(1.001, 50.0), st.integers(20, 1000))
def test_the_level_chosen_fits_the_rows_and_a_finer_one_would_not(low: float, ratio: float, rows: int) -> None:
    level = level_for_rows(low, low * ratio, rows)
    first, last = band_of_price(np.array([low, low * ratio]))
    assert (last >> level) - (first >> level) + 1 <= rows + 1
    if level > 0:
        assert (last >> (level - 1)) - (first >> (level - 1)) + 2 > rows
