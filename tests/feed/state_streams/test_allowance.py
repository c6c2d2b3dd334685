"""Refusals are believed, and forgotten slowly."""

from __future__ import annotations

from liqscape.feed.state_streams.allowance import CALM_S, FIRST_PAUSE_S, MAX_PAUSE_S, REGROW_S, Allowance


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
    for _ in range(9):
        began_s = now_s
        allowance.refused(now_s, 9)
        while not allowance.may_take_turns(now_s):
            now_s += 1.0
        pauses.append(now_s - began_s)
    assert pauses == [min(MAX_PAUSE_S, FIRST_PAUSE_S * 2.0**number) for number in range(9)]
    now_s += CALM_S + 1.0
    allowance.refused(now_s, 9)
    assert allowance.may_take_turns(now_s + FIRST_PAUSE_S)


def test_no_places_are_none_whatever_happens() -> None:
    allowance = Allowance(0)
    allowance.refused(5.0, -3)
    assert allowance.users(1e6) == 0
