"""Collateral that moves, as it is liquidated: holdings go to a liquidator at the mark (docs/exchange.md, "Portfolio").

A holding is one more exposure whose maintenance is (1 - LTV) / 2 of its value; a debt is negative cash. So a pool of
debt and collateral alone is below maintenance where the debt is above LTV + (1 - LTV) / 2 of the collateral, and below
2/3 of it where it is above LTV + (1 - LTV) * 2/3: the documented thresholds of partial and full liquidation
(HL.DOC.PORTFOLIO_MARGIN).
"""

from __future__ import annotations

from liqscape.exchange.columns import (
    NO_ROW,
    AccountColumn,
    ClockColumn,
    EventKind,
    Full,
    HoldingColumn,
    MarketColumn,
    PoolColumn,
    Role,
)
from liqscape.exchange.kernels.event_log import log_event, next_transaction
from liqscape.exchange.kernels.holdings import value_holdings
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
    held = state.pool[pool, PoolColumn.HOLDING]
    while held:
        after = state.holding[held - 1, HoldingColumn.NEXT]
        value, maintenance = pool_margin(state, pool)
        if not is_below(state, value, maintenance, 1, 1):
            break
        lots = state.holding[held - 1, HoldingColumn.LOTS]
        _sell_holding(state, pool, held - 1, (lots * state.rules[RuleAt.SLICE_SHARE_PERCENT] + 99) // 100)
        held = after


@inlined
def sell_all_holdings(state: State, pool: int) -> None:
    """All collateral of a pool below the backstop share."""
    held = state.pool[pool, PoolColumn.HOLDING]
    while held:
        after = state.holding[held - 1, HoldingColumn.NEXT]
        _sell_holding(state, pool, held - 1, state.holding[held - 1, HoldingColumn.LOTS])
        held = after
    if (
        state.pool[pool, PoolColumn.COUNT] == 0
        and state.pool[pool, PoolColumn.HOLDING] == 0
        and state.pool[pool, PoolColumn.CASH] < 0
    ):
        log_event(
            state, DEFICIT, state.pool[pool, PoolColumn.ACCOUNT], NO_ROW, -state.pool[pool, PoolColumn.CASH], 0, 0, 0,
            next_transaction(state), 0,
        )  # fmt: skip


@inlined
def _sell_holding(state: State, pool: int, row: int, lots: int) -> None:
    """Lots of a holding to a liquidator of the market's dex, who pays the mark; nothing where none is solvent."""
    market = state.holding[row, HoldingColumn.MARKET]
    liquidator = choose_liquidator(state, state.market[market, MarketColumn.DEX])
    if liquidator == NO_ROW or lots == 0:
        return
    vault = state.account[liquidator, AccountColumn.CROSS_POOL]
    mark = state.market[market, MarketColumn.MARK]
    is_part = 1 if lots < state.holding[row, HoldingColumn.LOTS] else 0
    if not add_holding(state, vault, market, lots, state.holding[row, HoldingColumn.RATE]):
        return
    state.holding[row, HoldingColumn.LOTS] -= lots
    value_holdings(state)
    state.pool[pool, PoolColumn.CASH] += lots * mark
    state.pool[vault, PoolColumn.CASH] -= lots * mark
    state.pool[pool, PoolColumn.SAFE_UNTIL] = 0
    state.pool[vault, PoolColumn.SAFE_UNTIL] = 0
    if is_part == 0:
        _unlink(state, pool, row)
    log_event(
        state, COLLATERAL_TAKEN, state.pool[pool, PoolColumn.ACCOUNT], market, lots, mark, liquidator, is_part,
        next_transaction(state), 0,
    )  # fmt: skip


@compiled
def set_holding(state: State, pool: int, market: int, lots: int, rate: int) -> None:
    """Make a pool's holding in a market so many lots."""
    held = state.pool[pool, PoolColumn.HOLDING]
    while held and state.holding[held - 1, HoldingColumn.MARKET] != market:
        held = state.holding[held - 1, HoldingColumn.NEXT]
    state.pool[pool, PoolColumn.SAFE_UNTIL] = 0
    if held == 0:
        if lots:
            add_holding(state, pool, market, lots, rate)
    else:
        state.holding[held - 1, HoldingColumn.LOTS] = lots
        state.holding[held - 1, HoldingColumn.RATE] = rate
        if lots == 0:
            _unlink(state, pool, held - 1)
    value_holdings(state)


@inlined
def add_holding(state: State, pool: int, market: int, lots: int, rate: int) -> bool:
    """Put lots into a pool, onto its holding in the market where it has one. False (and an error) without room."""
    held = state.pool[pool, PoolColumn.HOLDING]
    while held:
        if state.holding[held - 1, HoldingColumn.MARKET] == market:
            state.holding[held - 1, HoldingColumn.LOTS] += lots
            return True
        held = state.holding[held - 1, HoldingColumn.NEXT]
    row = 0
    while (
        row < state.clock[ClockColumn.HOLDING_COUNT] and state.holding[row, HoldingColumn.LOTS]
    ):  # rows without lots are free
        row += 1
    if row >= state.holding.shape[0]:
        state.clock[ClockColumn.ERROR] = Full.HOLDINGS
        return False
    state.clock[ClockColumn.HOLDING_COUNT] = max(row + 1, state.clock[ClockColumn.HOLDING_COUNT])
    state.holding[row, HoldingColumn.MARKET] = market
    state.holding[row, HoldingColumn.LOTS] = lots
    state.holding[row, HoldingColumn.RATE] = rate
    state.holding[row, HoldingColumn.POOL] = pool
    state.holding[row, HoldingColumn.NEXT] = state.pool[pool, PoolColumn.HOLDING]
    state.pool[pool, PoolColumn.HOLDING] = row + 1
    return True


@inlined
def _unlink(state: State, pool: int, row: int) -> None:
    """Take a holding that is gone out of the chain."""
    before = 0
    held = state.pool[pool, PoolColumn.HOLDING]
    while held != row + 1:
        before = held
        held = state.holding[held - 1, HoldingColumn.NEXT]
    if before:
        state.holding[before - 1, HoldingColumn.NEXT] = state.holding[row, HoldingColumn.NEXT]
    else:
        state.pool[pool, PoolColumn.HOLDING] = state.holding[row, HoldingColumn.NEXT]


@inlined
def choose_liquidator(state: State, dex: int) -> int:
    """Account of the dex's liquidator that takes the next part; NO_ROW if none has value left."""
    rule = state.rules[RuleAt.VAULT_CHOICE]
    best, best_value, solvent = NO_ROW, 0, 0
    turn = state.clock[ClockColumn.TAKEOVERS]
    for account in range(state.clock[ClockColumn.FIRST_LIQUIDATOR], state.clock[ClockColumn.ACCOUNT_COUNT]):
        if not _serves(state, account, dex):
            continue
        value, _ = pool_margin(state, state.account[account, AccountColumn.CROSS_POOL])
        if value < 0:
            continue
        solvent += 1
        if best == NO_ROW or (rule == VaultChoice.RICHEST and value > best_value):
            best, best_value = account, value
    if rule != VaultChoice.ROUND_ROBIN or solvent == 0:
        return best
    wanted = turn % solvent
    for account in range(state.clock[ClockColumn.FIRST_LIQUIDATOR], state.clock[ClockColumn.ACCOUNT_COUNT]):
        if not _serves(state, account, dex):
            continue
        value, _ = pool_margin(state, state.account[account, AccountColumn.CROSS_POOL])
        if value >= 0:
            if wanted == 0:
                return account
            wanted -= 1
    return best


@inlined
def _serves(state: State, account: int, dex: int) -> bool:
    return (
        state.account[account, AccountColumn.ROLE] == Role.LIQUIDATOR
        and state.account[account, AccountColumn.DEX] == dex
    )
