"""Quantiles of how long requests took."""

from __future__ import annotations

import random

import pytest

from liqscape.feed.latency import GROWTH, LatencyHistogram


def test_nothing_counted_has_no_quantile() -> None:
    assert LatencyHistogram().quantile_ms(0.5) is None


@pytest.mark.parametrize("share", [0.01, 0.5, 0.9, 0.99, 1.0])
def test_quantiles_are_right_within_a_bucket(share: float) -> None:
    chance, histogram = random.Random(5), LatencyHistogram()
    seconds = sorted(10.0 ** chance.uniform(-3.5, 2.0) for _ in range(1_000))
    for each in seconds:
        histogram.observe(each)
    exact_ms = 1e3 * seconds[round(share * 1_000) - 1]
    found = histogram.quantile_ms(share)
    assert found is not None
    assert exact_ms <= found * 1.000001
    assert found <= exact_ms * GROWTH * 1.000001


def test_times_outside_the_buckets_are_counted_at_the_ends() -> None:
    histogram = LatencyHistogram()
    for seconds in (0.0, -1.0, 1e9):
        histogram.observe(seconds)
    assert sum(histogram.counts) == 3
    assert histogram.counts[0] == 2
    assert histogram.counts[-1] == 1
