"""Collateral that moves, as it is liquidated: holdings go to a liquidator at the mark (docs/exchange.md, "Portfolio").

A holding is one more exposure whose maintenance is (1 - LTV) / 2 of its value; a debt is negative cash. So a pool of
debt and collateral alone is below maintenance where the debt is above LTV + (1 - LTV) / 2 of the collateral, and below
2/3 of it where it is above LTV + (1 - LTV) * 2/3: the documented thresholds of partial and full liquidation
(HL.DOC.PORTFOLIO_MARGIN).
"""

from __future__ import annotations

from liqscape.exchange.columns import NO_ROW, Account, Clock, EventKind, Full, Holding, Market, Pool, Role
from liqscape.exchange.kernels.holdings import value_holdings
from liqscape.exchange.kernels.ledger import log_event, next_transaction
from liqscape.exchange.kernels.margin import is_below, pool_margin
from liqscape.exchange.rules import RuleAt, VaultChoice
from liqscape.exchange.state import State
from liqscape.risk.kernels.jit import compiled, inlined

COLLATERAL_TAKEN, DEFICIT = int(EventKind.COLLATERAL_TAKEN), int(EventKind.DEFICIT)


@inlined
def sell_some_holdings(state: State, pool: int) -> None:
    """While a pool is below maintenance: a slice of each holding, in the order of the chain.

    Not where it is below the backstop share, as with orders: there all of it goes when liquidators act.
    """
    rules = state.rules
    value, maintenance = pool_margin(state, pool)
    if rules[RuleAt.ORDERS_BELOW_BACKSTOP] == 0 and is_below(
        state, value, maintenance, rules[RuleAt.BACKSTOP_NUMERATOR], rules[RuleAt.BACKSTOP_DENOMINATOR]
    ):
        return
    held = state.pool[pool, Pool.HOLDING]
    while held:
        after = state.holding[held - 1, Holding.NEXT]
        value, maintenance = pool_margin(state, pool)
        if not is_below(state, value, maintenance, 1, 1):
            break
        lots = state.holding[held - 1, Holding.LOTS]
        _sell_holding(state, pool, held - 1, (lots * state.rules[RuleAt.SLICE_SHARE_PERCENT] + 99) // 100)
        held = after


@inlined
def sell_all_holdings(state: State, pool: int) -> None:
    """All collateral of a pool below the backstop share."""
    held = state.pool[pool, Pool.HOLDING]
    while held:
        after = state.holding[held - 1, Holding.NEXT]
        _sell_holding(state, pool, held - 1, state.holding[held - 1, Holding.LOTS])
        held = after
    if state.pool[pool, Pool.COUNT] == 0 and state.pool[pool, Pool.HOLDING] == 0 and state.pool[pool, Pool.CASH] < 0:
        log_event(
            state, DEFICIT, state.pool[pool, Pool.ACCOUNT], NO_ROW, -state.pool[pool, Pool.CASH], 0, 0, 0,
            next_transaction(state), 0,
        )  # fmt: skip


@inlined
def _sell_holding(state: State, pool: int, row: int, lots: int) -> None:
    """Lots of a holding to a liquidator of the market's dex, who pays the mark; nothing where none is solvent."""
    market = state.holding[row, Holding.MARKET]
    liquidator = choose_liquidator(state, state.market[market, Market.DEX])
    if liquidator == NO_ROW or lots == 0:
        return
    vault = state.account[liquidator, Account.CROSS_POOL]
    mark = state.market[market, Market.MARK]
    is_part = 1 if lots < state.holding[row, Holding.LOTS] else 0
    if not add_holding(state, vault, market, lots, state.holding[row, Holding.RATE]):
        return
    state.holding[row, Holding.LOTS] -= lots
    value_holdings(state)
    state.pool[pool, Pool.CASH] += lots * mark
    state.pool[vault, Pool.CASH] -= lots * mark
    state.pool[pool, Pool.SAFE_UNTIL] = 0
    state.pool[vault, Pool.SAFE_UNTIL] = 0
    if is_part == 0:
        _unlink(state, pool, row)
    log_event(
        state, COLLATERAL_TAKEN, state.pool[pool, Pool.ACCOUNT], market, lots, mark, liquidator, is_part,
        next_transaction(state), 0,
    )  # fmt: skip


@compiled
def set_holding(state: State, pool: int, market: int, lots: int, rate: int) -> None:
    """Make a pool's holding in a market so many lots."""
    held = state.pool[pool, Pool.HOLDING]
    while held and state.holding[held - 1, Holding.MARKET] != market:
        held = state.holding[held - 1, Holding.NEXT]
    state.pool[pool, Pool.SAFE_UNTIL] = 0
    if held == 0:
        if lots:
            add_holding(state, pool, market, lots, rate)
    else:
        state.holding[held - 1, Holding.LOTS] = lots
        state.holding[held - 1, Holding.RATE] = rate
        if lots == 0:
            _unlink(state, pool, held - 1)
    value_holdings(state)


@inlined
def add_holding(state: State, pool: int, market: int, lots: int, rate: int) -> bool:
    """Put lots into a pool, onto its holding in the market where it has one. False (and Clock.ERROR) without room."""
    held = state.pool[pool, Pool.HOLDING]
    while held:
        if state.holding[held - 1, Holding.MARKET] == market:
            state.holding[held - 1, Holding.LOTS] += lots
            return True
        held = state.holding[held - 1, Holding.NEXT]
    row = 0
    while row < state.clock[Clock.HOLDING_COUNT] and state.holding[row, Holding.LOTS]:  # rows without lots are free
        row += 1
    if row >= state.holding.shape[0]:
        state.clock[Clock.ERROR] = Full.HOLDINGS
        return False
    state.clock[Clock.HOLDING_COUNT] = max(row + 1, state.clock[Clock.HOLDING_COUNT])
    state.holding[row, Holding.MARKET] = market
    state.holding[row, Holding.LOTS] = lots
    state.holding[row, Holding.RATE] = rate
    state.holding[row, Holding.POOL] = pool
    state.holding[row, Holding.NEXT] = state.pool[pool, Pool.HOLDING]
    state.pool[pool, Pool.HOLDING] = row + 1
    return True


@inlined
def _unlink(state: State, pool: int, row: int) -> None:
    """Take a holding that is gone out of the chain."""
    before = 0
    held = state.pool[pool, Pool.HOLDING]
    while held != row + 1:
        before = held
        held = state.holding[held - 1, Holding.NEXT]
    if before:
        state.holding[before - 1, Holding.NEXT] = state.holding[row, Holding.NEXT]
    else:
        state.pool[pool, Pool.HOLDING] = state.holding[row, Holding.NEXT]


@inlined
def choose_liquidator(state: State, dex: int) -> int:
    """Account of the dex's liquidator that takes the next part; NO_ROW if none has value left."""
    rule = state.rules[RuleAt.VAULT_CHOICE]
    best, best_value, solvent = NO_ROW, 0, 0
    turn = state.clock[Clock.TAKEOVERS]
    for account in range(state.clock[Clock.FIRST_LIQUIDATOR], state.clock[Clock.ACCOUNT_COUNT]):
        if not _serves(state, account, dex):
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
        if not _serves(state, account, dex):
            continue
        value, _ = pool_margin(state, state.account[account, Account.CROSS_POOL])
        if value >= 0:
            if wanted == 0:
                return account
            wanted -= 1
    return best


@inlined
def _serves(state: State, account: int, dex: int) -> bool:
    return state.account[account, Account.ROLE] == Role.LIQUIDATOR and state.account[account, Account.DEX] == dex
