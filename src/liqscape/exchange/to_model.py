"""The exchange's tables as the map's columns: the same events a live source would give."""

from __future__ import annotations

import numpy as np

from liqscape.exchange.columns import (
    NO_ROW,
    RATE_UNIT,
    Account,
    Clock,
    Holding,
    Market,
    Pool,
    Position,
    Role,
)
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.scale import UUSD, from_lots, from_ticks
from liqscape.exchange.state import State
from liqscape.model.accounts import Accounts
from liqscape.model.markets import MarketSnapshot
from liqscape.units import Float64Array, Int64Array, MarginSource, PoolMode


def to_snapshot(exchange: Exchange) -> MarketSnapshot:
    """Marks, oracles and open interest of all markets now."""
    market = exchange.state.market
    decimals = market[:, Market.SIZE_DECIMALS]
    return MarketSnapshot(
        markets=exchange.markets,
        time_ms=exchange.time_ms,
        mark=from_ticks(market[:, Market.MARK], decimals),
        oracle=from_ticks(market[:, Market.ORACLE], decimals),
        open_interest=from_lots(market[:, Market.OPEN_LOTS], decimals),
    )


def to_accounts(exchange: Exchange) -> Accounts:
    """Every account in order of opening, as of now."""
    count = len(exchange.addresses)
    return accounts_of(exchange, np.arange(count), np.full(count, exchange.time_ms))


def accounts_of(exchange: Exchange, rows: Int64Array, changed_ms: Int64Array) -> Accounts:
    """Present states of the given (sorted) account rows: every pool that holds a position, the cross pool first.

    An account without positions is named without a pool. MarginSource is MODELLED; liquidators and maker are exempt.
    Collateral that moves counts in the raw USD, at its value after the haircut.
    changed_ms (N,) is when each account last changed.
    """
    state = exchange.state
    place = np.full(len(exchange.addresses), NO_ROW)
    place[rows] = np.arange(len(rows))
    all_pools = state.pool[: int(state.clock[Clock.POOL_COUNT])]
    pools = np.flatnonzero((all_pools[:, Pool.COUNT] > 0) & (place[all_pools[:, Pool.ACCOUNT]] >= 0))
    pools = pools[np.lexsort((pools, place[all_pools[pools, Pool.ACCOUNT]]))]
    pool = all_pools[pools]
    account = state.account[pool[:, Pool.ACCOUNT]]
    count = pool[:, Pool.COUNT]
    offsets = np.concatenate(([0], np.cumsum(count)))
    position = state.position[np.arange(offsets[-1]) - np.repeat(offsets[:-1] - pool[:, Pool.START], count)]
    market = position[:, Position.MARKET]
    decimals = state.market[:, Market.SIZE_DECIMALS]
    size = from_lots(position[:, Position.LOTS], decimals[market])
    is_isolated = pool[:, Pool.ISOLATED_MARKET] != NO_ROW
    role = account[:, Account.ROLE]
    return Accounts.build(
        addresses=tuple([exchange.addresses[row] for row in rows.tolist()]),
        address_row=place[pool[:, Pool.ACCOUNT]],
        raw_usd=pool[:, Pool.CASH] / UUSD + _collateral(state, pool),
        offsets=offsets,
        market_index=market,
        size=size,
        table_row=position[:, Position.TABLE],
        margin_source=np.full(len(pools), MarginSource.MODELLED),
        mode=np.where(is_isolated, PoolMode.ISOLATED, account[:, Account.MODE]),
        is_exempt=(role == Role.LIQUIDATOR) | (role == Role.MAKER),
        observed_ms=changed_ms[pool[:, Pool.ACCOUNT]],
        entry_price=position[:, Position.ENTRY] / UUSD / np.abs(size),
        leverage=position[:, Position.LEVERAGE],
        observed_mark=from_ticks(state.market[:, Market.MARK], decimals)[market],
    )


def _collateral(state: State, pool: Int64Array) -> Float64Array:
    """(A,) USD of each pool's holdings less their maintenance."""
    worth = np.zeros(len(pool))
    for row in np.flatnonzero(pool[:, Pool.HOLDING]).tolist():
        held = int(pool[row, Pool.HOLDING])
        while held:
            holding = state.holding[held - 1]
            value = int(holding[Holding.LOTS] * state.market[holding[Holding.MARKET], Market.MARK])
            worth[row] += (value - value * int(holding[Holding.RATE]) // RATE_UNIT) / UUSD
            held = int(holding[Holding.NEXT])
    return worth
