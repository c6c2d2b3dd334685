"""Funding moves cash once an hour: by rate, or as a node tells it, never both."""

from __future__ import annotations

import numpy as np
import pytest

from liqscape.errors import ModelError
from liqscape.ledger import Ledger
from liqscape.model import Accounts, MarginTables, Market, Markets, MarketSnapshot, flat_table
from liqscape.model.events import (
    AccountsObserved,
    Event,
    FundingDue,
    FundingPaid,
    MarketDefined,
    MarksUpdated,
    TradesPrinted,
)
from liqscape.model.trades import FundingPayments, Trades
from liqscape.units import HOUR_MS, MarginSource, PoolMode

TABLES = MarginTables.build([flat_table(40)])
MARKETS = Markets.build(
    [
        Market(coin="A", size_decimals=2, max_leverage=40, table_row=0),
        Market(coin="B", size_decimals=2, max_leverage=40, table_row=0),
    ]
)
HOUR = 1_000 * HOUR_MS
ALICE, BOB = "0x" + "a" * 40, "0x" + "b" * 40


def ledger_of(*, state_ms: int = HOUR - 1) -> Ledger:
    """Alice: long 2 A and short 5 B in one pool of 1,000 USD. Bob: long 1 A isolated, 30 USD."""
    ledger = Ledger()
    ledger.apply(MarketDefined(0, 0, MARKETS, TABLES))
    ledger.apply(MarksUpdated(HOUR - 10, 0, MarketSnapshot.of_marks(MARKETS, HOUR - 10, np.array([100.0, 10.0]))))
    seen = Accounts.build(
        addresses=(ALICE, BOB),
        address_row=(0, 1),
        raw_usd=(1_000.0, 30.0),
        offsets=(0, 2, 3),
        market_index=(0, 1, 0),
        size=(2.0, -5.0, 1.0),
        table_row=(0, 0, 0),
        mode=(PoolMode.CROSS, PoolMode.ISOLATED),
    )
    ledger.apply(AccountsObserved(time_ms=state_ms, received_ns=0, accounts=seen))
    return ledger


def due(hour: int = HOUR, rate: tuple[float, float] = (0.001, 0.002)) -> FundingDue:
    return FundingDue(hour, 0, np.array(rate), np.array([100.0, 10.0]))


def paid(
    amount: float, *, address: str = ALICE, market: int = 0, size: float = np.nan, hour: int = HOUR
) -> FundingPaid:
    payments = FundingPayments(
        addresses=(address,),
        user=np.array([0], np.int32),
        market_index=np.array([market], np.int32),
        amount=np.array([amount]),
        size=np.array([size]),
    )
    return FundingPaid(hour + 68, 0, payments)


def cash(ledger: Ledger, *events: Event) -> list[float]:
    for event in events:
        ledger.apply(event)
    return [float(each) for each in ledger.accounts.raw_usd]


def test_positions_pay_size_times_oracle_times_rate_into_their_own_pool() -> None:
    # Alice: 2 * 100 * 0.001 = 0.20 paid, 5 * 10 * 0.002 = 0.10 received; Bob: 1 * 100 * 0.001 = 0.10 paid.
    ledger = ledger_of()
    assert cash(ledger, due()) == pytest.approx([999.9, 29.9])
    assert ledger.accounts.margin_source.tolist() == [MarginSource.TRACKED, MarginSource.TRACKED]


def test_the_same_hour_is_paid_once() -> None:
    assert cash(ledger_of(), due(), due()) == pytest.approx([999.9, 29.9])


def test_a_state_newer_than_the_hour_has_paid_already() -> None:
    assert cash(ledger_of(state_ms=HOUR + 1), due()) == [1_000.0, 30.0]


def test_a_state_at_the_hour_has_not_paid_yet() -> None:
    assert cash(ledger_of(state_ms=HOUR), due()) == pytest.approx([999.9, 29.9])


def test_the_next_hour_is_paid_again() -> None:
    assert cash(ledger_of(), due(), due(HOUR + HOUR_MS)) == pytest.approx([999.8, 29.8])


def test_a_payment_told_takes_the_place_of_the_one_by_rate() -> None:
    # 1,000 - 0.25 told for A + 0.10 by rate for B.
    assert cash(ledger_of(), due(), paid(-0.25)) == pytest.approx([999.85, 29.9])
    assert cash(ledger_of(), paid(-0.25), due()) == pytest.approx([999.85, 29.9])


def test_a_payment_told_twice_counts_once() -> None:
    assert cash(ledger_of(), paid(-0.25), paid(-0.25)) == pytest.approx([999.75, 30.0])


def test_a_payment_told_after_a_newer_state_changes_nothing() -> None:
    assert cash(ledger_of(state_ms=HOUR + 100), paid(-0.25)) == [1_000.0, 30.0]


def test_a_payment_for_another_size_than_ours_makes_the_account_unsure() -> None:
    ledger = ledger_of()
    ledger.apply(paid(-0.2, size=2.0))
    assert ledger.watch().is_unsure.tolist() == [False, False]
    ledger.apply(paid(-0.2, size=3.0, hour=HOUR + HOUR_MS))
    assert ledger.watch().is_unsure.tolist() == [True, False]


def test_a_payment_for_a_position_we_do_not_know_goes_to_the_shared_pool_and_makes_it_unsure() -> None:
    seen = Accounts.build(
        addresses=(ALICE,), address_row=(0,), raw_usd=(50.0,), offsets=(0, 0), market_index=(), size=(), table_row=()
    )
    ledger = ledger_of()
    ledger.apply(AccountsObserved(time_ms=HOUR - 1, received_ns=0, accounts=seen))
    assert cash(ledger, paid(-0.25)) == pytest.approx([49.75, 30.0])
    assert ledger.watch().is_unsure.tolist() == [True, False]
    assert cash(ledger, due()) == pytest.approx([49.75, 29.9])


def test_an_unknown_rate_pays_nothing_and_makes_holders_unsure() -> None:
    ledger = ledger_of()
    assert cash(ledger, due(rate=(np.nan, 0.002))) == pytest.approx([1_000.1, 30.0])
    assert ledger.watch().is_unsure.tolist() == [True, True]


def test_what_was_bought_after_the_hour_does_not_pay_for_it() -> None:
    trades = Trades(
        addresses=(ALICE, BOB),
        buyer=np.array([0], np.int32),
        seller=np.array([1], np.int32),
        market_index=np.array([0], np.int32),
        price=np.array([100.0]),
        size=np.array([1.0]),
        is_buyer_taker=np.array([True]),
        time_ms=np.array([HOUR + 5]),
        trade_id=np.array([1]),
    )
    ledger, other = ledger_of(), ledger_of()
    before = cash(ledger, due(), TradesPrinted(HOUR + 5, 0, trades))
    after = cash(other, TradesPrinted(HOUR + 5, 0, trades), due())
    assert before[0] == pytest.approx(999.9 - 100.0 - 0.045)
    assert after[0] == pytest.approx(before[0])


def test_funding_of_other_markets_than_the_ones_defined_is_refused() -> None:
    with pytest.raises(ModelError, match="3 markets is due, 2 are defined"):
        ledger_of().apply(FundingDue(HOUR, 0, np.zeros(3), np.zeros(3)))
