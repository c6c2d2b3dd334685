"""Liquidations: inferred from prints that close a position at its level, exact from fills that say so."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from ledger_fills import ALICE, BOB, CAROL, NOW, Held, Row, defined, fills, marks, prints, states

from liqscape.errors import ModelError
from liqscape.ledger import Ledger, Recognition
from liqscape.model.events import Event, FrameDue
from liqscape.model.liquidations import Evidence, Liquidation, LiquidationMethod
from liqscape.risk.liquidation import solve_liquidation

MARKET, BACKSTOP = LiquidationMethod.MARKET, LiquidationMethod.BACKSTOP

LONG = Held(ALICE, -90.0, {0: 1.0})
"""Maintenance 5 %: p - 90 = 0.05 p, so the level is 94.736842... USD."""
LEVEL = 90.0 / 0.95
TWO_COINS = Held(ALICE, -90.0, {0: 1.0, 1: 1.0})
MAKERS = (Held(BOB, 10_000.0, {}), Held(CAROL, 10_000.0, {}))


def found_in(*events: Event, recognition: Recognition | None = None) -> tuple[Liquidation, ...]:
    ledger = Ledger(recognition=recognition)
    ledger.apply(defined())
    for event in events:
        ledger.apply(event)
    ledger.flush_liquidations()
    return ledger.take_liquidations()


def closed(
    size: float = 1.0, price: float = 94.0, time_ms: int = NOW + 10, trade_id: int = 1, maker: str = BOB
) -> Event:
    """Alice sells as taker."""
    return prints((maker, ALICE, 0, size, price, False, time_ms, trade_id))


def test_a_taker_closing_at_its_level_was_liquidated() -> None:
    (event,) = found_in(marks(94.7), states(LONG, *MAKERS), closed())
    assert event == Liquidation(
        address=ALICE,
        market_index=0,
        side=1,
        size=1.0,
        price=94.0,
        notional=94.0,
        mark=94.7,
        predicted_price=pytest.approx(LEVEL),
        method=MARKET,
        evidence=Evidence.INFERRED,
        fee=pytest.approx(np.nan, nan_ok=True),
        account_value=pytest.approx(4.0 - 94.0 * 0.000_45),
        fill_count=1,
        first_ms=NOW + 10,
        last_ms=NOW + 10,
        trade_ids=(1,),
    )


def test_the_predicted_price_is_the_level_of_the_map_just_before() -> None:
    start = states(Held(ALICE, -85.0, {0: 1.0, 1: -0.5}), *MAKERS)
    ledger = Ledger()
    for event in (defined(), marks(94.9), start):
        ledger.apply(event)
    level = solve_liquidation(ledger.accounts, ledger.snapshot, ledger.tables).price[0]
    ledger.apply(marks(level))
    ledger.apply(closed())
    ledger.flush_liquidations()
    assert ledger.take_liquidations()[0].predicted_price == pytest.approx(level, rel=1e-12)


def test_a_short_is_liquidated_from_below() -> None:
    # 110 - p = 0.05 p: the level is 104.76.
    short = states(Held(ALICE, 110.0, {0: -1.0}), *MAKERS)
    bought = prints((ALICE, BOB, 0, 0.4, 106.0, True, NOW + 10, 1))
    (event,) = found_in(marks(105.0), short, bought)
    assert (event.side, event.size, event.predicted_price) == (-1, 0.4, pytest.approx(110.0 / 1.05))
    assert found_in(marks(104.0), short, bought) == ()


@pytest.mark.parametrize(
    ("why", "events"),
    [
        ("the mark is above the level", (marks(94.95), states(LONG), closed())),
        ("it was the maker", (marks(94.0), states(LONG), prints((BOB, ALICE, 0, 1.0, 94.0, True, NOW + 1, 1)))),
        ("it bought more", (marks(94.0), states(LONG), prints((ALICE, BOB, 0, 1.0, 94.0, True, NOW + 1, 1)))),
        ("the marks are too old", (marks(94.0), states(LONG), closed(time_ms=NOW + 10_001))),
        ("the state is newer", (marks(94.0), states(LONG, time_ms=NOW + 10), closed())),
        ("the cash is not known", (marks(94.0), states(LONG._replace(raw_usd=np.nan)), closed())),
        ("it is exempt", (marks(94.0), states(LONG, is_exempt=True), closed())),
        ("the account is not known", (marks(94.0), closed())),
        ("the mark of another coin is not known", (marks(94.0, np.nan), states(TWO_COINS), closed())),
    ],
)  # fmt: skip
def test_no_liquidation_where(why: str, events: tuple[Event, ...]) -> None:
    assert found_in(*events) == (), why


def test_the_mark_may_be_short_of_the_level_by_the_tolerance() -> None:
    for share, count in ((0.0019, 1), (0.0021, 0)):
        assert len(found_in(marks(LEVEL * (1.0 + share)), states(LONG), closed())) == count
    assert found_in(marks(LEVEL * 1.001), states(LONG), closed(), recognition=Recognition(tolerance=0.0)) == ()


def test_one_order_that_meets_many_makers_is_one_event_though_the_account_recovers_midway() -> None:
    sweep = prints(
        (BOB, ALICE, 0, 0.5, 95.0, False, NOW + 10, 1),
        (CAROL, ALICE, 0, 0.25, 94.0, False, NOW + 10, 2),
    )
    (event,) = found_in(marks(94.7), states(LONG, *MAKERS), sweep)
    assert event.size == 0.75
    assert event.price == pytest.approx((0.5 * 95.0 + 0.25 * 94.0) / 0.75)
    assert event.fill_count == 2
    assert event.trade_ids == (1, 2)


def test_prints_two_seconds_apart_are_one_event_and_later_ones_another() -> None:
    start = states(Held(ALICE, -92.0, {0: 1.0}), *MAKERS)
    parts = [closed(0.25, 92.0, NOW + at, number) for number, at in enumerate((10, 2_010, 4_011))]
    events = found_in(marks(92.5), start, *parts)
    assert [(event.first_ms - NOW, event.last_ms - NOW, event.fill_count) for event in events] == [
        (10, 2_010, 2),
        (4_011, 4_011, 1),
    ]


def test_an_event_is_let_go_when_its_gap_has_passed() -> None:
    ledger = Ledger()
    for event in (defined(), marks(94.7), states(LONG, *MAKERS), closed()):
        ledger.apply(event)
    ledger.apply(FrameDue(NOW + 2_010, 0))
    assert ledger.take_liquidations() == ()
    ledger.apply(FrameDue(NOW + 2_011, 0))
    assert len(ledger.take_liquidations()) == 1
    assert ledger.take_liquidations() == ()


def test_a_print_that_comes_twice_is_one_event() -> None:
    (event,) = found_in(marks(94.7), states(LONG, *MAKERS), closed(), closed())
    assert event.fill_count == 1


VICTIM = Row(ALICE, 0, -1.0, 94.0, 1.0, 5, victim=ALICE, method=MARKET, fee=0.04, mark=94.6)
OTHER = Row(BOB, 0, 1.0, 94.0, 0.0, 5, victim=ALICE, method=MARKET, mark=94.6)


def test_both_sides_of_a_fill_count_once_in_any_order_of_rows() -> None:
    for rows in itertools.permutations((VICTIM, OTHER)):
        (event,) = found_in(marks(94.7), states(LONG, *MAKERS), fills(*rows))
        assert (event.address, event.side, event.size, event.fill_count) == (ALICE, 1, 1.0, 1)
        assert event.evidence is Evidence.EXACT
        assert event.method is MARKET
        assert event.mark == 94.6
        assert event.fee == 0.04
        assert event.predicted_price == pytest.approx(LEVEL)
        assert event.account_value == pytest.approx(4.0 - 0.04)


def test_the_other_side_alone_tells_of_the_liquidation_too() -> None:
    (event,) = found_in(marks(94.7), fills(OTHER))
    assert (event.address, event.side, event.size) == (ALICE, 1, 1.0)
    assert np.isnan([event.fee, event.predicted_price, event.account_value]).all()


def test_fills_read_again_are_no_new_event() -> None:
    assert (
        len(found_in(marks(94.7), states(LONG, *MAKERS), fills(VICTIM), FrameDue(NOW + 9_000, 0), fills(VICTIM))) == 1
    )


def test_a_backstop_with_a_deleveraged_side_is_deleveraging() -> None:
    victim, other = VICTIM._replace(method=BACKSTOP), OTHER._replace(method=BACKSTOP)
    (taken_over,) = found_in(marks(90.0), states(LONG), fills(victim, other))
    assert taken_over.method is BACKSTOP
    (cut,) = found_in(marks(90.0), states(LONG), fills(victim, other._replace(is_deleveraged=True)))
    assert cut.method is LiquidationMethod.ADL


def test_methods_and_coins_are_events_of_their_own() -> None:
    second = VICTIM._replace(trade_id=6, market=1, start=2.0, size=-2.0, price=10.0)
    third = VICTIM._replace(trade_id=7, method=BACKSTOP)
    events = found_in(marks(94.7), fills(VICTIM, second, third))
    assert sorted((event.market_index, event.method) for event in events) == [(0, MARKET), (0, BACKSTOP), (1, MARKET)]


def test_an_exact_event_takes_the_place_of_the_inferred_one() -> None:
    for events in itertools.permutations((closed(trade_id=5), fills(VICTIM, OTHER))):
        (event,) = found_in(marks(94.7), states(LONG, *MAKERS), *events)
        assert event.evidence is Evidence.EXACT
        assert event.predicted_price == pytest.approx(LEVEL)


def test_rows_a_second_apart_are_one_exact_event() -> None:
    rows = [
        VICTIM._replace(size=-0.25, start=1.0 - 0.25 * n, trade_id=n, time_ms=NOW + 10 + at)
        for n, at in enumerate((0, 1_000, 2_001))
    ]
    events = found_in(marks(94.7), states(LONG), *(fills(row) for row in rows))
    assert [event.fill_count for event in events] == [2, 1]


def test_rules_that_make_no_sense_are_refused() -> None:
    for rules in ({"tolerance": -0.1}, {"exact_gap_ms": -1}):
        with pytest.raises(ModelError, match="must"):
            replace(Recognition(), **rules)
