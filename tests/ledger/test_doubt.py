"""Gaps make holders unsure; states settle it, and say how far tracking was off."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from ledger_fills import ALICE, BOB, CAROL, MARKETS, NOW, TABLES, Held, defined, marks, prints, states

from liqscape.ledger import Ledger
from liqscape.ledger.account_numbers import AccountNumbers
from liqscape.ledger.reconcile import MAX_DIFFERENCES, Reconciler
from liqscape.ledger.watch import UNKNOWN_DISTANCE
from liqscape.model import Market, Markets, MarketSnapshot
from liqscape.model.events import AccountsObserved, Event, GapDetected, MarketDefined, MarksUpdated
from liqscape.risk.liquidation import solve_roots


def ledger_of(*events: Event) -> Ledger:
    ledger = Ledger()
    for event in (defined(), marks(100.0), *events):
        ledger.apply(event)
    return ledger


def gap(*markets: int, to_ms: int = NOW + 100) -> GapDetected:
    rows = np.array(markets, np.int32) if markets else None
    return GapDetected(time_ms=to_ms, received_ns=0, from_ms=NOW + 50, market_index=rows, reason="connection lost")


THREE = states(Held(ALICE, 100.0, {0: 1.0}), Held(BOB, 100.0, {1: 1.0}), Held(CAROL, 50.0, {0: -1.0, 1: 2.0}))


def test_a_gap_makes_those_unsure_who_hold_one_of_its_markets() -> None:
    ledger = ledger_of(THREE, gap(1))
    assert ledger.watch().is_unsure.tolist() == [False, True, True]
    assert ledger.watch().is_dirty.tolist() == [False, True, True]
    assert ledger.tracking_figures().doubted == 2


def test_a_gap_of_all_markets_leaves_those_alone_whose_state_is_newer() -> None:
    ledger = ledger_of(THREE, states(Held(BOB, 100.0, {1: 1.0}), time_ms=NOW + 100), gap())
    assert ledger.watch().is_unsure.tolist() == [True, False, True]


def test_a_gap_that_names_addresses_concerns_them_alone_and_nobody_who_is_not_known() -> None:
    stranger = "0x" + "d" * 40
    ledger = ledger_of(THREE, replace(gap(0), addresses=(BOB, stranger)))
    assert ledger.watch().is_unsure.tolist() == [False, True, False]
    assert ledger.watch().address == (ALICE, BOB, CAROL)
    newer = states(Held(BOB, 100.0, {1: 1.0}), time_ms=NOW + 100)
    assert not ledger_of(THREE, newer, replace(gap(), addresses=(BOB,))).watch().is_unsure.any()


def test_a_state_from_after_the_gap_ends_the_doubt() -> None:
    ledger = ledger_of(THREE, gap(), states(Held(ALICE, 100.0, {0: 1.0}), time_ms=NOW + 101))
    assert ledger.watch().is_unsure.tolist() == [False, True, True]
    ledger.apply(states(Held(BOB, 100.0, {1: 1.0}), time_ms=NOW + 99))
    assert ledger.watch().is_unsure.tolist() == [False, True, True]


def test_differences_name_what_was_tracked_and_what_is_true() -> None:
    bought = prints((ALICE, BOB, 0, 0.5, 100.0, True, NOW + 10, 1))
    truth = states(Held(ALICE, 49.98, {0: 1.5}), Held(BOB, 149.9925, {1: 1.0, 0: -0.75}), time_ms=NOW + 500)
    ledger = ledger_of(THREE, bought, gap(1, to_ms=NOW + 20), truth)
    found = ledger.take_differences()
    assert found.address == (BOB,)
    assert found.market_index.tolist() == [0]
    assert found.tracked_size.tolist() == [-0.5]
    assert found.true_size.tolist() == [-0.75]
    assert found.age_ms.tolist() == [500]
    assert found.is_unsure.tolist() == [True]
    assert len(ledger.take_differences()) == 0
    figures = ledger.reconcile_figures()
    assert figures.count.tolist() == [2, 1]
    assert figures.exact_count.tolist() == [1, 1]
    assert figures.exact_share.tolist() == [0.5, 1.0]
    assert figures.difference_share.tolist() == pytest.approx([0.25 / 2.25, 0.0])


def test_positions_only_one_side_knows_of_are_differences() -> None:
    ledger = ledger_of(THREE, gap(1), states(Held(ALICE, 100.0, {1: 3.0}), time_ms=NOW + 500))
    found = ledger.take_differences()
    assert list(zip(found.market_index, found.tracked_size, found.true_size, strict=True)) == [
        (0, 1.0, 0.0),
        (1, 0.0, 3.0),
    ]


def test_cash_off_by_more_than_a_cent_is_a_difference() -> None:
    ledger = ledger_of(
        THREE, gap(1), states(Held(ALICE, 100.02, {0: 1.0}), Held(BOB, 100.005, {1: 1.0}), time_ms=NOW + 5)
    )
    found = ledger.take_differences()
    assert found.address == (ALICE,)
    assert found.tracked_raw_usd.tolist() == [100.0]
    assert found.true_raw_usd.tolist() == [100.02]
    assert ledger.reconcile_figures().exact_share.tolist() == [1.0, 1.0]


def test_nothing_is_compared_where_nothing_is_tracked() -> None:
    ledger = ledger_of(THREE, states(Held(ALICE, 0.0, {0: 7.0}), time_ms=NOW + 5))
    assert len(ledger.take_differences()) == 0
    assert np.isnan(ledger.reconcile_figures().exact_share).all()


def test_a_complete_table_leaves_those_alone_whose_state_is_newer() -> None:
    table = replace(states(Held(CAROL, 50.0, {0: -1.0}), time_ms=NOW + 50), is_complete=True)
    ledger = ledger_of(THREE, states(Held(BOB, 9.0, {1: 2.0}), time_ms=NOW + 100), table)
    assert ledger.accounts.addresses == (CAROL, BOB)
    assert ledger.accounts.size.tolist() == [-1.0, 2.0]
    assert ledger.watch().is_known.tolist() == [False, True, True]


def test_a_trade_newer_than_the_state_is_no_difference() -> None:
    bought = prints((ALICE, BOB, 0, 0.5, 100.0, True, NOW + 900, 1))
    ledger = ledger_of(THREE, bought, states(Held(ALICE, 100.0, {0: 1.0}), time_ms=NOW + 500))
    assert len(ledger.take_differences()) == 0
    assert ledger.tracking_figures().replayed == 1
    assert ledger.accounts.size[0] == 1.5


def test_differences_nobody_takes_are_bounded_and_counted() -> None:
    reconciler, address_numbers = Reconciler(), AccountNumbers()
    address_numbers.numbers((ALICE,))
    half = MAX_DIFFERENCES // 2 + 1
    for _ in range(3):
        reconciler.add(np.zeros((half, 4), np.int64), np.ones((half, 4)) * np.array([1.0, 2.0, 0.0, 0.0]), 1)
    taken = reconciler.take(address_numbers.names)
    assert len(taken) == half
    assert taken.dropped_count == 2 * half


def test_watch_tells_notional_distance_and_activity_of_every_address() -> None:
    ledger = ledger_of(THREE, prints((ALICE, "0x" + "d" * 40, 0, 0.5, 100.0, True, NOW + 10, 1)))
    ledger.apply(marks(100.0, 10.0, NOW + 20))
    root = solve_roots(ledger.accounts, ledger.snapshot, ledger.tables)
    watch = ledger.watch(root)
    assert watch.address == (ALICE, BOB, CAROL, "0x" + "d" * 40)
    assert watch.notional.tolist() == [150.0, 10.0, 120.0, 0.0]
    assert watch.is_known.tolist() == [True, True, True, False]
    assert watch.is_dirty.tolist() == [True, False, False, True]
    assert watch.state_ms.tolist() == [NOW, NOW, NOW, -1]
    assert watch.last_trade_ms.tolist() == [NOW + 10, -1, -1, NOW + 10]
    assert watch.traded_notional.tolist() == [50.0, 0.0, 0.0, 50.0]
    nearest = np.abs(root[2:4] / np.array([100.0, 10.0]) - 1.0)
    assert watch.nearest_distance[2] == nearest[root[2:4] > 0.0].min()
    assert np.isinf(watch.nearest_distance[[1, 3]]).all()
    assert len(MARKETS) == 2


def test_a_position_opened_on_unknown_cash_may_be_near_until_its_account_is_read() -> None:
    ledger = ledger_of(THREE)
    ledger.apply(marks(100.0, 10.0, NOW))
    unknown = replace(ledger.accounts, raw_usd=np.full(len(ledger.accounts.raw_usd), np.nan))
    ledger.apply(
        AccountsObserved(
            time_ms=NOW + 5,
            received_ns=0,
            accounts=replace(unknown, observed_ms=np.full(len(unknown.raw_usd), NOW + 5)),
        )
    )

    def nearest() -> list[float]:
        root = solve_roots(ledger.accounts, ledger.snapshot, ledger.tables)
        return ledger.watch(root).nearest_distance[:3].tolist()

    assert nearest() == [np.inf, np.inf, np.inf]
    ledger.apply(prints((ALICE, BOB, 0, 0.5, 100.0, True, NOW + 10, 1)))
    assert nearest() == [UNKNOWN_DISTANCE, UNKNOWN_DISTANCE, np.inf]


def test_traded_notional_halves_with_every_hour() -> None:
    ledger = ledger_of(THREE, prints((ALICE, BOB, 0, 1.0, 100.0, True, NOW, 1)))
    ledger.apply(prints((ALICE, CAROL, 0, 1.0, 100.0, True, NOW + 3_600_000, 2)))
    assert ledger.watch().traded_notional.tolist() == [150.0, 50.0, 100.0]


def test_who_trades_a_coin_after_a_gap_without_having_held_it_may_have_opened_it_in_the_gap() -> None:
    ledger = ledger_of(THREE, gap(1))
    assert ledger.watch().is_unsure.tolist() == [False, True, True]  # nobody knows of Alice yet
    ledger.apply(prints((ALICE, "0x" + "d" * 40, 1, 0.5, 10.0, True, NOW + 200, 1)))
    assert ledger.watch().is_unsure.tolist()[0]
    ledger.apply(states(Held(ALICE, 100.0, {0: 1.0, 1: 2.5}), time_ms=NOW + 300))
    assert not ledger.watch().is_unsure[0]


def test_what_is_opened_with_all_prints_seen_since_the_state_is_sure() -> None:
    later = states(Held(ALICE, 100.0, {0: 1.0}), time_ms=NOW + 150)
    ledger = ledger_of(THREE, gap(1), later, prints((ALICE, BOB, 1, 0.5, 10.0, True, NOW + 200, 1)))
    assert not ledger.watch().is_unsure[0]


def test_a_print_of_after_a_gap_put_on_top_of_a_state_of_before_it_leaves_its_account_in_doubt() -> None:
    stranger = "0x" + "d" * 40
    ledger = ledger_of(THREE, gap(1), prints((stranger, BOB, 1, 0.5, 10.0, True, NOW + 200, 1)))
    ledger.apply(states(Held(stranger, 100.0, {0: 1.0}), time_ms=NOW + 40))
    watch = ledger.watch()
    assert watch.is_unsure[watch.address.index(stranger)]


def test_who_opens_in_a_coin_that_is_isolated_only_is_in_doubt_until_read_for_no_trade_tells_the_leverage() -> None:
    """Its margin, and so its level, is what the leverage makes of it."""
    markets = Markets.build(
        [
            Market(coin="A", size_decimals=2, max_leverage=10, table_row=0),
            Market(coin="I", size_decimals=2, max_leverage=10, table_row=0, is_isolated_only=True),
        ]
    )
    snapshot = MarketSnapshot.of_marks(markets, NOW, np.array([100.0, 10.0]))
    ledger = Ledger()
    three = states(*(Held(name, 100.0, {0: 1.0}) for name in (ALICE, BOB, CAROL)))
    for event in (MarketDefined(0, 0, markets, TABLES), MarksUpdated(NOW, 0, snapshot), three):
        ledger.apply(event)
    ledger.apply(prints((ALICE, CAROL, 0, 0.5, 100.0, True, NOW + 10, 1)))
    assert not ledger.watch().is_unsure.any(), "cross: the leverage is no matter"
    ledger.apply(prints((ALICE, BOB, 1, 0.5, 10.0, True, NOW + 20, 2)))
    assert ledger.watch().is_unsure.tolist() == [True, True, False]
    ledger.apply(states(Held(ALICE, 100.0, {0: 1.5}), time_ms=NOW + 19))
    assert ledger.watch().is_unsure.tolist() == [True, True, False], "a state of before the opening"
    ledger.apply(states(Held(ALICE, 100.0, {0: 1.5}), Held(BOB, 100.0, {0: 1.0}), time_ms=NOW + 21))
    assert not ledger.watch().is_unsure.any()
