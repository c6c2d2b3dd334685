"""A taker meets the market: order book, infinite depth at the mark, or a fitted depth profile."""

from __future__ import annotations

from liqscape.exchange.columns import (
    ASK,
    BID,
    NO_ROW,
    REDUCE_ONLY,
    AccountColumn,
    BookKind,
    LevelColumn,
    MarketColumn,
    OrderColumn,
    PoolColumn,
    Role,
)
from liqscape.exchange.kernels.arithmetic import divide_up
from liqscape.exchange.kernels.book import best_price, remove_order, shrink_order
from liqscape.exchange.kernels.ledger import (
    cross_pool_of,
    leverage_of,
    pool_of,
    position_lots,
    record_fill,
    trade_with_maker,
)
from liqscape.exchange.kernels.margin import initial_margin, pool_margin
from liqscape.exchange.kernels.profile import best_profile, take_profile
from liqscape.exchange.state import State
from liqscape.risk.kernels.jit import inlined


@inlined
def best_prices(state: State, market: int) -> tuple[int, int]:
    """(best bid, best ask) in ticks, 0 where a side is empty; (0, 0) for a book at the mark."""
    kind = state.market[market, MarketColumn.BOOK_KIND]
    if kind == BookKind.ORDERS:
        return best_price(state, market, BID), best_price(state, market, ASK)
    if kind == BookKind.PROFILE:
        return best_profile(state, market)
    return 0, 0


@inlined
def take(
    state: State,
    market: int,
    pool: int,
    sign: int,
    lots: int,
    limit: int,
    method: int,
    liquidated_pool: int,
    transaction: int,
    order_id: int,
) -> int:
    """Execute at once what the market gives, up to `lots` and not past `limit` ticks (0: no limit).

    sign +1 buys. Returns the lots filled. Fills are logged with `method` and the pool being liquidated (NO_ROW: none).
    """
    kind = state.market[market, MarketColumn.BOOK_KIND]
    if kind == BookKind.ORDERS:
        return _take_orders(state, market, pool, sign, lots, limit, method, liquidated_pool, transaction, order_id)
    if kind == BookKind.PROFILE:
        return take_profile(state, market, pool, sign, lots, limit, method, liquidated_pool, transaction, order_id)
    mark = state.market[market, MarketColumn.MARK]
    if limit and (mark - limit) * sign > 0:
        return 0
    trade_with_maker(state, market, pool, sign, lots, mark, method, liquidated_pool, transaction, order_id)
    return lots


@inlined
def _take_orders(
    state: State,
    market: int,
    pool: int,
    sign: int,
    lots: int,
    limit: int,
    method: int,
    liquidated_pool: int,
    transaction: int,
    order_id: int,
) -> int:
    account = state.pool[pool, PoolColumn.ACCOUNT]
    side = ASK if sign > 0 else BID
    left = lots
    while left > 0:
        count = state.market[market, MarketColumn.BIDS + side]
        if count == 0:
            break
        price = state.level[market, side, count - 1, LevelColumn.PRICE]
        if limit and (price - limit) * sign > 0:
            break
        slot = state.level[market, side, count - 1, LevelColumn.HEAD]
        maker = state.order[slot, OrderColumn.ACCOUNT]
        if maker == account:  # no trade with oneself: the resting order goes
            remove_order(state, slot)
            continue
        maker_pool = pool_of(state, maker, market)
        quantity = min(left, state.order[slot, OrderColumn.LOTS])
        if state.order[slot, OrderColumn.FLAGS] & REDUCE_ONLY:
            held = position_lots(state, maker_pool, market)
            quantity = min(quantity, max(0, held * sign))
        if quantity == 0 or not _maker_can_pay(state, maker, maker_pool, market, -sign * quantity, price):
            remove_order(state, slot)
            continue
        maker_order = state.order[slot, OrderColumn.ID]
        shrink_order(state, slot, quantity)
        if sign > 0:
            record_fill(
                state, market, price, quantity, account, maker, order_id, maker_order, 1, method, liquidated_pool,
                transaction, pool, maker_pool, 1,
            )  # fmt: skip
        else:
            record_fill(
                state, market, price, quantity, maker, account, maker_order, order_id, 0, method, liquidated_pool,
                transaction, maker_pool, pool, 1,
            )  # fmt: skip
        left -= quantity
    return lots - left


@inlined
def _maker_can_pay(state: State, account: int, pool: int, market: int, lots: int, price: int) -> bool:
    """Whether a resting order may fill: the part that opens must find its initial margin."""
    role = state.account[account, AccountColumn.ROLE]
    if role in (Role.LIQUIDATOR, Role.MAKER):
        return True
    return can_open(state, account, pool, market, lots, price)


@inlined
def can_open(state: State, account: int, pool: int, market: int, lots: int, price: int) -> bool:
    """Whether signed lots at a price find initial margin: what opens must fit into value - initial margin.

    An isolated position is paid from the cross pool.
    """
    held = position_lots(state, pool, market)
    opened = abs(lots)
    if held != 0 and (held > 0) != (lots > 0):
        opened = max(0, abs(lots) - abs(held))
    if opened == 0:
        return True
    payer = pool
    if state.pool[pool, PoolColumn.ISOLATED_MARKET] != NO_ROW:
        payer = cross_pool_of(state, account, market)
    value, _ = pool_margin(state, payer)
    needed = divide_up(opened * price, leverage_of(state, account, market))
    return value - initial_margin(state, payer) >= needed
