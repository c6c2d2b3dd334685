"""Trigger orders of a whole market in natural units, as those of a loaded exchange (docs/exchange.md, "Loading").

Only orders that reduce a position are taken: in a loaded market positions can only shrink. What is left out is counted
by reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from liqscape.exchange.columns import (
    FALL,
    MARKET_TRIGGER,
    REDUCE_ONLY,
    RISE,
    TAKE_PROFIT,
    WHOLE_POSITION,
    ClockColumn,
    MarketColumn,
    PoolColumn,
    PositionColumn,
    TriggerColumn,
    TriggerCounter,
    TriggersOf,
)
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.room import no_triggers
from liqscape.exchange.scale import marks_to_ticks, to_lots
from liqscape.model.triggers import TriggerColumns, TriggerKind, fires_below_rows
from liqscape.units import Int64Array


class NotTaken(StrEnum):
    """Why a trigger order is not taken along."""

    ENTRY = "not reduce-only"
    NO_ACCOUNT = "account not in the market"
    NO_POSITION = "no position of the other side"
    REACHED = "reached by the mark already, or no mark"
    NO_SIZE = "no size or no price"


class TriggerLoad(NamedTuple):
    """How many orders are waiting now, and how many were left out by reason (each under the first that applies)."""

    loaded: int
    left_out: dict[str, int]


def load_triggers(exchange: Exchange, orders: TriggerColumns, addresses: Sequence[str]) -> TriggerLoad:
    """Let the orders wait on an exchange whose accounts are loaded. `orders.account` counts in `addresses`."""
    state = exchange.state
    market = orders.market.astype(np.int64)
    decimals = state.market[market, MarketColumn.SIZE_DECIMALS]
    row_of = np.array(
        [-1 if (row := exchange.account_row(each)) is None else row for each in addresses] + [-1], np.int64
    )
    account = row_of[np.where(orders.account >= 0, orders.account, -1)]
    trigger = marks_to_ticks(np.nan_to_num(orders.trigger_price), decimals)
    lots = np.where(orders.is_whole_position, 0, np.abs(to_lots(np.nan_to_num(orders.size), decimals)))
    side, mark = orders.side.astype(np.int64), state.market[market, MarketColumn.MARK]
    is_fall = fires_below_rows(orders.side, orders.kind)
    bound = trigger + side * (trigger * exchange.rules.trigger_slippage_bps // 10_000)
    limit = marks_to_ticks(np.nan_to_num(orders.limit_price), decimals)
    limit = np.where(limit > 0, limit, np.maximum(bound, 1))
    reasons = (
        (NotTaken.ENTRY, ~(orders.is_reduce_only | orders.is_whole_position)),
        (NotTaken.NO_ACCOUNT, account < 0),
        (NotTaken.NO_POSITION, _held(exchange, account, market) * side >= 0),
        (NotTaken.REACHED, (mark <= 0) | np.where(is_fall, mark <= trigger, mark >= trigger)),
        (NotTaken.NO_SIZE, (trigger <= 0) | ((lots <= 0) & ~orders.is_whole_position)),
    )
    is_left = np.zeros(len(market), np.bool_)
    left_out = {}
    for reason, applies in reasons:
        left_out[str(reason)] = int(np.count_nonzero(applies & ~is_left))
        is_left |= applies
    flags = np.where(orders.is_whole_position, WHOLE_POSITION | REDUCE_ONLY, REDUCE_ONLY)
    flags |= np.where(orders.kind == TriggerKind.TAKE_PROFIT, TAKE_PROFIT, 0)
    flags |= np.where(orders.is_market, MARKET_TRIGGER, 0)
    away = np.where(is_fall, -trigger, trigger)
    order = np.lexsort((orders.order_id, away, ~is_fall, market))
    order = order[~is_left[order]]
    count = len(order)
    table, sides, of_account, counter = no_triggers(len(state.account), len(state.market), count + 1)
    for column, values in (
        (TriggerColumn.ID, orders.order_id),
        (TriggerColumn.ACCOUNT, account),
        (TriggerColumn.MARKET, market),
        (TriggerColumn.SIDE, side),
        (TriggerColumn.TRIGGER_PRICE, trigger),
        (TriggerColumn.LIMIT_PRICE, limit),
        (TriggerColumn.LOTS, lots),
        (TriggerColumn.FLAGS, flags),
        (TriggerColumn.TIME_MS, orders.placed_ms),
    ):
        table[:count, column] = values[order]
    group = 2 * market[order] + np.where(is_fall[order], FALL, RISE)
    _chain(table, np.arange(count), group, TriggerColumn.NEXT, TriggerColumn.PREVIOUS, sides.reshape(-1))
    owner = account[order]
    by_owner = np.argsort(owner, kind="stable")
    heads = of_account[:, TriggersOf.FIRST]
    _chain(table, by_owner, owner[by_owner], TriggerColumn.NEXT_OF_ACCOUNT, TriggerColumn.PREVIOUS_OF_ACCOUNT, heads)
    of_account[:, TriggersOf.COUNT] = np.bincount(owner, minlength=len(state.account))
    counter[[TriggerCounter.COUNT, TriggerCounter.END]] = count
    exchange.set_triggers((table, sides, of_account, counter))
    return TriggerLoad(count, left_out)


def _held(exchange: Exchange, account: Int64Array, market: Int64Array) -> Int64Array:
    """(n,) signed lots each account holds in a market, over all its pools."""
    state, markets = exchange.state, len(exchange.markets)
    pools = state.pool[: int(state.clock[ClockColumn.POOL_COUNT])]
    count = pools[:, PoolColumn.COUNT]
    pool = np.repeat(np.arange(len(pools)), count)
    row = pools[pool, PoolColumn.START] + np.arange(len(pool)) - np.repeat(np.cumsum(count) - count, count)
    key = pools[pool, PoolColumn.ACCOUNT] * markets + state.position[row, PositionColumn.MARKET]
    held = np.zeros(len(exchange.addresses) * markets, np.int64)
    np.add.at(held, key, state.position[row, PositionColumn.LOTS])
    found: Int64Array = np.where(account >= 0, held[np.maximum(account, 0) * markets + market], 0)
    return found


def _chain(
    table: Int64Array, slots: Int64Array, group: Int64Array, following: int, previous: int, heads: Int64Array
) -> None:
    """Chain slots of equal groups, which stand together, in their order."""
    if not len(slots):
        return
    is_same = group[1:] == group[:-1]
    table[slots[:-1][is_same], following] = slots[1:][is_same] + 1
    table[slots[1:][is_same], previous] = slots[:-1][is_same] + 1
    is_first = np.concatenate(([True], ~is_same))
    heads[group[is_first]] = slots[is_first] + 1
