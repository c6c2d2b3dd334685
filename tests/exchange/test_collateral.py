"""Portfolio margin: collateral that moves with its haircut, a loan on it as negative cash, and how both end."""

from __future__ import annotations

import numpy as np
import pytest
from small_exchange import TICK, UUSD, Desk, address, events_of, orders_of

from liqscape.errors import ModelError
from liqscape.exchange.columns import EventKind, PoolColumn, Role
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.to_model import to_accounts, to_snapshot
from liqscape.risk.margin import pool_margin
from liqscape.units import PoolMode

LTV = 50
"""Per cent, of BTC."""


def borrower(debt_usd: float, mark: float = 100.0, **rules: object) -> tuple[Desk, int]:
    """1,000 coins of A at 100 USD as collateral, a debt in USD, no position; then A's mark moves."""
    desk = Desk(leverages=(10, 10), **rules)
    account = desk.account(1, 0.0, mode=PoolMode.PORTFOLIO)
    desk.exchange.hold_collateral(account, 0, 100_000, LTV)
    desk.make_worth(account, 100_000.0 - debt_usd)
    if mark != 100.0:
        desk.block(A=mark)
    return desk, account


def test_collateral_counts_whole_in_value_and_half_of_what_may_not_be_borrowed_is_maintenance() -> None:
    desk, account = borrower(0.0)
    pool = desk.pool(account)
    value, maintenance = (int(column[pool]) for column in desk.exchange.pool_margin())
    assert value == 100_000 * UUSD
    assert maintenance == 25_000 * UUSD * int(desk.exchange.state.clock[14])  # (1 - 0.5) / 2


def test_a_loan_is_at_most_the_loan_to_value() -> None:
    desk = Desk(leverages=(10,))
    account = desk.account(1, 0.0, mode=PoolMode.PORTFOLIO)
    desk.exchange.hold_collateral(account, 0, 100_000, LTV)
    with pytest.raises(ModelError, match="may take out"):
        desk.exchange.deposit(account, -50_000 * UUSD - 1)
    desk.exchange.deposit(account, -50_000 * UUSD)
    assert desk.worth(account) == pytest.approx(50_000.0)
    with pytest.raises(ModelError, match="may release collateral"):
        desk.exchange.hold_collateral(account, 0, 99_000, LTV)


@pytest.mark.parametrize(
    ("debt", "sold"),
    [(74_999.0, 0), (75_000.0, 0), (75_001.0, 20_000), (83_333.0, 20_000), (83_334.0, 100_000)],
)
def test_a_debt_is_liquidated_at_the_documented_shares_of_its_collateral(debt: float, sold: int) -> None:
    """In part above 0.5 + 0.5 / 2 = 75 %, whole above 0.5 + 0.5 * 2/3 = 83.33 %."""
    desk, account = borrower(debt)
    vault = desk.account(90, 1_000_000.0, Role.LIQUIDATOR)
    output = desk.block()
    assert [row[5] for row in events_of(output, EventKind.COLLATERAL_TAKEN)] == [sold] * bool(sold)
    left = 100_000 - sold
    assert desk.exchange.collateral_of(desk.pool(account)) == ({0: left} if left else {})
    assert desk.exchange.collateral_of(desk.pool(vault)) == ({0: 100_000 - left} if left < 100_000 else {})
    assert desk.worth(account) == 100_000.0 - debt  # sold at the mark: nobody gains
    assert desk.worth(vault) == 1_000_000.0


def test_a_fall_of_the_collateral_liquidates_a_position_that_did_not_move() -> None:
    """1,000 coins of A, 70,000 USD owed, 1,000 USD long in B (maintenance 50): below at A = 93.4 (0.75 * A < 70.05)."""
    desk, account = borrower(0.0)
    desk.hold(account, 10.0, market=1)
    desk.make_worth(account, 30_000.0)
    assert orders_of(desk.block(A=93.41)) == []
    assert orders_of(desk.block(A=93.39)) == [(account, 1, 10.0, 0.0, False)]


def test_a_short_against_the_same_coin_as_collateral_is_a_hedge() -> None:
    desk, account = borrower(0.0)
    desk.hold(account, -900.0)
    desk.make_worth(account, 30_000.0)
    before = desk.worth(account)
    desk.block(A=130.0)
    assert desk.worth(account) == before + 0.1 * 1_000 * 30.0


def test_collateral_goes_before_positions_and_may_save_them() -> None:
    """Worth 16,600 of 25,000 + 50 needed: below 2/3. Without collateral the position needs 50 only, and stays."""
    desk, account = borrower(0.0)
    desk.hold(account, 10.0, market=1)
    desk.make_worth(account, 16_600.0)
    desk.account(90, 1_000_000.0, Role.LIQUIDATOR)
    output = desk.block()
    assert events_of(output, EventKind.COLLATERAL_TAKEN)
    assert not events_of(output, EventKind.TAKEOVER)
    assert (desk.worth(account), desk.coins(account, 1)) == (16_600.0, 10.0)


def test_what_a_debt_cannot_pay_is_a_deficit_of_the_pool() -> None:
    desk, account = borrower(110_000.0)
    desk.account(90, 1_000_000.0, Role.LIQUIDATOR)
    assert [row[5] for row in events_of(desk.block(), EventKind.DEFICIT)] == [10_000 * UUSD]
    assert desk.worth(account) == -10_000.0


def test_without_a_liquidator_collateral_stays() -> None:
    desk, account = borrower(90_000.0)
    assert events_of(desk.block(), EventKind.COLLATERAL_TAKEN) == []
    assert desk.exchange.collateral_of(desk.pool(account)) == {0: 100_000}


def test_the_map_sees_collateral_at_its_value_after_the_haircut() -> None:
    desk, account = borrower(0.0)
    desk.hold(account, 10.0, market=1)
    margin = pool_margin(to_accounts(desk.exchange), to_snapshot(desk.exchange), desk.exchange.tables)
    value, maintenance = (int(column[desk.pool(account)]) for column in desk.exchange.pool_margin())
    row = to_accounts(desk.exchange).addresses.index(address(1))
    at = int(np.flatnonzero(to_accounts(desk.exchange).address_row == row)[0])
    free = (value - maintenance / int(desk.exchange.state.clock[14])) / UUSD
    assert margin.free_margin[at] == pytest.approx(free, abs=1e-6)


def test_only_portfolio_accounts_hold_collateral() -> None:
    desk = Desk(leverages=(10,))
    account, portfolio = desk.account(1), desk.account(2, mode=PoolMode.PORTFOLIO)
    with pytest.raises(ModelError, match="no portfolio margin: A is no collateral"):
        desk.exchange.hold_collateral(account, 0, 1, LTV)
    with pytest.raises(ModelError, match=r"loan to value 100 % of A is outside 0\.\.99"):
        desk.exchange.hold_collateral(portfolio, 0, 1, 100)
    with pytest.raises(ModelError, match="more than the exchange can count"):
        desk.exchange.hold_collateral(portfolio, 0, 10**15 // TICK, LTV)


def test_a_checkpoint_keeps_collateral() -> None:
    desk, account = borrower(60_000.0)
    other = Exchange.restore(desk.exchange.checkpoint())
    assert other.digest() == desk.exchange.digest()
    assert other.collateral_of(desk.pool(account)) == {0: 100_000}
    desk.exchange.hold_collateral(account, 0, 100_001, LTV)
    assert other.digest() != desk.exchange.digest()
    assert desk.exchange.state.pool[desk.pool(account), PoolColumn.HOLDING] == 1
