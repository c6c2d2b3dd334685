"""A cluster keeps its identity by who is in it, through drift, blinks, splits, merges, gaps and restarts."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from planted_levels import MARK, MINUTE_MS, START_MS, Holder, at_price, crowd, follow, held, long_tracker

from liqscape.errors import ModelError
from liqscape.insight.identity import ClusterTracker
from liqscape.units import Side


def test_a_cluster_that_drifts_keeps_its_id() -> None:
    tracked = follow(long_tracker(), [crowd(1, 90.0 * 1.0003**minute) for minute in range(60)])
    assert {cluster.cluster_id for frame in tracked for cluster in frame.standing} == {
        tracked[0].standing[0].cluster_id
    }
    assert tracked[-1].standing[0].price_low > tracked[0].standing[0].price_high


def test_a_cluster_that_blinks_is_the_same_one() -> None:
    there, away = crowd(1, 90.0), crowd(100, 95.0)
    tracked = follow(long_tracker(), [[*there, *away]] * 5 + [away] * 10 + [[*there, *away]] * 5)
    before, after = at_price(tracked[0], 90.0), at_price(tracked[-1], 90.0)
    assert before.cluster_id == after.cluster_id
    blinking = [cluster for cluster in tracked[10].standing if cluster.cluster_id == before.cluster_id]
    assert [(cluster.is_remembered, cluster.size, cluster.weighted_age_ms) for cluster in blinking] == [
        (True, 0.0, None)
    ]
    assert after.age_ms == 19 * MINUTE_MS
    assert after.weighted_age_ms == 4 * MINUTE_MS, "its positions came back five frames ago"


def test_a_cluster_whose_owners_left_ends_when_memory_does() -> None:
    there, away = crowd(1, 90.0), crowd(100, 95.0)
    tracked = follow(long_tracker(), [[*there, *away]] * 5 + [away] * 20)
    ended = [(minute, each) for minute, frame in enumerate(tracked) for each in frame.ended]
    assert [(minute, each.merged_into, each.age_ms) for minute, each in ended] == [(19, None, 4 * MINUTE_MS)]
    assert ended[0][1].cluster_id == at_price(tracked[0], 90.0).cluster_id
    assert len(tracked[-1].standing) == 1


def test_the_same_price_held_by_other_people_at_once_is_another_cluster() -> None:
    tracked = follow(long_tracker(), [crowd(1, 90.0)] * 5 + [crowd(100, 90.0)] * 20)
    assert tracked[-1].standing[0].cluster_id != tracked[0].standing[0].cluster_id
    assert [each.merged_into for frame in tracked for each in frame.ended] == [None]


def test_people_who_change_one_by_one_hold_the_same_cluster() -> None:
    tracked = follow(long_tracker(), [crowd(1 + minute, 90.0) for minute in range(60)])
    assert len({cluster.cluster_id for frame in tracked for cluster in frame.standing}) == 1


def test_a_cluster_of_which_most_leaves_is_still_the_same() -> None:
    tracked = follow(long_tracker(), [crowd(1, 90.0, 30), crowd(1, 90.0, 30)[12:18]])
    assert at_price(tracked[1], 90.0).cluster_id == at_price(tracked[0], 90.0).cluster_id
    assert at_price(tracked[1], 90.0).size == 6.0


def test_of_two_children_the_larger_keeps_the_id_and_the_other_names_its_parent() -> None:
    stay, leave = crowd(1, 90.0, 30), crowd(100, 90.0, 15)
    frames = [[*stay, *leave]] * 5 + [
        [*stay, *(Holder(who.key, who.level * 1.002**step, who.size) for who in leave)] for step in range(1, 12)
    ]
    tracked = follow(long_tracker(), frames)
    parent = tracked[0].standing[0].cluster_id
    assert at_price(tracked[-1], 90.0).cluster_id == parent
    child = at_price(tracked[-1], 90.0 * 1.002**11)
    assert (child.parent, child.is_age_at_least) == (parent, False)


def test_a_merged_cluster_ends_into_the_one_that_has_its_coins() -> None:
    large, small = crowd(1, 90.0, 30), crowd(100, 92.0, 15)
    moving = [[Holder(who.key, who.level * 0.9989**step, who.size) for who in small] for step in range(21)]
    frames = [[*large, *small]] * 5 + [[*large, *each] for each in moving] + [[*large, *moving[-1]]] * 20
    tracked = follow(long_tracker(), frames)
    kept, lost = at_price(tracked[0], 90.0).cluster_id, at_price(tracked[0], 92.0).cluster_id
    ended = [each for frame in tracked for each in frame.ended]
    assert [(each.cluster_id, each.merged_into) for each in ended] == [(lost, kept)]
    assert [cluster.merged for frame in tracked for cluster in frame.standing if cluster.merged] == [(lost,)]
    assert [cluster.cluster_id for cluster in tracked[-1].standing] == [kept]
    assert tracked[-1].standing[0].size == pytest.approx(45.0)


def test_a_gap_ends_nothing_and_counts_for_no_age() -> None:
    tracker = long_tracker()
    there, away = crowd(1, 90.0), crowd(100, 95.0)
    follow(tracker, [[*there, *away]] * 5)
    day = START_MS + 1_440 * MINUTE_MS
    after = tracker.advance(held(away), MARK, day, True)
    assert not after.ended
    assert {cluster.age_ms for cluster in after.standing} == {4 * MINUTE_MS}
    back = tracker.advance(held([*there, *away]), MARK, day + MINUTE_MS, False)
    cluster = at_price(back, 90.0)
    assert (cluster.age_ms, cluster.is_age_at_least, cluster.is_remembered) == (5 * MINUTE_MS, True, False)
    assert at_price(back, 95.0).is_weighted_age_at_least


def test_snapshots_with_gaps_between_all_of_them_do_not_remember_for_ever() -> None:
    tracker = long_tracker()
    frames = [[*crowd(1, 90.0), *crowd(100, 95.0)]] * 3 + [crowd(100, 95.0)] * 20
    tracked = [
        tracker.advance(held(frame), MARK, START_MS + place * 300 * MINUTE_MS, True)
        for place, frame in enumerate(frames)
    ]
    assert sum(len(frame.ended) for frame in tracked) == 1
    assert len(tracked[-1].standing) == 1


def test_an_unknown_mark_holds_everything_and_no_time_passes() -> None:
    tracker = long_tracker()
    before = follow(tracker, [crowd(1, 90.0)] * 5)[-1].standing[0]
    for minute in range(5, 60):
        unknown = tracker.advance(held([]), math.nan, START_MS + minute * MINUTE_MS, False)
        assert not unknown.ended
        assert [(cluster.cluster_id, cluster.is_known) for cluster in unknown.standing] == [(before.cluster_id, False)]
        assert (unknown.standing[0].first_row, unknown.standing[0].last_row) == (0, 0)
    after = follow(tracker, [crowd(1, 90.0)], 60)[0].standing[0]
    assert (after.cluster_id, after.age_ms, after.is_known) == (before.cluster_id, 5 * MINUTE_MS, True)


def test_what_is_there_at_the_first_frame_is_at_least_so_old() -> None:
    late = crowd(100, 95.0)
    tracked = follow(long_tracker(), [crowd(1, 90.0)] + [[*crowd(1, 90.0), *late]] * 90)
    old, young = at_price(tracked[-1], 90.0), at_price(tracked[-1], 95.0)
    assert (old.is_age_at_least, old.is_weighted_age_at_least, old.weighted_age_ms) == (True, True, 90 * MINUTE_MS)
    assert (young.is_age_at_least, young.is_weighted_age_at_least, young.weighted_age_ms) == (
        False,
        False,
        89 * MINUTE_MS,
    )
    assert young.age_ms < young.weighted_age_ms, "it is born when it was found in some frames"
    assert (old.persistence_1h, old.persistence_4h) == (1.0, None)


def test_an_account_read_for_the_first_time_may_have_stood_there_before() -> None:
    tracker = long_tracker()
    follow(tracker, [crowd(1, 90.0)] * 2)
    late = held([*crowd(1, 90.0), *crowd(100, 95.0)])
    for minute in range(2, 8):
        is_older = (late.key >= 100) if minute == 2 else np.zeros(len(late.key), np.bool_)
        tracked = tracker.advance(late, MARK, START_MS + minute * MINUTE_MS, False, is_older)
    assert at_price(tracked, 95.0).is_weighted_age_at_least


def test_an_id_is_made_of_coin_side_birth_and_peak() -> None:
    tracked = ClusterTracker("kPEPE", Side.SHORT).advance(held(crowd(1, 110.0)), MARK, START_MS, False)
    name, side, born, band = tracked.standing[0].cluster_id.rsplit("-", 3)
    assert (name, side, born) == ("kPEPE", "short", str(START_MS))
    assert 1.0005 ** int(band) == pytest.approx(110.0, rel=2e-3)


def test_spans_do_not_overlap_and_rows_are_those_inside() -> None:
    generator = np.random.default_rng(4)
    tracker = long_tracker()
    for minute in range(40):
        rows = held(_wandering(generator, minute))
        tracked = tracker.advance(rows, MARK, START_MS + minute * MINUTE_MS, False)
        assert [c.price_low for c in tracked.standing] == sorted(c.price_low for c in tracked.standing)
        for cluster, following in zip(tracked.standing, tracked.standing[1:], strict=False):
            assert cluster.price_high <= following.price_low
        for cluster in tracked.standing:
            inside = np.flatnonzero((rows.level >= cluster.price_low) & (rows.level < cluster.price_high))
            assert list(inside) == list(range(cluster.first_row, cluster.last_row))
            assert cluster.size == pytest.approx(rows.size[inside].sum())


def _wandering(generator: np.random.Generator, minute: int) -> list[Holder]:
    """Holders about four prices, of whom some come, go and move each minute."""
    return [
        Holder(key, price * (1.0 + 0.0004 * float(generator.normal())), 1.0 + key % 7)
        for price, first in ((80.0, 0), (88.0, 100), (88.8, 200), (96.0, 300))
        for key in range(first, first + 30)
        if generator.random() < 0.9 and (key + minute) % 23
    ]


@given(seed=st.integers(0, 2**32 - 1), cut=st.integers(1, 29))
@pytest.mark.property
def test_a_restart_at_any_frame_goes_on_to_the_same_bits(seed: int, cut: int) -> None:
    generator = np.random.default_rng(seed)
    frames = [held(_wandering(generator, minute)) for minute in range(30)]
    gaps = generator.random(30) < 0.1
    marks = np.where(generator.random(30) < 0.1, math.nan, MARK)
    whole, first = long_tracker(), long_tracker()
    for minute in range(30):
        if minute == cut:
            first = ClusterTracker.from_state(first.state())
        given_frame = (frames[minute], float(marks[minute]), START_MS + minute * MINUTE_MS, bool(gaps[minute]))
        assert first.advance(*given_frame) == whole.advance(*given_frame)
        assert first.state() == whole.state()


def test_bytes_that_are_no_state_are_refused() -> None:
    for kept in (b"", b"clusters", long_tracker().state()[:-3]):
        with pytest.raises(ModelError, match="no state of clusters"):
            ClusterTracker.from_state(kept)


def test_levels_that_no_venue_can_print_stand_at_the_ends_of_the_grid() -> None:
    far = [Holder(1, 1e-30), Holder(2, 2e-30), *crowd(10, 90.0), Holder(3, 1e17), Holder(4, 1e300)]
    tracked = follow(long_tracker(), [far] * 3)
    assert [cluster.position_count for cluster in tracked[-1].standing] == [2, 20, 2]
    assert tracked[-1].standing[0].price_high < 1e-12
    assert tracked[-1].standing[-1].price_low > 1e15


def test_a_coin_without_positions_has_no_clusters() -> None:
    tracked = follow(long_tracker(), [[], crowd(1, 90.0), []])
    assert [len(frame.standing) for frame in tracked] == [0, 0, 0]
