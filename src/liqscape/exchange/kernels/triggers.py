"""Trigger orders: placed, and carried out when the mark has reached them (docs/exchange.md, "Triggers").

A market trigger takes what the book gives up to its bound and no more; a limit trigger takes and rests at its limit.
Those of one market fire in the order in which the mark met them, markets in their order.
"""

from __future__ import annotations

from liqscape.exchange.columns import (
    FALL,
    MARKET_TRIGGER,
    NO_ROW,
    REDUCE_ONLY,
    RISE,
    TRADE,
    WHOLE_POSITION,
    AccountColumn,
    AnswerColumn,
    BookKind,
    ClockColumn,
    EventKind,
    MarketColumn,
    PoolColumn,
    RequestColumn,
    Role,
    Status,
    TriggerColumn,
    TriggerEnd,
    TriggersOf,
)
from liqscape.exchange.kernels.book import rest_order
from liqscape.exchange.kernels.event_log import log_event, next_transaction
from liqscape.exchange.kernels.ledger import isolated_pool_of, pool_of, position_lots
from liqscape.exchange.kernels.prices import is_allowed_price, price_unit
from liqscape.exchange.kernels.taking import can_open, take
from liqscape.exchange.kernels.trigger_book import (
    add_trigger,
    direction_of,
    end_trigger,
    is_reached,
    nearest_reached,
    remove_trigger,
)
from liqscape.exchange.rules import RuleAt
from liqscape.exchange.state import State
from liqscape.risk.kernels.jit import compiled, inlined
from liqscape.units import Int64Array

TRIGGER_FIRED = int(EventKind.TRIGGER_FIRED)
NOT_REDUCING, NO_MARGIN = int(TriggerEnd.NOT_REDUCING), int(TriggerEnd.NO_MARGIN)


@inlined
def place_trigger(state: State, request: Int64Array, answer: Int64Array) -> None:
    """Check a trigger order and let it wait."""
    answer[AnswerColumn.ORDER_ID], answer[AnswerColumn.SLOT], answer[AnswerColumn.FILLED] = 0, NO_ROW, 0
    account, market, sign = (
        request[RequestColumn.ACCOUNT],
        request[RequestColumn.MARKET],
        request[RequestColumn.SIDE],
    )
    trigger, limit, lots, flags = (
        request[RequestColumn.TRIGGER_PRICE],
        request[RequestColumn.PRICE],
        request[RequestColumn.LOTS],
        request[RequestColumn.FLAGS],
    )
    if flags & WHOLE_POSITION:
        flags, lots = flags | REDUCE_ONLY, 0
    status = _checked_trigger(state, account, market, sign, trigger, limit, lots, flags)
    answer[AnswerColumn.STATUS] = status
    if status != Status.WAITING:
        return
    if flags & MARKET_TRIGGER and limit == 0:
        limit = slippage_bound(
            trigger, sign, state.rules[RuleAt.TRIGGER_SLIPPAGE_BPS], state.market[market, MarketColumn.SIZE_DECIMALS]
        )
    ident = state.clock[ClockColumn.NEXT_ORDER_ID]
    state.clock[ClockColumn.NEXT_ORDER_ID] = ident + 1
    answer[AnswerColumn.ORDER_ID] = ident
    answer[AnswerColumn.SLOT] = add_trigger(state, account, market, sign, trigger, limit, lots, flags, ident)


@inlined
def _checked_trigger(
    state: State, account: int, market: int, sign: int, trigger: int, limit: int, lots: int, flags: int
) -> int:
    """Status.WAITING, or why it is not taken."""
    pool = pool_of(state, account, market)
    if pool == NO_ROW:  # a liquidator outside of its dex
        return Status.NO_MARGIN
    if lots <= 0 and not flags & WHOLE_POSITION:
        return Status.BAD_SIZE
    if state.market[market, MarketColumn.IS_DELISTED]:
        return Status.DELISTED
    decimals = state.market[market, MarketColumn.SIZE_DECIMALS]
    has_limit = limit != 0 or not flags & MARKET_TRIGGER
    if not is_allowed_price(trigger, decimals) or (has_limit and not is_allowed_price(limit, decimals)):
        return Status.BAD_PRICE
    mark = state.market[market, MarketColumn.MARK]
    if mark <= 0 or is_reached(mark, trigger, direction_of(sign, flags)):
        return Status.BAD_TRIGGER
    if flags & REDUCE_ONLY and position_lots(state, pool, market) * sign >= 0:
        return Status.NOT_REDUCING
    waiting = state.account[account, AccountColumn.ORDER_COUNT] + state.triggers_of[account, TriggersOf.COUNT]
    return Status.TOO_MANY_ORDERS if waiting >= state.rules[RuleAt.MAX_ORDERS] else Status.WAITING


@inlined
def slippage_bound(trigger: int, sign: int, bps: int, size_decimals: int) -> int:
    """Worst price of a market trigger: so far past its trigger price, rounded towards it to an allowed price."""
    if sign > 0:
        worst = trigger + trigger * bps // 10_000
        return worst - worst % price_unit(worst, size_decimals)
    worst = max(1, trigger - trigger * bps // 10_000)
    unit = price_unit(worst, size_decimals)
    return (worst + unit - 1) // unit * unit


@compiled
def fire_triggers(state: State, is_previous_mark: bool) -> None:
    """Carry out every trigger order that the marks have reached.

    is_previous_mark: ask the marks before this block's update, for what fires after it.
    """
    for market in range(state.market.shape[0]):
        if state.market[market, MarketColumn.IS_DELISTED]:
            continue
        mark = state.market[market, MarketColumn.PREVIOUS_MARK if is_previous_mark else MarketColumn.MARK]
        for direction in (FALL, RISE):
            slot = nearest_reached(state, market, direction, mark)
            while slot != NO_ROW:
                _fire(state, slot)
                slot = nearest_reached(state, market, direction, mark)


@inlined
def _fire(state: State, slot: int) -> None:
    row = state.trigger[slot]
    account, market, sign, flags = (
        row[TriggerColumn.ACCOUNT],
        row[TriggerColumn.MARKET],
        row[TriggerColumn.SIDE],
        row[TriggerColumn.FLAGS],
    )
    limit, lots, ident = row[TriggerColumn.LIMIT_PRICE], row[TriggerColumn.LOTS], row[TriggerColumn.ID]
    pool = _pool_held(state, account, market)
    transaction = next_transaction(state)
    if flags & REDUCE_ONLY:
        held = position_lots(state, pool, market)
        if held * sign >= 0:
            end_trigger(state, slot, NOT_REDUCING, transaction)
            return
        lots = abs(held) if flags & WHOLE_POSITION else min(lots, abs(held))
    is_market = flags & MARKET_TRIGGER != 0
    if not _finds_margin(state, account, pool, market, sign * lots, limit, is_market):
        end_trigger(state, slot, NO_MARGIN, transaction)
        return
    remove_trigger(state, slot)
    filled = take(state, market, pool, sign, lots, limit, TRADE, NO_ROW, transaction, ident)
    isolated = 1 if state.pool[pool, PoolColumn.ISOLATED_MARKET] != NO_ROW else 0
    log_event(state, TRIGGER_FIRED, account, market, lots, filled, ident, flags, transaction, isolated)
    if filled < lots and not is_market and state.market[market, MarketColumn.BOOK_KIND] == BookKind.ORDERS:
        rest_order(state, account, market, sign, limit, lots - filled, flags & REDUCE_ONLY, ident)


@inlined
def _pool_held(state: State, account: int, market: int) -> int:
    """Pool that backs an account's trades in a market; where nobody has settings, the one that holds its position."""
    if state.setting.shape[0] == 0:
        isolated = isolated_pool_of(state, account, market)
        if isolated != NO_ROW and position_lots(state, isolated, market) != 0:
            return isolated
    return pool_of(state, account, market)


@inlined
def _finds_margin(state: State, account: int, pool: int, market: int, lots: int, limit: int, is_market: bool) -> bool:
    """As with an order that is sent: what opens must find its initial margin, at the mark or at the limit."""
    if state.account[account, AccountColumn.ROLE] in (Role.LIQUIDATOR, Role.MAKER):
        return True
    if state.market[market, MarketColumn.IS_ISOLATED_ONLY] and state.pool[pool, PoolColumn.ISOLATED_MARKET] == NO_ROW:
        return False
    return can_open(state, account, pool, market, lots, state.market[market, MarketColumn.MARK] if is_market else limit)
