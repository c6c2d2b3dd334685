"""What the map says that waiting orders send is what the exchange sends when the mark runs through them all."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from amounts import first_of
from small_exchange import LOTS, TICK, Desk, events_of

from liqscape.exchange.columns import (
    MARKET_TRIGGER,
    REDUCE_ONLY,
    TAKE_PROFIT,
    WHOLE_POSITION,
    EventColumn,
    EventKind,
    Status,
    TriggerColumn,
)
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.to_model import to_accounts, to_snapshot
from liqscape.heatmap.coin_positions import positions_in
from liqscape.heatmap.trigger_orders import OrderLeftOut, WaitingOrders, waiting_orders
from liqscape.model.triggers import TriggerColumns


def columns_of(exchange: Exchange) -> TriggerColumns:
    """What waits in the exchange, as a register that knows everybody's orders holds it."""
    rows = exchange.waiting_triggers()
    rows = rows[np.lexsort((rows[:, TriggerColumn.ID], rows[:, TriggerColumn.MARKET]))]
    flags = rows[:, TriggerColumn.FLAGS]
    is_whole = (flags & WHOLE_POSITION) != 0
    price = rows[:, TriggerColumn.TRIGGER_PRICE] / TICK
    return TriggerColumns(
        market=rows[:, TriggerColumn.MARKET].astype(np.int32),
        account=rows[:, TriggerColumn.ACCOUNT].astype(np.int32),
        order_id=rows[:, TriggerColumn.ID],
        side=rows[:, TriggerColumn.SIDE].astype(np.int8),
        kind=((flags & TAKE_PROFIT) != 0).astype(np.int8),
        is_market=(flags & MARKET_TRIGGER) != 0,
        trigger_price=price,
        limit_price=rows[:, TriggerColumn.LIMIT_PRICE] / TICK,
        size=rows[:, TriggerColumn.LOTS] / LOTS,
        is_whole_position=is_whole,
        is_reduce_only=is_whole | ((flags & REDUCE_ONLY) != 0),
        placed_ms=rows[:, TriggerColumn.TIME_MS],
        seen_ms=rows[:, TriggerColumn.TIME_MS],
    )


def crowd(seed: int, *, falls: bool, is_take_profit: bool) -> Desk:
    """Eight accounts on the side that such orders close, each with up to five of them at prices of their own."""
    random = np.random.default_rng(seed)
    desk, sells = Desk(), falls != is_take_profit
    prices = random.permutation(np.arange(60.0, 98.0, 0.5) if falls else np.arange(102.0, 140.0, 0.5)).tolist()
    for number in range(1, 9):
        account = desk.account(number)
        held = float(random.integers(1, 4_000)) / 100.0
        desk.hold(account, held if sells else -held)
        for _ in range(int(random.integers(0, 6))):
            flags = int(random.choice((WHOLE_POSITION, REDUCE_ONLY, REDUCE_ONLY, 0)))
            coins = float(random.integers(1, 2_500)) / 100.0 * (-1.0 if sells else 1.0)
            flags |= TAKE_PROFIT if is_take_profit else 0
            ((status, *_),) = desk.send(desk.trigger(account, coins, prices.pop(), flags=flags))
            assert status == Status.WAITING
    return desk


def said(orders: WaitingOrders) -> Counter[tuple[int, float, int]]:
    """(account, trigger price, lots) of the map."""
    lots = np.round(orders.size * LOTS).astype(np.int64).tolist()
    return Counter(zip(orders.account.tolist(), orders.price.tolist(), lots, strict=True))


@pytest.mark.parametrize("seed", first_of(range(12)))
@pytest.mark.parametrize("falls", [True, False])
@pytest.mark.parametrize("is_take_profit", [True, False])
def test_orders_send_what_the_map_says(seed: int, falls: bool, is_take_profit: bool) -> None:
    desk = crowd(seed, falls=falls, is_take_profit=is_take_profit)
    columns = columns_of(desk.exchange)
    orders = waiting_orders(columns, positions_in(to_accounts(desk.exchange), 0), to_snapshot(desk.exchange), 0)
    prices = dict(zip(columns.order_id.tolist(), columns.trigger_price.tolist(), strict=True))
    sells = falls != is_take_profit
    desk.quote(1e6 if sells else -1e6, 200.0 if sells else 50.0)  # deep, and good enough for every order
    through = 55.0 if falls else 145.0
    fired: Counter[tuple[int, float, int]] = Counter()
    ended = 0
    for _ in range(2):
        output = desk.block(A=through)
        for row in events_of(output, EventKind.TRIGGER_FIRED):
            assert row[EventColumn.A] == row[EventColumn.B], "the book is deep enough for all"
            fired[row[EventColumn.ACCOUNT], prices[row[EventColumn.C]], row[EventColumn.A]] += 1
        ended += len(events_of(output, EventKind.TRIGGER_CANCELLED))
    assert fired == said(orders)
    assert ended == orders.left_out[OrderLeftOut.NOTHING_LEFT] == orders.left_out.sum()
    assert not len(desk.exchange.waiting_triggers())
