"""Price-time priority order books: levels sorted worst to best, orders chained in time at their level."""

from __future__ import annotations

from liqscape.exchange.columns import ASK, BID, NO_ROW, Account, Clock, Full, Level, Market, Order, Pool
from liqscape.exchange.state import State
from liqscape.risk.kernels.jit import inlined


@inlined
def side_of(sign: int) -> int:
    """Book side an order of this sign rests on."""
    return BID if sign > 0 else ASK


@inlined
def best_price(state: State, market: int, side: int) -> int:
    """Best price of a side, ticks; 0 where it is empty."""
    count = state.market[market, Market.BIDS + side]
    return state.level[market, side, count - 1, Level.PRICE] if count else 0


@inlined
def _find_level(state: State, market: int, side: int, price: int) -> tuple[int, bool]:
    """(place of the price in the sorted levels, is it there)."""
    sign = 1 if side == BID else -1
    low, high = 0, state.market[market, Market.BIDS + side]
    while low < high:
        middle = (low + high) // 2
        if state.level[market, side, middle, Level.PRICE] * sign < price * sign:
            low = middle + 1
        else:
            high = middle
    found = low < state.market[market, Market.BIDS + side] and state.level[market, side, low, Level.PRICE] == price
    return low, found


@inlined
def rest_order(
    state: State, account: int, market: int, sign: int, price: int, lots: int, flags: int, ident: int
) -> int:
    """Put an order at the end of its level's queue. Returns its slot, NO_ROW (and Clock.ERROR) if a table is full."""
    side = side_of(sign)
    place, found = _find_level(state, market, side, price)
    count = state.market[market, Market.BIDS + side]
    slot = _new_slot(state)
    if slot == NO_ROW:
        state.clock[Clock.ERROR] = Full.ORDERS
        return NO_ROW
    if not found:
        if count >= state.level.shape[2]:
            state.clock[Clock.ERROR] = Full.LEVELS
            return NO_ROW
        for row in range(count, place, -1):
            for column in range(Level.WIDTH):
                state.level[market, side, row, column] = state.level[market, side, row - 1, column]
        state.market[market, Market.BIDS + side] = count + 1
        state.level[market, side, place, Level.PRICE] = price
        state.level[market, side, place, Level.LOTS] = 0
        state.level[market, side, place, Level.HEAD] = NO_ROW
        state.level[market, side, place, Level.TAIL] = NO_ROW
        state.level[market, side, place, Level.ORDERS] = 0
    level = state.level[market, side, place]
    order = state.order[slot]
    order[Order.ID] = ident
    order[Order.ACCOUNT] = account
    order[Order.MARKET] = market
    order[Order.SIDE] = sign
    order[Order.PRICE] = price
    order[Order.LOTS] = lots
    order[Order.ORIGINAL_LOTS] = lots
    order[Order.TIME_MS] = state.clock[Clock.TIME_MS]
    order[Order.FLAGS] = flags
    order[Order.NEXT] = NO_ROW
    order[Order.PREVIOUS] = level[Level.TAIL]
    if level[Level.TAIL] == NO_ROW:
        level[Level.HEAD] = slot
    else:
        state.order[level[Level.TAIL], Order.NEXT] = slot
    level[Level.TAIL] = slot
    level[Level.LOTS] += lots
    level[Level.ORDERS] += 1
    first = state.account[account, Account.FIRST_ORDER]
    order[Order.PREVIOUS_OF_ACCOUNT] = NO_ROW
    order[Order.NEXT_OF_ACCOUNT] = first
    if first != NO_ROW:
        state.order[first, Order.PREVIOUS_OF_ACCOUNT] = slot
    state.account[account, Account.FIRST_ORDER] = slot
    state.account[account, Account.ORDER_COUNT] += 1
    return slot


@inlined
def _new_slot(state: State) -> int:
    slot = state.clock[Clock.FREE_ORDER]
    if slot != NO_ROW:
        state.clock[Clock.FREE_ORDER] = state.order[slot, Order.NEXT]
        return slot
    slot = state.clock[Clock.ORDER_END]
    if slot >= state.order.shape[0]:
        return NO_ROW
    state.clock[Clock.ORDER_END] = slot + 1
    return slot


@inlined
def shrink_order(state: State, slot: int, lots: int) -> None:
    """Take lots off a resting order; at zero it leaves the book."""
    market, side = state.order[slot, Order.MARKET], side_of(state.order[slot, Order.SIDE])
    place, _ = _find_level(state, market, side, state.order[slot, Order.PRICE])
    state.level[market, side, place, Level.LOTS] -= lots
    state.order[slot, Order.LOTS] -= lots
    if state.order[slot, Order.LOTS] == 0:
        _unlink(state, slot, market, side, place)


@inlined
def remove_order(state: State, slot: int) -> None:
    """Take an order out of the book."""
    shrink_order(state, slot, state.order[slot, Order.LOTS])


@inlined
def _unlink(state: State, slot: int, market: int, side: int, place: int) -> None:
    order = state.order[slot]
    level = state.level[market, side, place]
    before, after = order[Order.PREVIOUS], order[Order.NEXT]
    if before == NO_ROW:
        level[Level.HEAD] = after
    else:
        state.order[before, Order.NEXT] = after
    if after == NO_ROW:
        level[Level.TAIL] = before
    else:
        state.order[after, Order.PREVIOUS] = before
    level[Level.ORDERS] -= 1
    account = order[Order.ACCOUNT]
    before, after = order[Order.PREVIOUS_OF_ACCOUNT], order[Order.NEXT_OF_ACCOUNT]
    if before == NO_ROW:
        state.account[account, Account.FIRST_ORDER] = after
    else:
        state.order[before, Order.NEXT_OF_ACCOUNT] = after
    if after != NO_ROW:
        state.order[after, Order.PREVIOUS_OF_ACCOUNT] = before
    state.account[account, Account.ORDER_COUNT] -= 1
    order[Order.ID] = 0
    order[Order.NEXT] = state.clock[Clock.FREE_ORDER]
    state.clock[Clock.FREE_ORDER] = slot
    if level[Level.ORDERS] == 0:
        count = state.market[market, Market.BIDS + side] - 1
        for row in range(place, count):
            for column in range(Level.WIDTH):
                state.level[market, side, row, column] = state.level[market, side, row + 1, column]
        state.market[market, Market.BIDS + side] = count


@inlined
def cancel_orders(state: State, account: int, market: int) -> int:
    """Cancel an account's orders in one market, or all of them (market NO_ROW). Returns how many."""
    slot = state.account[account, Account.FIRST_ORDER]
    count = 0
    while slot != NO_ROW:
        after = state.order[slot, Order.NEXT_OF_ACCOUNT]
        if market in (NO_ROW, state.order[slot, Order.MARKET]):
            remove_order(state, slot)
            count += 1
        slot = after
    return count


@inlined
def cancel_orders_of_pool(state: State, pool: int) -> int:
    """Cancel the orders of a pool that is liquidated: those in its one market, or in the markets it backs as cross."""
    account = state.pool[pool, Pool.ACCOUNT]
    market = state.pool[pool, Pool.ISOLATED_MARKET]
    if market != NO_ROW:
        return cancel_orders(state, account, market)
    column, group = state.account[account, Account.GROUPED_BY], state.pool[pool, Pool.GROUP]
    slot = state.account[account, Account.FIRST_ORDER]
    count = 0
    while slot != NO_ROW:
        after = state.order[slot, Order.NEXT_OF_ACCOUNT]
        if state.market[state.order[slot, Order.MARKET], column] == group:
            remove_order(state, slot)
            count += 1
        slot = after
    return count
