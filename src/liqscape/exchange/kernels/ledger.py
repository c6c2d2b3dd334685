"""Positions, cash and the log of fills: the only place where money and sizes change hands.

A trade moves lots * price from buyer to seller, to the micro-USD, and the lots the other way; what else changes cash
(fees, funding, deposits) is counted in State.flow.
"""

from __future__ import annotations

from liqscape.exchange.columns import (
    FEE_UNIT,
    NO_ROW,
    RATE_UNIT,
    Account,
    Clock,
    Event,
    Fill,
    Flow,
    Full,
    Market,
    Method,
    Pool,
    Position,
    Role,
)
from liqscape.exchange.kernels.arithmetic import divide_up, multiply_divide, part_of_rate
from liqscape.exchange.state import State
from liqscape.risk.kernels.jit import inlined


@inlined
def pool_of(state: State, account: int, market: int) -> int:
    """Pool that backs an account's trades in a market: its isolated pool where it has one, else the cross pool."""
    if state.setting.shape[0] and state.setting[account, market] < 0:
        pool = isolated_pool_of(state, account, market)
        if pool != NO_ROW:
            return pool
    return cross_pool_of(state, account, market)


@inlined
def cross_pool_of(state: State, account: int, market: int) -> int:
    """Cross pool of an account that backs a market, NO_ROW where it has none of that group."""
    group = state.market[market, state.account[account, Account.GROUPED_BY]]
    pool = state.account[account, Account.CROSS_POOL]
    while pool != NO_ROW and state.pool[pool, Pool.GROUP] != group:
        pool = state.pool[pool, Pool.NEXT]
    return pool


@inlined
def isolated_pool_of(state: State, account: int, market: int) -> int:
    """Isolated pool of an account in a market, NO_ROW where there is none."""
    pool = state.account[account, Account.FIRST_ISOLATED]
    while pool != NO_ROW:
        if state.pool[pool, Pool.ISOLATED_MARKET] == market:
            break
        pool = state.pool[pool, Pool.NEXT]
    return pool


@inlined
def position_row(state: State, pool: int, market: int) -> int:
    """Row of a pool's position in a market, NO_ROW if it has none."""
    start = state.pool[pool, Pool.START]
    for row in range(start, start + state.pool[pool, Pool.COUNT]):
        if state.position[row, Position.MARKET] == market:
            return row
    return NO_ROW


@inlined
def position_lots(state: State, pool: int, market: int) -> int:
    """Signed lots a pool holds in a market."""
    row = position_row(state, pool, market)
    return 0 if row == NO_ROW else state.position[row, Position.LOTS]


@inlined
def leverage_of(state: State, account: int, market: int) -> int:
    """The user's leverage setting; the default is the smaller of 20 and the market's maximum."""
    setting = 0
    if state.setting.shape[0]:
        setting = abs(state.setting[account, market])
    return setting if setting else min(20, state.market[market, Market.MAX_LEVERAGE])


@inlined
def change_position(state: State, pool: int, market: int, lots: int, price: int) -> int:
    """Add signed lots at a price to a pool; cash pays for them. Returns the closed PnL, micro-USD."""
    state.pool[pool, Pool.CASH] -= lots * price
    state.pool[pool, Pool.SAFE_UNTIL] = 0
    row = position_row(state, pool, market)
    if row == NO_ROW:
        count = state.pool[pool, Pool.COUNT]
        if count >= state.pool[pool, Pool.CAPACITY]:
            state.clock[Clock.ERROR] = Full.POSITIONS
            return 0
        row = state.pool[pool, Pool.START] + count
        state.pool[pool, Pool.COUNT] = count + 1
        state.position[row, Position.MARKET] = market
        state.position[row, Position.LOTS] = 0
        state.position[row, Position.ENTRY] = 0
        state.position[row, Position.FUNDING] = 0
    held = state.position[row, Position.LOTS]
    entry = state.position[row, Position.ENTRY]
    after = held + lots
    closed_pnl = 0
    if held == 0 or (held > 0) == (lots > 0):
        entry += abs(lots) * price
    else:
        closed = min(abs(held), abs(lots))
        part = multiply_divide(entry, closed, abs(held))
        proceeds = closed * price
        closed_pnl = proceeds - part if held > 0 else part - proceeds
        entry = entry - part if abs(lots) <= abs(held) else abs(after) * price
    if abs(after) > abs(held) or (after > 0) != (held > 0):  # opened: the market's present table, the user's setting
        state.position[row, Position.TABLE] = state.market[market, Market.TABLE]
        state.position[row, Position.LEVERAGE] = leverage_of(state, state.pool[pool, Pool.ACCOUNT], market)
    state.position[row, Position.LOTS] = after
    state.position[row, Position.ENTRY] = entry
    if held != 0 and (after == 0 or (after > 0) != (held > 0)):
        state.position[row, Position.FUNDING] = 0
    state.market[market, Market.OPEN_LOTS] += max(after, 0) - max(held, 0)
    if after == 0:
        _remove_row(state, pool, row)
    return closed_pnl


@inlined
def _remove_row(state: State, pool: int, row: int) -> None:
    last = state.pool[pool, Pool.START] + state.pool[pool, Pool.COUNT] - 1
    if row != last:
        for column in range(Position.WIDTH):
            state.position[row, column] = state.position[last, column]
    state.pool[pool, Pool.COUNT] -= 1


@inlined
def settle_isolated(state: State, pool: int, market: int, held: int, lots: int, price: int) -> None:
    """Margin of an isolated pool after a fill: the opening part brings its margin, the closing part takes its share.

    Not for fills of its own liquidation: there the margin stays until the position is gone.
    """
    cross = cross_pool_of(state, state.pool[pool, Pool.ACCOUNT], market)
    after = held + lots
    closed = min(abs(held), abs(lots)) if (held > 0) != (lots > 0) else 0
    opened = abs(lots) - closed
    moved = 0
    if after == 0:
        moved = -max(0, state.pool[pool, Pool.CASH])
    elif closed and not opened:
        equity = state.pool[pool, Pool.CASH] + after * price
        moved = -multiply_divide(max(0, equity), closed, abs(held))
    elif opened:
        if closed:  # a flip: what the old position left goes home first
            left = state.pool[pool, Pool.CASH] + after * price
            moved = -max(0, left)
        moved += divide_up(opened * price, leverage_of(state, state.pool[pool, Pool.ACCOUNT], market))
    state.pool[pool, Pool.CASH] += moved
    state.pool[cross, Pool.CASH] -= moved
    state.pool[cross, Pool.SAFE_UNTIL] = 0


@inlined
def send_home(state: State, pool: int) -> None:
    """Cash left in an isolated pool that was liquidated whole goes back to the cross pool."""
    left = max(0, state.pool[pool, Pool.CASH])
    state.pool[pool, Pool.CASH] -= left
    cross = cross_pool_of(state, state.pool[pool, Pool.ACCOUNT], state.pool[pool, Pool.ISOLATED_MARKET])
    state.pool[cross, Pool.CASH] += left
    state.pool[cross, Pool.SAFE_UNTIL] = 0


@inlined
def charge_fee(state: State, pool: int, market: int, notional: int, rate: int) -> int:
    """Take a fee from a pool (negative: pay a rebate) into the declared flow; truncated toward zero. Returns it."""
    fee = part_of_rate(notional, rate * state.market[market, Market.FEE_FACTOR], RATE_UNIT * FEE_UNIT)
    state.pool[pool, Pool.CASH] -= fee
    state.flow[Flow.FEES] += fee
    return fee


@inlined
def record_fill(
    state: State,
    market: int,
    price: int,
    lots: int,
    buyer: int,
    seller: int,
    buyer_order: int,
    seller_order: int,
    is_buy_taker: int,
    method: int,
    liquidated_pool: int,
    transaction: int,
    buyer_pool: int,
    seller_pool: int,
    has_fee: int,
) -> None:
    """Exchange `lots` between two pools at a price, with fees and margin of isolated pools, and log it."""
    notional = lots * price
    buyer_start = position_lots(state, buyer_pool, market)
    seller_start = position_lots(state, seller_pool, market)
    buyer_pnl = change_position(state, buyer_pool, market, lots, price)
    seller_pnl = change_position(state, seller_pool, market, -lots, price)
    buyer_fee, seller_fee = 0, 0
    if has_fee:
        buyer_fee = _fee_of(state, buyer, buyer_pool, market, notional, is_buy_taker)
        seller_fee = _fee_of(state, seller, seller_pool, market, notional, 1 - is_buy_taker)
    for pool, start, change in ((buyer_pool, buyer_start, lots), (seller_pool, seller_start, -lots)):
        if state.pool[pool, Pool.ISOLATED_MARKET] == NO_ROW:
            continue
        if pool != liquidated_pool:
            settle_isolated(state, pool, market, start, change, price)
        elif start + change == 0 and method != Method.BACKSTOP:
            send_home(state, pool)
    state.market[market, Market.LAST] = price if method <= Method.MARKET else state.market[market, Market.LAST]
    row = state.clock[Clock.FILL_COUNT]
    if row >= state.fill.shape[0]:
        state.clock[Clock.ERROR] = Full.FILLS
        return
    state.clock[Clock.FILL_COUNT] = row + 1
    trade = state.clock[Clock.NEXT_TRADE_ID]
    state.clock[Clock.NEXT_TRADE_ID] = trade + 1
    fill = state.fill[row]
    fill[Fill.TIME_MS] = state.clock[Clock.TIME_MS]
    fill[Fill.BLOCK] = state.clock[Clock.BLOCK]
    fill[Fill.MARKET] = market
    fill[Fill.PRICE] = price
    fill[Fill.LOTS] = lots
    fill[Fill.BUYER] = buyer
    fill[Fill.SELLER] = seller
    fill[Fill.BUYER_ORDER] = buyer_order
    fill[Fill.SELLER_ORDER] = seller_order
    fill[Fill.IS_BUY_TAKER] = is_buy_taker
    fill[Fill.TRADE_ID] = trade
    fill[Fill.TRANSACTION] = transaction
    fill[Fill.METHOD] = method
    fill[Fill.LIQUIDATED] = NO_ROW if liquidated_pool == NO_ROW else state.pool[liquidated_pool, Pool.ACCOUNT]
    fill[Fill.MARK] = state.market[market, Market.MARK]
    fill[Fill.BUYER_START] = buyer_start
    fill[Fill.SELLER_START] = seller_start
    fill[Fill.BUYER_PNL] = buyer_pnl
    fill[Fill.SELLER_PNL] = seller_pnl
    fill[Fill.BUYER_FEE] = buyer_fee
    fill[Fill.SELLER_FEE] = seller_fee
    isolated = liquidated_pool != NO_ROW and state.pool[liquidated_pool, Pool.ISOLATED_MARKET] != NO_ROW
    fill[Fill.IS_ISOLATED] = 1 if isolated else 0
    fill[Fill.ADL_BATCH] = 0
    fill[Fill.SCORE_RANK] = 0
    fill[Fill.SCORE] = 0


@inlined
def trade_with_maker(
    state: State,
    market: int,
    pool: int,
    sign: int,
    lots: int,
    price: int,
    method: int,
    liquidated_pool: int,
    transaction: int,
    order_id: int,
) -> None:
    """One fill of a pool against the maker account (Clock.MAKER), which stands for everybody not modelled."""
    account = state.pool[pool, Pool.ACCOUNT]
    maker = state.clock[Clock.MAKER]
    maker_pool = cross_pool_of(state, maker, market)
    if sign > 0:
        record_fill(
            state, market, price, lots, account, maker, order_id, 0, 1, method, liquidated_pool, transaction,
            pool, maker_pool, 1,
        )  # fmt: skip
    else:
        record_fill(
            state, market, price, lots, maker, account, 0, order_id, 0, method, liquidated_pool, transaction,
            maker_pool, pool, 1,
        )  # fmt: skip


@inlined
def _fee_of(state: State, account: int, pool: int, market: int, notional: int, is_taker: int) -> int:
    if state.account[account, Account.ROLE] == Role.MAKER:
        return 0
    state.account[account, Account.VOLUME] += notional
    rate = state.account[account, Account.TAKER_RATE] if is_taker else state.account[account, Account.MAKER_RATE]
    return charge_fee(state, pool, market, notional, rate)


@inlined
def log_event(
    state: State, kind: int, account: int, market: int, a: int, b: int, c: int, detail: int, transaction: int, iso: int
) -> None:
    """Append one row to the log of events."""
    row = state.clock[Clock.EVENT_COUNT]
    if row >= state.event.shape[0]:
        state.clock[Clock.ERROR] = Full.EVENTS
        return
    state.clock[Clock.EVENT_COUNT] = row + 1
    event = state.event[row]
    event[Event.TIME_MS] = state.clock[Clock.TIME_MS]
    event[Event.BLOCK] = state.clock[Clock.BLOCK]
    event[Event.KIND] = kind
    event[Event.ACCOUNT] = account
    event[Event.MARKET] = market
    event[Event.A] = a
    event[Event.B] = b
    event[Event.C] = c
    event[Event.DETAIL] = detail
    event[Event.TRANSACTION] = transaction
    event[Event.IS_ISOLATED] = iso


@inlined
def next_transaction(state: State) -> int:
    """A new transaction number; fills that share one share a hash."""
    number = state.clock[Clock.NEXT_TRANSACTION]
    state.clock[Clock.NEXT_TRANSACTION] = number + 1
    return number
