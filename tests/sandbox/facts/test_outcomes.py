"""Outcome markets beside the perpetuals: rows, fills and spot money of an address fit together at every time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from liqscape.sandbox.facts import Facts
from liqscape.sandbox.facts.outcomes import LISTED_DAYS, SETTLES_AT_MS, Outcomes
from liqscape.units import DAY_MS

START_MS = 1_780_012_800_000
OUTCOMES = Outcomes(7)
ADDRESSES = [f"0x{number:040x}" for number in range(1, 200)]
DEALERS = [address for address in ADDRESSES if OUTCOMES.deals(address)]
times = st.integers(START_MS, START_MS + 20 * DAY_MS)


def test_some_addresses_deal_in_outcomes_and_most_do_not() -> None:
    assert 10 < len(DEALERS) < 60


@given(times)
def test_one_question_is_open_at_any_time(time_ms: int) -> None:
    (outcome,) = OUTCOMES.listed(time_ms)
    assert outcome.opens_ms <= time_ms < outcome.settles_ms
    assert outcome.opens_ms % DAY_MS == SETTLES_AT_MS


@given(st.sampled_from(DEALERS), times)
def test_what_is_listed_is_what_the_fills_left(address: str, time_ms: int) -> None:
    (now,) = OUTCOMES.listed(time_ms)
    fills = OUTCOMES.fills_of(address, now.opens_ms - LISTED_DAYS * DAY_MS + 1, time_ms)
    held: dict[str, float] = {}
    for fill in fills:
        assert fill.start == held.get(fill.coin, 0.0)
        held[fill.coin] = fill.start + (fill.size if fill.is_buy else -fill.size)
    rows = OUTCOMES.rows_of(address, time_ms, has_money=True)
    assert sorted(row.total for row in rows if row.total) == sorted(total for total in held.values() if total)
    (open_now,) = OUTCOMES.listed(time_ms)
    for row in rows:
        assert row.total == 0.0 or row.coin == f"+{row.coin[1:]}"
        if row.coin[0] == "o":
            assert int(row.coin[1:]) < open_now.number, "a settled outcome has its number, without side"


@given(st.sampled_from(DEALERS), times)
def test_a_unified_account_shows_its_rows_at_zero(address: str, time_ms: int) -> None:
    rows = OUTCOMES.rows_of(address, time_ms, has_money=False)
    assert [row.total for row in rows] == [0.0] * len(rows)


def test_rows_of_every_kind_occur_and_stay_listed_at_zero() -> None:
    rows = [row for address in DEALERS for row in OUTCOMES.rows_of(address, START_MS, has_money=True)]
    assert {row.coin[0] for row in rows} == {"+", "o", "#"}
    assert any(row.total == 0.0 for row in rows if row.coin[0] == "+"), "sold before the end, still listed"
    assert any(row.total > 0.0 for row in rows)


@given(st.sampled_from(DEALERS), times, st.integers(0, 3 * DAY_MS))
def test_fills_asked_for_in_two_parts_are_those_asked_for_at_once(address: str, start_ms: int, span_ms: int) -> None:
    middle, end = start_ms + span_ms // 2, start_ms + span_ms
    parts = OUTCOMES.fills_of(address, start_ms, middle) + OUTCOMES.fills_of(address, middle + 1, end)
    assert parts == OUTCOMES.fills_of(address, start_ms, end)


@given(st.sampled_from(ADDRESSES), times)
def test_spot_money_never_falls_below_zero(address: str, time_ms: int) -> None:
    money = Facts(7).spot_usdc(address, time_ms)
    assert money is None or money >= 0.0


def test_a_world_without_a_seed_has_nothing_beside_its_perpetuals() -> None:
    facts = Facts()
    assert facts.outcomes is None
    assert facts.spot_usdc(ADDRESSES[0], START_MS) is None
    assert not any(facts.lists_closed_leg(address) for address in ADDRESSES)
