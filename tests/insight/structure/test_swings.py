"""Swings: flat tops once, flat series never, the mirror image swaps sides, nothing from the future; twins agree."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import argrelextrema, find_peaks
from structure_twin import START_MS, made_bars, points, twin_broken, twin_fractals

from liqscape.insight.structure import PriceBars, Swing
from liqscape.insight.structure.swings import FRACTAL_BARS, fractal_swings, zigzag_swings
from liqscape.units import HOUR_MS

K = 2
whole_prices = st.lists(st.integers(1, 6), min_size=0, max_size=60)


def bars_of(prices: list[int], missing: frozenset[int] = frozenset()) -> PriceBars:
    """Bars of a unit of width around whole prices; highs and lows may be equal from bar to bar."""
    return made_bars(points([10.0 + price for price in prices], 1.0), missing=missing)


def seen(swings: list[Swing]) -> list[tuple[str, float, int]]:
    return [(swing.side, swing.price, (swing.time_ms - START_MS) // HOUR_MS) for swing in swings]


FRACTAL_CASES = (
    ("a flat series marks nothing", [3] * 12, []),
    ("a rising series marks nothing", list(range(1, 13)), []),
    ("a spike is one high", [1, 2, 9, 2, 1], [("high", 20.0, 2)]),
    ("a plateau is one high, at its first bar", [1, 2, 9, 9, 9, 2, 1], [("high", 20.0, 2)]),
    ("a step up is none", [1, 2, 9, 9, 9, 9, 9], []),
    ("a pit is one low", [9, 8, 2, 8, 9], [("low", 11.0, 2)]),
    ("a flat bottom is one low", [9, 8, 2, 2, 8, 9], [("low", 11.0, 2)]),
    ("equal tops with a dip between them mark neither", [1, 2, 9, 8, 9, 2, 1], []),
    ("of two spikes far enough apart each is one", [1, 1, 9, 1, 1, 8, 1, 1], [("high", 20.0, 2), ("high", 19.0, 5)]),
    ("two bars before are needed", [2, 9, 2, 1, 1], []),
    ("two bars behind are needed", [1, 2, 9, 2], []),
    ("an equal bar within two is no lower one", [1, 9, 2, 9, 1, 1], []),
)


@pytest.mark.parametrize(("name", "prices", "expected"), FRACTAL_CASES, ids=[case[0] for case in FRACTAL_CASES])
def test_fractals_of_planted_series(name: str, prices: list[int], expected: list[tuple[str, float, int]]) -> None:
    assert seen(fractal_swings(bars_of(prices), K)) == expected, name


def test_libraries_mark_flat_tops_otherwise() -> None:
    """Why the rule is our own: none of these marks a plateau once at its first bar and a flat series never."""
    plateau, flat = np.array([1.0, 2, 9, 9, 9, 2, 1]), np.full(9, 3.0)
    assert argrelextrema(plateau, np.greater, order=K)[0].tolist() == []
    assert argrelextrema(plateau, np.greater_equal, order=K)[0].tolist() == [2, 3, 4]
    assert argrelextrema(flat, np.greater_equal, order=K)[0].tolist() == list(range(9))
    assert find_peaks(plateau)[0].tolist() == [3]
    assert find_peaks(np.array([1.0, 9, 9, 1]))[0].tolist() == [1]


@pytest.mark.parametrize("missing", [0, 1, 3, 4])
def test_a_fractal_beside_a_hole_is_not_judged(missing: int) -> None:
    prices = [1, 2, 9, 2, 1]
    assert seen(fractal_swings(bars_of(prices), K)) == [("high", 20.0, 2)]
    assert fractal_swings(bars_of([1, *prices, 1], frozenset({missing + 1})), K) == []


@given(whole_prices, st.frozensets(st.integers(0, 60), max_size=4), st.integers(1, 4))
def test_fractals_are_those_of_plain_loops(prices: list[int], missing: frozenset[int], count: int) -> None:
    bars = bars_of(prices, missing)
    found = fractal_swings(bars, count)
    assert len({(swing.side, swing.time_ms) for swing in found}) == len(found)
    assert {(swing.side, swing.price, swing.time_ms, swing.known_ms) for swing in found} == twin_fractals(bars, count)
    assert all(swing.broken_ms == twin_broken(bars, swing) for swing in found)


def mirrored(bars: PriceBars) -> PriceBars:
    """Prices turned over at 50: highs become lows."""
    return PriceBars(
        interval_ms=bars.interval_ms,
        start_ms=bars.start_ms,
        open=100.0 - bars.open,
        high=100.0 - bars.low,
        low=100.0 - bars.high,
        close=100.0 - bars.close,
    )


def turned(swings: list[Swing]) -> set[tuple[str, float, int, int, int | None]]:
    other = {"high": "low", "low": "high"}
    return {(other[s.side], 100.0 - s.price, s.time_ms, s.known_ms, s.broken_ms) for s in swings}


def plain(swings: list[Swing]) -> set[tuple[str, float, int, int, int | None]]:
    return {(s.side, s.price, s.time_ms, s.known_ms, s.broken_ms) for s in swings}


@given(whole_prices, st.frozensets(st.integers(0, 60), max_size=3))
def test_mirroring_prices_swaps_highs_and_lows(prices: list[int], missing: frozenset[int]) -> None:
    bars = bars_of(prices, missing)
    assert plain(fractal_swings(mirrored(bars), K)) == turned(fractal_swings(bars, K))
    atr = np.full(len(bars), 1.5)
    assert plain(zigzag_swings(mirrored(bars), atr, 2.0)) == turned(zigzag_swings(bars, atr, 2.0))


@given(whole_prices, st.integers(0, 60))
def test_what_is_known_does_not_hang_on_what_comes_later(prices: list[int], upto: int) -> None:
    whole, early = bars_of(prices), bars_of(prices[:upto])
    end_ms = START_MS + min(upto, len(prices)) * HOUR_MS
    atr = np.full(len(whole), 1.5)
    for found, before in (
        (fractal_swings(whole, K), fractal_swings(early, K)),
        (zigzag_swings(whole, atr, 2.0), zigzag_swings(early, atr[: len(early)], 2.0)),
    ):
        then = {(s.side, s.price, s.time_ms, s.known_ms) for s in found if s.known_ms <= end_ms}
        assert then == {(s.side, s.price, s.time_ms, s.known_ms) for s in before}
        broken = {
            (s.time_ms, s.broken_ms) for s in found if s.known_ms <= end_ms and (s.broken_ms or end_ms + 1) <= end_ms
        }
        assert broken == {(s.time_ms, s.broken_ms) for s in before if s.broken_ms is not None}


ZIGZAG_CASES = (
    ("a flat series has no pivot", [3] * 12, []),
    ("a way of one direction has none", list(range(1, 13)), []),
    ("a fall of four marks nothing", [1, 5, 3, 6, 4, 7], []),
    ("the first turn is not marked, the later ones are", [5, 1, 5, 1], [("low", 10.0, 1), ("high", 16.0, 2)]),
    ("a flat top is marked at its first bar", [1, 5, 5, 5, 1], [("high", 16.0, 1)]),
    ("a flat bottom too", [5, 1, 1, 1, 5], [("low", 10.0, 1)]),
    ("the extreme moves with the price", [1, 5, 6, 7, 2], [("high", 18.0, 3)]),
)


@pytest.mark.parametrize(("name", "prices", "expected"), ZIGZAG_CASES, ids=[case[0] for case in ZIGZAG_CASES])
def test_zigzags_of_planted_series(name: str, prices: list[int], expected: list[tuple[str, float, int]]) -> None:
    """Bars reach 1 to both sides: closes 4 apart are 6 from high to low, 2 apart are 4; the step is 5."""
    bars = bars_of(prices)
    assert seen(zigzag_swings(bars, np.full(len(bars), 2.5), 2.0)) == expected, name


@pytest.mark.parametrize(("step", "sides"), [(6.0, ["low", "high"]), (6.0 + 1e-9, [])])
def test_a_way_of_exactly_the_step_confirms(step: float, sides: list[str]) -> None:
    bars = bars_of([5, 1, 5, 1])
    assert [swing.side for swing in zigzag_swings(bars, np.full(4, step), 1.0)] == sides


@given(whole_prices)
def test_pivots_alternate_and_are_a_step_apart(prices: list[int]) -> None:
    bars = bars_of(prices)
    found = sorted(zigzag_swings(bars, np.full(len(bars), 2.0), 2.0), key=lambda swing: swing.known_ms)
    for before, after in pairwise(found):
        assert {before.side, after.side} == {"high", "low"}
        assert abs(before.price - after.price) >= 4.0
        assert before.time_ms < after.time_ms
        assert before.known_ms - HOUR_MS > before.time_ms, "never confirmed by the bar of the extreme itself"


def test_without_a_range_no_pivot_is_confirmed() -> None:
    bars = bars_of([1, 9, 1, 9, 1])
    for atr in (np.full(5, np.nan), np.zeros(5)):
        assert zigzag_swings(bars, atr) == []


def test_a_hole_gives_up_what_was_not_confirmed() -> None:
    prices = [9, 1, 9, 9, 1, 1]
    assert [s.side for s in zigzag_swings(bars_of(prices), np.full(6, 1.0), 3.0)] == ["low", "high"]
    held = bars_of(prices, frozenset({3}))
    assert [s.side for s in zigzag_swings(held, np.full(5, 1.0), 3.0)] == ["low"]


def test_the_rules_as_shipped_mark_a_spike_of_a_day() -> None:
    prices = [*range(1, 13), *range(11, 0, -1)]
    bars = made_bars(points([float(100 + price) for price in prices], 0.25))
    assert [s.price for s in fractal_swings(bars)] == [112.25]
    assert FRACTAL_BARS == 5
