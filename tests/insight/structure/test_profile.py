"""Volume by price: bar by bar in loops, all volume kept, POC, value area and nodes of planted profiles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structure_twin import made_bars, points, twin_volume

from liqscape.heatmap.grid import band_edge, band_of_price
from liqscape.insight.structure.profile import (
    MAX_BINS,
    build_profile,
    find_nodes,
    point_of_control,
    spread_volume,
    value_area,
)

EDGES = band_edge(np.arange(1_000, 1_010))
bar = st.tuples(st.floats(90.0, 110.0), st.floats(0.0, 8.0), st.integers(0, 50))


@given(st.lists(bar, min_size=1, max_size=30).filter(lambda bars: any(size for *_, size in bars)))
def test_each_bin_holds_what_plain_loops_put_there(bars: list[tuple[float, float, int]]) -> None:
    rows = [(low, low + width, low, low) for low, width, _ in bars]
    made = made_bars(rows, volume=[float(size) for *_, size in bars])
    found = build_profile(made)
    assert found is not None
    assert len(found.size) <= MAX_BINS
    assert float(found.size.sum()) == pytest.approx(sum(size for *_, size in bars), rel=1e-9)
    np.testing.assert_allclose(found.size, twin_volume(made, found.edges.tolist()), rtol=1e-7, atol=1e-7)
    assert found.edges[0] <= made.low.min()
    assert found.edges[-1] > made.high.max()


def test_bins_are_bands_of_the_map() -> None:
    found = build_profile(made_bars([(100.0, 130.0, 100.0, 110.0)], volume=[1.0]))
    assert found is not None
    first = band_of_price(found.edges * (1.0 + 1e-9))
    steps = set(np.diff(first).tolist())
    assert len(steps) == 1
    assert first[0] % steps.pop() == 0


def test_a_bar_of_one_price_gives_all_to_its_bin() -> None:
    price = float(EDGES[3])
    size = spread_volume(np.array([price]), np.array([price]), np.array([7.0]), EDGES)
    assert size.tolist() == [0.0, 0.0, 0.0, 7.0, 0.0, 0.0, 0.0, 0.0, 0.0]


def test_half_of_a_bar_s_logarithm_gets_half_of_its_volume() -> None:
    size = spread_volume(EDGES[2:3], EDGES[6:7], np.array([8.0]), EDGES)
    assert size == pytest.approx([0.0, 0.0, 2.0, 2.0, 2.0, 2.0, 0.0, 0.0, 0.0], abs=1e-9)


def test_without_volume_there_is_no_profile() -> None:
    rows = points([100.0, 101.0], 1.0)
    assert build_profile(made_bars(rows)) is None
    assert build_profile(made_bars(rows, volume=[0.0, 0.0])) is None
    assert build_profile(made_bars([])) is None


POC_CASES = (
    ("the largest", [1.0, 5.0, 2.0], 1),
    ("of two equal ones that nearest to the middle of the volume", [5.0, 1.0, 5.0, 2.0, 2.0], 2),
    ("of two equal ones equally near the lower", [5.0, 1.0, 5.0], 0),
)


@pytest.mark.parametrize(("name", "size", "expected"), POC_CASES, ids=[case[0] for case in POC_CASES])
def test_point_of_control(name: str, size: list[float], expected: int) -> None:
    assert point_of_control(np.array(size)) == expected, name


AREA_CASES = (
    # 70 of 100 coins: 40, then 20 above, then 10 below makes 70 exactly.
    ("bin by bin the larger neighbour", [5.0, 10.0, 40.0, 20.0, 10.0, 15.0], 2, (1, 4)),
    ("both where they are equal", [15.0, 10.0, 50.0, 10.0, 15.0], 2, (1, 3)),
    ("at the edge only one way is left", [80.0, 10.0, 10.0], 0, (0, 0)),
    ("of one bin all", [3.0], 0, (0, 0)),
    ("through an empty bin", [30.0, 0.0, 40.0, 0.0, 30.0], 2, (0, 4)),
)


@pytest.mark.parametrize(("name", "size", "poc", "expected"), AREA_CASES, ids=[case[0] for case in AREA_CASES])
def test_value_area(name: str, size: list[float], poc: int, expected: tuple[int, int]) -> None:
    assert value_area(np.array(size), poc) == expected, name


@given(st.lists(st.integers(0, 20), min_size=1, max_size=40).filter(any))
def test_the_value_area_holds_seven_tenths_and_no_end_of_it_could_go(size: list[int]) -> None:
    values = np.array(size, np.float64)
    poc = point_of_control(values)
    first, last = value_area(values, poc)
    held, wanted = values[first : last + 1].sum(), 0.7 * values.sum()
    assert first <= poc <= last
    assert held >= wanted - 1e-9
    ends = [values[place] for place in {first, last} if place != poc]
    assert not ends or held - sum(ends) < wanted


@given(st.lists(st.integers(0, 20), min_size=3, max_size=30).filter(any))
def test_a_mirrored_profile_has_mirrored_nodes(size: list[int]) -> None:
    values = np.array(size, np.float64)
    edges = np.exp(np.arange(len(values) + 1) / 16.0)
    plain, turned = find_nodes(values, edges), find_nodes(values[::-1], edges)
    mirror = edges[0] * edges[-1]
    prices = sorted(mirror / node.price for node in turned)
    assert [node.price for node in plain] == pytest.approx(prices, rel=1e-9)
    shares = [node.prominence_share for node in reversed(turned)]
    assert [node.prominence_share for node in plain] == pytest.approx(shares)


NODE_CASES = (
    ("a single bump", [0.0, 1.0, 4.0, 1.0, 0.0], [2.5]),
    ("a flat top by its middle", [0.0, 4.0, 4.0, 0.0], [2.0]),
    ("at either end", [5.0, 1.0, 1.0, 4.0], [0.5, 3.5]),
    ("a flat profile is one bump", [2.0, 2.0, 2.0], [1.5]),
    ("a bump of less than 15 % is none", [10.0, 8.0, 9.4, 0.0], [0.5]),
    ("of exactly 15 % is one", [10.0, 8.0, 9.5, 0.0], [0.5, 2.5]),
)


@pytest.mark.parametrize(("name", "size", "places"), NODE_CASES, ids=[case[0] for case in NODE_CASES])
def test_nodes_of_planted_profiles(name: str, size: list[float], places: list[float]) -> None:
    edges = np.exp(np.arange(len(size) + 1, dtype=np.float64) / 16.0)
    found = find_nodes(np.array(size), edges)
    assert [16.0 * np.log(node.price) for node in found] == pytest.approx(places), name
    for node in found:
        assert edges[0] <= node.price_low <= node.price <= node.price_high <= edges[-1]
        assert 0.0 < node.size <= sum(size) + 1e-9
