"""Orders: price-time priority and every kind of order, as tables."""

from __future__ import annotations

import numpy as np
import pytest
from small_exchange import Desk, fills_of

from liqscape.errors import ModelError
from liqscape.exchange.columns import (
    GOOD_TILL_CANCEL,
    IMMEDIATE,
    POST_ONLY,
    REDUCE_ONLY,
    Action,
    AnswerColumn,
    FillColumn,
    Method,
    OrderColumn,
    PositionColumn,
    RequestColumn,
    Status,
)


def desk_with_book() -> Desk:
    """Bids 99 x 5, 98 x 5; asks 101 x 5, 102 x 5."""
    desk = Desk()
    for coins, price in ((5.0, 99.0), (5.0, 98.0), (-5.0, 101.0), (-5.0, 102.0)):
        desk.quote(coins, price)
    return desk


@pytest.mark.parametrize(
    ("coins", "price", "flags", "status", "filled", "rests"),
    [
        (3.0, 101.0, GOOD_TILL_CANCEL, Status.FILLED, 3.0, 0.0),
        (8.0, 101.0, GOOD_TILL_CANCEL, Status.RESTING, 5.0, 3.0),
        (8.0, 100.0, GOOD_TILL_CANCEL, Status.RESTING, 0.0, 8.0),
        (8.0, 101.0, IMMEDIATE, Status.CANCELLED, 5.0, 0.0),
        (8.0, 102.0, IMMEDIATE, Status.FILLED, 8.0, 0.0),
        (8.0, 0.0, IMMEDIATE, Status.FILLED, 8.0, 0.0),
        (12.0, 0.0, IMMEDIATE, Status.CANCELLED, 10.0, 0.0),
        (8.0, 100.0, IMMEDIATE, Status.CANCELLED, 0.0, 0.0),
        (8.0, 100.99, POST_ONLY, Status.RESTING, 0.0, 8.0),
        (8.0, 101.0, POST_ONLY, Status.WOULD_CROSS, 0.0, 0.0),
        (-8.0, 99.0, POST_ONLY, Status.WOULD_CROSS, 0.0, 0.0),
        (-8.0, 98.0, GOOD_TILL_CANCEL, Status.FILLED, 8.0, 0.0),
        (-3.0, 98.5, GOOD_TILL_CANCEL, Status.FILLED, 3.0, 0.0),
        (8.0, 101.0, REDUCE_ONLY, Status.NOT_REDUCING, 0.0, 0.0),
        (0.0, 101.0, GOOD_TILL_CANCEL, Status.BAD_SIZE, 0.0, 0.0),
        (1.0, 100.001, GOOD_TILL_CANCEL, Status.BAD_PRICE, 0.0, 0.0),
    ],
)
def test_an_order_is_answered_filled_and_rests_by_its_kind(
    coins: float, price: float, flags: int, status: Status, filled: float, rests: float
) -> None:
    desk = desk_with_book()
    account = desk.account(1)
    (answer,) = desk.send(desk.order(account, coins, price, flags=flags))
    assert (Status(answer[AnswerColumn.STATUS]), answer[AnswerColumn.FILLED] / 100) == (status, filled)
    assert [row[OrderColumn.LOTS] / 100 for row in desk.exchange.open_orders(account)] == ([rests] if rests else [])
    assert desk.coins(account) == np.copysign(filled, coins)


def test_a_market_order_into_an_empty_side_is_refused() -> None:
    desk = Desk()
    (answer,) = desk.send(desk.order(desk.account(1), 1.0))
    assert answer[AnswerColumn.STATUS] == Status.NO_BOOK


def test_better_prices_fill_first_and_at_one_price_the_older_order() -> None:
    desk = Desk()
    makers = [desk.account(number) for number in range(1, 5)]
    for maker, price in zip(makers, (101.0, 100.5, 101.0, 100.5), strict=True):
        desk.send(desk.order(maker, -2.0, price))
    taker = desk.account(9)
    desk.send(desk.order(taker, 7.0))
    fills = fills_of(desk.block(), Method.TRADE)
    assert fills == [
        (taker, makers[1], 2.0, 100.5),
        (taker, makers[3], 2.0, 100.5),
        (taker, makers[0], 2.0, 101.0),
        (taker, makers[2], 1.0, 101.0),
    ]


def test_a_partly_filled_order_keeps_its_place_in_time() -> None:
    desk = Desk()
    first, second, taker = desk.account(1), desk.account(2), desk.account(3)
    desk.send(desk.order(first, -4.0, 101.0), desk.order(second, -4.0, 101.0), desk.order(taker, 1.0))
    desk.send(desk.order(taker, 4.0))
    assert [row[1:3] for row in fills_of(desk.block(), Method.TRADE)] == [(first, 1.0), (first, 3.0), (second, 1.0)]


def test_cancels_and_post_only_orders_go_before_takers_of_the_same_block() -> None:
    desk = Desk()
    maker, taker = desk.account(1), desk.account(2)
    (placed,) = desk.send(desk.order(maker, -4.0, 101.0))
    cancel = np.zeros(RequestColumn.WIDTH, np.int64)
    cancel[[RequestColumn.ACTION, RequestColumn.ACCOUNT]] = Action.CANCEL, maker
    cancel[[RequestColumn.ORDER_ID, RequestColumn.SLOT]] = placed[AnswerColumn.ORDER_ID], placed[AnswerColumn.SLOT]
    requests = [desk.order(taker, 4.0), desk.order(maker, -4.0, 100.5, flags=POST_ONLY), cancel]
    output = desk.exchange.step(desk.exchange.time_ms + 100, np.array(requests))
    assert fills_of(output, Method.TRADE) == [(taker, maker, 4.0, 100.5)]
    assert output.answers[:, AnswerColumn.STATUS].tolist() == [Status.FILLED, Status.RESTING, Status.CANCELLED]


def test_a_cancel_finds_only_ones_own_order_and_only_once() -> None:
    desk = Desk()
    owner, other = desk.account(1), desk.account(2)
    (placed,) = desk.send(desk.order(owner, 1.0, 90.0))
    cancel = np.zeros(RequestColumn.WIDTH, np.int64)
    cancel[[RequestColumn.ACTION, RequestColumn.ORDER_ID, RequestColumn.SLOT]] = (
        Action.CANCEL,
        placed[AnswerColumn.ORDER_ID],
        placed[AnswerColumn.SLOT],
    )
    results = []
    for account in (other, owner, owner):
        cancel[RequestColumn.ACCOUNT] = account
        results.append(Status(desk.send(cancel)[0][AnswerColumn.STATUS]))
    assert results == [Status.NOT_FOUND, Status.CANCELLED, Status.NOT_FOUND]


@pytest.mark.parametrize(("action", "left"), [(Action.CANCEL_MARKET, [1]), (Action.CANCEL_ALL, [])])
def test_orders_are_cancelled_by_market_or_all_at_once(action: Action, left: list[int]) -> None:
    desk = Desk(leverages=(10, 10))
    account = desk.account(1)
    desk.send(*(desk.order(account, 1.0, 90.0, market=market) for market in (0, 1, 0)))
    cancel = np.zeros(RequestColumn.WIDTH, np.int64)
    cancel[[RequestColumn.ACTION, RequestColumn.ACCOUNT]] = action, account
    (answer,) = desk.send(cancel)
    assert answer[AnswerColumn.FILLED] == 3 - len(left)
    assert [int(row[OrderColumn.MARKET]) for row in desk.exchange.open_orders(account)] == left


def test_reduce_only_orders_shrink_to_the_position_and_never_flip_it() -> None:
    desk = Desk()
    account, other = desk.account(1), desk.account(2)
    desk.hold(account, 10.0)
    desk.send(desk.order(account, -8.0, 105.0, flags=REDUCE_ONLY), desk.order(account, -8.0, 106.0, flags=REDUCE_ONLY))
    desk.send(desk.order(other, 30.0, 106.0))
    assert [row[2] for row in fills_of(desk.block(), Method.TRADE)] == [8.0, 2.0]
    assert desk.coins(account) == 0.0
    assert len(desk.exchange.open_orders(account)) == 0


def test_nobody_trades_with_himself_the_resting_order_goes() -> None:
    desk = Desk()
    account, other = desk.account(1), desk.account(2)
    desk.send(desk.order(account, -2.0, 100.5), desk.order(other, -2.0, 101.0), desk.order(account, 2.0, 101.0))
    assert fills_of(desk.block(), Method.TRADE) == [(account, other, 2.0, 101.0)]
    assert len(desk.exchange.open_orders(account)) == 0


@pytest.mark.parametrize(
    ("ticks", "is_allowed"),
    [
        (99_999, True),
        (100_001, False),
        (1_234_500, True),
        (1_234_510, False),
        (123_450_000, True),
        (123_460_000, True),
        (1_234_560_000, True),
        (1_234_561_000, False),
    ],
)
def test_prices_have_five_significant_figures_or_are_whole_usd(ticks: int, is_allowed: bool) -> None:
    desk = Desk()
    row = desk.order(desk.account(1, 10**9), 0.01, 1.0)
    row[RequestColumn.PRICE] = ticks
    (answer,) = desk.send(row)
    assert (answer[AnswerColumn.STATUS] == Status.RESTING) is is_allowed


def test_an_order_needs_the_initial_margin_of_what_it_opens() -> None:
    desk = Desk()
    account = desk.account(1, 1_000.0)
    assert desk.send(desk.order(account, 100.01, 100.0))[0][AnswerColumn.STATUS] == Status.NO_MARGIN
    assert desk.send(desk.order(account, 100.0, 100.0))[0][AnswerColumn.STATUS] == Status.RESTING
    desk.exchange.set_leverage(account, 0, 5, is_isolated=False)
    assert desk.send(desk.order(account, 50.01, 100.0))[0][AnswerColumn.STATUS] == Status.NO_MARGIN


def test_closing_needs_no_margin_and_a_flip_only_that_of_the_new_side() -> None:
    desk = Desk()
    account = desk.account(1)
    desk.hold(account, 100.0)
    desk.make_worth(account, 600.0)
    desk.quote(300.0, 100.0)
    assert desk.send(desk.order(account, -200.0, flags=IMMEDIATE))[0][AnswerColumn.STATUS] == Status.NO_MARGIN
    assert desk.send(desk.order(account, -100.0))[0][AnswerColumn.STATUS] == Status.FILLED
    assert desk.send(desk.order(account, -60.0))[0][AnswerColumn.STATUS] == Status.FILLED


def test_a_resting_order_that_can_no_longer_pay_is_cancelled_when_met() -> None:
    desk = Desk()
    poor, rich, taker = desk.account(1, 1_000.0), desk.account(2), desk.account(3)
    desk.send(desk.order(poor, 100.0, 99.0), desk.order(rich, 100.0, 98.0))
    desk.make_worth(poor, 900.0)
    desk.send(desk.order(taker, -95.0))
    assert [row[1] for row in fills_of(desk.block(), Method.TRADE)] == [rich]
    assert len(desk.exchange.open_orders(poor)) == 0


def test_entries_average_when_adding_keep_when_reducing_and_start_anew_at_a_flip() -> None:
    desk = Desk()
    account = desk.account(1)
    entries, profits = [], []
    for coins, price in ((2.0, 100.0), (2.0, 110.0), (-1.0, 120.0), (-5.0, 90.0), (2.0, 90.0)):
        desk.quote(-coins, price)
        desk.send(desk.order(account, coins, price, flags=IMMEDIATE))
        row = desk.block().fills[-1]
        profits.append(int(row[FillColumn.BUYER_PNL if coins > 0 else FillColumn.SELLER_PNL]) / 1e6)
        held = desk.exchange.positions_of(desk.pool(account))
        entries.append([(int(p[PositionColumn.LOTS]) / 100, int(p[PositionColumn.ENTRY]) / 1e6) for p in held])
    assert entries == [[(2.0, 200.0)], [(4.0, 420.0)], [(3.0, 315.0)], [(-2.0, 180.0)], []]
    assert profits == [0.0, 0.0, 15.0, -45.0, 0.0]


@pytest.mark.parametrize(("maker_rate", "maker_fee"), [(1_500, 0.15), (-300, -0.03), (0, 0.0)])
def test_takers_and_makers_pay_their_fee_and_rebates_are_paid_out(maker_rate: int, maker_fee: float) -> None:
    desk = Desk(taker_rate=4_500, maker_rate=maker_rate)
    maker, taker = desk.account(1, 10_000.0), desk.account(2, 10_000.0)
    desk.send(desk.order(maker, -10.0, 100.0), desk.order(taker, 10.0, 100.0))
    row = desk.block().fills[0]
    assert row[[FillColumn.BUYER_FEE, FillColumn.SELLER_FEE]].tolist() == [450_000, round(maker_fee * 1e6)]
    assert desk.worth(taker) == 10_000.0 - 0.45
    assert desk.worth(maker) == pytest.approx(10_000.0 - maker_fee)


def test_an_isolated_position_takes_its_margin_and_brings_it_back() -> None:
    desk = Desk()
    account = desk.account(1, 10_000.0)
    desk.exchange.set_leverage(account, 0, 5, is_isolated=True)
    desk.hold(account, 100.0)
    assert (desk.worth(account), desk.worth(account, 0)) == (8_000.0, 2_000.0)
    desk.block(A=110.0)
    assert (desk.worth(account), desk.worth(account, 0)) == (8_000.0, 3_000.0)
    desk.quote(25.0, 110.0)
    desk.send(desk.order(account, -25.0))
    assert (desk.worth(account), desk.worth(account, 0)) == (8_750.0, 2_250.0)
    desk.quote(75.0, 110.0)
    desk.send(desk.order(account, -75.0))
    assert (desk.worth(account), desk.worth(account, 0)) == (11_000.0, 0.0)


def test_markets_that_allow_isolated_margin_only_refuse_cross_orders() -> None:
    desk = Desk(isolated_only=(0,))
    account = desk.account(1)
    assert desk.send(desk.order(account, 1.0, 100.0))[0][AnswerColumn.STATUS] == Status.NO_MARGIN
    desk.exchange.set_leverage(account, 0, 10, is_isolated=True)
    assert desk.send(desk.order(account, 1.0, 100.0))[0][AnswerColumn.STATUS] == Status.RESTING
    with pytest.raises(ModelError, match="isolated margin only"):
        desk.exchange.set_leverage(account, 0, 10, is_isolated=False)


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        (RequestColumn.ACTION, 9, "action 9"),
        (RequestColumn.ACCOUNT, 77, "account 77"),
        (RequestColumn.MARKET, 5, "market 5"),
        (RequestColumn.SIDE, 0, "side"),
        (RequestColumn.LOTS, 2**60, "more than the exchange can count"),
    ],
)
def test_requests_out_of_range_are_refused_with_the_value(column: RequestColumn, value: int, said: str) -> None:
    desk = Desk()
    row = desk.order(desk.account(1), 1.0, 100.0)
    row[column] = value
    with pytest.raises(ModelError, match=said):
        desk.send(row)


def test_at_most_so_many_orders_rest() -> None:
    desk = Desk(max_orders=2)
    account = desk.account(1)
    answers = [desk.send(desk.order(account, 0.01, 90.0 + at))[0][AnswerColumn.STATUS] for at in range(3)]
    assert answers == [Status.RESTING, Status.RESTING, Status.TOO_MANY_ORDERS]
