"""The exchange's tables as the map's columns: the same events a live source would give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from liqscape.exchange.columns import NO_ROW, Account, Clock, Market, Pool, Position, Role
from liqscape.exchange.scale import UUSD, from_lots, from_ticks
from liqscape.model.accounts import Accounts
from liqscape.model.markets import MarketSnapshot
from liqscape.units import PoolMode, Quality

if TYPE_CHECKING:
    from liqscape.exchange.exchange import Exchange


def to_snapshot(exchange: Exchange) -> MarketSnapshot:
    """Marks, oracles and open interest of all markets now."""
    market = exchange.state.market
    decimals = market[:, Market.SIZE_DECIMALS]
    return MarketSnapshot(
        exchange.markets,
        exchange.time_ms,
        from_ticks(market[:, Market.MARK], decimals),
        from_ticks(market[:, Market.ORACLE], decimals),
        from_lots(market[:, Market.OPEN_LOTS], decimals),
    )


def to_accounts(exchange: Exchange) -> Accounts:
    """Every pool that holds a position, accounts in order of opening, the cross pool first.

    Quality is MODELLED; liquidators and the maker are exempt. Addresses without positions are listed, without a pool.
    """
    state, clock = exchange.state, exchange.state.clock
    pools = np.arange(int(clock[Clock.POOL_COUNT]))
    pool = state.pool[pools]
    pools = pools[pool[:, Pool.COUNT] > 0]
    pools = pools[np.lexsort((pools, state.pool[pools, Pool.ACCOUNT]))]
    pool = state.pool[pools]
    account = state.account[pool[:, Pool.ACCOUNT]]
    count = pool[:, Pool.COUNT]
    offsets = np.concatenate(([0], np.cumsum(count)))
    rows = np.arange(offsets[-1]) - np.repeat(offsets[:-1] - pool[:, Pool.START], count)
    position = state.position[rows]
    market = position[:, Position.MARKET]
    decimals = state.market[market, Market.SIZE_DECIMALS]
    size = from_lots(position[:, Position.LOTS], decimals)
    is_isolated = pool[:, Pool.ISOLATED_MARKET] != NO_ROW
    marks = from_ticks(state.market[:, Market.MARK], state.market[:, Market.SIZE_DECIMALS])
    role = account[:, Account.ROLE]
    return Accounts.build(
        tuple(exchange.addresses),
        pool[:, Pool.ACCOUNT],
        pool[:, Pool.CASH] / UUSD,
        offsets,
        market,
        size,
        position[:, Position.TABLE],
        quality=np.full(len(pools), Quality.MODELLED),
        mode=np.where(is_isolated, PoolMode.ISOLATED, account[:, Account.MODE]),
        is_exempt=(role == Role.LIQUIDATOR) | (role == Role.MAKER),
        observed_ms=np.full(len(pools), exchange.time_ms),
        entry_price=position[:, Position.ENTRY] / UUSD / np.abs(size),
        leverage=position[:, Position.LEVERAGE],
        observed_mark=marks[market],
    )
