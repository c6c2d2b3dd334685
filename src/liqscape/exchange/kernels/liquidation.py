"""Who is liquidatable, and the orders of stage 1 (docs/exchange.md, "Liquidation").

A position above 100k USD is closed in slices of 20 %; for 30 s after a slice every order of that user is for a whole
position. The order sizes are decided by exact integers; equality is still safe.
"""

from __future__ import annotations

import math

import numpy as np

from liqscape.exchange.columns import (
    EXCURSION_UNIT,
    MARKET_LIQUIDATION,
    NO_ROW,
    AccountColumn,
    ClockColumn,
    EventKind,
    HoldingColumn,
    MarketColumn,
    PoolColumn,
    PositionColumn,
    Role,
)
from liqscape.exchange.kernels.book import cancel_orders_of_pool
from liqscape.exchange.kernels.collateral import sell_some_holdings
from liqscape.exchange.kernels.event_log import log_event, next_transaction
from liqscape.exchange.kernels.ledger import position_lots
from liqscape.exchange.kernels.margin import (
    is_any_part_below,
    is_below,
    maintenance_of,
    pool_margin,
)
from liqscape.exchange.kernels.sorting import sorted_rows
from liqscape.exchange.kernels.taking import take
from liqscape.exchange.rules import AccountOrder, OrderLimit, RuleAt
from liqscape.exchange.state import State
from liqscape.risk.kernels.jit import compiled, inlined
from liqscape.units import Int64Array

ORDERS_CANCELLED = int(EventKind.ORDERS_CANCELLED)
LIQUIDATION_STARTED = int(EventKind.LIQUIDATION_STARTED)
LIQUIDATION_ORDER = int(EventKind.LIQUIDATION_ORDER)
NEVER = 2**62
"""A pool without positions, or outside of the margin rule, stays safe until something changes it."""


@compiled
def find_all_liquidatable(state: State, found: Int64Array) -> int:
    """Every pool whose value is below maintenance, into `found`: brute force, the definition. Returns how many."""
    count = 0
    for pool in range(state.clock[ClockColumn.POOL_COUNT]):
        if is_liquidatable(state, pool):
            found[count] = pool
            count += 1
    return count


@compiled
def find_exposed_liquidatable(state: State, found: Int64Array) -> int:
    """The same as brute force, looking only at pools the marks could have reached since their last look (eq. 8).

    Free margin F moves by at most G * (exp(e) - 1) while no mark moves by more than e in log-price, with
    G = sum(|exposure| * (1 + largest rate)); so a pool is safe until EXCURSION grows by log(1 + F / G).
    """
    count = 0
    excursion = state.clock[ClockColumn.EXCURSION]
    for pool in range(state.clock[ClockColumn.POOL_COUNT]):
        if excursion < state.pool[pool, PoolColumn.SAFE_UNTIL]:
            continue
        is_nothing = state.pool[pool, PoolColumn.COUNT] == 0 and state.pool[pool, PoolColumn.HOLDING] == 0
        if is_nothing or not is_margined(state, pool):
            state.pool[pool, PoolColumn.SAFE_UNTIL] = NEVER
            continue
        value, maintenance = pool_margin(state, pool)
        if is_below(state, value, maintenance, 1, 1):
            found[count] = pool
            count += 1
        else:
            state.pool[pool, PoolColumn.SAFE_UNTIL] = excursion + _safe_excursion(state, pool, value, maintenance)
    return count


@inlined
def _safe_excursion(state: State, pool: int, value: int, maintenance: int) -> int:
    multiplier = float(state.clock[ClockColumn.MULTIPLIER])
    free = float(value) - float(maintenance) / multiplier
    start, last = state.pool[pool, PoolColumn.START], state.tier.shape[1] - 1
    gross = 0.0
    for row in range(start, start + state.pool[pool, PoolColumn.COUNT]):
        exposure = (
            state.position[row, PositionColumn.LOTS]
            * state.market[state.position[row, PositionColumn.MARKET], MarketColumn.MARK]
        )
        rate = float(state.tier[state.position[row, PositionColumn.TABLE], last, 1]) / multiplier
        gross += abs(float(exposure)) * (1.0 + rate)
    gross += 2.0 * float(state.pool[pool, PoolColumn.COLLATERAL])
    if free <= 0.0 or gross == 0.0:
        return 0
    return int(math.log1p(free / gross) * EXCURSION_UNIT * (1.0 - 1e-6))


@inlined
def is_liquidatable(state: State, pool: int) -> bool:
    """Value below maintenance, of a pool to which the margin rule applies."""
    is_nothing = state.pool[pool, PoolColumn.COUNT] == 0 and state.pool[pool, PoolColumn.HOLDING] == 0
    if is_nothing or not is_margined(state, pool):
        return False
    value, maintenance = pool_margin(state, pool)
    return is_below(state, value, maintenance, 1, 1)


@inlined
def is_margined(state: State, pool: int) -> bool:
    """Users and trading vaults; liquidators and the maker stand outside of stage 1."""
    role = state.account[state.pool[pool, PoolColumn.ACCOUNT], AccountColumn.ROLE]
    return role in (Role.USER, Role.VAULT)


@inlined
def has_backstop(state: State, pool: int) -> bool:
    """Whether a liquidator may take it over: a dex it holds positions in has one, and it is not isolated-only."""
    if state.clock[ClockColumn.LIQUIDATOR_COUNT] == 0:
        return False
    market = state.pool[pool, PoolColumn.ISOLATED_MARKET]
    if (
        market != NO_ROW
        and state.market[market, MarketColumn.IS_ISOLATED_ONLY]
        and state.rules[RuleAt.HAS_BACKSTOP_ON_ISOLATED_ONLY] == 0
    ):
        return False
    start = state.pool[pool, PoolColumn.START]
    for row in range(start, start + state.pool[pool, PoolColumn.COUNT]):
        if state.market[state.position[row, PositionColumn.MARKET], MarketColumn.LIQUIDATORS]:
            return True
    held = state.pool[pool, PoolColumn.HOLDING]
    while held:
        if state.market[state.holding[held - 1, HoldingColumn.MARKET], MarketColumn.LIQUIDATORS]:
            return True
        held = state.holding[held - 1, HoldingColumn.NEXT]
    return False


@compiled
def send_orders(state: State, pools: Int64Array, count: int) -> int:
    """Stage 1 for the first `count` pools, in the order the rule names. Returns orders sent."""
    sent = 0
    ranked = ranked_pools(state, pools, count, state.rules[RuleAt.ACCOUNT_ORDER])
    for at in range(count):
        sent += _send_orders_of(state, ranked[at])
        if state.pool[ranked[at], PoolColumn.HOLDING]:
            sell_some_holdings(state, ranked[at])
    return sent


@inlined
def ranked_pools(state: State, pools: Int64Array, count: int, order: int) -> Int64Array:
    """The pools sorted: AccountOrder first, then address, then pool row. Health is a float64 quotient of exact sums."""
    key = np.empty(count)
    address = np.empty(count, np.int64)
    for at in range(count):
        value, maintenance = pool_margin(state, pools[at])
        address[at] = state.account[state.pool[pools[at], PoolColumn.ACCOUNT], AccountColumn.ADDRESS_KEY]
        key[at] = 0.0
        if order == AccountOrder.HEALTH:
            key[at] = float(value) / float(maintenance) if maintenance else np.inf
        elif order == AccountOrder.SIZE:
            key[at] = -float(maintenance)
    rows = sorted_rows(key, address, pools)
    ranked = np.empty(count, np.int64)
    for at in range(count):
        ranked[at] = pools[rows[at]]
    return ranked


@inlined
def _send_orders_of(state: State, pool: int) -> int:
    value, maintenance = pool_margin(state, pool)
    if state.pool[pool, PoolColumn.COUNT] == 0 or not is_below(state, value, maintenance, 1, 1):
        return 0
    if is_any_part_below(state, pool, value, maintenance, 0, 1):
        return 0
    rules = state.rules
    below = is_any_part_below(
        state, pool, value, maintenance, rules[RuleAt.BACKSTOP_NUMERATOR], rules[RuleAt.BACKSTOP_DENOMINATOR]
    )
    if below and has_backstop(state, pool) and rules[RuleAt.ORDERS_BELOW_BACKSTOP] == 0:
        return 0
    account = state.pool[pool, PoolColumn.ACCOUNT]
    isolated = 1 if state.pool[pool, PoolColumn.ISOLATED_MARKET] != NO_ROW else 0
    transaction = next_transaction(state)
    cancelled = cancel_orders_of_pool(state, pool)
    if cancelled:
        log_event(state, ORDERS_CANCELLED, account, NO_ROW, cancelled, 0, 0, 0, transaction, isolated)
    log_event(
        state, LIQUIDATION_STARTED, account, state.pool[pool, PoolColumn.ISOLATED_MARKET], value, maintenance,
        pool, 0, transaction, isolated,
    )  # fmt: skip
    markets = _markets_by_maintenance(state, pool)
    now, until = state.clock[ClockColumn.TIME_MS], state.account[account, AccountColumn.COOLDOWN_UNTIL_MS]
    is_whole = now < until != now + rules[RuleAt.COOLDOWN_MS]  # slices of this very block do not count yet
    sent, has_sliced = 0, False
    for at in range(markets.shape[0]):
        market = markets[at]
        held = position_lots(state, pool, market)
        if held == 0:
            continue
        notional = abs(held) * state.market[market, MarketColumn.MARK]
        is_slice = not is_whole and notional > rules[RuleAt.SLICE_THRESHOLD_UUSD]
        lots = abs(held)
        if is_slice:
            lots = (lots * rules[RuleAt.SLICE_SHARE_PERCENT] + 99) // 100
            has_sliced = True
        sign = -1 if held > 0 else 1
        ident = state.clock[ClockColumn.NEXT_ORDER_ID]
        state.clock[ClockColumn.NEXT_ORDER_ID] = ident + 1
        limit = _limit(state, market, held, value)
        filled = take(state, market, pool, sign, lots, limit, MARKET_LIQUIDATION, pool, transaction, ident)
        log_event(
            state, LIQUIDATION_ORDER, account, market, lots, filled, 1 if is_slice else 0, held,
            transaction, isolated,
        )  # fmt: skip
        sent += 1
        value, maintenance = pool_margin(state, pool)
        if not is_below(state, value, maintenance, 1, 1):
            break
    if has_sliced:
        state.account[account, AccountColumn.COOLDOWN_UNTIL_MS] = now + rules[RuleAt.COOLDOWN_MS]
    return sent


@inlined
def _limit(state: State, market: int, held: int, value: int) -> int:
    """Limit of a liquidation order in ticks, 0 for none: the price that leaves the pool nothing, or a cap."""
    rule = state.rules[RuleAt.ORDER_LIMIT]
    mark = state.market[market, MarketColumn.MARK]
    if rule == OrderLimit.BANKRUPTCY:
        room = max(0, value) // abs(held)
        return max(1, mark - room) if held > 0 else mark + room
    if rule == OrderLimit.CAP:
        room = mark * state.rules[RuleAt.ORDER_LIMIT_CAP_BPS] // 10_000
        return max(1, mark - room) if held > 0 else mark + room
    return 0


@inlined
def _markets_by_maintenance(state: State, pool: int) -> Int64Array:
    """Markets of a pool's positions, largest maintenance first, then market index."""
    start, count = state.pool[pool, PoolColumn.START], state.pool[pool, PoolColumn.COUNT]
    markets, margin = np.empty(count, np.int64), np.empty(count, np.int64)
    for row in range(start, start + count):
        market = state.position[row, PositionColumn.MARKET]
        notional = abs(state.position[row, PositionColumn.LOTS]) * state.market[market, MarketColumn.MARK]
        here = maintenance_of(state.tier, state.position[row, PositionColumn.TABLE], notional)
        at = row - start
        while at > 0 and (margin[at - 1] < here or (margin[at - 1] == here and markets[at - 1] > market)):
            margin[at], markets[at] = margin[at - 1], markets[at - 1]
            at -= 1
        margin[at], markets[at] = here, market
    return markets
