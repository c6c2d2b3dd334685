"""Deposits, withdrawals, leverage and margin moved by hand."""

from __future__ import annotations

import numpy as np
import pytest
from small_exchange import Desk, address

from liqscape.errors import ModelError
from liqscape.exchange.columns import PositionColumn
from liqscape.exchange.exchange import Exchange


def test_what_is_taken_out_must_leave_the_initial_margin() -> None:
    desk = Desk()
    account = desk.account(1, 10_000.0)
    desk.exchange.set_leverage(account, 0, 5, is_isolated=False)
    desk.hold(account, 100.0)
    assert desk.exchange.withdrawable(account) == 8_000 * 10**6
    with pytest.raises(ModelError, match="may take out 8000000000"):
        desk.exchange.deposit(account, -8_000 * 10**6 - 1)
    desk.exchange.deposit(account, -8_000 * 10**6)
    assert desk.worth(account) == 2_000.0


def test_a_tenth_of_all_notional_stays_even_at_high_leverage() -> None:
    desk = Desk(leverages=(40,))
    account = desk.account(1, 10_000.0)
    desk.exchange.set_leverage(account, 0, 40, is_isolated=False)
    desk.hold(account, 100.0)
    assert desk.exchange.withdrawable(account) == 9_000 * 10**6


def test_margin_moves_between_cross_and_isolated_within_bounds() -> None:
    desk = Desk()
    account = desk.account(1, 10_000.0)
    desk.exchange.set_leverage(account, 0, 10, is_isolated=True)
    desk.hold(account, 100.0)
    desk.exchange.move_margin(account, 0, 500 * 10**6)
    assert (desk.worth(account), desk.worth(account, 0)) == (8_500.0, 1_500.0)
    desk.exchange.move_margin(account, 0, -500 * 10**6)
    for uusd in (-1, 9_000 * 10**6 + 1):
        with pytest.raises(ModelError, match="may move"):
            desk.exchange.move_margin(account, 0, uusd)
    assert (desk.worth(account), desk.worth(account, 0)) == (9_000.0, 1_000.0)


def test_the_margin_mode_cannot_change_while_a_position_is_open() -> None:
    desk = Desk()
    account = desk.account(1)
    desk.hold(account, 1.0)
    with pytest.raises(ModelError, match="margin mode cannot change"):
        desk.exchange.set_leverage(account, 0, 5, is_isolated=True)
    desk.exchange.set_leverage(account, 0, 5, is_isolated=False)
    assert desk.exchange.positions_of(desk.pool(account))[0, PositionColumn.LEVERAGE] == 5


def test_after_a_return_to_cross_new_positions_are_cross_again() -> None:
    desk = Desk()
    account = desk.account(1)
    desk.exchange.set_leverage(account, 0, 5, is_isolated=True)
    desk.exchange.set_leverage(account, 0, 5, is_isolated=False)
    desk.hold(account, 1.0)
    assert len(desk.exchange.positions_of(desk.pool(account))) == 1


@pytest.mark.parametrize("leverage", [0, 11])
def test_leverage_stays_within_the_market(leverage: int) -> None:
    desk = Desk()
    account = desk.account(1)
    with pytest.raises(ModelError, match=r"outside 1\.\.10"):
        desk.exchange.set_leverage(account, 0, leverage, is_isolated=False)


def test_addresses_are_opened_once_and_must_be_addresses() -> None:
    desk = Desk()
    row = desk.account(1)
    assert desk.exchange.account_row(address(1)) == row
    assert desk.exchange.account_row(address(2)) is None
    with pytest.raises(ModelError, match="open already"):
        desk.account(1)
    with pytest.raises(ModelError, match="no address"):
        desk.exchange.open_account("0x12")


def test_time_does_not_run_backwards() -> None:
    desk = Desk()
    desk.block()
    with pytest.raises(ModelError, match="before the last one"):
        desk.exchange.step(desk.exchange.time_ms - 1)


def test_bytes_that_are_no_checkpoint_are_refused() -> None:
    with pytest.raises(ModelError, match="no checkpoint"):
        Exchange.restore(b"nothing of the kind")


def test_a_full_table_is_said_and_nothing_is_written_beyond_it() -> None:
    desk = Desk()
    small = Exchange.build(desk.markets, desk.exchange.tables, desk.exchange.rules, time_ms=0, max_orders=3)
    small.start_prices(desk.ticks())
    account = small.open_account(address(1), 10**12)
    rows = np.array([desk.order(account, 1.0, 90.0 + at) for at in range(4)])
    with pytest.raises(ModelError, match="no room for more orders"):
        small.submit(rows)


def test_the_number_of_accounts_is_bounded_and_said() -> None:
    desk = Desk()
    small = Exchange.build(desk.markets, desk.exchange.tables, time_ms=0, max_accounts=2)
    for number in (1, 2):
        small.open_account(address(number))
    with pytest.raises(ModelError, match="room for 2 accounts"):
        small.open_account(address(3))
