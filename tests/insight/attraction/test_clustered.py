"""Sums that come together by day and coin, against plain loops and every sign there is."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from liqscape.insight.attraction.clustered import FLIPS, clustered_variance, flipped_share, two_way_variance


def slow_variance(term: list[float], cluster: list[object]) -> float:
    sums: dict[object, float] = {}
    for value, name in zip(term, cluster, strict=True):
        sums[name] = sums.get(name, 0.0) + value
    return sum(each * each for each in sums.values()) * len(sums) / (len(sums) - 1) if len(sums) > 1 else math.nan


@given(seed=st.integers(0, 2**32 - 1), rows=st.integers(2, 60))
@settings(max_examples=examples(100), deadline=None)
def test_two_ways_are_days_and_coins_less_what_is_both_and_no_less_than_days(seed: int, rows: int) -> None:
    chance = np.random.default_rng(seed)
    term, day, coin = chance.standard_normal(rows), chance.integers(0, 6, rows), chance.integers(0, 4, rows)
    pairs = list(zip(day.tolist(), coin.tolist(), strict=True))
    by_day, by_coin, by_pair = (slow_variance(term.tolist(), each) for each in (day.tolist(), coin.tolist(), pairs))
    assert clustered_variance(term, day) == pytest.approx(by_day, nan_ok=True)
    expected = by_day if math.isnan(by_coin) else max(by_day + by_coin - by_pair, by_day)
    assert two_way_variance(term, day, coin) == pytest.approx(expected, nan_ok=True)


def test_one_day_tells_no_variance() -> None:
    assert math.isnan(two_way_variance(np.ones(5), np.zeros(5, np.int64), np.arange(5)))


@given(seed=st.integers(0, 2**32 - 1), days=st.integers(1, 9))
@settings(max_examples=examples(60), deadline=None)
def test_signs_of_days_are_near_every_sign_there_is(seed: int, days: int) -> None:
    chance = np.random.default_rng(seed)
    day = np.repeat(np.arange(days), 3)
    term = chance.standard_normal(3 * days) + 0.3
    sums = [term[day == number].sum() for number in range(days)]
    total = sum(sums)
    whole = [sum(s * e for s, e in zip(sums, signs, strict=True)) for signs in product((1, -1), repeat=days)]
    exact = np.mean([each >= total - 1e-9 for each in whole])
    error = math.sqrt(exact * (1.0 - exact) / FLIPS)
    assert flipped_share(term, day, f"{seed}") == pytest.approx(exact, abs=5.0 * error + 2.0 / FLIPS)


def test_signs_are_the_same_for_the_same_text_in_any_order() -> None:
    chance = np.random.default_rng(3)
    term, day = chance.standard_normal(40), chance.integers(0, 10, 40)
    order = chance.permutation(40)
    assert flipped_share(term, day, "a") == flipped_share(term[order], day[order], "a")
    assert flipped_share(term, day, "a") != flipped_share(term, day, "b")
