"""Which sweeps were followed by one of a further cluster within the hour: against plain loops, and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqscape.insight.odds.links import SweptSpans, followed
from liqscape.units import HOUR_MS, MINUTE_MS

Sweep = tuple[int, int | None, int, int, int]
"""Entered and crossed in minutes, low edge, width, cluster."""


def spans_of(sweeps: list[Sweep]) -> SweptSpans:
    return SweptSpans(
        entered_ms=np.array([each[0] * MINUTE_MS for each in sweeps], np.int64),
        crossed_ms=np.array([-1 if each[1] is None else each[1] * MINUTE_MS for each in sweeps], np.int64),
        price_low=np.array([float(each[2]) for each in sweeps]),
        price_high=np.array([float(each[2] + each[3]) for each in sweeps]),
        cluster=np.array([each[4] for each in sweeps], np.int64),
    )


def plain(sweeps: list[Sweep], side: int, at: int) -> tuple[int, int]:
    reached = count = 0
    for _, crossed, low, width, cluster in sweeps:
        if crossed is None or crossed + 60 > at:
            continue
        count += 1
        for entered, _, other_low, other_width, other in sweeps:
            is_further = other_low + other_width <= low if side == 1 else other_low >= low + width
            if other != cluster and crossed <= entered <= crossed + 60 and is_further:
                reached += 1
                break
    return reached, count


sweeps = st.lists(
    st.tuples(
        st.integers(0, 300),
        st.none() | st.integers(0, 300),
        st.integers(50, 60),
        st.integers(1, 4),
        st.integers(0, 4),
    ),
    max_size=25,
)


@given(sweeps, st.sampled_from([1, -1]), st.integers(0, 400))
def test_followed_is_that_of_plain_loops(given_sweeps: list[Sweep], side: int, at: int) -> None:
    assert followed(spans_of(given_sweeps), side, at * MINUTE_MS) == plain(given_sweeps, side, at)


@pytest.mark.parametrize(
    ("following", "is_followed"),
    [
        ((70, None, 50, 10, 2), True),  # an hour after, edges touch
        ((71, None, 50, 10, 2), False),  # a minute later
        ((9, None, 50, 10, 2), False),  # before it crossed
        ((20, None, 50, 10, 1), False),  # the same cluster again
        ((20, None, 51, 10, 2), False),  # overlaps
        ((20, None, 80, 10, 2), False),  # behind
    ],
)
def test_a_further_cluster_within_the_hour_follows(following: Sweep, is_followed: bool) -> None:
    crossed: Sweep = (5, 10, 60, 5, 1)
    assert followed(spans_of([crossed, following]), 1, 10 * HOUR_MS) == (int(is_followed), 1)


def test_one_whose_hour_is_not_over_is_not_judged() -> None:
    assert followed(spans_of([(5, 10, 60, 5, 1)]), 1, 69 * MINUTE_MS) == (0, 0)
    assert followed(spans_of([(5, 10, 60, 5, 1)]), 1, 70 * MINUTE_MS) == (0, 1)
