"""Order of reading: what is pressing comes first, nobody waits for ever."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from planner_twin import candidates

from liqscape.errors import ModelError
from liqscape.feed.reconcile.priority import (
    QUEUE_SHARE,
    REST_MS,
    SWEEP_AFTER_MS,
    SWEEP_SHARE,
    UNSURE_REST_MS,
    URGENT_SHARE,
    Candidates,
    choose,
    gain_usd,
)
from liqscape.units import HOUR_MS

NOW_MS = 1_770_000_000_000


def quiet(count: int) -> Candidates:
    """All known, none in doubt, read an hour ago."""
    return Candidates(
        is_known=np.ones(count, np.bool_),
        is_doubtful=np.zeros(count, np.bool_),
        is_unsure=np.zeros(count, np.bool_),
        is_free=np.ones(count, np.bool_),
        state_ms=np.full(count, NOW_MS - HOUR_MS),
        asked_ms=np.full(count, NOW_MS - HOUR_MS),
        notional=np.full(count, 1e6),
        nearest_distance=np.full(count, 0.5),
        expected_usd=np.zeros(count),
        group=np.zeros(count, np.int64),
    )


@settings(max_examples=examples(200), deadline=None)
@given(st.integers(0, 300), st.integers(0, 400), st.integers(0, 10_000))
def test_plan_is_full_has_nobody_twice_and_nobody_who_may_not_be_asked(count: int, budget: int, seed: int) -> None:
    columns = candidates(count, seed)
    rows = choose(columns, budget, NOW_MS).rows
    last_ms = np.maximum(columns.state_ms, columns.asked_ms)
    rest_ms = np.where(columns.is_known & columns.is_unsure, UNSURE_REST_MS, REST_MS)
    may_be_asked = columns.is_free & ((last_ms < 0) | (NOW_MS - last_ms >= rest_ms))
    assert len(set(rows.tolist())) == len(rows) == min(budget, np.count_nonzero(may_be_asked))
    assert may_be_asked[rows].all()
    np.testing.assert_array_equal(rows, choose(columns, budget, NOW_MS).rows)


@settings(max_examples=examples(50), deadline=None)
@given(st.integers(1, 120), st.integers(10, 60), st.integers(0, 10_000))
def test_everybody_is_asked_within_the_rounds_the_shares_promise(count: int, budget: int, seed: int) -> None:
    columns = replace(candidates(count, seed), is_free=np.ones(count, np.bool_))
    share = int(np.ceil(min(SWEEP_SHARE, QUEUE_SHARE) * budget))
    asked_ms, state_ms, missing, now_ms = columns.asked_ms.copy(), columns.state_ms, set(range(count)), NOW_MS
    for _ in range(-(-count // share) + 1):
        now_ms += SWEEP_AFTER_MS
        rows = choose(replace(columns, asked_ms=asked_ms, state_ms=state_ms), budget, now_ms).rows
        asked_ms[rows] = now_ms
        missing -= set(rows.tolist())
    assert not missing


def test_doubtful_account_near_the_mark_comes_before_a_larger_one_far_away() -> None:
    columns = quiet(1_000)
    columns.is_doubtful[[10, 20]] = True
    columns.nearest_distance[10], columns.nearest_distance[20] = 0.003, 0.4
    columns.notional[20] = 9e6
    chosen = choose(columns, 20, NOW_MS)
    assert chosen.urgent.tolist() == [10]
    assert 20 in chosen.valuable


def test_crowd_near_the_mark_leaves_most_of_the_budget_to_others() -> None:
    columns = quiet(1_000)
    columns.is_doubtful[:] = True
    columns.nearest_distance[:] = 0.001
    columns.is_known[500:] = False
    columns.expected_usd[500:] = 1e9
    chosen = choose(columns, 100, NOW_MS)
    assert len(chosen.urgent) == URGENT_SHARE * 100
    assert (chosen.valuable >= 500).all()
    assert len(chosen.rows) == 100


def test_account_read_a_moment_ago_is_left_alone() -> None:
    columns = quiet(3)
    columns.state_ms[1] = NOW_MS - REST_MS + 1
    columns.asked_ms[2] = NOW_MS - REST_MS + 1
    assert choose(columns, 10, NOW_MS).rows.tolist() == [0]


def test_account_read_before_a_gap_is_read_again_soon() -> None:
    columns = quiet(3)
    columns.state_ms[1:] = NOW_MS - UNSURE_REST_MS
    columns.is_unsure[2] = True
    assert sorted(choose(columns, 10, NOW_MS).rows.tolist()) == [0, 2]
    columns.state_ms[2] += 1
    assert choose(columns, 10, NOW_MS).rows.tolist() == [0]


def test_gain_grows_with_notional_age_doubt_and_closeness() -> None:
    columns = quiet(5)
    columns.notional[1] = 2e6
    columns.state_ms[2] = columns.asked_ms[2] = NOW_MS - 2 * HOUR_MS
    columns.is_doubtful[3] = True
    columns.nearest_distance[4] = 0.01
    gain = gain_usd(columns, NOW_MS)
    assert (gain[1:] > gain[0]).all()


def test_unread_address_asked_in_vain_is_not_asked_again_at_once() -> None:
    columns = quiet(2)
    columns.is_known[:] = False
    columns.state_ms[:] = -1
    columns.expected_usd[:] = 1e6
    columns.asked_ms[:] = (NOW_MS - REST_MS, -1)
    gain = gain_usd(columns, NOW_MS)
    assert gain[0] < 0.01 * gain[1]


def test_share_near_the_mark_is_learnt_from_accounts_of_the_same_group() -> None:
    columns = quiet(402)
    columns.expected_usd[:] = 1e6
    columns.nearest_distance[:] = 0.001
    columns.group[200:400] = 1
    columns.notional[:200], columns.notional[200:400] = 1e5, 1e3
    columns.group[401] = 1
    columns.is_known[400:] = False
    columns.state_ms[400:] = columns.asked_ms[400:] = -1
    gain = gain_usd(columns, NOW_MS)
    assert 1e5 < gain[400] < 1.2e5
    assert 1e3 < gain[401] < 3e4


def test_figures_that_are_not_numbers_neither_win_nor_break_the_plan() -> None:
    columns = quiet(30)
    columns.notional[3] = np.nan
    columns.nearest_distance[4] = np.nan
    columns.expected_usd[5] = np.nan
    assert sorted(choose(columns, 30, NOW_MS).rows.tolist()) == list(range(30))
    assert np.isfinite(gain_usd(columns, NOW_MS)).all()


def test_bad_budget_and_bad_shapes_are_refused() -> None:
    with pytest.raises(ModelError, match="budget is -1"):
        choose(quiet(1), -1, NOW_MS)
    with pytest.raises(ModelError, match="notional has shape"):
        replace(quiet(2), notional=np.zeros(3))
