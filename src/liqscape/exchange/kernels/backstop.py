"""The backstop: a liquidator vault takes a whole pool over at the mark (docs/exchange.md, "Backstop")."""

from __future__ import annotations

import numpy as np

from liqscape.exchange.columns import BACKSTOP, NO_ROW, Account, Clock, EventKind, Market, Pool, Position, Role
from liqscape.exchange.kernels.book import cancel_orders
from liqscape.exchange.kernels.ledger import log_event, next_transaction, record_fill
from liqscape.exchange.kernels.liquidation import ORDERS_CANCELLED, has_backstop, is_margined, ranked_pools
from liqscape.exchange.kernels.margin import is_below, pool_margin
from liqscape.exchange.rules import RuleAt, VaultChoice
from liqscape.exchange.state import State
from liqscape.risk.kernels.jit import compiled, inlined
from liqscape.units import Int64Array

TAKEOVER = int(EventKind.TAKEOVER)


@compiled
def take_over(state: State, pools: Int64Array, count: int) -> int:
    """Hand every pool below the backstop share to a liquidator. Returns how many went."""
    rules = state.rules
    ranked = ranked_pools(state, pools, count, rules[RuleAt.ACCOUNT_ORDER])
    taken = 0
    for at in range(count):
        pool = ranked[at]
        if state.pool[pool, Pool.COUNT] == 0 or not is_margined(state, pool) or not has_backstop(state, pool):
            continue
        value, maintenance = pool_margin(state, pool)
        if not is_below(
            state, value, maintenance, rules[RuleAt.BACKSTOP_NUMERATOR], rules[RuleAt.BACKSTOP_DENOMINATOR]
        ):
            continue
        liquidator = _choose_liquidator(state)
        if liquidator == NO_ROW:
            break
        _take_over_pool(state, pool, liquidator, value)
        taken += 1
    return taken


@inlined
def _choose_liquidator(state: State) -> int:
    """Account of the liquidator that takes the next pool; NO_ROW if none has value left."""
    rule = state.rules[RuleAt.VAULT_CHOICE]
    best, best_value, solvent = NO_ROW, 0, 0
    turn = state.clock[Clock.TAKEOVERS]
    for account in range(state.clock[Clock.FIRST_LIQUIDATOR], state.clock[Clock.ACCOUNT_COUNT]):
        if state.account[account, Account.ROLE] != Role.LIQUIDATOR:
            continue
        value, _ = pool_margin(state, state.account[account, Account.CROSS_POOL])
        if value < 0:
            continue
        solvent += 1
        if best == NO_ROW or (rule == VaultChoice.RICHEST and value > best_value):
            best, best_value = account, value
    if rule != VaultChoice.ROUND_ROBIN or solvent == 0:
        return best
    wanted = turn % solvent
    for account in range(state.clock[Clock.FIRST_LIQUIDATOR], state.clock[Clock.ACCOUNT_COUNT]):
        if state.account[account, Account.ROLE] != Role.LIQUIDATOR:
            continue
        value, _ = pool_margin(state, state.account[account, Account.CROSS_POOL])
        if value >= 0:
            if wanted == 0:
                return account
            wanted -= 1
    return best


@inlined
def _take_over_pool(state: State, pool: int, liquidator: int, value: int) -> None:
    account = state.pool[pool, Pool.ACCOUNT]
    isolated_market = state.pool[pool, Pool.ISOLATED_MARKET]
    isolated = 1 if isolated_market != NO_ROW else 0
    vault = state.account[liquidator, Account.CROSS_POOL]
    transaction = next_transaction(state)
    cancelled = cancel_orders(state, account, isolated_market)
    if cancelled:
        log_event(state, ORDERS_CANCELLED, account, NO_ROW, cancelled, 0, 0, 0, transaction, isolated)
    start, count = state.pool[pool, Pool.START], state.pool[pool, Pool.COUNT]
    markets = np.sort(state.position[start : start + count, Position.MARKET])
    moved = 0
    for market in markets:
        held = 0
        for row in range(start, start + state.pool[pool, Pool.COUNT]):
            if state.position[row, Position.MARKET] == market:
                held = state.position[row, Position.LOTS]
        mark = state.market[market, Market.MARK]
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
    cash = state.pool[pool, Pool.CASH]
    state.pool[pool, Pool.CASH] = 0
    state.pool[vault, Pool.CASH] += cash
    state.pool[vault, Pool.SAFE_UNTIL] = 0
    state.clock[Clock.TAKEOVERS] += 1
    log_event(
        state, TAKEOVER, account, isolated_market, moved, value, liquidator, 0, transaction, isolated
    )  # fmt: skip
