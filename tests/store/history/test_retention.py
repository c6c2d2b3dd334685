"""What goes from a history, and when: decided from sizes and ages alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from liqscape.store.history.outlook import days_until_full, growth_a_day, is_nearly_full
from liqscape.store.history.retention import (
    EVERY_FRAME,
    QUARTER_HOUR_MS,
    RECENT_DAYS,
    HeldAside,
    HeldHistory,
    HeldPart,
    KeepRules,
    RemoveDay,
    Step,
    ThinPart,
    beside_bytes,
    excess_bytes,
    next_step,
)
from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS

TODAY = 20_000
SHARES = {EVERY_FRAME: 1.0, QUARTER_HOUR_MS: 0.4, HOUR_MS: 0.2}
"""What a thinned part still takes, in these tests."""


def part_of(day: int, size: int = 100, step_ms: int = EVERY_FRAME, *, can_be_thinned: bool = True) -> HeldPart:
    return HeldPart(
        name=f"day-{day}",
        first_ms=day * DAY_MS,
        last_ms=(day + 1) * DAY_MS - MINUTE_MS,
        size=size,
        step_ms=step_ms,
        can_be_thinned=can_be_thinned,
    )


def history(*parts: HeldPart, **named: object) -> HeldHistory:
    return replace(HeldHistory(parts=parts, last_ms=TODAY * DAY_MS + HOUR_MS), **named)  # type: ignore[arg-type]


def after(held: HeldHistory, step: Step) -> HeldHistory:
    """What is there once a step is done."""
    if isinstance(step, RemoveDay):
        parts = tuple(part for part in held.parts if part.day != step.day)
        return replace(held, parts=parts, set_aside=tuple(each for each in held.set_aside if each.day != step.day))
    thin = [
        replace(part, step_ms=step.step_ms, size=int(part.size * SHARES[step.step_ms] / SHARES[part.step_ms]))
        if part.name == step.name
        else part
        for part in held.parts
    ]
    return replace(held, parts=tuple(thin))


def settle(held: HeldHistory, rules: KeepRules) -> tuple[HeldHistory, list[Step]]:
    """All steps until nothing is left to do."""
    steps: list[Step] = []
    while (step := next_step(held, rules)) is not None:
        steps.append(step)
        assert len(steps) <= 200, "it does not end"
        held = after(held, step)
    return held, steps


def test_without_a_rule_nothing_is_ever_removed() -> None:
    held = history(*(part_of(day) for day in range(TODAY - 4_000, TODAY + 1)))
    assert next_step(held, KeepRules()) is None
    assert excess_bytes(held, KeepRules()) == 0


def test_days_are_counted_back_from_the_newest_frame_and_the_one_at_the_limit_stays() -> None:
    held, steps = settle(history(*(part_of(day) for day in range(TODAY - 5, TODAY + 1))), KeepRules(days=2))
    assert [part.day for part in held.parts] == [TODAY - 2, TODAY - 1, TODAY]
    assert steps == [RemoveDay(day, is_for_room=False) for day in (TODAY - 5, TODAY - 4, TODAY - 3)]


def test_what_is_set_aside_goes_with_its_day_and_not_before() -> None:
    aside = (HeldAside("parts/old.damaged-1", TODAY - 3, 40), HeldAside("head/new.damaged-1", TODAY - 2, 40))
    held, steps = settle(history(part_of(TODAY), set_aside=aside), KeepRules(days=2))
    assert steps == [RemoveDay(TODAY - 3, is_for_room=False)]
    assert held.set_aside == aside[1:]


def test_detail_goes_by_age_in_two_stages() -> None:
    rules = KeepRules(minute_days=1, quarter_hour_days=3)
    held, _ = settle(history(*(part_of(day) for day in range(TODAY - 5, TODAY + 1))), rules)
    assert [part.step_ms for part in held.parts] == [HOUR_MS, HOUR_MS, QUARTER_HOUR_MS, QUARTER_HOUR_MS, 0, 0]


def test_a_part_is_not_thinned_twice_to_the_same_step_nor_back() -> None:
    parts = [part_of(TODAY - 5, step_ms=HOUR_MS), part_of(TODAY - 4, step_ms=QUARTER_HOUR_MS)]
    assert next_step(history(*parts), KeepRules(minute_days=1)) is None


def test_a_damaged_part_is_not_thinned_but_goes_with_its_day() -> None:
    damaged = part_of(TODAY - 5, can_be_thinned=False)
    assert next_step(history(damaged), KeepRules(minute_days=1)) is None
    assert next_step(history(damaged), KeepRules(days=4)) == RemoveDay(TODAY - 5, is_for_room=False)


@pytest.mark.parametrize("rules", [KeepRules(days=1), KeepRules(minute_days=1), KeepRules(max_bytes=1)])
def test_the_newest_day_and_days_of_which_heads_are_left_are_never_touched(rules: KeepRules) -> None:
    held = history(
        part_of(TODAY - 9), part_of(TODAY), head_bytes=10, first_head_ms=(TODAY - 9) * DAY_MS + DAY_MS - MINUTE_MS
    )
    assert next_step(held, rules) is None
    assert next_step(replace(held, first_head_ms=TODAY * DAY_MS), rules) is not None


def test_for_room_the_oldest_are_thinned_first_and_removed_after_that() -> None:
    days = range(TODAY - RECENT_DAYS - 3, TODAY + 1)
    rules = KeepRules(max_bytes=100 * len(days) + 199)
    held, steps = settle(history(*(part_of(day) for day in days)), rules)
    assert steps[0] == ThinPart(f"day-{days[0]}", QUARTER_HOUR_MS, is_for_room=True)
    assert excess_bytes(held, rules) == 0
    assert len(held.parts) == len(days), "thinning was enough"
    assert not any(part.step_ms for part in held.parts[-RECENT_DAYS - 1 :])

    held, steps = settle(held, KeepRules(max_bytes=100 * (RECENT_DAYS + 3)))
    assert next(part.day for part in held.parts) > days[0]
    assert not any(part.step_ms for part in held.parts[-RECENT_DAYS - 1 :]), "the last week keeps its detail"


def test_where_there_is_no_room_to_thin_the_oldest_day_is_removed() -> None:
    held = history(part_of(TODAY - 9), part_of(TODAY - 8), part_of(TODAY))
    thin, remove = (
        ThinPart(f"day-{TODAY - 9}", QUARTER_HOUR_MS, is_for_room=True),
        RemoveDay(TODAY - 9, is_for_room=True),
    )
    assert next_step(held, KeepRules(max_bytes=500)) is None, "300, 100 for a merge and 100 to thin one"
    assert next_step(held, KeepRules(max_bytes=499)) == thin
    assert next_step(held, KeepRules(max_bytes=400)) == thin
    assert next_step(held, KeepRules(max_bytes=399)) == remove
    assert next_step(held, KeepRules(max_bytes=299)) == thin, "larger than the bound already: it was just given"


def test_a_bound_too_small_for_the_day_in_hand_leaves_that_alone_and_says_by_how_much() -> None:
    rules = KeepRules(max_bytes=150)
    held, _ = settle(history(part_of(TODAY - 1), part_of(TODAY)), rules)
    assert [part.day for part in held.parts] == [TODAY]
    assert excess_bytes(held, rules) == 50, "100 there, 100 that merging them takes beside"


PARTS = st.lists(
    st.builds(
        part_of,
        st.integers(TODAY - 40, TODAY),
        st.integers(0, 1_000),
        st.sampled_from(sorted(SHARES)),
        can_be_thinned=st.booleans(),
    ),
    max_size=20,
    unique_by=lambda part: part.day,
).map(lambda parts: sorted(parts, key=lambda part: part.day))
DAYS = st.none() | st.integers(0, 45)
RULES = st.builds(KeepRules, DAYS, DAYS, DAYS, st.none() | st.integers(0, 20_000))


@given(PARTS, st.lists(st.builds(HeldAside, st.just("x"), st.integers(TODAY - 40, TODAY), st.just(9))), RULES)
def test_any_history_comes_to_rest_with_every_rule_met(
    parts: list[HeldPart], aside: list[HeldAside], rules: KeepRules
) -> None:
    before = history(*parts, set_aside=tuple(aside), head_bytes=7, first_head_ms=TODAY * DAY_MS)
    held, steps = settle(before, rules)
    assert [part for part in held.parts if part.day == TODAY] == [part for part in parts if part.day == TODAY]
    kept = {part.day: part for part in held.parts}
    removed = {step.day for step in steps if isinstance(step, RemoveDay)}
    assert all(rules.is_over(TODAY - day) for day in removed) or rules.max_bytes is not None
    assert not any(rules.is_over(TODAY - day) for day in held.closed_days)
    damaged = {part.name for part in parts if not part.can_be_thinned}
    assert not any(isinstance(step, ThinPart) and step.name in damaged for step in steps)
    if rules.max_bytes is None:
        for part in parts:
            if part.day in kept and part.day < TODAY and part.can_be_thinned:
                assert kept[part.day].step_ms == max(part.step_ms, rules.step_at(TODAY - part.day))
    else:
        assert excess_bytes(held, rules) == 0 or not held.closed_days
        if any(isinstance(step, RemoveDay) and step.is_for_room for step in steps):
            assert excess_bytes(before, rules), "removed although there was room"
    assert all(step.is_for_room is False for step in steps) or rules.max_bytes is not None


@settings(max_examples=examples(40))
@given(st.integers(50, 400), st.integers(400, 2_000), st.sampled_from([24, 48, 96]))
def test_the_bound_holds_at_every_moment_of_a_history_that_grows(head: int, sealed: int, heads_a_chain: int) -> None:
    """Heads come in, are sealed and merged, each result written before what it replaces goes."""
    chain = 96 // (96 // heads_a_chain) if heads_a_chain < 96 else 96
    day_bytes = sealed * (96 // chain)
    largest = max(day_bytes, chain * head)
    rules = KeepRules(max_bytes=2 * (largest + chain * head) + 4 * day_bytes)
    held = HeldHistory(parts=())
    peak = 0
    for tick in range(96 * 12):
        now = tick * QUARTER_HOUR_MS
        first = now if held.first_head_ms is None else held.first_head_ms
        held = replace(held, head_bytes=held.head_bytes + head, first_head_ms=first, last_ms=now)
        peak = max(peak, held.total_bytes)
        if (tick + 1) % chain == 0:
            new = HeldPart(name=f"{now}", first_ms=first, last_ms=now, size=sealed)
            peak = max(peak, held.total_bytes + sealed)
            held = replace(held, parts=(*held.parts, new), head_bytes=0, first_head_ms=None)
        if (tick + 1) % 96 == 0:
            own = [part for part in held.parts if part.day == now // DAY_MS]
            merged = HeldPart(
                name=f"m{now}", first_ms=own[0].first_ms, last_ms=now, size=sum(part.size for part in own)
            )
            peak = max(peak, held.total_bytes + merged.size)
            held = replace(held, parts=(*(part for part in held.parts if part not in own), merged))
        while (step := next_step(held, rules)) is not None:
            made = after(held, step)
            if isinstance(step, ThinPart):
                peak = max(peak, held.total_bytes + next(part.size for part in made.parts if part.name == step.name))
            held = made
    assert rules.max_bytes is not None
    assert peak <= rules.max_bytes
    assert len(held.closed_days) >= 2, "and history is kept for as long as there is room"


def test_room_for_the_next_step_is_that_of_the_largest_result_and_of_heads_that_go_on_growing() -> None:
    held = history(part_of(TODAY - 1, 70), part_of(TODAY, 50), replace(part_of(TODAY, 30), name="second"))
    assert beside_bytes(held) == 80 + 70, "the parts of the day in hand merged, and the one before thinned"
    assert beside_bytes(replace(held, head_bytes=90, first_head_ms=TODAY * DAY_MS)) == 2 * 90 + 70
    assert beside_bytes(history(part_of(TODAY - 1, 200))) == 200
    assert beside_bytes(history(part_of(TODAY - 1, 200, HOUR_MS))) == 0, "there is nothing left to thin"


def test_growth_is_the_mean_of_whole_days_that_keep_every_frame() -> None:
    parts = [part_of(TODAY - 3, 9, HOUR_MS), part_of(TODAY - 2, 100), part_of(TODAY - 1, 300), part_of(TODAY, 7)]
    assert growth_a_day(history(*parts)) == 200


def test_growth_of_a_young_history_is_what_it_has_grown_since_its_begin() -> None:
    young = replace(part_of(TODAY, 500), last_ms=TODAY * DAY_MS + 6 * HOUR_MS)
    held = history(young, head_bytes=100, first_head_ms=young.last_ms, last_ms=TODAY * DAY_MS + 12 * HOUR_MS)
    assert growth_a_day(held) == 1_200
    assert growth_a_day(replace(held, last_ms=TODAY * DAY_MS + 59 * MINUTE_MS)) is None, "an hour tells no day"
    assert growth_a_day(HeldHistory(parts=())) is None


def test_a_disk_fills_at_the_rate_of_a_day_unless_a_rule_ends_the_growth_before() -> None:
    held = history(*(part_of(day) for day in range(TODAY - 10, TODAY)))
    assert days_until_full(held, KeepRules(), 250) == 2.5
    assert is_nearly_full(2.5)
    assert not is_nearly_full(days_until_full(held, KeepRules(), 300))
    assert days_until_full(held, KeepRules(max_bytes=1_250), 250) is None
    assert days_until_full(held, KeepRules(max_bytes=1_251), 250) == 2.5
    assert days_until_full(held, KeepRules(days=11), 250) is None
    assert days_until_full(held, KeepRules(days=12), 250) == 2.5
    assert days_until_full(HeldHistory(parts=()), KeepRules(), 0) is None
