"""Whole stories: parts against an event-by-event count, and the same bits wherever a history is cut."""

from __future__ import annotations

from functools import cache

import pytest
from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from sweep_story import Story, make_story, true_by_stop, true_parts
from sweeping import Run
from swept_minutes import START_MS

from liqscape.insight.study_rows import SweepRow
from liqscape.insight.sweeps import SweepTracker
from liqscape.units import MINUTE_MS


@cache
def told(seed: int) -> tuple[Story, Run]:
    story, run = make_story(seed), Run()
    for minute, standing in zip(story.minutes, story.standing, strict=True):
        run.take(minute, standing)
    return story, run


def frame_at_or_after(time_ms: int) -> int:
    return -(-(time_ms - START_MS) // MINUTE_MS)


def frame_before(row: SweepRow) -> int:
    """The frame whose positions a sweep met: the last before its entry, or that of the entry itself."""
    later = frame_at_or_after(row.entered_ms)
    return later if row.entered_ms == START_MS + later * MINUTE_MS else later - 1


def is_judged(story: Story, row: SweepRow) -> bool:
    """Whether what it met and when it ended is one frame each: not where a path is missing or it never left."""
    return not row.gap and row.left_ms is not None and story.minutes[frame_before(row)].time_ms != row.entered_ms


@given(st.integers(0, 40))
@settings(max_examples=examples(25))
def test_every_lot_of_a_sweep_goes_where_its_events_say(seed: int) -> None:
    story, run = told(seed)
    for row in run.finished:
        if not is_judged(story, row):
            continue
        assert row.left_ms is not None
        truth = true_parts(story, row.cluster_id, frame_before(row), frame_at_or_after(row.left_ms))
        assert {
            "liquidated_book": row.liquidated_book,
            "liquidated_backstop": row.liquidated_backstop,
            "deleveraged": row.deleveraged,
            "closed_before": row.closed_before,
            "closed_after": row.closed_after,
            "rest": pytest.approx(row.saved_by_margin + row.moved_away + row.still_there + row.unknown),
        } == truth


@given(st.integers(0, 40))
@settings(max_examples=examples(25))
def test_what_own_stops_closed_is_what_each_stop_says_event_by_event(seed: int) -> None:
    story, run = told(seed)
    for row in run.finished:
        if is_judged(story, row):
            assert row.left_ms is not None
            truth = true_by_stop(story, row.cluster_id, frame_before(row), frame_at_or_after(row.left_ms))
            assert (row.closed_by_own_stop, row.stop_coverage) == truth
        assert (row.closed_by_own_stop or 0.0) <= row.closed_before + row.closed_after + 1e-9
        assert (row.closed_by_own_stop is None) == (not row.stop_coverage)
        assert (row.stop_coverage is None) == (seed % 5 == 0)


@given(st.integers(0, 40))
@settings(max_examples=examples(25))
def test_parts_sum_to_the_size_at_entry_in_lots(seed: int) -> None:
    _, run = told(seed)
    assert run.before is not None
    for row in [*run.finished, *run.tracker.open_rows(run.before, 1)]:
        parts = (
            row.liquidated_book,
            row.liquidated_backstop,
            row.deleveraged,
            row.closed_before,
            row.closed_after,
            row.saved_by_margin,
            row.moved_away,
            row.still_there,
            row.unknown,
        )
        assert min(parts) >= 0.0
        assert sum(round(part * 100) for part in parts) == round(row.size_at_entry * 100)


def test_stories_have_enough_sweeps_to_judge_and_each_way_to_go() -> None:
    judged = [row for seed in range(12) for row in told(seed)[1].finished if is_judged(told(seed)[0], row)]
    assert len(judged) >= 12
    assert {row.outcome for row in judged} >= {"swept", "partly_swept"}
    for name in (
        "liquidated_book",
        "liquidated_backstop",
        "deleveraged",
        "closed_before",
        "closed_after",
        "closed_by_own_stop",
        "still_there",
        "unknown",
    ):
        assert any(getattr(row, name) for row in judged), name


@given(st.integers(0, 40), st.lists(st.integers(1, 119), max_size=3))
@settings(max_examples=examples(30))
def test_a_tracker_goes_on_to_the_bit_wherever_it_is_cut(seed: int, cuts: list[int]) -> None:
    story, whole = told(seed)
    run = Run()
    for place, (minute, standing) in enumerate(zip(story.minutes, story.standing, strict=True)):
        if place in cuts:
            run.tracker = SweepTracker.from_state(run.tracker.state())
        run.take(minute, standing)
    assert run.finished == whole.finished
    assert run.newest == whole.newest
    assert run.tracker.state() == whole.tracker.state()
