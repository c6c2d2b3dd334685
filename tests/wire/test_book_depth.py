"""Depth of a book within 0.5, 1 and 2 % of its mid: exact where all is seen, unknown where it is not."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqscape.errors import RemoteWireError
from liqscape.model.depth import WITHIN
from liqscape.sandbox.answers.l2_book import join_levels
from liqscape.wire.book_depth import check_book, figures_to_reach, measure_depth
from liqscape.wire.info.l2_book import LEVELS, BookLevel, L2Book

SPANS = [Fraction(5, 1000), Fraction(1, 100), Fraction(2, 100)]
MID_TICKS = 100_000
"""A tick is 1 USD here."""


def book(bids: list[tuple[float, float]], asks: list[tuple[float, float]], spread: float | None = None) -> L2Book:
    sides = [tuple(BookLevel(float(px), float(sz), 1) for px, sz in side) for side in (bids, asks)]
    return L2Book(coin="A", time=1, levels=(sides[0], sides[1]), spread=spread)


def exact(levels: list[tuple[int, int]], mid: Fraction, span: Fraction) -> Fraction:
    """USD of what stands within so much of the mid, level by level."""
    return sum((Fraction(px) * sz for px, sz in levels if abs(px - mid) <= mid * span), Fraction(0))


def sides(offsets: st.SearchStrategy[int]) -> st.SearchStrategy[list[tuple[int, int]]]:
    rows = st.dictionaries(offsets, st.integers(1, 1_000), min_size=1, max_size=60)
    return rows.map(lambda found: sorted(found.items()))


OFFSETS = sides(st.integers(1, 3_000))


@given(OFFSETS, OFFSETS)
def test_of_a_whole_book_depth_is_the_exact_sum(below: list[tuple[int, int]], above: list[tuple[int, int]]) -> None:
    bids = [(MID_TICKS - offset, size) for offset, size in below]
    asks = [(MID_TICKS + offset, size) for offset, size in above]
    mid = Fraction(bids[0][0] + asks[0][0], 2)
    found = measure_depth(book(bids, asks), levels=len(bids) + len(asks) + 1)
    assert found.mid == float(mid)
    for levels, depth in ((bids, found.bid_usd), (asks, found.ask_usd)):
        for span, usd in zip(SPANS, depth.tolist(), strict=True):
            assert usd == pytest.approx(float(exact(levels, mid, span)), rel=1e-12)


@given(OFFSETS, OFFSETS)
def test_what_lies_beyond_the_levels_seen_is_unknown_not_empty(
    below: list[tuple[int, int]], above: list[tuple[int, int]]
) -> None:
    bids = [(MID_TICKS - offset, size) for offset, size in below]
    asks = [(MID_TICKS + offset, size) for offset, size in above]
    found = measure_depth(book(bids, asks), levels=min(len(bids), len(asks)))
    for levels, depth in ((bids, found.bid_usd), (asks, found.ask_usd)):
        for span, usd in zip(WITHIN, depth.tolist(), strict=True):
            is_seen = len(levels) < min(len(bids), len(asks)) or abs(levels[-1][0] - found.mid) >= span * found.mid
            assert math.isnan(usd) != is_seen


@given(OFFSETS, OFFSETS, st.sampled_from([3, 4, 5]))
def test_of_joined_prices_depth_is_off_by_the_bucket_at_the_bound_at_most(
    below: list[tuple[int, int]], above: list[tuple[int, int]], figures: int
) -> None:
    bids = [(MID_TICKS + 5_000 - offset, size) for offset, size in below]
    asks = [(MID_TICKS + 5_000 + offset, size) for offset, size in above]
    mid = Fraction(bids[0][0] + asks[0][0], 2)
    joined = [
        join_levels(np.array([(px, size, 1) for px, size in levels]), figures, 1, LEVELS, is_up=is_up)
        for levels, is_up in ((bids, False), (asks, True))
    ]
    spread = joined[1][0][0] - joined[0][0][0]
    shown = [[(px, size) for px, size, _ in side] for side in joined]
    found = measure_depth(book(shown[0], shown[1], float(spread)), float(mid))
    assert found.mid == float(mid)
    gaps = [abs(after[0] - before[0]) for side in shown for before, after in pairwise(side)]
    step = min([*gaps, spread])
    for levels, buckets, depth in ((bids, shown[0], found.bid_usd), (asks, shown[1], found.ask_usd)):
        for span, usd in zip(SPANS, depth.tolist(), strict=True):
            if math.isnan(usd):
                assert step > mid * span or (
                    len(buckets) == LEVELS and abs(Fraction(buckets[-1][0]) - mid) < mid * span
                )
                continue
            at_bound = [px * size for px, size in buckets if mid * span - step < abs(px - mid) < mid * span + step]
            rounding = sum(Fraction(size) * step for _, size in buckets)
            assert abs(Fraction(usd) - exact(levels, mid, span)) <= sum(at_bound) + rounding


def test_a_bucket_that_the_bound_cuts_through_counts_by_its_share() -> None:
    # mid 1,000, asks joined to 4 USD: (1000, 1004], (1004, 1008]; 0.5 % is 1,005, a quarter of the second.
    found = measure_depth(book([(1_000, 3)], [(1_004, 2), (1_008, 5)], 4.0), 1_000.0, levels=3)
    assert found.ask_usd.tolist() == [2_008.0 + 5_040.0 / 4, 2_008.0 + 5_040.0, 2_008.0 + 5_040.0]
    assert found.bid_usd.tolist() == [3_000.0] * 3


def test_a_bucket_wider_than_the_span_tells_nothing_of_it() -> None:
    found = measure_depth(book([(1_500, 3), (1_490, 3)], [(1_510, 2), (1_520, 5)], 10.0), 1_505.0, levels=3)
    assert [math.isnan(usd) for usd in found.ask_usd.tolist()] == [True, False, False]


def test_without_one_side_there_is_no_mid_and_nothing_within_of_it() -> None:
    found = measure_depth(book([(1_500, 3)], []))
    assert math.isnan(found.mid)
    assert np.isnan([found.bid_usd, found.ask_usd]).all()


def test_a_mid_outside_of_the_book_is_not_believed() -> None:
    assert measure_depth(book([(1_500, 3)], [(1_510, 2)]), 1_600.0).mid == 1_505.0


@given(st.floats(1e-6, 1e6))
def test_the_figures_asked_for_reach_one_percent_and_are_the_finest_that_do(mid: float) -> None:
    figures = figures_to_reach(mid)
    exponent = math.floor(math.log10(mid))
    step = 10.0 ** (exponent - figures + 1)
    assert (LEVELS - 1) * step >= 0.01 * mid * (1 - 1e-9)
    assert step <= 0.01 * mid * (1 + 1e-9)
    if figures == 3:
        assert (LEVELS - 1) * step / 10 < 0.01 * mid * (1 + 1e-9)


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        (book([(10, 1)], [(10, 1)]), "not below"),
        (book([(10, 1), (10, 1)], []), "best first"),
        (book([(10, 0)], []), "best first"),
        (book([], [(-1, 1)]), "best first"),
    ],
)
def test_a_book_that_cannot_be_is_refused(broken: L2Book, rule: str) -> None:
    with pytest.raises(RemoteWireError, match=rule):
        check_book(broken, "A", "here")


def test_a_book_of_another_coin_is_refused() -> None:
    with pytest.raises(RemoteWireError, match="not of B"):
        check_book(book([(10, 1)], []), "B", "here")
