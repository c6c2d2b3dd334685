"""Cash that moves without a trade goes where the account's mode says; what is not told makes that account unsure."""

from __future__ import annotations

from dataclasses import replace
from math import nan

import numpy as np
import pytest
from ledger_fills import ALICE, BOB, CAROL, NOW, Held, defined, marks, prints, states

from liqscape.errors import ModelError
from liqscape.ledger import Ledger
from liqscape.model import Accounts, MarginTables, Market, Markets, MarketSnapshot, flat_table
from liqscape.model.cash import CashMovements
from liqscape.model.events import AccountsObserved, CashMoved, Event, MarketDefined, MarksUpdated
from liqscape.units import MarginSource, PoolMode

Row = tuple[str, float, float]
"""Address, amount, whole; on the first dex."""


def moved(*rows: Row, time_ms: int = NOW + 10, dex: str = "") -> CashMoved:
    addresses = tuple(dict.fromkeys(row[0] for row in rows))
    movements = CashMovements(
        addresses=addresses,
        dexs=(dex,),
        user=np.array([addresses.index(row[0]) for row in rows], np.int32),
        dex=np.zeros(len(rows), np.int32),
        time_ms=np.full(len(rows), time_ms, np.int64),
        amount=np.array([row[1] for row in rows], np.float64),
        whole=np.array([row[2] for row in rows], np.float64),
    )
    return CashMoved(time_ms, 0, movements)


def ledger_of(*events: Event) -> Ledger:
    ledger = Ledger()
    for event in (defined(), marks(100.0), *events):
        ledger.apply(event)
    return ledger


TWO = states(Held(ALICE, 100.0, {0: 1.0}), Held(BOB, 100.0, {1: 1.0}))


def cash(ledger: Ledger) -> list[float]:
    return ledger.accounts.raw_usd.tolist()


def unsure(ledger: Ledger) -> list[bool]:
    return ledger.watch().is_unsure.tolist()


def test_a_transfer_moves_both_pools_and_is_tracked() -> None:
    ledger = ledger_of(TWO, moved((ALICE, -40.0, -40.0), (BOB, 40.0, 40.0)))
    assert cash(ledger) == [60.0, 140.0]
    assert ledger.accounts.margin_source.tolist() == [MarginSource.TRACKED, MarginSource.TRACKED]
    assert ledger.watch().is_dirty.tolist() == [True, True]
    assert unsure(ledger) == [False, False]
    assert ledger.tracking_figures().cash_moved == 2


@pytest.mark.parametrize(
    ("mode", "row", "expected"),
    [
        (PoolMode.CROSS, (5.0, 0.0), 105.0),  # spot to perp
        (PoolMode.UNIFIED, (5.0, 0.0), 100.0),
        (PoolMode.PORTFOLIO, (5.0, 0.0), 100.0),
        (PoolMode.CROSS, (0.0, -7.0), 100.0),  # out of spot
        (PoolMode.UNIFIED, (0.0, -7.0), 93.0),
        (PoolMode.PORTFOLIO, (0.0, -7.0), 93.0),
        (PoolMode.CROSS, (0.0, nan), 100.0),  # another coin out of spot
        (PoolMode.UNIFIED, (0.0, nan), None),
        (PoolMode.PORTFOLIO, (0.0, nan), None),
        (PoolMode.UNKNOWN, (9.0, 9.0), 109.0),
        (PoolMode.UNKNOWN, (9.0, 0.0), None),
        (PoolMode.CROSS, (nan, nan), None),
    ],
)
def test_the_mode_of_the_account_says_what_moved(
    mode: PoolMode, row: tuple[float, float], expected: float | None
) -> None:
    held = states(Held(ALICE, 100.0, {0: 1.0}), Held(BOB, 50.0, {0: -1.0}), mode=mode)
    ledger = ledger_of(held, moved((ALICE, *row)))
    assert cash(ledger) == [100.0 if expected is None else expected, 50.0]
    assert unsure(ledger) == [expected is None, False]
    assert ledger.tracking_figures().cash_ambiguous == (expected is None)


def test_nothing_of_the_whole_is_nothing_whichever_pool_it_is() -> None:
    ledger = dexs_ledger([(PoolMode.UNIFIED, [2])])
    ledger.apply(moved((ALICE, 7.0, 0.0)))
    assert cash(ledger) == [100.0]
    assert unsure(ledger) == [False]


def test_what_moved_nothing_leaves_the_published_prices_standing() -> None:
    held = states(Held(ALICE, 100.0, {0: 1.0}), mode=PoolMode.UNIFIED)
    ledger = ledger_of(held)
    before = ledger.accounts
    ledger.apply(moved((ALICE, 5.0, 0.0)))
    assert ledger.accounts is before
    assert before.margin_source.tolist() == [MarginSource.STATE]


def test_unknown_cash_stays_unknown() -> None:
    ledger = ledger_of(states(Held(ALICE, nan, {0: 1.0})), moved((ALICE, 5.0, 5.0)))
    assert np.isnan(cash(ledger)).tolist() == [True]


def test_doubt_about_an_amount_ends_with_the_next_state() -> None:
    ledger = ledger_of(TWO, moved((ALICE, nan, nan)))
    ledger.apply(states(Held(ALICE, 100.0, {0: 1.0}), time_ms=NOW + 9))
    assert unsure(ledger) == [True, False]
    ledger.apply(states(Held(ALICE, 130.0, {0: 1.0}), time_ms=NOW + 10))
    assert unsure(ledger) == [False, False]
    assert cash(ledger) == [130.0, 100.0]


def test_a_state_of_the_same_time_has_the_movement_in_it() -> None:
    at = states(Held(ALICE, 130.0, {0: 1.0}), time_ms=NOW + 10)
    assert cash(ledger_of(at, moved((ALICE, 30.0, 30.0)))) == [130.0]
    assert cash(ledger_of(TWO, moved((ALICE, 30.0, 30.0)), at)) == [130.0, 100.0]


def test_movements_that_came_before_a_late_state_go_on_top_of_it() -> None:
    late = states(Held(ALICE, 90.0, {0: 1.0}), time_ms=NOW + 5)
    ledger = ledger_of(TWO, moved((ALICE, 30.0, 30.0)), moved((ALICE, nan, nan), time_ms=NOW + 11), late)
    assert cash(ledger) == [120.0, 100.0]
    assert unsure(ledger) == [True, False]
    assert ledger.tracking_figures().replayed == 2


def test_a_movement_of_an_address_without_a_state_waits_for_the_state() -> None:
    ledger = ledger_of(TWO, moved((CAROL, 30.0, 30.0)))
    assert ledger.watch().address == (ALICE, BOB, CAROL)
    ledger.apply(states(Held(CAROL, 50.0, {0: 1.0}), time_ms=NOW + 9))
    assert cash(ledger) == [100.0, 100.0, 80.0]


def test_who_only_sends_coins_outside_of_perps_is_not_remembered() -> None:
    ledger = ledger_of(TWO, moved((CAROL, 0.0, -30.0)), moved((CAROL, 30.0, 30.0), dex="not followed"))
    assert ledger.watch().address == (ALICE, BOB)


def test_an_account_that_holds_nothing_has_nothing_to_move() -> None:
    nothing = replace(Accounts.empty(), addresses=(ALICE,))
    ledger = ledger_of(
        AccountsObserved(time_ms=NOW, received_ns=0, accounts=nothing),
        moved((ALICE, 30.0, 30.0)),
        moved((ALICE, nan, nan)),
    )
    assert ledger.accounts.pool_count == 0
    assert unsure(ledger) == [False]


def test_movements_come_between_prints_and_say_nothing_of_them() -> None:
    trade = prints((ALICE, BOB, 0, 1.0, 100.0, True, NOW + 10, 1))
    without, between = ledger_of(TWO, trade), ledger_of(TWO, moved((ALICE, 30.0, 30.0)), trade, trade)
    assert between.tracking_figures().repeated == 2
    assert cash(between)[0] == cash(without)[0] + 30.0
    assert between.accounts.size.tolist() == without.accounts.size.tolist()
    assert between.watch().last_trade_ms.tolist() == without.watch().last_trade_ms.tolist()


def test_a_column_of_another_length_is_refused() -> None:
    event = moved((ALICE, 1.0, 1.0))
    with pytest.raises(ModelError, match=r"whole has shape \(2,\), 1 rows"):
        replace(event.movements, whole=np.zeros(2))


DEXS = Markets.build(
    [
        Market(coin="A", size_decimals=2, max_leverage=10, table_row=0),
        Market(coin="x:C", size_decimals=3, max_leverage=10, table_row=0, dex="x"),
        Market(coin="y:D", size_decimals=3, max_leverage=10, table_row=0, dex="y"),
    ]
)


def dexs_ledger(pools: list[tuple[PoolMode, list[int]]]) -> Ledger:
    """One account with pools by mode and markets of DEXS held, 100 USD in each."""
    seen = Accounts.build(
        addresses=[ALICE],
        address_row=[0] * len(pools),
        raw_usd=[100.0] * len(pools),
        offsets=np.cumsum([0, *(len(held) for _, held in pools)]),
        market_index=[market for _, held in pools for market in held],
        size=[1.0] * sum(len(held) for _, held in pools),
        table_row=[0] * sum(len(held) for _, held in pools),
        mode=[mode for mode, _ in pools],
    )
    ledger = Ledger()
    ledger.apply(MarketDefined(0, 0, DEXS, MarginTables.build([flat_table(10)])))
    ledger.apply(MarksUpdated(NOW, 0, MarketSnapshot.of_marks(DEXS, NOW, np.full(3, 100.0))))
    ledger.apply(AccountsObserved(time_ms=NOW, received_ns=0, accounts=seen))
    return ledger


@pytest.mark.parametrize(
    ("pools", "dex", "expected"),
    [
        # a unified account has a pool for every collateral: that with positions on the dex is it
        ([(PoolMode.UNIFIED, [2]), (PoolMode.UNIFIED, [0, 1])], "", [100.0, 107.0]),
        ([(PoolMode.UNIFIED, [2]), (PoolMode.UNIFIED, [0, 1])], "x", [100.0, 107.0]),
        ([(PoolMode.UNIFIED, [2]), (PoolMode.UNIFIED, [])], "", [100.0, 107.0]),
        ([(PoolMode.UNIFIED, [2])], "", None),
        ([(PoolMode.ISOLATED, [0]), (PoolMode.PORTFOLIO, [2])], "", [100.0, 107.0]),
        # a dex that is not followed has no cash here, but a unified account's is one
        ([(PoolMode.CROSS, [0]), (PoolMode.CROSS, [1])], "not followed", [100.0, 100.0]),
        ([(PoolMode.UNIFIED, [0])], "not followed", [107.0]),
        ([(PoolMode.CROSS, [0]), (PoolMode.CROSS, [1])], "x", [100.0, 107.0]),
    ],
)
def test_the_pool_behind_the_dex_moves(
    pools: list[tuple[PoolMode, list[int]]], dex: str, expected: list[float] | None
) -> None:
    ledger = dexs_ledger(pools)
    ledger.apply(moved((ALICE, 7.0, 7.0), dex=dex))
    assert cash(ledger) == (expected or [100.0] * len(pools))
    assert unsure(ledger) == [expected is None]
