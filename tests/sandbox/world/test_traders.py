"""What traders send: nothing the exchange would call malformed, within their means, each after his manner."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from liqscape.exchange.columns import (
    IMMEDIATE,
    REDUCE_ONLY,
    AccountColumn,
    Action,
    AnswerColumn,
    ClockColumn,
    FillColumn,
    OrderColumn,
    PoolColumn,
    PositionColumn,
    RequestColumn,
    Status,
)
from liqscape.sandbox.world import TraderKind, World
from liqscape.sandbox.world.holdings import held_lots, look_at
from liqscape.sandbox.world.population import MAKING
from liqscape.sandbox.world.streams import Stream, generator
from liqscape.sandbox.world.traders import LARGEST_PACE, QUIET_PACE, Mood, pace_of
from liqscape.units import Int64Array


def acted(world: World, momentum: float = 0.0, crowding: float = 0.0, times: int = 40) -> Int64Array:
    """Orders of many rounds of traders, none of them sent: all accounts stay as they are but for deposits."""
    coins = world.settings.coins
    mood = Mood(np.full(coins, momentum), np.full(coins, crowding), 1.0)
    rows = [world.traders.act(mood, 5.0, 10**12, generator(at, Stream.TRADERS)) for at in range(times)]
    return np.concatenate(rows)


def share_of_buys(world: World, rows: Int64Array, kind: TraderKind) -> float:
    """Of opening orders at once (not reducing) of one kind that are new positions."""
    is_mine = (rows[:, RequestColumn.ACTION] == Action.PLACE) & (rows[:, RequestColumn.FLAGS] & REDUCE_ONLY == 0)
    is_mine &= world.population.kind[rows[:, RequestColumn.ACCOUNT]] == kind
    return float(np.mean(rows[is_mine, RequestColumn.SIDE] > 0))


def test_every_order_comes_after_a_cancel_of_its_market(world: World):
    rows = acted(world)
    places = rows[rows[:, RequestColumn.ACTION] == Action.PLACE]
    cancels = rows[rows[:, RequestColumn.ACTION] == Action.CANCEL_MARKET]
    assert len(places) == len(cancels) > 50
    keys = (RequestColumn.ACCOUNT, RequestColumn.MARKET)
    assert sorted(places[:, keys].tolist()) == sorted(cancels[:, keys].tolist())
    assert np.all(places[:, RequestColumn.LOTS] > 0)
    assert np.all(places[:, RequestColumn.PRICE] > 0)


def test_what_traders_send_is_hardly_ever_refused(world: World):
    refused: Counter[int] = Counter()
    for output in world.preroll(world.time_ms + 240 * 60_000):
        refused.update(output.answers[:, AnswerColumn.STATUS].tolist())
    assert refused[Status.BAD_PRICE] == refused[Status.BAD_SIZE] == 0
    assert refused[Status.NO_MARGIN] < 0.1 * refused[Status.FILLED]


def test_reducing_orders_reduce_and_never_more_than_is_held(world: World):
    rows = acted(world)
    rows = rows[(rows[:, RequestColumn.ACTION] == Action.PLACE) & (rows[:, RequestColumn.FLAGS] & REDUCE_ONLY != 0)]
    assert len(rows) > 20
    exchange = world.exchange
    for row in rows:
        account, market = int(row[RequestColumn.ACCOUNT]), int(row[RequestColumn.MARKET])
        held = 0
        for pool in exchange.pools_of(account):
            at = exchange.position_row(pool, market)
            held += int(exchange.state.position[at, PositionColumn.LOTS]) if at >= 0 else 0
        assert held * row[RequestColumn.SIDE] < 0
        assert row[RequestColumn.LOTS] <= abs(held)


def test_followers_buy_what_rose_and_reverters_sell_it(lived_world: World):
    world = World.restore(lived_world.checkpoint())
    up, down = acted(world, momentum=0.05), acted(world, momentum=-0.05)
    for kind, sign in ((TraderKind.TREND_FOLLOWER, 1), (TraderKind.MEAN_REVERTER, -1)):
        difference = share_of_buys(world, up, kind) - share_of_buys(world, down, kind)
        assert sign * difference > 0.15
    difference = share_of_buys(world, up, TraderKind.NOISE) - share_of_buys(world, down, TraderKind.NOISE)
    assert abs(difference) < 0.15


def test_a_crowd_tempts_to_the_other_side(lived_world: World):
    world = World.restore(lived_world.checkpoint())
    crowded, empty = acted(world, crowding=0.8), acted(world, crowding=-0.8)
    assert share_of_buys(world, crowded, TraderKind.NOISE) < share_of_buys(world, empty, TraderKind.NOISE) - 0.1


def test_mean_reverters_also_wait_in_the_book(lived_world: World):
    state = lived_world.exchange.state
    orders = state.order[: state.clock[ClockColumn.ORDER_END]]
    orders = orders[orders[:, OrderColumn.ID] != 0]
    kind = lived_world.population.kind[orders[:, OrderColumn.ACCOUNT]]
    assert np.isin(kind, MAKING).sum() > 100
    waiting = orders[~np.isin(kind, MAKING)]
    is_target = waiting[:, OrderColumn.FLAGS] & REDUCE_ONLY != 0
    assert is_target.sum() > 10
    opening = lived_world.population.kind[waiting[~is_target, OrderColumn.ACCOUNT]]
    assert np.all(opening == TraderKind.MEAN_REVERTER)
    assert np.all(waiting[:, OrderColumn.FLAGS] & IMMEDIATE == 0)


def test_who_joins_late_neither_has_money_nor_trades_before(world: World):
    joins = world.population.joins_ms
    until_ms = 6 * 3_600_000
    late = np.flatnonzero(joins > until_ms)
    assert len(late)
    traded: set[int] = set()
    for output in world.preroll(world.settings.start_ms + until_ms):
        traded |= set(output.fills[:, [FillColumn.BUYER, FillColumn.SELLER]].ravel().tolist())
    assert not traded & set(late.tolist())
    assert not look_at(world.exchange.state, world.exchange.state.account[late, AccountColumn.CROSS_POOL]).value.any()


def test_holdings_read_in_bulk_are_those_read_one_by_one(lived_world: World):
    exchange = lived_world.exchange
    pools = exchange.state.account[:, AccountColumn.CROSS_POOL][: len(exchange.addresses)]
    pools = pools[exchange.state.pool[pools, PoolColumn.HOLDING] == 0]  # traders do not count collateral as money
    value, _ = exchange.pool_margin()
    seen = look_at(exchange.state, pools)
    assert seen.value == pytest.approx(value[pools] / 1e6, abs=1e-3)
    for market in range(0, lived_world.settings.coins, 5):
        lots, _ = held_lots(exchange.state, pools, np.full(len(pools), market))
        rows = [exchange.position_row(int(pool), market) for pool in pools]
        alone = [int(exchange.state.position[row, PositionColumn.LOTS]) if row >= 0 else 0 for row in rows]
        assert lots.tolist() == alone


def test_crowds_come_with_volatility():
    paces = [pace_of(each) for each in (-2.0, -0.5, 0.0, 0.5, 1.0, 3.0)]
    assert paces == sorted(paces)
    assert paces[0] > QUIET_PACE
    assert paces[2] == pytest.approx(1.0)
    assert paces[-1] == LARGEST_PACE
