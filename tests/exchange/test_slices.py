"""Stage 1 as on the real exchange (HL.DOC.LIQUIDATIONS): 20 % slices above 100k USD, 30 s of whole orders after one."""

from __future__ import annotations

import numpy as np
import pytest
from small_exchange import START_MS, Desk, fills_of, orders_of

from liqscape.exchange.columns import EventColumn, EventKind, FillColumn, MarketColumn, Method, PositionColumn
from liqscape.exchange.rules import OrderLimit

SEEN_INSIDE_S = (2.8, 3.1, 3.4, 4.0, 4.6, 5.2, 6.0, 6.3, 7.7, 8.8, 9.5, 10.1, 11.4, 12.6, 13.3, 14.9, 16.2, 17.0, 18.5)
SEEN_INSIDE_S += (19.9, 21.1, 22.0, 22.5)
"""23 delays inside 30 s, over the observed range of 2.8 to 22.5 s: the next order was the whole remainder each time."""
SEEN_LATER_S = (30.0, 30.1, 31.0, 33.0, 36.0, 41.0, 50.0, 60.0, 75.0, 90.0, 120.0, 200.0, 400.0, 900.0, 1_800.0)
SEEN_LATER_S += (2_400.0, 3_500.0)
"""17 delays of 30 s and more: a slice of 20 % again each time."""


def below_maintenance(desk: Desk, *sizes: float) -> int:
    """An account with a position in each market, in stage 1: worth 80 % of its maintenance, 5 % of the notional."""
    account = desk.account(1)
    for market, coins in enumerate(sizes):
        desk.hold(account, coins, market=market)
    desk.make_worth(account, 0.8 * 0.05 * sum(abs(coins) for coins in sizes) * 100.0)
    return account


@pytest.mark.parametrize("seconds", SEEN_INSIDE_S)
@pytest.mark.parametrize("coins", [3_000.0, -3_000.0])
def test_the_next_order_inside_30_s_of_a_slice_is_for_the_whole_remainder(seconds: float, coins: float) -> None:
    desk = Desk()
    account = below_maintenance(desk, coins)
    first = desk.block()
    assert orders_of(first) == [(account, 0, 600.0, 0.0, True)]
    desk.quote(np.copysign(600.0, coins), 100.0)
    second = desk.block(round(seconds * 1_000))
    assert orders_of(second) == [(account, 0, 3_000.0, 600.0, False)]
    assert desk.coins(account) == coins * 0.8


@pytest.mark.parametrize("seconds", SEEN_LATER_S)
@pytest.mark.parametrize("coins", [3_000.0, -3_000.0])
def test_an_order_30_s_or_more_after_a_slice_is_a_slice_of_a_fifth_again(seconds: float, coins: float) -> None:
    desk = Desk()
    account = below_maintenance(desk, coins)
    desk.quote(np.copysign(600.0, coins), 100.0)
    assert orders_of(desk.block()) == [(account, 0, 600.0, 600.0, True)]
    desk.make_worth(account, 0.8 * 0.05 * 2_400.0 * 100.0)
    assert orders_of(desk.block(round(seconds * 1_000))) == [(account, 0, 480.0, 0.0, True)]


def test_whole_orders_of_the_cooldown_do_not_restart_it() -> None:
    desk = Desk()
    account = below_maintenance(desk, 3_000.0)
    sizes = [orders_of(desk.block(100 if at == 0 else 10_000))[0][2] for at in range(8)]
    assert sizes == [600.0, 3_000.0, 3_000.0, 600.0, 3_000.0, 3_000.0, 600.0, 3_000.0]
    assert desk.coins(account) == 3_000.0


@pytest.mark.parametrize("after_ms", [29_999, 30_000])
def test_the_cooldown_ends_at_30_s_sharp(after_ms: int) -> None:
    desk = Desk()
    below_maintenance(desk, 3_000.0)
    desk.block()
    assert orders_of(desk.block(after_ms))[0][4] is (after_ms >= 30_000)


def test_each_of_several_positions_above_100k_gets_its_own_slice_in_the_same_block() -> None:
    desk = Desk(leverages=(10, 10, 10, 10))
    account = below_maintenance(desk, 3_000.0, -2_000.0, 1_500.0, 900.0)
    output = desk.block()
    assert orders_of(output) == [
        (account, 0, 600.0, 0.0, True),
        (account, 1, 400.0, 0.0, True),
        (account, 2, 300.0, 0.0, True),
        (account, 3, 900.0, 0.0, False),
    ]
    sent = output.events[output.events[:, EventColumn.KIND] == EventKind.LIQUIDATION_ORDER]
    assert len(np.unique(sent[:, EventColumn.TRANSACTION])) == 1, "orders of one liquidation share a transaction"


def test_cross_and_isolated_positions_of_one_account_are_sliced_in_the_same_block() -> None:
    desk = Desk(leverages=(10, 10))
    account = desk.account(1)
    desk.exchange.set_leverage(account, 1, 10, is_isolated=True)
    desk.hold(account, 3_000.0)
    desk.hold(account, 2_000.0, market=1)
    desk.make_worth(account, 0.8 * 15_000.0)
    desk.make_worth(account, 0.8 * 10_000.0, market=1)
    assert sorted(orders_of(desk.block())) == [(account, 0, 600.0, 0.0, True), (account, 1, 400.0, 0.0, True)]
    assert sorted(orders_of(desk.block(5_000))) == [
        (account, 0, 3_000.0, 0.0, False),
        (account, 1, 2_000.0, 0.0, False),
    ]


@pytest.mark.parametrize(
    ("coins", "sent", "is_slice"), [(999.99, 999.99, False), (1_000.0, 1_000.0, False), (1_000.01, 200.01, True)]
)
def test_positions_of_100k_go_whole_and_larger_ones_in_slices_rounded_up(
    coins: float, sent: float, is_slice: bool
) -> None:
    desk = Desk()
    account = below_maintenance(desk, coins)
    assert orders_of(desk.block()) == [(account, 0, sent, 0.0, is_slice)]


def test_positions_go_in_the_order_of_their_maintenance_then_of_their_market() -> None:
    desk = Desk(leverages=(20, 10, 10, 5))
    account = below_maintenance(desk, 500.0, 300.0, -300.0, 100.0)
    desk.make_worth(account, 4_000.0)
    assert [order[1] for order in orders_of(desk.block())] == [1, 2, 0, 3], "maintenance 1500, 1500, 1250, 1000"


def test_orders_stop_once_the_account_is_healthy() -> None:
    desk = Desk(leverages=(10, 10))
    account = below_maintenance(desk, 900.0, 800.0)
    desk.quote(900.0, 100.0)
    desk.quote(800.0, 100.0, market=1)
    output = desk.block()
    assert orders_of(output) == [(account, 0, 900.0, 900.0, False)]
    assert (desk.coins(account), desk.coins(account, 1)) == (0.0, 800.0)


def test_what_finds_no_depth_stays_with_the_account_and_is_sent_again() -> None:
    desk = Desk()
    account = below_maintenance(desk, 900.0)
    desk.make_worth(account, 3_300.0)
    desk.quote(200.0, 99.9)
    assert orders_of(desk.block()) == [(account, 0, 900.0, 200.0, False)]
    assert orders_of(desk.block()) == [(account, 0, 700.0, 0.0, False)]


def test_equality_with_maintenance_is_safe() -> None:
    desk = Desk()
    account = below_maintenance(desk, 900.0)
    desk.make_worth(account, 4_500.0)
    assert orders_of(desk.block()) == []
    desk.make_worth(account, 4_499.999999)
    assert len(orders_of(desk.block())) == 1


def test_open_orders_of_the_account_are_cancelled_first() -> None:
    desk = Desk(leverages=(10, 10))
    account = below_maintenance(desk, 900.0)
    desk.make_worth(account, 50_000.0)
    desk.send(desk.order(account, 10.0, 90.0), desk.order(account, -10.0, 120.0, market=1))
    assert len(desk.exchange.open_orders(account)) == 2
    desk.make_worth(account, 4_000.0)
    output = desk.block()
    assert len(desk.exchange.open_orders(account)) == 0
    cancelled = output.events[output.events[:, EventColumn.KIND] == EventKind.ORDERS_CANCELLED]
    assert cancelled[:, [EventColumn.ACCOUNT, EventColumn.A]].tolist() == [[account, 2]]


def test_an_isolated_liquidation_leaves_orders_and_positions_of_other_markets_alone() -> None:
    desk = Desk(leverages=(10, 10))
    account = desk.account(1)
    desk.exchange.set_leverage(account, 0, 10, is_isolated=True)
    desk.hold(account, 900.0)
    desk.hold(account, 500.0, market=1)
    desk.make_worth(account, 4_000.0, market=0)
    desk.send(desk.order(account, 10.0, 90.0), desk.order(account, 10.0, 90.0, market=1))
    desk.quote(900.0, 99.0)
    cross = desk.worth(account)
    output = desk.block()
    assert fills_of(output, Method.MARKET) == [(account, desk.street, 900.0, 99.0)]
    assert output.fills[0, FillColumn.IS_ISOLATED] == 1
    assert [int(row[2]) for row in desk.exchange.open_orders(account)] == [1]
    assert desk.coins(account, 1) == 500.0
    assert desk.worth(account) == cross + 3_100.0, "what the pool kept, 4000 - 900, goes home"


def test_fills_of_a_liquidation_are_tagged_with_user_mark_and_method() -> None:
    desk = Desk()
    account = below_maintenance(desk, 900.0)
    desk.quote(900.0, 99.0)
    row = desk.block().fills[0]
    assert row[[FillColumn.METHOD, FillColumn.LIQUIDATED, FillColumn.MARK, FillColumn.SELLER]].tolist() == [
        Method.MARKET,
        account,
        1_000_000,
        account,
    ]
    assert row[FillColumn.IS_BUY_TAKER] == 0


def test_the_liquidated_pay_their_taker_fee() -> None:
    desk = Desk(taker_rate=4_500)
    account = below_maintenance(desk, 900.0)
    desk.quote(900.0, 99.0)
    row = desk.block().fills[0]
    assert row[FillColumn.SELLER_FEE] == round(900 * 99.0 * 0.00045 * 1e6)
    assert desk.worth(account) == pytest.approx(0.8 * 4_500.0 - 900.0 - 900 * 99.0 * 0.00045)


@pytest.mark.parametrize(
    ("rule", "filled"), [(OrderLimit.NONE, 900.0), (OrderLimit.BANKRUPTCY, 300.0), (OrderLimit.CAP, 100.0)]
)
def test_the_limit_of_a_liquidation_order_follows_the_rule(rule: OrderLimit, filled: float) -> None:
    desk = Desk(order_limit=rule, order_limit_cap_bps=200)
    account = below_maintenance(desk, 900.0)  # worth 3600: nothing left at 96
    desk.quote(100.0, 98.0)
    desk.quote(200.0, 96.0)
    desk.quote(600.0, 95.99)
    assert orders_of(desk.block()) == [(account, 0, 900.0, filled, False)]


def test_stage_orders_only_reduce_whatever_the_book_holds() -> None:
    desk = Desk()
    account = below_maintenance(desk, 900.0)
    desk.quote(5_000.0, 99.5)
    desk.block()
    assert desk.coins(account) == 0.0
    held = [row[PositionColumn.LOTS] for row in desk.exchange.positions_of(desk.pool(account))]
    assert held == []


def test_time_is_the_callers_only() -> None:
    desk = Desk()
    output = desk.block(100)
    assert (output.time_ms, output.block) == (START_MS + 100, 1)
    assert desk.exchange.state.market[0, MarketColumn.MARK] == 1_000_000
