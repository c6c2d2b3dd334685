"""Price-time priority order books: levels sorted worst to best, orders chained in time at their level."""

from __future__ import annotations

from liqscape.exchange.columns import (
    ASK,
    BID,
    NO_ROW,
    AccountColumn,
    ClockColumn,
    Full,
    LevelColumn,
    MarketColumn,
    OrderColumn,
    PoolColumn,
    TriggerCounter,
)
from liqscape.exchange.kernels.trigger_book import cancel_triggers_of_pool
from liqscape.exchange.rules import RuleAt
from liqscape.exchange.state import State
from liqscape.risk.kernels.jit import inlined


@inlined
def side_of(sign: int) -> int:
    """Book side an order of this sign rests on."""
    return BID if sign > 0 else ASK


@inlined
def best_price(state: State, market: int, side: int) -> int:
    """Best price of a side, ticks; 0 where it is empty."""
    count = state.market[market, MarketColumn.BIDS + side]
    return state.level[market, side, count - 1, LevelColumn.PRICE] if count else 0


@inlined
def _find_level(state: State, market: int, side: int, price: int) -> tuple[int, bool]:
    """(place of the price in the sorted levels, is it there)."""
    sign = 1 if side == BID else -1
    low, high = 0, state.market[market, MarketColumn.BIDS + side]
    while low < high:
        middle = (low + high) // 2
        if state.level[market, side, middle, LevelColumn.PRICE] * sign < price * sign:
            low = middle + 1
        else:
            high = middle
    found = (
        low < state.market[market, MarketColumn.BIDS + side]
        and state.level[market, side, low, LevelColumn.PRICE] == price
    )
    return low, found


@inlined
def rest_order(
    state: State, account: int, market: int, sign: int, price: int, lots: int, flags: int, ident: int
) -> int:
    """Put an order at the end of its level's queue. Returns its slot, NO_ROW (and an error) if a table is full."""
    side = side_of(sign)
    place, found = _find_level(state, market, side, price)
    count = state.market[market, MarketColumn.BIDS + side]
    slot = _new_slot(state)
    if slot == NO_ROW:
        state.clock[ClockColumn.ERROR] = Full.ORDERS
        return NO_ROW
    if not found:
        if count >= state.level.shape[2]:
            state.clock[ClockColumn.ERROR] = Full.LEVELS
            return NO_ROW
        for row in range(count, place, -1):
            for column in range(LevelColumn.WIDTH):
                state.level[market, side, row, column] = state.level[market, side, row - 1, column]
        state.market[market, MarketColumn.BIDS + side] = count + 1
        state.level[market, side, place, LevelColumn.PRICE] = price
        state.level[market, side, place, LevelColumn.LOTS] = 0
        state.level[market, side, place, LevelColumn.HEAD] = NO_ROW
        state.level[market, side, place, LevelColumn.TAIL] = NO_ROW
        state.level[market, side, place, LevelColumn.ORDERS] = 0
    level = state.level[market, side, place]
    order = state.order[slot]
    order[OrderColumn.ID] = ident
    order[OrderColumn.ACCOUNT] = account
    order[OrderColumn.MARKET] = market
    order[OrderColumn.SIDE] = sign
    order[OrderColumn.PRICE] = price
    order[OrderColumn.LOTS] = lots
    order[OrderColumn.ORIGINAL_LOTS] = lots
    order[OrderColumn.TIME_MS] = state.clock[ClockColumn.TIME_MS]
    order[OrderColumn.FLAGS] = flags
    order[OrderColumn.NEXT] = NO_ROW
    order[OrderColumn.PREVIOUS] = level[LevelColumn.TAIL]
    if level[LevelColumn.TAIL] == NO_ROW:
        level[LevelColumn.HEAD] = slot
    else:
        state.order[level[LevelColumn.TAIL], OrderColumn.NEXT] = slot
    level[LevelColumn.TAIL] = slot
    level[LevelColumn.LOTS] += lots
    level[LevelColumn.ORDERS] += 1
    first = state.account[account, AccountColumn.FIRST_ORDER]
    order[OrderColumn.PREVIOUS_OF_ACCOUNT] = NO_ROW
    order[OrderColumn.NEXT_OF_ACCOUNT] = first
    if first != NO_ROW:
        state.order[first, OrderColumn.PREVIOUS_OF_ACCOUNT] = slot
    state.account[account, AccountColumn.FIRST_ORDER] = slot
    state.account[account, AccountColumn.ORDER_COUNT] += 1
    return slot


@inlined
def _new_slot(state: State) -> int:
    slot = state.clock[ClockColumn.FREE_ORDER]
    if slot != NO_ROW:
        state.clock[ClockColumn.FREE_ORDER] = state.order[slot, OrderColumn.NEXT]
        return slot
    slot = state.clock[ClockColumn.ORDER_END]
    if slot >= state.order.shape[0]:
        return NO_ROW
    state.clock[ClockColumn.ORDER_END] = slot + 1
    return slot


@inlined
def shrink_order(state: State, slot: int, lots: int) -> None:
    """Take lots off a resting order; at zero it leaves the book."""
    market, side = state.order[slot, OrderColumn.MARKET], side_of(state.order[slot, OrderColumn.SIDE])
    place, _ = _find_level(state, market, side, state.order[slot, OrderColumn.PRICE])
    state.level[market, side, place, LevelColumn.LOTS] -= lots
    state.order[slot, OrderColumn.LOTS] -= lots
    if state.order[slot, OrderColumn.LOTS] == 0:
        _unlink(state, slot, market, side, place)


@inlined
def remove_order(state: State, slot: int) -> None:
    """Take an order out of the book."""
    shrink_order(state, slot, state.order[slot, OrderColumn.LOTS])


@inlined
def _unlink(state: State, slot: int, market: int, side: int, place: int) -> None:
    order = state.order[slot]
    level = state.level[market, side, place]
    before, after = order[OrderColumn.PREVIOUS], order[OrderColumn.NEXT]
    if before == NO_ROW:
        level[LevelColumn.HEAD] = after
    else:
        state.order[before, OrderColumn.NEXT] = after
    if after == NO_ROW:
        level[LevelColumn.TAIL] = before
    else:
        state.order[after, OrderColumn.PREVIOUS] = before
    level[LevelColumn.ORDERS] -= 1
    account = order[OrderColumn.ACCOUNT]
    before, after = order[OrderColumn.PREVIOUS_OF_ACCOUNT], order[OrderColumn.NEXT_OF_ACCOUNT]
    if before == NO_ROW:
        state.account[account, AccountColumn.FIRST_ORDER] = after
    else:
        state.order[before, OrderColumn.NEXT_OF_ACCOUNT] = after
    if after != NO_ROW:
        state.order[after, OrderColumn.PREVIOUS_OF_ACCOUNT] = before
    state.account[account, AccountColumn.ORDER_COUNT] -= 1
    order[OrderColumn.ID] = 0
    order[OrderColumn.NEXT] = state.clock[ClockColumn.FREE_ORDER]
    state.clock[ClockColumn.FREE_ORDER] = slot
    if level[LevelColumn.ORDERS] == 0:
        count = state.market[market, MarketColumn.BIDS + side] - 1
        for row in range(place, count):
            for column in range(LevelColumn.WIDTH):
                state.level[market, side, row, column] = state.level[market, side, row + 1, column]
        state.market[market, MarketColumn.BIDS + side] = count


@inlined
def cancel_orders(state: State, account: int, market: int) -> int:
    """Cancel an account's orders in one market, or all of them (market NO_ROW). Returns how many."""
    slot = state.account[account, AccountColumn.FIRST_ORDER]
    count = 0
    while slot != NO_ROW:
        after = state.order[slot, OrderColumn.NEXT_OF_ACCOUNT]
        if market in (NO_ROW, state.order[slot, OrderColumn.MARKET]):
            remove_order(state, slot)
            count += 1
        slot = after
    return count


@inlined
def cancel_orders_of_pool(state: State, pool: int) -> int:
    """Cancel the orders of a pool that is liquidated: those in its one market, or in the markets it backs as cross."""
    if state.trigger_counter[TriggerCounter.COUNT] and state.rules[RuleAt.LIQUIDATION_CANCELS_TRIGGERS]:
        cancel_triggers_of_pool(state, pool)
    account = state.pool[pool, PoolColumn.ACCOUNT]
    market = state.pool[pool, PoolColumn.ISOLATED_MARKET]
    if market != NO_ROW:
        return cancel_orders(state, account, market)
    column, group = state.account[account, AccountColumn.GROUPED_BY], state.pool[pool, PoolColumn.GROUP]
    slot = state.account[account, AccountColumn.FIRST_ORDER]
    count = 0
    while slot != NO_ROW:
        after = state.order[slot, OrderColumn.NEXT_OF_ACCOUNT]
        if state.market[state.order[slot, OrderColumn.MARKET], column] == group:
            remove_order(state, slot)
            count += 1
        slot = after
    return count
