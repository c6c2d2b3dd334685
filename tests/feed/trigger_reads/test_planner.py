"""Whose trigger orders are read next: size near the mark, then the probability of a change; and never too often."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from watched import NOW, Account, watch

from liqscape.feed.trigger_reads.planner import (
    FAR_SHARE,
    MIN_AGE_MS,
    NEAR,
    QUIET_MS,
    RETRY_MS,
    TRADED_MS,
    TriggerPlanner,
    TriggerQuestion,
)
from liqscape.ledger import WatchColumns
from liqscape.units import HOUR_MS


def rows(questions: list[TriggerQuestion]) -> list[int]:
    return [question.row for question in questions]


def read(planner: TriggerPlanner, columns: WatchColumns, at_ms: int) -> None:
    for question in planner.plan(at_ms, columns, len(columns.state_ms)):
        planner.answered(question, at_ms)


def test_unread_accounts_come_by_size_near_the_mark() -> None:
    accounts = watch((1e6, 0.5, -1), (1e6, 0.01, -1), (1.2e6, math.inf, -1), (0.0, 0.0, -1))
    assert rows(TriggerPlanner().plan(NOW, accounts, 10)) == [1, 2, 0]


def test_who_is_not_known_to_hold_anything_is_not_asked_about() -> None:
    assert TriggerPlanner().plan(NOW, watch((1e6, 0.01, -1), is_known=False), 10) == []


def test_who_traded_since_comes_before_who_did_not() -> None:
    planner, accounts = TriggerPlanner(), watch((1e6, 0.01, -1), (1e6, 0.01, -1))
    read(planner, accounts, NOW)
    later = NOW + 2 * MIN_AGE_MS
    moved = watch((1e6, 0.01, -1), (1e6, 0.01, NOW + 1))
    assert rows(planner.plan(later, moved, 1)) == [1]


def test_an_unread_account_comes_before_one_of_equal_size_that_was_read() -> None:
    planner = TriggerPlanner()
    read(planner, watch((1e6, 0.01, -1)), NOW)
    assert rows(planner.plan(NOW + HOUR_MS, watch((1e6, 0.01, -1), (1e6, 0.01, -1)), 1)) == [1]


def test_nobody_is_read_again_within_a_minute_or_soon_after_a_failure() -> None:
    planner, accounts = TriggerPlanner(), watch((1e6, 0.01, -1))
    read(planner, accounts, NOW)
    assert planner.plan(NOW + MIN_AGE_MS - 1, accounts, 1) == []
    (question,) = planner.plan(NOW + MIN_AGE_MS, accounts, 1)
    assert planner.plan(NOW + MIN_AGE_MS, accounts, 1) == []
    planner.failed(question, NOW + MIN_AGE_MS)
    assert planner.plan(NOW + MIN_AGE_MS + RETRY_MS - 1, accounts, 1) == []
    assert rows(planner.plan(NOW + MIN_AGE_MS + RETRY_MS, accounts, 1)) == [0]


def test_an_account_is_asked_about_in_each_dex_it_is_in() -> None:
    questions = TriggerPlanner().plan(NOW, watch((2.0, 0.0, -1), (1.0, 0.0, -1), bits=(0b11, 0)), 2)
    assert [(each.row, each.dex) for each in questions] == [(0, ""), (0, "xyz"), (1, "")]


def test_what_was_planned_and_not_sent_is_planned_again() -> None:
    planner, accounts = TriggerPlanner(), watch((1e6, 0.01, -1))
    planner.abandoned(planner.plan(NOW, accounts, 1))
    assert rows(planner.plan(NOW, accounts, 1)) == [0]


@given(
    st.lists(
        st.tuples(st.floats(0.0, 1e8), st.floats(0.0, 2.0), st.sampled_from((-1, NOW - 1, NOW + 1))),
        min_size=1,
        max_size=8,
    ),
    st.integers(MIN_AGE_MS, 10 * HOUR_MS),
    st.integers(1, 8),
)
def test_a_plan_equals_sorting_everybody_by_the_score_that_is_written_down(
    accounts: list[Account], age_ms: int, count: int
) -> None:
    planner, columns = TriggerPlanner(), watch(*accounts)
    half = len(accounts) // 2
    read(planner, watch(*accounts[:half]), NOW) if half else None

    def score(row: int) -> float:
        usd, away, traded = accounts[row]
        is_read = row < half and usd > 0.0
        term = TRADED_MS if traded > NOW else QUIET_MS
        change = 1.0 - math.exp(-age_ms / term) if is_read else 1.0
        return usd * (FAR_SHARE + (1.0 - FAR_SHARE) / (1.0 + (away / NEAR) ** 2)) * change

    chosen = rows(planner.plan(NOW + age_ms, columns, count))
    by_score = sorted((score(row) for row in range(len(accounts)) if score(row) > 0.0), reverse=True)
    assert [score(row) for row in chosen] == pytest.approx(by_score[:count])
