"""The exchange's tables as the map's columns: the same events a live source would give."""

from __future__ import annotations

import numpy as np

from liqscape.exchange.columns import (
    FUNDING_UNIT,
    NO_ROW,
    RATE_UNIT,
    AccountColumn,
    ClockColumn,
    HoldingColumn,
    MarketColumn,
    PoolColumn,
    PositionColumn,
    Role,
)
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.scale import UUSD, from_lots, from_ticks
from liqscape.exchange.state import State
from liqscape.model.accounts import Accounts
from liqscape.model.markets import MarketSnapshot
from liqscape.units import Float64Array, Int64Array, MarginSource, PoolMode


def to_snapshot(exchange: Exchange) -> MarketSnapshot:
    """Marks, oracles, open interest and running funding rates of all markets now."""
    market = exchange.state.market
    decimals = market[:, MarketColumn.SIZE_DECIMALS]
    return MarketSnapshot(
        markets=exchange.markets,
        time_ms=exchange.time_ms,
        mark=from_ticks(market[:, MarketColumn.MARK], decimals),
        oracle=from_ticks(market[:, MarketColumn.ORACLE], decimals),
        open_interest=from_lots(market[:, MarketColumn.OPEN_LOTS], decimals),
        funding_rate=market[:, MarketColumn.FUNDING_RATE] / FUNDING_UNIT,
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
    all_pools = state.pool[: int(state.clock[ClockColumn.POOL_COUNT])]
    pools = np.flatnonzero((all_pools[:, PoolColumn.COUNT] > 0) & (place[all_pools[:, PoolColumn.ACCOUNT]] >= 0))
    pools = pools[np.lexsort((pools, place[all_pools[pools, PoolColumn.ACCOUNT]]))]
    pool = all_pools[pools]
    account = state.account[pool[:, PoolColumn.ACCOUNT]]
    count = pool[:, PoolColumn.COUNT]
    offsets = np.concatenate(([0], np.cumsum(count)))
    position = state.position[np.arange(offsets[-1]) - np.repeat(offsets[:-1] - pool[:, PoolColumn.START], count)]
    market = position[:, PositionColumn.MARKET]
    decimals = state.market[:, MarketColumn.SIZE_DECIMALS]
    size = from_lots(position[:, PositionColumn.LOTS], decimals[market])
    is_isolated = pool[:, PoolColumn.ISOLATED_MARKET] != NO_ROW
    role = account[:, AccountColumn.ROLE]
    return Accounts.build(
        addresses=tuple([exchange.addresses[row] for row in rows.tolist()]),
        address_row=place[pool[:, PoolColumn.ACCOUNT]],
        raw_usd=pool[:, PoolColumn.CASH] / UUSD + _collateral(state, pool),
        offsets=offsets,
        market_index=market,
        size=size,
        table_row=position[:, PositionColumn.TABLE],
        margin_source=np.full(len(pools), MarginSource.MODELLED),
        mode=np.where(is_isolated, PoolMode.ISOLATED, account[:, AccountColumn.MODE]),
        is_exempt=(role == Role.LIQUIDATOR) | (role == Role.MAKER),
        observed_ms=changed_ms[pool[:, PoolColumn.ACCOUNT]],
        entry_price=position[:, PositionColumn.ENTRY] / UUSD / np.abs(size),
        leverage=position[:, PositionColumn.LEVERAGE],
        observed_mark=from_ticks(state.market[:, MarketColumn.MARK], decimals)[market],
    )


def _collateral(state: State, pool: Int64Array) -> Float64Array:
    """(A,) USD of each pool's holdings less their maintenance."""
    worth = np.zeros(len(pool))
    for row in np.flatnonzero(pool[:, PoolColumn.HOLDING]).tolist():
        held = int(pool[row, PoolColumn.HOLDING])
        while held:
            holding = state.holding[held - 1]
            value = int(holding[HoldingColumn.LOTS] * state.market[holding[HoldingColumn.MARKET], MarketColumn.MARK])
            worth[row] += (value - value * int(holding[HoldingColumn.RATE]) // RATE_UNIT) / UUSD
            held = int(holding[HoldingColumn.NEXT])
    return worth
