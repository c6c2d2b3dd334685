"""Fills are exact: what is held wrongly is corrected, counted and flagged; the order inside one instant is not told."""

from __future__ import annotations

import itertools

import pytest
from ledger_fills import ALICE, BOB, NOW, Held, Row, defined, fills, marks, states

from liqscape.ledger import Ledger
from liqscape.model.events import Event
from liqscape.model.liquidations import LiquidationMethod
from liqscape.units import PoolMode


def ledger_of(*events: Event) -> Ledger:
    ledger = Ledger()
    for event in (defined(), marks(100.0), *events):
        ledger.apply(event)
    return ledger


def test_a_fill_moves_size_and_cash_and_pays_its_own_fee() -> None:
    ledger = ledger_of(states(Held(ALICE, 1_000.0, {0: 2.0})), fills(Row(ALICE, 0, -0.5, 101.0, 2.0, 7, fee=0.02)))
    assert ledger.accounts.size.tolist() == [1.5]
    assert ledger.accounts.raw_usd.tolist() == [1_000.0 + 50.5 - 0.02]
    assert ledger.tracking_figures().corrected == 0


def test_a_start_that_differs_corrects_the_size_and_flags_the_account() -> None:
    # Held 2, the venue says 3: one coin was bought unseen, taken to have cost the same price.
    ledger = ledger_of(states(Held(ALICE, 1_000.0, {0: 2.0})), fills(Row(ALICE, 0, -0.5, 100.0, 3.0, 7)))
    assert ledger.accounts.size.tolist() == [2.5]
    assert ledger.accounts.raw_usd.tolist() == [1_000.0 - 100.0 + 50.0]
    assert ledger.tracking_figures().corrected == 1
    assert ledger.watch().is_unsure.tolist() == [True]


def test_fills_of_one_instant_are_right_in_any_order_of_trade_ids() -> None:
    sweep = [Row(ALICE, 0, -1.0, 100.0, 10.0, 1), Row(ALICE, 0, -2.0, 99.0, 9.0, 2), Row(ALICE, 0, -3.0, 98.0, 7.0, 3)]
    mixed = [Row(ALICE, 0, 1.0, 100.0, 10.0, 1), Row(ALICE, 0, -4.0, 99.0, 11.0, 2), Row(ALICE, 0, 2.0, 98.0, 7.0, 3)]
    for rows, left in ((sweep, 4.0), (mixed, 9.0)):
        for ids in itertools.permutations((1, 2, 3)):
            given = [row._replace(trade_id=number) for row, number in zip(rows, ids, strict=True)]
            ledger = ledger_of(states(Held(ALICE, 1_000.0, {0: 10.0})), fills(*given))
            assert ledger.accounts.size.tolist() == [left]
            assert ledger.tracking_figures().corrected == 0


def test_a_fill_without_a_trade_id_is_never_taken_for_a_repetition() -> None:
    rows = (Row(ALICE, 0, 1.0, 100.0, 2.0, -1), Row(ALICE, 0, 1.0, 100.0, 3.0, -1))
    ledger = ledger_of(states(Held(ALICE, 1_000.0, {0: 2.0})), fills(*rows))
    assert ledger.accounts.size.tolist() == [4.0]


def test_a_backstop_leaves_nothing_in_a_cross_pool_it_emptied() -> None:
    backstop = Row(ALICE, 0, -2.0, 95.0, 2.0, 7, victim=ALICE, method=LiquidationMethod.BACKSTOP)
    reopened = Row(ALICE, 0, 1.0, 100.0, 0.0, 8, time_ms=NOW + 20)
    ledger = ledger_of(states(Held(ALICE, -180.0, {0: 2.0})), fills(backstop), fills(reopened))
    assert ledger.accounts.raw_usd.tolist() == [-100.0]


def test_an_isolated_position_keeps_its_margin_while_it_is_liquidated() -> None:
    part = Row(ALICE, 0, -1.0, 95.0, 2.0, 7, victim=ALICE, method=LiquidationMethod.MARKET)
    ordinary = Row(ALICE, 0, -1.0, 95.0, 2.0, 7)
    start = states(Held(ALICE, -180.0, {0: 2.0}), mode=PoolMode.ISOLATED)
    assert ledger_of(start, fills(part)).accounts.raw_usd.tolist() == [-85.0]
    # An ordinary close of half takes half of the 10 USD left at this price: 2 * 95 - 180.
    assert ledger_of(start, fills(ordinary)).accounts.raw_usd.tolist() == pytest.approx([-90.0])


def test_a_fill_of_one_user_leaves_others_alone() -> None:
    ledger = ledger_of(
        states(Held(ALICE, 1.0, {0: 2.0}), Held(BOB, 2.0, {0: -2.0})), fills(Row(ALICE, 0, -2.0, 100.0, 2.0, 7))
    )
    assert ledger.accounts.size.tolist() == [-2.0]
    assert ledger.accounts.raw_usd.tolist() == [2.0]
