"""Positions, cash and the log of fills: the only place where money and sizes change hands.

A trade moves lots * price from buyer to seller, to the micro-USD, and the lots the other way; what else changes cash
(fees, funding, deposits) is counted in State.flow.
"""

from __future__ import annotations

from liqscape.exchange.columns import (
    FEE_UNIT,
    NO_ROW,
    RATE_UNIT,
    AccountColumn,
    ClockColumn,
    FillColumn,
    FlowColumn,
    Full,
    MarketColumn,
    Method,
    PoolColumn,
    PositionColumn,
    Role,
    TriggerCounter,
)
from liqscape.exchange.kernels.arithmetic import divide_up, multiply_divide, part_of_rate
from liqscape.exchange.kernels.trigger_book import cancel_reducing_triggers
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
    group = state.market[market, state.account[account, AccountColumn.GROUPED_BY]]
    pool = state.account[account, AccountColumn.CROSS_POOL]
    while pool != NO_ROW and state.pool[pool, PoolColumn.GROUP] != group:
        pool = state.pool[pool, PoolColumn.NEXT]
    return pool


@inlined
def isolated_pool_of(state: State, account: int, market: int) -> int:
    """Isolated pool of an account in a market, NO_ROW where there is none."""
    pool = state.account[account, AccountColumn.FIRST_ISOLATED]
    while pool != NO_ROW:
        if state.pool[pool, PoolColumn.ISOLATED_MARKET] == market:
            break
        pool = state.pool[pool, PoolColumn.NEXT]
    return pool


@inlined
def position_row(state: State, pool: int, market: int) -> int:
    """Row of a pool's position in a market, NO_ROW if it has none."""
    start = state.pool[pool, PoolColumn.START]
    for row in range(start, start + state.pool[pool, PoolColumn.COUNT]):
        if state.position[row, PositionColumn.MARKET] == market:
            return row
    return NO_ROW


@inlined
def position_lots(state: State, pool: int, market: int) -> int:
    """Signed lots a pool holds in a market."""
    row = position_row(state, pool, market)
    return 0 if row == NO_ROW else state.position[row, PositionColumn.LOTS]


@inlined
def leverage_of(state: State, account: int, market: int) -> int:
    """The user's leverage setting; the default is the smaller of 20 and the market's maximum."""
    setting = 0
    if state.setting.shape[0]:
        setting = abs(state.setting[account, market])
    return setting if setting else min(20, state.market[market, MarketColumn.MAX_LEVERAGE])


@inlined
def change_position(state: State, pool: int, market: int, lots: int, price: int) -> int:
    """Add signed lots at a price to a pool; cash pays for them. Returns the closed PnL, micro-USD."""
    state.pool[pool, PoolColumn.CASH] -= lots * price
    state.pool[pool, PoolColumn.SAFE_UNTIL] = 0
    row = position_row(state, pool, market)
    if row == NO_ROW:
        count = state.pool[pool, PoolColumn.COUNT]
        if count >= state.pool[pool, PoolColumn.CAPACITY]:
            state.clock[ClockColumn.ERROR] = Full.POSITIONS
            return 0
        row = state.pool[pool, PoolColumn.START] + count
        state.pool[pool, PoolColumn.COUNT] = count + 1
        state.position[row, PositionColumn.MARKET] = market
        state.position[row, PositionColumn.LOTS] = 0
        state.position[row, PositionColumn.ENTRY] = 0
        state.position[row, PositionColumn.FUNDING] = 0
    held = state.position[row, PositionColumn.LOTS]
    entry = state.position[row, PositionColumn.ENTRY]
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
        state.position[row, PositionColumn.TABLE] = state.market[market, MarketColumn.TABLE]
        state.position[row, PositionColumn.LEVERAGE] = leverage_of(state, state.pool[pool, PoolColumn.ACCOUNT], market)
    state.position[row, PositionColumn.LOTS] = after
    state.position[row, PositionColumn.ENTRY] = entry
    if held != 0 and (after == 0 or (after > 0) != (held > 0)):
        state.position[row, PositionColumn.FUNDING] = 0
    state.market[market, MarketColumn.OPEN_LOTS] += max(after, 0) - max(held, 0)
    if after == 0:
        _remove_row(state, pool, row)
    if state.trigger_counter[TriggerCounter.COUNT] and held != 0 and (after == 0 or (after > 0) != (held > 0)):
        cancel_reducing_triggers(state, state.pool[pool, PoolColumn.ACCOUNT], market)
    return closed_pnl


@inlined
def _remove_row(state: State, pool: int, row: int) -> None:
    last = state.pool[pool, PoolColumn.START] + state.pool[pool, PoolColumn.COUNT] - 1
    if row != last:
        for column in range(PositionColumn.WIDTH):
            state.position[row, column] = state.position[last, column]
    state.pool[pool, PoolColumn.COUNT] -= 1


@inlined
def settle_isolated(state: State, pool: int, market: int, held: int, lots: int, price: int) -> None:
    """Margin of an isolated pool after a fill: the opening part brings its margin, the closing part takes its share.

    Not for fills of its own liquidation: there the margin stays until the position is gone.
    """
    cross = cross_pool_of(state, state.pool[pool, PoolColumn.ACCOUNT], market)
    after = held + lots
    closed = min(abs(held), abs(lots)) if (held > 0) != (lots > 0) else 0
    opened = abs(lots) - closed
    moved = 0
    if after == 0:
        moved = -max(0, state.pool[pool, PoolColumn.CASH])
    elif closed and not opened:
        equity = state.pool[pool, PoolColumn.CASH] + after * price
        moved = -multiply_divide(max(0, equity), closed, abs(held))
    elif opened:
        if closed:  # a flip: what the old position left goes home first
            left = state.pool[pool, PoolColumn.CASH] + after * price
            moved = -max(0, left)
        moved += divide_up(opened * price, leverage_of(state, state.pool[pool, PoolColumn.ACCOUNT], market))
    state.pool[pool, PoolColumn.CASH] += moved
    state.pool[cross, PoolColumn.CASH] -= moved
    state.pool[cross, PoolColumn.SAFE_UNTIL] = 0


@inlined
def send_home(state: State, pool: int) -> None:
    """Cash left in an isolated pool that was liquidated whole goes back to the cross pool."""
    left = max(0, state.pool[pool, PoolColumn.CASH])
    state.pool[pool, PoolColumn.CASH] -= left
    cross = cross_pool_of(state, state.pool[pool, PoolColumn.ACCOUNT], state.pool[pool, PoolColumn.ISOLATED_MARKET])
    state.pool[cross, PoolColumn.CASH] += left
    state.pool[cross, PoolColumn.SAFE_UNTIL] = 0


@inlined
def charge_fee(state: State, pool: int, market: int, notional: int, rate: int) -> int:
    """Take a fee from a pool (negative: pay a rebate) into the declared flow; truncated toward zero. Returns it."""
    fee = part_of_rate(notional, rate * state.market[market, MarketColumn.FEE_FACTOR], RATE_UNIT * FEE_UNIT)
    state.pool[pool, PoolColumn.CASH] -= fee
    state.flow[FlowColumn.FEES] += fee
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
        if state.pool[pool, PoolColumn.ISOLATED_MARKET] == NO_ROW:
            continue
        if pool != liquidated_pool:
            settle_isolated(state, pool, market, start, change, price)
        elif start + change == 0 and method != Method.BACKSTOP:
            send_home(state, pool)
    state.market[market, MarketColumn.LAST] = (
        price if method <= Method.MARKET else state.market[market, MarketColumn.LAST]
    )
    row = state.clock[ClockColumn.FILL_COUNT]
    if row >= state.fill.shape[0]:
        state.clock[ClockColumn.ERROR] = Full.FILLS
        return
    state.clock[ClockColumn.FILL_COUNT] = row + 1
    trade = state.clock[ClockColumn.NEXT_TRADE_ID]
    state.clock[ClockColumn.NEXT_TRADE_ID] = trade + 1
    fill = state.fill[row]
    fill[FillColumn.TIME_MS] = state.clock[ClockColumn.TIME_MS]
    fill[FillColumn.BLOCK] = state.clock[ClockColumn.BLOCK]
    fill[FillColumn.MARKET] = market
    fill[FillColumn.PRICE] = price
    fill[FillColumn.LOTS] = lots
    fill[FillColumn.BUYER] = buyer
    fill[FillColumn.SELLER] = seller
    fill[FillColumn.BUYER_ORDER] = buyer_order
    fill[FillColumn.SELLER_ORDER] = seller_order
    fill[FillColumn.IS_BUY_TAKER] = is_buy_taker
    fill[FillColumn.TRADE_ID] = trade
    fill[FillColumn.TRANSACTION] = transaction
    fill[FillColumn.METHOD] = method
    fill[FillColumn.LIQUIDATED] = (
        NO_ROW if liquidated_pool == NO_ROW else state.pool[liquidated_pool, PoolColumn.ACCOUNT]
    )
    fill[FillColumn.MARK] = state.market[market, MarketColumn.MARK]
    fill[FillColumn.BUYER_START] = buyer_start
    fill[FillColumn.SELLER_START] = seller_start
    fill[FillColumn.BUYER_PNL] = buyer_pnl
    fill[FillColumn.SELLER_PNL] = seller_pnl
    fill[FillColumn.BUYER_FEE] = buyer_fee
    fill[FillColumn.SELLER_FEE] = seller_fee
    isolated = liquidated_pool != NO_ROW and state.pool[liquidated_pool, PoolColumn.ISOLATED_MARKET] != NO_ROW
    fill[FillColumn.IS_ISOLATED] = 1 if isolated else 0
    fill[FillColumn.ADL_BATCH] = 0
    fill[FillColumn.SCORE_RANK] = 0
    fill[FillColumn.SCORE] = 0


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
    """One fill of a pool against the maker account (ClockColumn.MAKER), which stands for everybody not modelled."""
    account = state.pool[pool, PoolColumn.ACCOUNT]
    maker = state.clock[ClockColumn.MAKER]
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
    if state.account[account, AccountColumn.ROLE] == Role.MAKER:
        return 0
    state.account[account, AccountColumn.VOLUME] += notional
    rate = (
        state.account[account, AccountColumn.TAKER_RATE]
        if is_taker
        else state.account[account, AccountColumn.MAKER_RATE]
    )
    return charge_fee(state, pool, market, notional, rate)
