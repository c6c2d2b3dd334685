"""Trigger orders worked by hand: when they fire, what they take, what ends them."""

from __future__ import annotations

import zlib

import msgspec
import numpy as np
import pytest
from small_exchange import Desk, events_of, fills_of

from liqscape.exchange.checkpoint import TRIGGER_TABLES
from liqscape.exchange.columns import (
    IMMEDIATE,
    REDUCE_ONLY,
    TAKE_PROFIT,
    WHOLE_POSITION,
    Action,
    AnswerColumn,
    EventColumn,
    EventKind,
    Method,
    OrderColumn,
    RequestColumn,
    Status,
    TriggerColumn,
    TriggerEnd,
)
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.rules import TriggerTurn


def long_of(coins: float, **rules: object) -> tuple[Desk, int]:
    """A desk with one account that is long A at 100 USD, and bids of 1,000 coins at 99, 95 and 80 USD."""
    desk = Desk(**rules)
    account = desk.account(1)
    desk.hold(account, coins)
    for price in (99.0, 95.0, 80.0):
        desk.quote(1_000.0, price)
    return desk, account


def ends_of(desk: Desk, **prices: float) -> list[tuple[int, TriggerEnd]]:
    """(order id, why) of the triggers that end in the next block."""
    rows = events_of(desk.block(**prices), EventKind.TRIGGER_CANCELLED)
    return [(row[EventColumn.C], TriggerEnd(row[EventColumn.B])) for row in rows]


@pytest.mark.parametrize(
    ("coins", "flags", "trigger", "before", "after"),
    [
        (-10.0, 0, 95.0, 95.01, 95.0),  # stop that sells: mark falls to it
        (10.0, 0, 105.0, 104.99, 105.0),  # stop that buys: mark rises to it
        (-10.0, TAKE_PROFIT, 105.0, 104.99, 105.0),
        (10.0, TAKE_PROFIT, 95.0, 95.01, 95.0),
    ],
)
def test_each_kind_fires_on_its_side_at_equality_in_the_block_after(
    coins: float, flags: int, trigger: float, before: float, after: float
) -> None:
    desk = Desk()
    account = desk.account(1)
    desk.quote(1_000.0, 96.0)
    desk.quote(-1_000.0, 104.0)
    ((status, ident, _, filled),) = desk.send(desk.trigger(account, coins, trigger, flags=flags))
    assert (status, filled) == (Status.WAITING, 0)
    assert not len(fills_of(desk.block(A=before), Method.TRADE))
    assert not len(fills_of(desk.block(A=after), Method.TRADE)), "fired in the block of the mark itself"
    output = desk.block(A=after)
    fired = events_of(output, EventKind.TRIGGER_FIRED)
    assert [(row[EventColumn.C], row[EventColumn.B]) for row in fired] == [(ident, 1_000)]
    assert fills_of(output, Method.TRADE) == [(account, desk.street, 10.0, 96.0 if coins < 0 else 104.0)]
    assert not len(desk.exchange.waiting_triggers())


def test_a_trigger_the_mark_has_reached_already_is_refused() -> None:
    desk, account = long_of(10.0)
    answers = desk.send(
        desk.trigger(account, -10.0, 100.0),
        desk.trigger(account, -10.0, 101.0),
        desk.trigger(account, -10.0, 100.0, flags=REDUCE_ONLY | TAKE_PROFIT),
        desk.trigger(account, 10.0, 101.0),
        desk.trigger(account, -10.0, 99.00001),
        desk.trigger(account, -0.0, 99.0),
    )
    assert [Status(row[AnswerColumn.STATUS]) for row in answers] == [
        Status.BAD_TRIGGER,
        Status.BAD_TRIGGER,
        Status.BAD_TRIGGER,
        Status.NOT_REDUCING,
        Status.WAITING,
        Status.BAD_SIZE,
    ]


def test_a_market_trigger_takes_no_more_than_ten_percent_past_its_trigger_price() -> None:
    """Stop at 90: bids of 1,000 at 95 are above, those at 80 below the bound of 81."""
    desk, account = long_of(3_000.0)
    desk.send(desk.trigger(account, -3_000.0, 90.0))
    assert desk.exchange.waiting_triggers()[0, TriggerColumn.LIMIT_PRICE] == 810_000
    desk.block(A=85.0)
    output = desk.block(A=85.0)
    assert [(coins, price) for *_, coins, price in fills_of(output, Method.TRADE)] == [(1_000.0, 99.0), (1_000.0, 95.0)]
    assert desk.coins(account) == 1_000.0
    assert not len(desk.exchange.open_orders(account)), "what a market trigger does not find does not rest"


def test_a_limit_trigger_takes_to_its_limit_and_rests_there_under_its_number() -> None:
    desk, account = long_of(1_500.0)
    ((_, ident, *_),) = desk.send(desk.trigger(account, -1_500.0, 98.0, 97.0))
    desk.block(A=97.5)
    assert fills_of(desk.block(A=97.5), Method.TRADE) == [(account, desk.street, 1_000.0, 99.0)]
    (order,) = desk.exchange.open_orders(account)
    assert (order[OrderColumn.ID], order[OrderColumn.PRICE], order[OrderColumn.LOTS]) == (ident, 970_000, 50_000)
    assert order[OrderColumn.FLAGS] == REDUCE_ONLY


def test_a_whole_position_trigger_closes_what_the_position_is_when_it_fires() -> None:
    desk, account = long_of(10.0)
    desk.send(desk.trigger(account, -7.0, 95.0, flags=WHOLE_POSITION))
    assert desk.exchange.waiting_triggers()[0, TriggerColumn.LOTS] == 0
    desk.send(desk.order(desk.street, -30.0, 100.0), desk.order(account, 30.0, 100.0, flags=IMMEDIATE))
    assert desk.coins(account) == 40.0
    desk.block(A=94.0)
    desk.block(A=94.0)
    assert desk.coins(account) == 0.0


def test_triggers_that_reduce_go_with_the_position_and_entries_stay() -> None:
    desk, account = long_of(10.0)
    rows = desk.send(
        desk.trigger(account, -10.0, 90.0, flags=WHOLE_POSITION),
        desk.trigger(account, -5.0, 91.0),
        desk.trigger(account, -10.0, 110.0, flags=WHOLE_POSITION | TAKE_PROFIT),
        desk.trigger(account, -10.0, 92.0, flags=0),
    )
    idents = [row[AnswerColumn.ORDER_ID] for row in rows]
    desk.send(desk.order(account, -4.0))
    assert len(desk.exchange.waiting_triggers(account)) == 4, "a smaller position keeps its stops"
    desk.send(desk.order(account, -6.0))
    assert desk.exchange.waiting_triggers(account)[:, TriggerColumn.ID].tolist() == idents[3:]
    assert sorted(ends_of(desk)) == [(ident, TriggerEnd.POSITION_CLOSED) for ident in idents[:3]]


def test_of_two_stops_the_first_that_closes_the_position_ends_the_other() -> None:
    desk, account = long_of(10.0)
    rows = desk.send(desk.trigger(account, -10.0, 93.0, flags=WHOLE_POSITION), desk.trigger(account, -10.0, 96.0))
    desk.block(A=92.0)
    output = desk.block(A=92.0)
    (fired,) = events_of(output, EventKind.TRIGGER_FIRED)
    (ended,) = events_of(output, EventKind.TRIGGER_CANCELLED)
    assert (fired[EventColumn.C], ended[EventColumn.C]) == (rows[1][AnswerColumn.ORDER_ID], rows[0][1])


def test_the_nearest_to_the_old_mark_fires_first_and_equals_in_their_order() -> None:
    desk = Desk()
    accounts = [desk.account(number) for number in (1, 2, 3)]
    for account in accounts:
        desk.hold(account, 10.0)
    desk.quote(1_000.0, 90.0)
    for account, price in zip(accounts, (95.0, 97.0, 97.0), strict=True):
        desk.send(desk.trigger(account, -10.0, price))
    desk.block(A=94.0)
    takers = [row[0] for row in fills_of(desk.block(A=94.0), Method.TRADE)]
    assert takers == [accounts[1], accounts[2], accounts[0]]


def test_an_entry_that_finds_no_margin_ends_when_it_fires() -> None:
    desk = Desk()
    account = desk.account(1, usd=10.0)
    desk.quote(-1_000.0, 106.0)
    ((_, ident, *_),) = desk.send(desk.trigger(account, 10.0, 105.0, flags=0))
    desk.block(A=105.0)
    assert ends_of(desk) == [(ident, TriggerEnd.NO_MARGIN)]


def test_a_stop_above_the_liquidation_price_saves_the_position_or_comes_too_late_by_turn() -> None:
    """One jump over both: only a stop that fires with the marks is before the liquidation of the same marks."""
    fired = {}
    for turn in TriggerTurn:
        desk, account = long_of(100.0, trigger_turn=turn)
        desk.make_worth(account, 1_000.0)  # maintenance 500 at 100 USD: liquidatable below 94.7
        desk.send(desk.trigger(account, -100.0, 96.0, flags=WHOLE_POSITION))
        output = desk.block(A=94.0)
        fired[turn] = len(events_of(output, EventKind.TRIGGER_FIRED))
        assert bool(fired[turn]) != bool(len(fills_of(output, Method.MARKET)))
        assert not len(desk.exchange.waiting_triggers())
    assert fired == {turn: int(turn == TriggerTurn.WITH_MARKS) for turn in TriggerTurn}


def test_orders_of_the_block_come_before_or_after_by_turn() -> None:
    """A seller meets the one bid at 99 before or after the stop."""
    got = {}
    for turn in (TriggerTurn.FIRST, TriggerTurn.AFTER_ORDERS, TriggerTurn.AFTER_LIQUIDATIONS):
        desk, account = long_of(1_000.0, trigger_turn=turn)
        other = desk.account(2)
        desk.send(desk.trigger(account, -1_000.0, 98.0))
        desk.block(A=97.0)
        sale = desk.order(other, -1_000.0, 90.0, flags=IMMEDIATE)
        desk.exchange.set_marks(desk.ticks())
        output = desk.exchange.step(desk.exchange.time_ms + 100, np.array([sale]))
        got[turn] = [row[0] == account for row in fills_of(output, Method.TRADE)]
    assert got == {
        TriggerTurn.FIRST: [True, False],
        TriggerTurn.AFTER_ORDERS: [False, True],
        TriggerTurn.AFTER_LIQUIDATIONS: [False, True],
    }


def test_a_trigger_is_cancelled_by_its_number_by_market_and_with_all() -> None:
    desk, account = long_of(10.0)
    rows = desk.send(*(desk.trigger(account, -1.0, price) for price in (95.0, 94.0, 93.0)))
    cancel = desk.order(account, 1.0, 1.0)
    cancel[RequestColumn.ACTION] = Action.CANCEL_TRIGGER
    cancel[RequestColumn.ORDER_ID], cancel[RequestColumn.SLOT] = rows[1][1], rows[1][2]
    assert [desk.send(cancel)[0][0] for _ in range(2)] == [Status.CANCELLED, Status.NOT_FOUND]
    assert desk.exchange.waiting_triggers(account)[:, TriggerColumn.ID].tolist() == [rows[0][1], rows[2][1]]
    cancel[RequestColumn.ACTION] = Action.CANCEL_MARKET
    assert desk.send(cancel)[0][AnswerColumn.FILLED] == 2


def test_the_end_of_a_market_ends_its_triggers() -> None:
    desk, account = long_of(10.0)
    ((_, ident, *_),) = desk.send(desk.trigger(account, 10.0, 105.0, flags=0))
    desk.exchange.delist(0)
    assert ends_of(desk) == [(ident, TriggerEnd.DELISTED)]


def test_a_checkpoint_written_before_there_were_triggers_opens() -> None:
    desk, _ = long_of(10.0)
    held = msgspec.msgpack.decode(zlib.decompress(desk.exchange.checkpoint()))
    for name in TRIGGER_TABLES:
        del held["tables"][name]
    for name in ("trigger_turn", "trigger_slippage_bps", "liquidation_cancels_triggers"):
        del held["more"]["rules"][name]
    again = Exchange.restore(zlib.compress(msgspec.msgpack.encode(held)))
    assert again.digest() == desk.exchange.digest()
