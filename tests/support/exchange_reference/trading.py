"""Orders, fills, positions and cash."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from exchange_reference import margin, triggers
from exchange_reference.things import (
    IMMEDIATE,
    LIQUIDATED,
    LIQUIDATOR,
    MAKER,
    NOBODY,
    POST_ONLY,
    REDUCE_ONLY,
    TRADE,
    Fill,
    Pool,
    Position,
    Resting,
)
from liqscape.exchange.columns import Action, RequestColumn, Status

if TYPE_CHECKING:
    from exchange_reference.engine import ReferenceExchange

RATE_UNIT = 10_000_000
ONE_ORDER = (Action.CANCEL, Action.CANCEL_TRIGGER)


def answer_all(exchange: ReferenceExchange, requests: list[list[int]]) -> list[tuple[int, int, int]]:
    """(status, order id, filled) of each request: cancels first, then post-only orders, then the rest."""
    answers = {}
    for wanted in range(3):
        for row, request in enumerate(requests):
            answer = {Action.PLACE: place, Action.PLACE_TRIGGER: triggers.place}.get(
                Action(request[RequestColumn.ACTION]), cancel
            )
            phase = 0 if answer is cancel else 1 if request[RequestColumn.FLAGS] & POST_ONLY else 2
            if phase == wanted:
                answers[row] = answer(exchange, request)
    return [answers[row] for row in range(len(requests))]


def cancel(exchange: ReferenceExchange, request: list[int]) -> tuple[int, int, int]:
    """One order by its number, or all of an account, or all of it in one market."""
    account, ident = request[RequestColumn.ACCOUNT], request[RequestColumn.ORDER_ID]
    action = request[RequestColumn.ACTION]
    count = 0
    for orders, by_number in ((exchange.book, Action.CANCEL), (exchange.waiting, Action.CANCEL_TRIGGER)):
        for order in list(orders):
            is_named = order.ident == ident if action in ONE_ORDER else True
            is_kind = action == by_number if action in ONE_ORDER else True
            is_there = action != Action.CANCEL_MARKET or order.market == request[RequestColumn.MARKET]
            if order.account == account and is_named and is_kind and is_there:
                orders.remove(order)
                count += 1
    is_found = count or action not in ONE_ORDER
    return int(Status.CANCELLED if is_found else Status.NOT_FOUND), ident, count


def cancel_for_liquidation(exchange: ReferenceExchange, pool: Pool) -> None:
    """All orders in markets that the cross pool backs; of an isolated pool those in its market; triggers by rule."""
    if exchange.rules.liquidation_cancels_triggers:
        for waiting in [order for order in exchange.waiting if order.account == pool.account]:
            is_cross = pool.market is None and exchange.cross(pool.account, waiting.market) is pool
            if is_cross or waiting.market == pool.market:
                triggers.end(exchange, waiting, LIQUIDATED)
    exchange.book = [
        order
        for order in exchange.book
        if order.account != pool.account
        or (
            exchange.cross(pool.account, order.market) is not pool
            if pool.market is None
            else order.market != pool.market
        )
    ]


def place(exchange: ReferenceExchange, request: list[int]) -> tuple[int, int, int]:
    """Check, take what crosses, rest what is left."""
    account, market, sign = request[RequestColumn.ACCOUNT], request[RequestColumn.MARKET], request[RequestColumn.SIDE]
    price, lots, flags = request[RequestColumn.PRICE], request[RequestColumn.LOTS], request[RequestColumn.FLAGS]
    owner = exchange.owners[account]
    if owner.role == LIQUIDATOR and owner.dex != exchange.coins[market].dex:
        return int(Status.NO_MARGIN), 0, 0
    pool = exchange.backing(account, market)
    refusal = refused(exchange, pool, market, sign, price, lots, flags)
    if refusal is not None:
        return int(refusal), 0, 0
    if flags & REDUCE_ONLY:
        lots = min(lots, abs(pool.lots(market)))
    ident = exchange.new_order_id()
    filled = 0
    if not flags & POST_ONLY:
        filled = take(exchange, pool, market, sign, lots, price, TRADE, NOBODY, exchange.new_transaction(), ident)
    if filled == lots:
        return int(Status.FILLED), ident, filled
    if flags & IMMEDIATE:
        return int(Status.CANCELLED), ident, filled
    exchange.book.append(Resting(ident, account, market, sign, price, lots - filled, bool(flags & REDUCE_ONLY)))
    return int(Status.RESTING), ident, filled


def refused(
    exchange: ReferenceExchange, pool: Pool, market: int, sign: int, price: int, lots: int, flags: int
) -> Status | None:
    """Why an order is not taken, None if it is."""
    owner, coin = exchange.owners[pool.account], exchange.coins[market]
    is_market_order = price == 0 and bool(flags & IMMEDIATE)
    if lots <= 0:
        return Status.BAD_SIZE
    if coin.is_delisted:
        return Status.DELISTED
    if not is_market_order and not is_allowed_price(price, coin.size_decimals):
        return Status.BAD_PRICE
    facing = best(exchange, market, -sign)
    if is_market_order and facing is None:
        return Status.NO_BOOK
    if flags & POST_ONLY and facing is not None and crosses(sign, price, facing.price):
        return Status.WOULD_CROSS
    if flags & REDUCE_ONLY:
        if pool.lots(market) * sign >= 0:
            return Status.NOT_REDUCING
        lots = min(lots, abs(pool.lots(market)))
    mine = [order for order in exchange.book if order.account == pool.account]
    if len(mine) >= exchange.rules.max_orders and not flags & IMMEDIATE:
        return Status.TOO_MANY_ORDERS
    if owner.role in (LIQUIDATOR, MAKER):
        return None
    if coin.is_isolated_only and pool.market is None:
        return Status.NO_MARGIN
    if not can_open(exchange, pool, market, sign * lots, coin.mark if is_market_order else price):
        return Status.NO_MARGIN
    return None


def is_allowed_price(ticks: int, size_decimals: int) -> bool:
    """A whole number of USD, or at most five significant figures."""
    is_whole = ticks % 10 ** (6 - size_decimals) == 0
    return ticks > 0 and (is_whole or len(str(ticks).rstrip("0")) <= 5)


def can_open(exchange: ReferenceExchange, pool: Pool, market: int, lots: int, price: int) -> bool:
    """Whether the part that opens finds its initial margin in the cross pool (or the pool itself)."""
    held = pool.lots(market)
    opens = abs(lots) if held * lots >= 0 else max(0, abs(lots) - abs(held))
    if opens == 0:
        return True
    cross = exchange.cross(pool.account, market)
    free = margin.value(exchange, cross) - margin.initial(exchange, cross)
    return free >= margin.up(opens * price, exchange.leverage(pool.account, market))


def best(exchange: ReferenceExchange, market: int, sign: int) -> Resting | None:
    """First in price, then in time, among the orders of a side."""
    orders = [order for order in exchange.book if order.market == market and order.sign == sign]
    return min(orders, key=lambda order: (-sign * order.price, order.ident), default=None)


def crosses(sign: int, limit: int, price: int) -> bool:
    """Whether an order of this sign and limit would trade at a price."""
    return price <= limit if sign > 0 else price >= limit


def take(
    exchange: ReferenceExchange,
    pool: Pool,
    market: int,
    sign: int,
    lots: int,
    limit: int,
    method: int,
    liquidated: int,
    transaction: int,
    ident: int,
) -> int:
    """Eat the book up to `lots` and the limit (0: none). Orders that cannot fill leave the book. Lots filled."""
    left = lots
    while left > 0:
        order = best(exchange, market, -sign)
        if order is None or (limit and not crosses(sign, limit, order.price)):
            break
        other = exchange.backing(order.account, market)
        quantity = min(left, order.lots)
        if order.reduces_only:
            quantity = min(quantity, max(0, sign * other.lots(market)))
        is_free = exchange.owners[order.account].role in (LIQUIDATOR, MAKER)
        if (
            order.account == pool.account
            or quantity == 0
            or not (is_free or can_open(exchange, other, market, -sign * quantity, order.price))
        ):
            exchange.book.remove(order)
            continue
        order.lots -= quantity
        if order.lots == 0:
            exchange.book.remove(order)
        fill(
            exchange, market, order.price, quantity, sign, pool, other, method, liquidated, transaction,
            ident, order.ident,
        )  # fmt: skip
        exchange.coins[market].last = order.price
        left -= quantity
    return lots - left


def fill(
    exchange: ReferenceExchange,
    market: int,
    price: int,
    lots: int,
    sign: int,
    taker: Pool,
    maker: Pool,
    method: int,
    liquidated: int,
    transaction: int,
    taker_order: int = 0,
    maker_order: int = 0,
    batch: int = 0,
    rank: int = 0,
    score: float = 0.0,
) -> None:
    """The taker buys (sign +1) or sells lots from the maker; both pay their fee, except without a book."""
    has_fee = method in (TRADE, 1)
    start = {1: taker.lots(market), -1: maker.lots(market)}
    pnl = {
        1: change(exchange, taker, market, sign * lots, price),
        -1: change(exchange, maker, market, -sign * lots, price),
    }
    fee = {1: 0, -1: 0}
    if has_fee:
        taker_owner, maker_owner = exchange.owners[taker.account], exchange.owners[maker.account]
        fee = {
            1: pay_fee(exchange, taker, market, lots * price, taker_owner.taker_rate),
            -1: pay_fee(exchange, maker, market, lots * price, maker_owner.maker_rate),
        }
    for pool, side in ((taker, 1), (maker, -1)):
        is_liquidated = side == 1 and method != TRADE
        settle_isolated(exchange, pool, market, start[side], side * sign * lots, price, is_liquidated)
    pools, orders = {1: taker, -1: maker}, {1: taker_order, -1: maker_order}
    buyer, seller = (1, -1) if sign > 0 else (-1, 1)
    exchange.fills.append(
        Fill(
            exchange.time_ms, exchange.block, market, price, lots, pools[buyer].account, pools[seller].account,
            sign > 0,
            method, liquidated, exchange.coins[market].mark, start[buyer], start[seller], pnl[buyer], pnl[seller],
            fee[buyer], fee[seller], method != TRADE and taker.market is not None, orders[buyer], orders[seller],
            exchange.new_trade_id(), transaction, batch, rank, score,
        )
    )  # fmt: skip


def change(exchange: ReferenceExchange, pool: Pool, market: int, lots: int, price: int) -> int:
    """Add signed lots at a price; cash pays. Entry: adds add, reductions keep the average, a flip starts anew."""
    pool.cash -= lots * price
    held = pool.positions.get(market)
    if held is None:
        pool.positions[market] = Position(lots, abs(lots) * price, exchange.leverage(pool.account, market))
        return 0
    held.leverage = exchange.leverage(pool.account, market)
    if (held.lots > 0) == (lots > 0):
        held.lots += lots
        held.entry += abs(lots) * price
        return 0
    closed = min(abs(held.lots), abs(lots))
    entry_part = held.entry * closed // abs(held.lots)
    profit = (1 if held.lots > 0 else -1) * (closed * price - entry_part)
    rest = held.lots + lots
    if rest == 0 or (rest > 0) != (held.lots > 0):
        triggers.end_with_position(exchange, pool.account, market)
    if rest == 0:
        del pool.positions[market]
    elif (rest > 0) == (held.lots > 0):
        held.lots, held.entry = rest, held.entry - entry_part
    else:
        held.lots, held.entry = rest, abs(rest) * price
    return profit


def pay_fee(exchange: ReferenceExchange, pool: Pool, market: int, notional: int, rate: int) -> int:
    """Fee of a notional, truncated toward zero; negative is a rebate. The maker of everybody pays none."""
    if exchange.owners[pool.account].role == MAKER:
        return 0
    exact = Fraction(notional * abs(rate), RATE_UNIT) * Fraction(exchange.coins[market].fee_permille, 1_000)
    fee = int(exact) * (1 if rate >= 0 else -1)
    pool.cash -= fee
    exchange.fees += fee
    return fee


def settle_isolated(
    exchange: ReferenceExchange, pool: Pool, market: int, before: int, lots: int, price: int, is_liquidated: bool
) -> None:
    """Margin of an isolated pool after a fill: what opens brings margin, what closes takes its share home.

    Its own liquidation leaves the margin where it is (what is left of a pool without position goes home later).
    """
    if pool.market is None or is_liquidated:
        return
    cross = exchange.cross(pool.account, market)
    after = before + lots
    closed = min(abs(before), abs(lots)) if before * lots < 0 else 0
    opened = abs(lots) - closed
    if closed:
        if closed == abs(before):
            share = max(0, pool.cash + after * price)
        else:
            share = max(0, pool.cash + after * price) * closed // abs(before)
        pool.cash -= share
        cross.cash += share
    if opened:
        brought = margin.up(opened * price, exchange.leverage(pool.account, market))
        pool.cash += brought
        cross.cash -= brought
