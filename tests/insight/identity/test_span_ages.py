"""Ages of any span: those of a cluster where it is a cluster's, and a walk back through all frames everywhere."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from planted_levels import MARK, MINUTE_MS, START_MS, Holder, crowd, follow, held, long_tracker

from liqscape.heatmap.grid import EDGE_TABLE_FIRST, band_of_price, edge_table
from liqscape.insight.identity import SpanAge
from liqscape.units import HOUR_MS

FIRST_BAND = int(band_of_price(np.array([90.0]))[0])


def edge(band: int) -> float:
    return float(edge_table()[band - EDGE_TABLE_FIRST])


def inside(band: int) -> float:
    return math.sqrt(edge(band) * edge(band + 1))


def walked_back(frames: Sequence[Sequence[Holder]], step_ms: int, low: float, high: float) -> SpanAge:
    """By its definition, from every frame again: the slow way. low, high: edges of bands."""
    now = (len(frames) - 1) * step_ms
    size: list[float] = []
    residence: list[int] = []
    is_at_least = False
    for holder in frames[-1]:
        if not low <= holder.level < high:
            continue
        since = len(frames) - 1
        while since > 0:
            before = [each for each in frames[since - 1] if each.key == holder.key and low <= each.level < high]
            if not before:
                break
            since -= 1
        size.append(holder.size)
        residence.append(now - since * step_ms)
        is_at_least = is_at_least or since == 0
    if not size:
        return SpanAge()
    whole = math.fsum(size)
    held_for = [
        None if now < span else math.fsum(s for s, r in zip(size, residence, strict=True) if r >= span) / whole
        for span in (HOUR_MS, 4 * HOUR_MS, 24 * HOUR_MS, 72 * HOUR_MS)
    ]
    mean = math.fsum(s * r for s, r in zip(size, residence, strict=True)) / whole
    return SpanAge(whole, round(mean), is_at_least, *held_for)


def assert_same(found: SpanAge, expected: SpanAge) -> None:
    assert found.size == pytest.approx(expected.size)
    assert found.is_weighted_age_at_least == expected.is_weighted_age_at_least
    if expected.weighted_age_ms is None:
        assert found == SpanAge()
        return
    assert found.weighted_age_ms == pytest.approx(expected.weighted_age_ms, abs=1)
    assert found[3:] == pytest.approx(expected[3:])


@given(st.data())
@settings(max_examples=examples(60), deadline=None)
@pytest.mark.property
def test_ages_of_any_span_equal_a_walk_back_through_all_frames(data: st.DataObject) -> None:
    step_ms = data.draw(st.sampled_from((MINUTE_MS, 40 * MINUTE_MS, 8 * HOUR_MS)))
    where = st.one_of(st.none(), st.integers(-6, 6))
    frame_count = data.draw(st.integers(1, 12))
    paths = [data.draw(st.lists(where, min_size=frame_count, max_size=frame_count)) for _ in range(4)]
    frames = [
        [
            Holder(key, inside(FIRST_BAND + band), 1.0 + key)
            for key, path in enumerate(paths, 1)
            if (band := path[frame]) is not None
        ]
        for frame in range(frame_count)
    ]
    tracker = long_tracker()
    for place, frame in enumerate(frames):
        tracker.advance(held(frame), MARK, START_MS + place * step_ms, False)
    ages = tracker.ages()
    assert ages is not None
    for low in range(-7, 7):
        for high in range(low + 1, 8):
            span = edge(FIRST_BAND + low), edge(FIRST_BAND + high)
            assert_same(ages.of(*span), walked_back(frames, step_ms, *span))


def test_the_span_of_a_cluster_has_the_figures_of_the_cluster() -> None:
    tracker = long_tracker()
    still = [Holder(each.key, each.level, 2.0) for each in crowd(500, 80.0)]
    for minute in range(90):
        here = crowd(1 + minute // 10, 90.0 * 1.0001**minute, size=3.0)
        tracked = tracker.advance(held([*here, *still]), MARK, START_MS + minute * MINUTE_MS, False)
    ages = tracker.ages()
    assert ages is not None
    assert len(tracked.standing) == 2
    assert {each.is_weighted_age_at_least for each in tracked.standing} == {True, False}
    for cluster in tracked.standing:
        found = ages.of(cluster.price_low, cluster.price_high)
        assert found.size == pytest.approx(cluster.size)
        assert cluster.weighted_age_ms is not None
        assert found.weighted_age_ms == pytest.approx(cluster.weighted_age_ms, abs=1)
        assert cluster.persistence_1h is not None
        for name in SpanAge._fields[2:]:
            assert getattr(found, name) == pytest.approx(getattr(cluster, name)), name


def test_a_span_within_a_band_weighs_what_lies_in_it_alone() -> None:
    tracker = long_tracker()
    low, high = inside(FIRST_BAND), (inside(FIRST_BAND) + edge(FIRST_BAND + 1)) / 2
    old, young, above = Holder(1, low), Holder(2, low, 3.0), Holder(3, high, 9.0)
    follow(tracker, [[old, above]] * 4 + [[old, young, above]] * 5)
    ages = tracker.ages()
    assert ages is not None
    found = ages.of(low, high)
    assert (found.size, found.weighted_age_ms) == (4.0, (8 * MINUTE_MS + 3 * 4 * MINUTE_MS) // 4)
    assert ages.of(edge(FIRST_BAND + 1), edge(FIRST_BAND + 2)) == SpanAge()
    assert ages.of(1e-12, 1e15).size == 13.0


def test_a_gap_and_an_account_read_for_the_first_time_say_at_least() -> None:
    tracker = long_tracker()
    there, new = crowd(1, 90.0), crowd(100, 80.0)
    follow(tracker, [there] * 3)
    tracker.advance(held(there), MARK, START_MS + HOUR_MS, True)
    is_older = np.arange(40) < 20  # the lower ones
    tracker.advance(held([*there, *new]), MARK, START_MS + HOUR_MS + MINUTE_MS, False, is_older)
    tracker.advance(held([*there, *new, Holder(900, 70.0)]), MARK, START_MS + HOUR_MS + 2 * MINUTE_MS, False)
    ages = tracker.ages()
    assert ages is not None
    assert (ages.of(85.0, 95.0).weighted_age_ms, ages.of(85.0, 95.0).is_weighted_age_at_least) == (4 * MINUTE_MS, True)
    assert (ages.of(75.0, 85.0).weighted_age_ms, ages.of(75.0, 85.0).is_weighted_age_at_least) == (MINUTE_MS, True)
    assert (ages.of(65.0, 75.0).weighted_age_ms, ages.of(65.0, 75.0).is_weighted_age_at_least) == (0, False)


def test_no_ages_before_the_first_frame_nor_while_the_mark_is_unknown_and_old_ones_stay_as_they_are() -> None:
    tracker = long_tracker()
    assert tracker.ages() is None
    follow(tracker, [crowd(1, 90.0)] * 3)
    ages = tracker.ages()
    assert ages is not None
    before = ages.of(80.0, 100.0)
    follow(tracker, [crowd(1, 90.0)], 3, mark=math.nan)
    assert tracker.ages() is None
    follow(tracker, [crowd(1, 70.0)] * 5, 4)
    assert ages.of(80.0, 100.0) == before
    assert tracker.ages() is not None
