"""Spans without a cluster are laid, walked and compared like swept ones."""

from __future__ import annotations

import numpy as np
import pytest
from swept_minutes import START_MS, make_cluster, path_of

from liqscape.insight.sweeps.placebos import EVERY, MIN_PLACEBOS, Placebos, PlaceboShape
from liqscape.insight.sweeps.walk import WINDOW_MS
from liqscape.units import DAY_MS, MINUTE_MS, Side

SIGMA = 0.001
SHAPE = PlaceboShape(1, 1.0, 3.0)


def laid_at(
    placebos: Placebos, count: int, mark: float = 100.0, clusters: tuple[tuple[float, float], ...] = ()
) -> list[int]:
    """Minutes at which a span was laid."""
    standing = [make_cluster("c", Side.LONG, low, high) for low, high in clusters]
    found = []
    for minute in range(count):
        before = len(placebos.state.laid)
        placebos.lay(START_MS + minute * MINUTE_MS, mark, SIGMA, standing)
        if len(placebos.state.laid) > before:
            found.append(minute)
    return found


@pytest.mark.parametrize(("side", "low", "high"), [(1, 99.7, 99.9), (-1, 100.1, 100.3)])
def test_a_span_lies_at_the_distance_in_sigma_that_the_swept_one_had(side: int, low: float, high: float) -> None:
    placebos = Placebos("AAA")
    placebos.remember(PlaceboShape(side, 1.0, 3.0))
    laid_at(placebos, 50)
    assert placebos.state.laid
    for each in placebos.state.laid:
        assert (each.low, each.high) == (pytest.approx(low), pytest.approx(high))


def test_times_are_chosen_by_coin_and_time_alone() -> None:
    first, again, other = Placebos("AAA"), Placebos("AAA"), Placebos("BBB")
    for each in (first, again, other):
        each.remember(SHAPE)
    times = laid_at(first, 1_000)
    assert times == laid_at(again, 1_000)
    assert times != laid_at(other, 1_000)
    assert 1_000 / EVERY * 0.8 < len(times) < 1_000 / EVERY * 1.2


def test_none_is_laid_before_a_sweep_without_sigma_or_where_a_cluster_stands() -> None:
    assert laid_at(Placebos("AAA"), 50) == []
    placebos = Placebos("AAA")
    placebos.remember(SHAPE)
    assert laid_at(placebos, 50, clusters=((99.8, 99.95),)) == []
    placebos.lay(START_MS, 100.0, None, ())
    placebos.lay(START_MS, float("nan"), SIGMA, ())
    assert placebos.state.laid == []
    assert laid_at(placebos, 50, clusters=((99.9, 101.0), (90.0, 99.7))) != [], "they only touch"


def test_a_span_that_is_not_met_within_half_an_hour_is_dropped() -> None:
    placebos = Placebos("AAA")
    placebos.remember(SHAPE)
    [first, *_] = laid_at(placebos, 50)
    end = START_MS + first * MINUTE_MS + WINDOW_MS
    placebos.advance(path_of([end], [100.0]))
    kept = len(placebos.state.laid)
    placebos.advance(path_of([end + 1], [100.0]))
    assert len(placebos.state.laid) == kept - 1
    assert placebos.state.done == []


def test_the_median_of_a_random_walk_stands_beside_a_sweep_of_that_distance_and_no_other() -> None:
    rng = np.random.default_rng(3)
    placebos = Placebos("AAA")
    placebos.remember(SHAPE)
    mark, time_ms = 100.0, START_MS
    for minute in range(2_000):
        times = [START_MS + minute * MINUTE_MS + each * 3_000 for each in range(20)]
        marks = (mark * np.exp(np.cumsum(rng.normal(0.0, SIGMA / np.sqrt(20), 20)))).tolist()
        mark, time_ms = marks[-1], times[-1]
        placebos.advance(path_of(times, marks))
        placebos.lay(time_ms, mark, SIGMA, ())
    value, count = placebos.beside(3.0, time_ms)
    assert count >= MIN_PLACEBOS
    assert value is not None
    # Within the hour that a walk takes, the extreme of a driftless walk lies some sigma beyond a line 3 sigma away.
    assert -2.0 < value < 10.0
    assert placebos.beside(9.0, time_ms) == (None, 0)
    assert placebos.beside(3.0, time_ms + 2 * DAY_MS) == (None, 0)


def test_fewer_than_20_give_no_median() -> None:
    placebos = Placebos("AAA")
    placebos.remember(SHAPE)
    laid_at(placebos, 100)
    placebos.advance(path_of([START_MS + 1], [99.0]))
    placebos.advance(path_of([START_MS + 2 * WINDOW_MS], [99.0]))
    value, count = placebos.beside(3.0, START_MS + 2 * WINDOW_MS)
    assert 0 < count < MIN_PLACEBOS
    assert value is None
