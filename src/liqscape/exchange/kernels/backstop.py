"""The backstop: liquidator vaults take a pool over at the mark, each what is in its dex (docs/exchange.md, "Backstop").

A pool in one dex goes whole to one vault. Of a pool over several dexs each dex's vault takes that dex's positions, and
of the account value the share that these have of maintenance; parts without a solvent vault stay with the account.
Where the rule protects cross margin only the parts below their own threshold go, and leave the others their whole
maintenance.
"""

from __future__ import annotations

import numpy as np

from liqscape.exchange.columns import (
    BACKSTOP,
    NO_ROW,
    AccountColumn,
    ClockColumn,
    EventKind,
    MarketColumn,
    PoolColumn,
    PositionColumn,
)
from liqscape.exchange.kernels.arithmetic import divide_up, multiply_divide
from liqscape.exchange.kernels.book import cancel_orders_of_pool
from liqscape.exchange.kernels.collateral import choose_liquidator, sell_all_holdings
from liqscape.exchange.kernels.event_log import log_event, next_transaction
from liqscape.exchange.kernels.ledger import position_lots, record_fill
from liqscape.exchange.kernels.liquidation import ORDERS_CANCELLED, has_backstop, is_margined, ranked_pools
from liqscape.exchange.kernels.margin import (
    dex_maintenance,
    has_parts,
    is_any_part_below,
    is_below,
    is_empty,
    is_part_below,
    pool_margin,
)
from liqscape.exchange.rules import RuleAt
from liqscape.exchange.state import State
from liqscape.risk.kernels.jit import compiled, inlined
from liqscape.units import Int64Array

TAKEOVER = int(EventKind.TAKEOVER)


@compiled
def take_over(state: State, pools: Int64Array, count: int) -> int:
    """Hand every pool below the backstop share to liquidators. Returns how many parts of pools went."""
    rules = state.rules
    ranked = ranked_pools(state, pools, count, rules[RuleAt.ACCOUNT_ORDER])
    taken = 0
    for at in range(count):
        pool = ranked[at]
        if is_empty(state, pool) or not is_margined(state, pool) or not has_backstop(state, pool):
            continue
        value, maintenance = pool_margin(state, pool)
        if state.pool[pool, PoolColumn.HOLDING] and is_below(
            state, value, maintenance, rules[RuleAt.BACKSTOP_NUMERATOR], rules[RuleAt.BACKSTOP_DENOMINATOR]
        ):  # the collateral goes first: without its part of maintenance the positions may be safe again
            sell_all_holdings(state, pool)
            value, maintenance = pool_margin(state, pool)
        if is_any_part_below(
            state, pool, value, maintenance, rules[RuleAt.BACKSTOP_NUMERATOR], rules[RuleAt.BACKSTOP_DENOMINATOR]
        ):
            taken += _take_over_parts(state, pool, value, maintenance)
    return taken


@inlined
def _take_over_parts(state: State, pool: int, value: int, maintenance: int) -> int:
    """Hand a pool's positions over, dex by dex, to those who can take them. Returns how many dexs went."""
    rules = state.rules
    protects = has_parts(state, pool)
    multiplier = state.clock[ClockColumn.MULTIPLIER]
    taken = 0
    for dex in range(state.clock[ClockColumn.DEX_COUNT]):
        own = dex_maintenance(state, pool, dex)
        if own == 0:
            continue
        if protects:
            value, maintenance = pool_margin(state, pool)
            if not is_part_below(
                state, value, maintenance, own, rules[RuleAt.BACKSTOP_NUMERATOR], rules[RuleAt.BACKSTOP_DENOMINATOR]
            ):
                continue
        liquidator = choose_liquidator(state, dex)
        if liquidator == NO_ROW:
            continue
        if protects:
            moved = value - divide_up(maintenance - own, multiplier)
        else:
            share = multiply_divide(abs(value), own // multiplier, max(1, maintenance // multiplier))
            moved = share if value >= 0 else -share
        _take_over_dex(state, pool, dex, liquidator, moved)
        taken += 1
    return taken


@inlined
def _take_over_dex(state: State, pool: int, dex: int, liquidator: int, value: int) -> None:
    """Positions of one dex and `value` of the account value; all that is left of it with the last position."""
    account = state.pool[pool, PoolColumn.ACCOUNT]
    isolated_market = state.pool[pool, PoolColumn.ISOLATED_MARKET]
    isolated = 1 if isolated_market != NO_ROW else 0
    vault = state.account[liquidator, AccountColumn.CROSS_POOL]
    transaction = next_transaction(state)
    cancelled = cancel_orders_of_pool(state, pool)
    if cancelled:
        log_event(state, ORDERS_CANCELLED, account, NO_ROW, cancelled, 0, 0, 0, transaction, isolated)
    start, count = state.pool[pool, PoolColumn.START], state.pool[pool, PoolColumn.COUNT]
    markets = np.empty(count, np.int64)
    markets[:] = state.position[start : start + count, PositionColumn.MARKET]
    markets.sort()
    moved = 0
    for market in markets:
        if state.market[market, MarketColumn.DEX] != dex:
            continue
        held = position_lots(state, pool, market)
        mark = state.market[market, MarketColumn.MARK]
        moved += abs(held) * mark
        if held > 0:
            record_fill(
                state, market, mark, held, liquidator, account, 0, 0, 0, BACKSTOP, pool, transaction,
                vault, pool, 0,
            )  # fmt: skip
        else:
            record_fill(
                state, market, mark, -held, account, liquidator, 0, 0, 1, BACKSTOP, pool, transaction,
                pool, vault, 0,
            )  # fmt: skip
    if state.pool[pool, PoolColumn.COUNT] == 0:
        value = state.pool[pool, PoolColumn.CASH]
    state.pool[pool, PoolColumn.CASH] -= value
    state.pool[vault, PoolColumn.CASH] += value
    state.pool[vault, PoolColumn.SAFE_UNTIL] = 0
    state.clock[ClockColumn.TAKEOVERS] += 1
    log_event(
        state, TAKEOVER, account, isolated_market, moved, value, liquidator, dex, transaction, isolated
    )  # fmt: skip
