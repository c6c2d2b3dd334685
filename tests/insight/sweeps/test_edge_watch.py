"""Between stored frames the watch says what a slow walk over every span says, mark by mark."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sweep_story import make_story
from sweeping import Run
from swept_minutes import INDEX

from liqscape.insight.records import SweepState
from liqscape.insight.sweeps import EdgeWatch, WatchedEdge, watched_edges
from liqscape.insight.sweeps.walk import Walk, begin_walk, leave_margin

MARKETS = 3


def edge(name: str, side: int, low: float, high: float) -> WatchedEdge:
    near = high if side > 0 else -low
    return WatchedEdge(
        cluster_id=name,
        side=side,
        low=low,
        high=high,
        margin=leave_margin(low, high, near, None),
        state=SweepState.UNTOUCHED,
        is_crossed=False,
    )


BY_MARKET = {
    0: [edge("a", 1, 98.0, 99.0), edge("b", 1, 96.0, 97.5), edge("c", -1, 101.0, 102.0)],
    2: [edge("d", -1, 100.5, 101.0)],
}
EDGES = {market: watched_edges(edges) for market, edges in BY_MARKET.items()}
MARKS = st.lists(
    st.lists(st.one_of(st.floats(95.0, 103.0), st.just(math.nan)), min_size=MARKETS, max_size=MARKETS), max_size=40
)


@given(MARKS)
def test_states_are_those_of_walks_over_every_mark(batches: list[list[float]]) -> None:
    watch = EdgeWatch(MARKETS)
    watch.replace(0, EDGES)
    walks: dict[str, Walk | None] = {each.cluster_id: None for edges in BY_MARKET.values() for each in edges}
    for time_ms, batch in enumerate(batches, 1):
        changes = {each.cluster_id: each for each in watch.observe(time_ms, np.array(batch))}
        for market, edges in BY_MARKET.items():
            mark = batch[market]
            for each in edges:
                walk = walks[each.cluster_id]
                before = SweepState.UNTOUCHED if walk is None else walk.state
                if not math.isnan(mark):
                    if walk is None:
                        walk = walks[each.cluster_id] = begin_walk(
                            each.side, each.low, each.high, None, [time_ms], [mark]
                        )
                    else:
                        walk.advance([time_ms], [mark])
                after = SweepState.UNTOUCHED if walk is None else walk.state
                change = changes.pop(each.cluster_id, None)
                assert (None if change is None else change.state) == (None if after is before else after)
        assert not changes


@given(MARKS, st.integers(0, 40))
def test_a_study_that_comes_late_finds_the_marks_since_its_frame(batches: list[list[float]], late: int) -> None:
    prompt, slow = EdgeWatch(MARKETS), EdgeWatch(MARKETS)
    prompt.replace(0, EDGES)
    said = [each for time_ms, batch in enumerate(batches, 1) for each in prompt.observe(time_ms, np.array(batch))]
    late_said = []
    for time_ms, batch in enumerate(batches, 1):
        if time_ms == late:
            late_said += slow.replace(0, EDGES)
        late_said += slow.observe(time_ms, np.array(batch))
    if not 1 <= late <= len(batches):
        late_said += slow.replace(0, EDGES)
    assert late_said == said


def test_marks_up_to_the_studied_frame_are_not_taken_again() -> None:
    watch = EdgeWatch(MARKETS)
    watch.observe(10, np.array([98.5, 1.0, 1.0]))
    assert watch.replace(10, EDGES) == ()
    assert [each.cluster_id for each in watch.observe(11, np.array([98.5, 1.0, 1.0]))] == ["a"]


def test_another_list_of_markets_is_watched_from_its_next_study_on() -> None:
    watch = EdgeWatch(MARKETS)
    watch.replace(0, EDGES)
    assert watch.observe(1, np.array([90.0, 90.0, 90.0, 90.0])) == ()
    assert watch.replace(0, {3: watched_edges([edge("e", 1, 91.0, 92.0)])})[0].state is SweepState.CROSSED


@pytest.mark.parametrize("seed", range(1, 8))
def test_the_next_stored_frame_confirms_what_the_watch_said(seed: int) -> None:
    story, run = make_story(seed), Run()
    for place, (minute, standing) in enumerate(zip(story.minutes, story.standing, strict=True)):
        watch = EdgeWatch(2)
        watch.replace(0, {INDEX: run.tracker.edges()})
        said = {
            each.cluster_id: each.state
            for number, at_ms, mark in story.marks
            if number == place
            for each in watch.observe(at_ms + 1, np.array([1.0, mark]))
        }
        open_before = {each.cluster_id: each.state for each in run.tracker.edges().edges}
        run.take(minute, standing)
        names = {each.cluster_id for each in standing}
        for name, state in said.items():
            confirmed = run.newest.states.get(name)
            if name in names and confirmed is not None and not confirmed.is_over:
                assert confirmed.state is state, (place, name, open_before)
