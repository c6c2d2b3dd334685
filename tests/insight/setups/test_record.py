"""The record of a combination: plain counting, no share below twenty, unknown pieces compared with nobody."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqscape.insight.setups import NAMES, SetupCase, distance_class, record_of
from liqscape.insight.statistics import MIN_CASES
from liqscape.insight.structure import SideSpan
from liqscape.units import DAY_MS, Side

maybe = st.sampled_from((True, False, None))
pieces = st.tuples(*[maybe] * len(NAMES))
NEAR = "<1 %"
NOT_MET: tuple[bool | None, ...] = (False,) * len(NAMES)


def case(
    is_met: tuple[bool | None, ...], day: int = 0, reached: bool | None = True, swept: bool | None = False
) -> SetupCase:
    return SetupCase(
        time_ms=day * DAY_MS,
        cluster_id=f"BTC-long-{day}",
        is_met=is_met,
        distance_class=NEAR,
        reached=reached,
        swept=swept,
    )


@given(pieces, st.lists(st.tuples(pieces, st.integers(0, 5), maybe, maybe), max_size=40))
def test_the_record_counts_as_plain_loops_do(
    now: tuple[bool | None, ...], rows: list[tuple[tuple[bool | None, ...], int, bool | None, bool | None]]
) -> None:
    cases = [case(is_met, day, reached, swept) for is_met, day, reached, swept in rows]
    found = record_of(now, NEAR, cases)
    compared = []
    for place, name in enumerate(NAMES):
        if now[place] is not None and any(each.is_met[place] is not None for each in cases):
            compared.append(name)
    same, unknown = [], 0
    for each in cases:
        given_ = [each.is_met[NAMES.index(name)] for name in compared]
        if None in given_:
            unknown += 1
        elif compared and given_ == [now[NAMES.index(name)] for name in compared]:
            same.append(each)
    assert list(found.compared) == compared
    assert (found.count, found.incomparable_count) == (len(same), unknown)
    assert found.day_count == len({each.time_ms for each in same})
    assert found.reached.count == sum(each.reached is not None for each in same)
    assert found.reached.hits == sum(each.reached is True for each in same)
    assert found.swept.hits == sum(each.swept is True for each in same)
    assert found.unjudged_count == len(same) - found.reached.count
    assert list(found.cases) == (same if len(same) < MIN_CASES else [])


@pytest.mark.parametrize("count", [MIN_CASES - 1, MIN_CASES])
def test_below_twenty_cases_no_share_is_given(count: int) -> None:
    """5 of 20: Wilson's 95 % interval is 11.2 to 46.9 %."""
    cases = [case(NOT_MET, day, reached=day < 5) for day in range(count)]
    found = record_of(NOT_MET, NEAR, cases)
    assert found.reached.count == count
    if count < MIN_CASES:
        assert found.reached.share is None
        return
    assert found.reached.share is not None
    assert found.reached.share.share == 0.25
    assert (found.reached.share.low, found.reached.share.high) == (
        pytest.approx(0.1119, abs=1e-4),
        pytest.approx(0.4687, abs=1e-4),
    )


def test_cases_that_were_not_watched_make_no_share() -> None:
    cases = [case(NOT_MET, day, reached=None, swept=None) for day in range(30)]
    found = record_of(NOT_MET, NEAR, cases)
    assert (found.count, found.unjudged_count, found.reached.share, found.swept.share) == (30, 30, None, None)


def test_one_piece_that_differs_is_another_combination() -> None:
    other = (True, *NOT_MET[1:])
    assert record_of(NOT_MET, NEAR, [case(other)] * 30).count == 0
    assert record_of((None, *NOT_MET[1:]), NEAR, [case(other)] * 30).count == 30


def test_without_anything_known_there_is_no_combination() -> None:
    found = record_of((None,) * len(NAMES), NEAR, [case(NOT_MET)] * 30)
    assert (found.compared, found.count) == ((), 0)
    assert record_of(NOT_MET, NEAR, []).since_ms is None


DISTANCES = (
    (SideSpan(Side.LONG, 90.0, 99.0), "1-3 %"),
    (SideSpan(Side.LONG, 90.0, 99.0 + 1e-9), "<1 %"),
    (SideSpan(Side.SHORT, 103.0, 104.0), "3-10 %"),
    (SideSpan(Side.SHORT, 103.0 - 1e-9, 104.0), "1-3 %"),
    (SideSpan(Side.LONG, 80.0, 90.0), ">=10 %"),
    (SideSpan(Side.LONG, 80.0, 90.0 + 1e-9), "3-10 %"),
    (SideSpan(Side.LONG, 99.0, 101.0), "<1 %"),
)


@pytest.mark.parametrize(("span", "expected"), DISTANCES)
def test_classes_of_distance_at_their_boundaries(span: SideSpan, expected: str) -> None:
    assert distance_class(span, 100.0) == expected
    assert distance_class(span, float("nan")) is None


def test_cases_of_another_distance_are_no_cases() -> None:
    cases = [case(NOT_MET, day) for day in range(30)]
    assert record_of(NOT_MET, NEAR, cases).count == 30
    for other in ("1-3 %", None):
        found = record_of(NOT_MET, other, cases)
        assert (found.count, found.since_ms, found.compared) == (0, None, ())
