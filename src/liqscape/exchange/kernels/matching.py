"""Requests: place and cancel (docs/exchange.md, "Orders")."""

from __future__ import annotations

from liqscape.exchange.columns import (
    IMMEDIATE,
    NO_ROW,
    POST_ONLY,
    REDUCE_ONLY,
    TRADE,
    AccountColumn,
    Action,
    AnswerColumn,
    BookKind,
    ClockColumn,
    MarketColumn,
    OrderColumn,
    PoolColumn,
    RequestColumn,
    Role,
    Status,
    TriggerColumn,
    TriggerCounter,
)
from liqscape.exchange.kernels.book import cancel_orders, remove_order, rest_order
from liqscape.exchange.kernels.event_log import next_transaction
from liqscape.exchange.kernels.ledger import pool_of, position_lots
from liqscape.exchange.kernels.prices import is_allowed_price
from liqscape.exchange.kernels.taking import best_prices, can_open, take
from liqscape.exchange.kernels.trigger_book import cancel_triggers, remove_trigger
from liqscape.exchange.kernels.triggers import place_trigger
from liqscape.exchange.rules import RuleAt
from liqscape.exchange.state import State
from liqscape.risk.kernels.jit import compiled, inlined
from liqscape.units import Int64Array


@compiled
def process(state: State, requests: Int64Array, answers: Int64Array) -> None:
    """Answer (n, AnswerColumn.WIDTH) every request: cancels first, then post-only orders, then the rest, in order."""
    for phase in range(3):
        for row in range(requests.shape[0]):
            request = requests[row]
            if _phase_of(request) != phase:
                continue
            if request[RequestColumn.ACTION] == Action.PLACE:
                _place(state, request, answers[row])
            elif request[RequestColumn.ACTION] == Action.PLACE_TRIGGER:
                place_trigger(state, request, answers[row])
            else:
                _cancel(state, request, answers[row])


@inlined
def _phase_of(request: Int64Array) -> int:
    if request[RequestColumn.ACTION] == Action.PLACE_TRIGGER:
        return 2  # a stop may follow the order that opens its position
    if request[RequestColumn.ACTION] != Action.PLACE:
        return 0
    return 1 if request[RequestColumn.FLAGS] & POST_ONLY else 2


@inlined
def _cancel(state: State, request: Int64Array, answer: Int64Array) -> None:
    account, action = request[RequestColumn.ACCOUNT], request[RequestColumn.ACTION]
    answer[AnswerColumn.ORDER_ID], answer[AnswerColumn.SLOT] = request[RequestColumn.ORDER_ID], NO_ROW
    count = 0
    if action == Action.CANCEL:
        slot = request[RequestColumn.SLOT]
        if 0 <= slot < state.clock[ClockColumn.ORDER_END]:
            order = state.order[slot]
            if order[OrderColumn.ID] == request[RequestColumn.ORDER_ID] != 0 and order[OrderColumn.ACCOUNT] == account:
                remove_order(state, slot)
                count = 1
    elif action == Action.CANCEL_TRIGGER:
        slot = request[RequestColumn.SLOT]
        if 0 <= slot < state.trigger_counter[TriggerCounter.END]:
            row = state.trigger[slot]
            is_named = row[TriggerColumn.ID] == request[RequestColumn.ORDER_ID] != 0
            if is_named and row[TriggerColumn.ACCOUNT] == account:
                remove_trigger(state, slot)
                count = 1
    else:
        market = request[RequestColumn.MARKET] if action == Action.CANCEL_MARKET else NO_ROW
        count = cancel_orders(state, account, market) + cancel_triggers(state, account, market)
    answer[AnswerColumn.FILLED] = count
    found = count > 0 or action not in (Action.CANCEL, Action.CANCEL_TRIGGER)
    answer[AnswerColumn.STATUS] = Status.CANCELLED if found else Status.NOT_FOUND


@inlined
def _place(state: State, request: Int64Array, answer: Int64Array) -> None:
    answer[AnswerColumn.ORDER_ID], answer[AnswerColumn.SLOT], answer[AnswerColumn.FILLED] = 0, NO_ROW, 0
    account, market = request[RequestColumn.ACCOUNT], request[RequestColumn.MARKET]
    sign, price, lots, flags = (
        request[RequestColumn.SIDE],
        request[RequestColumn.PRICE],
        request[RequestColumn.LOTS],
        request[RequestColumn.FLAGS],
    )
    pool = pool_of(state, account, market)
    status, lots = _checked(state, account, pool, market, sign, price, lots, flags)
    if status != Status.OK:
        answer[AnswerColumn.STATUS] = status
        return
    ident = state.clock[ClockColumn.NEXT_ORDER_ID]
    state.clock[ClockColumn.NEXT_ORDER_ID] = ident + 1
    answer[AnswerColumn.ORDER_ID] = ident
    filled = 0
    if not flags & POST_ONLY:
        filled = take(state, market, pool, sign, lots, price, TRADE, NO_ROW, next_transaction(state), ident)
    answer[AnswerColumn.FILLED] = filled
    if filled == lots:
        answer[AnswerColumn.STATUS] = Status.FILLED
    elif flags & IMMEDIATE or state.market[market, MarketColumn.BOOK_KIND] != BookKind.ORDERS:
        answer[AnswerColumn.STATUS] = Status.CANCELLED
    else:
        answer[AnswerColumn.SLOT] = rest_order(state, account, market, sign, price, lots - filled, flags, ident)
        answer[AnswerColumn.STATUS] = Status.RESTING


@inlined
def _checked(
    state: State, account: int, pool: int, market: int, sign: int, price: int, lots: int, flags: int
) -> tuple[int, int]:
    """(Status.OK or why not, lots that may be sent)."""
    if pool == NO_ROW:  # a liquidator outside of its dex
        return Status.NO_MARGIN, 0
    if lots <= 0:
        return Status.BAD_SIZE, 0
    if state.market[market, MarketColumn.IS_DELISTED]:
        return Status.DELISTED, 0
    is_market_order = price == 0 and flags & IMMEDIATE != 0
    if not is_market_order and not is_allowed_price(price, state.market[market, MarketColumn.SIZE_DECIMALS]):
        return Status.BAD_PRICE, 0
    bid, ask = best_prices(state, market)
    opposite = ask if sign > 0 else bid
    if is_market_order and opposite == 0 and state.market[market, MarketColumn.BOOK_KIND] == BookKind.ORDERS:
        return Status.NO_BOOK, 0
    if flags & POST_ONLY and opposite != 0 and (price - opposite) * sign >= 0:
        return Status.WOULD_CROSS, 0
    if flags & REDUCE_ONLY:
        held = position_lots(state, pool, market)
        if held * sign >= 0:
            return Status.NOT_REDUCING, 0
        lots = min(lots, abs(held))
    if state.account[account, AccountColumn.ORDER_COUNT] >= state.rules[RuleAt.MAX_ORDERS] and not flags & IMMEDIATE:
        return Status.TOO_MANY_ORDERS, 0
    role = state.account[account, AccountColumn.ROLE]
    if role in (Role.LIQUIDATOR, Role.MAKER):
        return Status.OK, lots
    if state.market[market, MarketColumn.IS_ISOLATED_ONLY] and state.pool[pool, PoolColumn.ISOLATED_MARKET] == NO_ROW:
        return Status.NO_MARGIN, 0
    at = state.market[market, MarketColumn.MARK] if is_market_order else price
    if not can_open(state, account, pool, market, sign * lots, at):
        return Status.NO_MARGIN, 0
    return Status.OK, lots


@compiled
def copy_depth(state: State, market: int, side: int, out: Int64Array) -> int:
    """Best `len(out)` levels of a side into rows of price, lots, orders. Returns how many there are."""
    count = state.market[market, MarketColumn.BIDS + side]
    rows = min(count, out.shape[0])
    for row in range(rows):
        level = state.level[market, side, count - 1 - row]
        out[row, 0], out[row, 1], out[row, 2] = level[0], level[1], level[4]
    return rows
