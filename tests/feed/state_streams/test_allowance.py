"""Refusals are believed, and forgotten slowly."""

from __future__ import annotations

import itertools

import pytest

from liqscape.feed.state_streams.allowance import (
    CALM_S,
    FIRST_PAUSE_S,
    MAX_PAUSE_S,
    MAX_REGROW_S,
    REGROW_S,
    Allowance,
)


def test_a_refusal_leaves_those_who_stood_and_gives_back_one_place_at_a_time() -> None:
    allowance = Allowance(10)
    allowance.refused(100.0, 4)
    assert [allowance.users(100.0 + step * REGROW_S) for step in (0.0, 0.99, 1.0, 3.5, 100.0)] == [4, 4, 5, 7, 10]


def test_refusals_of_one_burst_are_one_and_the_lowest_count_holds() -> None:
    allowance = Allowance(10)
    for standing in (7, 6, 5):
        allowance.refused(100.0, standing)
    assert allowance.users(100.0) == 5
    assert not allowance.may_take_turns(100.0 + FIRST_PAUSE_S - 1.0)
    assert allowance.may_take_turns(100.0 + FIRST_PAUSE_S)


def test_turns_pause_twice_as_long_with_each_refusal_until_it_was_calm() -> None:
    allowance, now_s, pauses = Allowance(10), 0.0, []
    for number in range(9):
        began_s = now_s
        allowance.refused(now_s, 8 - number)
        while not allowance.may_take_turns(now_s):
            now_s += 1.0
        pauses.append(now_s - began_s)
    assert pauses == [min(MAX_PAUSE_S, FIRST_PAUSE_S * 2.0**number) for number in range(9)]


def test_a_refusal_long_after_the_last_pause_is_a_first_one_again() -> None:
    allowance, pauses = Allowance(10), []
    for now_s, standing in ((0.0, 6), (70.0, 5), (70.0 + 2 * FIRST_PAUSE_S + CALM_S + 1.0, 4)):
        allowance.refused(now_s, standing)
        pauses.append(next(step for step in range(10_000) if allowance.may_take_turns(now_s + step)))
    assert pauses == [FIRST_PAUSE_S, 2 * FIRST_PAUSE_S, FIRST_PAUSE_S]


def test_where_only_one_more_is_refused_turns_go_on_and_it_is_tried_more_and_more_rarely() -> None:
    allowance, now_s = Allowance(10), 0.0
    allowance.refused(now_s, 6)
    now_s, tried = FIRST_PAUSE_S, []
    while now_s < 20_000.0:
        now_s += 1.0
        assert allowance.may_take_turns(now_s)
        if allowance.users(now_s) > 6:
            tried.append(now_s)
            allowance.refused(now_s, 6)
            assert allowance.users(now_s) == 6
    spans = [later - before for before, later in itertools.pairwise(tried)]
    assert spans == pytest.approx([min(MAX_REGROW_S, REGROW_S * 2.0 ** (number + 1)) for number in range(len(spans))])
    assert len(tried) < 12


def test_no_places_are_none_whatever_happens() -> None:
    allowance = Allowance(0)
    allowance.refused(5.0, -3)
    assert allowance.users(1e6) == 0
