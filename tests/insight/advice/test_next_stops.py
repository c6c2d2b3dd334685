"""Stops past a cluster: at its overshoot, at a price an order may have, never on the edge itself."""

from __future__ import annotations

from fractions import Fraction

import pytest
from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from liqscape.exchange.scale import to_ticks
from liqscape.insight.advice import (
    ClusterOvershoot,
    OwnLevel,
    SpanOfLevels,
    StopTrade,
    choose_overshoot,
    judge,
    next_stops,
    place_clusters,
    tradable_beyond,
)
from liqscape.insight.advice.overshoot_choice import classes_of, simulated_overshoot

OF_100_BP = ClusterOvershoot(source="measured", q50_bp=40.0, q90_bp=100.0, n=31)


@pytest.mark.parametrize(
    ("price", "side", "size_decimals", "expected"),
    [
        (93.06, 1, 2, 93.059),  # 5 figures: steps of 0.001
        (93.0605, 1, 2, 93.06),
        (93.0605, -1, 2, 93.061),
        (61_213.48, 1, 5, 61_213.0),  # whole dollars from 5 figures on
        (61_213.0, 1, 5, 61_212.0),
        (61_213.0, -1, 5, 61_214.0),
        (123_456.7, 1, 5, 123_456.0),
        (0.0123456, 1, 0, 0.012345),  # 6 decimals for coins of whole lots
        (0.0123456, -1, 0, 0.012346),
        (9.99995, -1, 2, 10.0),
        (0.000001, 1, 0, None),
    ],
)
def test_the_next_price_an_order_may_have_is_strictly_past(
    price: float, side: int, size_decimals: int, expected: float | None
) -> None:
    assert tradable_beyond(price, side, size_decimals) == expected


@settings(max_examples=examples(300), deadline=None)
@given(st.floats(0.01, 2e5), st.sampled_from((1, -1)), st.integers(0, 5))
def test_such_a_price_is_one_that_the_exchange_takes(price: float, side: int, size_decimals: int) -> None:
    found = tradable_beyond(price, side, size_decimals)
    if found is None:
        return
    ticks = to_ticks(found, size_decimals)
    assert Fraction(ticks, 10 ** (6 - size_decimals)) == Fraction(str(found))
    assert side * (price - found) > 0.0


def test_two_stops_a_cluster_at_50_and_90_percent() -> None:
    # far edge 94: 40 bp under it is 93.624, 100 bp 93.06; both strictly past
    trade = StopTrade(1, 100.0, 95.5)
    placed = place_clusters(trade, [(SpanOfLevels(94, 95, 1e6), OF_100_BP)], 100.0, None)
    found = next_stops(trade, placed, 2)
    assert [(each.quantile, each.stop, each.source) for each in found] == [
        (0.5, 93.623, "measured"),
        (0.9, 93.059, "measured"),
    ]


def test_of_a_short_they_lie_above() -> None:
    trade = StopTrade(-1, 100.0, 104.5)
    placed = place_clusters(trade, [(SpanOfLevels(105, 106, 1e6), OF_100_BP)], 100.0, None)
    assert [each.stop for each in next_stops(trade, placed, 2)] == [106.43, 107.07]  # 106.424, 107.06: steps of 0.01


def test_the_stop_at_90_percent_is_clear_of_its_cluster() -> None:
    for side, span in ((1, SpanOfLevels(94, 95, 1e6)), (-1, SpanOfLevels(105, 106, 1e6))):
        trade = StopTrade(side, 100.0, 94.5 if side > 0 else 105.5)
        clusters = [(span, OF_100_BP)]
        half, most = next_stops(trade, place_clusters(trade, clusters, 100.0, None), 2)
        for each, word in ((half, "just beyond one"), (most, "clear of clusters")):
            assert each.stop is not None
            moved = StopTrade(side, 100.0, each.stop)
            assert judge(moved, place_clusters(moved, clusters, 100.0, None), OwnLevel()).word == word


def test_an_unknown_overshoot_gives_no_price() -> None:
    trade = StopTrade(1, 100.0, 94.5)
    unknown = ClusterOvershoot(source="unknown", n=7)
    placed = place_clusters(trade, [(SpanOfLevels(94, 95, 1e6), unknown)], 100.0, 0.01)
    assert [(each.stop, each.overshoot_bp, each.source) for each in next_stops(trade, placed, 2)] == [
        (None, None, "unknown"),
        (None, None, "unknown"),
    ]


def test_simulated_quantiles_need_twenty_runs() -> None:
    assert simulated_overshoot([float(each) for each in range(19)]).source == "unknown"
    found = simulated_overshoot([float(each) for each in range(20)])
    # the 10th and the 18th of 20: half, and nine tenths, of them are no larger
    assert (found.source, found.q50_bp, found.q90_bp, found.n) == ("simulated", 9.0, 17.0, 20)


def test_without_sweeps_nothing_is_measured() -> None:
    classes, coins = classes_of([])
    assert (classes, coins) == ({}, {})
    found = choose_overshoot(classes, "deep", "0.1-0.3")
    assert (found.source, found.n, found.q90_bp, found.coin_class) == ("unknown", 0, None, "deep")
