"""A market that ends: every position is settled at one price, without a fill (docs/exchange.md, "Delisting")."""

from __future__ import annotations

from liqscape.exchange.columns import (
    NO_ROW,
    ClockColumn,
    EventKind,
    MarketColumn,
    OrderColumn,
    PoolColumn,
    PositionColumn,
    TriggerCounter,
)
from liqscape.exchange.kernels.book import remove_order
from liqscape.exchange.kernels.event_log import log_event, next_transaction
from liqscape.exchange.kernels.ledger import change_position, position_row, send_home
from liqscape.exchange.kernels.trigger_book import cancel_triggers_of_market
from liqscape.exchange.state import State
from liqscape.risk.kernels.jit import compiled

SETTLEMENT = int(EventKind.SETTLEMENT)


@compiled
def settle_market(state: State, market: int, price: int) -> int:
    """Cancel the market's orders and close its positions at a price in ticks. Returns how many positions went.

    Longs and shorts meet at the same price and sizes sum to zero, so no money is made or lost. What an isolated
    position leaves goes home; what it owes stays with its pool.
    """
    for slot in range(state.clock[ClockColumn.ORDER_END]):
        if state.order[slot, OrderColumn.ID] != 0 and state.order[slot, OrderColumn.MARKET] == market:
            remove_order(state, slot)
    if state.trigger_counter[TriggerCounter.COUNT]:
        cancel_triggers_of_market(state, market)
    transaction = next_transaction(state)
    settled = 0
    for pool in range(state.clock[ClockColumn.POOL_COUNT]):
        row = position_row(state, pool, market)
        if row == NO_ROW:
            continue
        lots = state.position[row, PositionColumn.LOTS]
        pnl = change_position(state, pool, market, -lots, price)
        isolated = 0
        if state.pool[pool, PoolColumn.ISOLATED_MARKET] != NO_ROW:
            isolated = 1
            send_home(state, pool)
        log_event(
            state, SETTLEMENT, state.pool[pool, PoolColumn.ACCOUNT], market, lots, price, pnl, 0, transaction, isolated
        )  # fmt: skip
        settled += 1
    state.market[market, MarketColumn.IS_DELISTED] = 1
    return settled
