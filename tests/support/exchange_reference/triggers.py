"""Trigger orders: a list that is looked through from end to end whenever a mark may have reached something."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

from exchange_reference import trading
from exchange_reference.things import (
    LIQUIDATOR,
    MAKER,
    MARKET_TRIGGER,
    NOBODY,
    NOT_REDUCING,
    POSITION_CLOSED,
    REDUCE_ONLY,
    TRADE,
    WHOLE_POSITION,
    WITHOUT_MARGIN,
    Resting,
    Waiting,
)
from liqscape.exchange.columns import RequestColumn, Status

if TYPE_CHECKING:
    from exchange_reference.engine import ReferenceExchange


def place(exchange: ReferenceExchange, request: list[int]) -> tuple[int, int, int]:
    """Let an order wait, or say why not."""
    account, market, sign = request[RequestColumn.ACCOUNT], request[RequestColumn.MARKET], request[RequestColumn.SIDE]
    order = Waiting(
        0, account, market, sign, request[RequestColumn.TRIGGER_PRICE], request[RequestColumn.PRICE],
        request[RequestColumn.LOTS], request[RequestColumn.FLAGS],
    )  # fmt: skip
    if order.flags & WHOLE_POSITION:
        order.lots = 0
    refusal = refused(exchange, order)
    if refusal is not None:
        return int(refusal), 0, 0
    order.ident = exchange.new_order_id()
    if order.flags & MARKET_TRIGGER and not order.limit:
        order.limit = slippage_bound(exchange, order)
    exchange.waiting.append(order)
    return int(Status.WAITING), order.ident, 0


def refused(exchange: ReferenceExchange, order: Waiting) -> Status | None:
    """Why a trigger order is not taken, None if it is."""
    owner, coin = exchange.owners[order.account], exchange.coins[order.market]
    if owner.role == LIQUIDATOR and owner.dex != coin.dex:
        return Status.NO_MARGIN
    if order.lots <= 0 and not order.flags & WHOLE_POSITION:
        return Status.BAD_SIZE
    if coin.is_delisted:
        return Status.DELISTED
    prices = [order.trigger]
    if order.limit or not order.flags & MARKET_TRIGGER:
        prices.append(order.limit)
    if not all(trading.is_allowed_price(price, coin.size_decimals) for price in prices):
        return Status.BAD_PRICE
    if coin.mark == 0 or order.is_reached(coin.mark):
        return Status.BAD_TRIGGER
    if order.reduces_only and exchange.backing(order.account, order.market).lots(order.market) * order.sign >= 0:
        return Status.NOT_REDUCING
    mine = [other for other in (*exchange.book, *exchange.waiting) if other.account == order.account]
    return Status.TOO_MANY_ORDERS if len(mine) >= exchange.rules.max_orders else None


def slippage_bound(exchange: ReferenceExchange, order: Waiting) -> int:
    """The last allowed price that is not further past the trigger than the rule says."""
    share = Fraction(exchange.rules.trigger_slippage_bps, 10_000)
    room = int(order.trigger * share)
    worst = max(1, order.trigger + order.sign * room)
    decimals = exchange.coins[order.market].size_decimals
    digits = 10 ** max(0, len(str(worst)) - 5)
    unit = min(digits, 10 ** (6 - decimals))
    return worst // unit * unit if order.sign > 0 else math.ceil(Fraction(worst, unit)) * unit


def fire_all(exchange: ReferenceExchange, marks: list[int]) -> None:
    """Everything these marks have reached: by market, falls first, the nearest to the old mark first."""
    for market, coin in enumerate(exchange.coins):
        if coin.is_delisted:
            continue
        reached = [order for order in exchange.waiting if order.market == market and order.is_reached(marks[market])]
        falls = sorted((o for o in reached if o.waits_for_fall), key=lambda order: (-order.trigger, order.ident))
        rises = sorted((o for o in reached if not o.waits_for_fall), key=lambda order: (order.trigger, order.ident))
        for order in (*falls, *rises):
            if order in exchange.waiting:
                fire(exchange, order)


def fire(exchange: ReferenceExchange, order: Waiting) -> None:
    """Send it as an order of its owner: what is left of a limit rests."""
    pool, lots, market = exchange.backing(order.account, order.market), order.lots, order.market
    transaction = exchange.new_transaction()
    if order.reduces_only:
        held = pool.lots(market)
        if held * order.sign >= 0:
            end(exchange, order, NOT_REDUCING)
            return
        lots = abs(held) if order.flags & WHOLE_POSITION else min(lots, abs(held))
    is_market = bool(order.flags & MARKET_TRIGGER)
    owner, coin = exchange.owners[order.account], exchange.coins[market]
    at = coin.mark if is_market else order.limit
    is_allowed = not (coin.is_isolated_only and pool.market is None) and trading.can_open(
        exchange, pool, market, order.sign * lots, at
    )
    if owner.role not in (LIQUIDATOR, MAKER) and not is_allowed:
        end(exchange, order, WITHOUT_MARGIN)
        return
    exchange.waiting.remove(order)
    filled = trading.take(
        exchange, pool, market, order.sign, lots, order.limit, TRADE, NOBODY, transaction, order.ident
    )
    exchange.fired.append((exchange.time_ms, order.account, market, lots, filled, order.ident, flags_of(order)))
    if filled < lots and not is_market:
        exchange.book.append(
            Resting(order.ident, order.account, market, order.sign, order.limit, lots - filled, order.reduces_only)
        )


def end_with_position(exchange: ReferenceExchange, account: int, market: int) -> None:
    """What would have reduced a position goes when the position goes."""
    for order in list(exchange.waiting):
        if order.account == account and order.market == market and order.reduces_only:
            end(exchange, order, POSITION_CLOSED)


def end(exchange: ReferenceExchange, order: Waiting, reason: int) -> None:
    """Cancelled without being asked."""
    exchange.waiting.remove(order)
    exchange.ended.append((exchange.time_ms, order.account, order.market, order.lots, reason, order.ident))


def flags_of(order: Waiting) -> int:
    """As the exchange keeps them: an order for a whole position is reduce-only."""
    return order.flags | (REDUCE_ONLY if order.reduces_only else 0)
