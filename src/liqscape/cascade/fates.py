"""Who lost what: the fate of every liquidated pool, and the winners that ADL cut (docs/cascade.md, "Results")."""

from __future__ import annotations

import numpy as np

from liqscape.cascade.flows import Items, Marks
from liqscape.cascade.results import Fates, Winners
from liqscape.exchange.columns import (
    NO_ROW,
    AccountColumn,
    ClockColumn,
    FillColumn,
    MarketColumn,
    Method,
    PoolColumn,
    PositionColumn,
    Role,
)
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.scale import UUSD, from_lots
from liqscape.units import Float64Array, Int64Array

SCORE_UNIT = 1e9
"""FillColumn.SCORE counts in it."""
LATER_MS = (1_000, 5_000, 60_000)


def fates(exchange: Exchange, items: Items, pool_value: Float64Array) -> Fates:
    """One row a liquidated pool, in order of its first item, then address. pool_value (A,) of `pool_values`."""
    state = exchange.state
    is_user = state.account[items.account, AccountColumn.ROLE] != Role.LIQUIDATOR
    items = items.take(is_user)
    pool, first, where = np.unique(_pools(exchange, items), return_index=True, return_inverse=True)
    count = len(pool)
    stage = np.zeros(count, np.int64)
    np.maximum.at(stage, where, items.stage)
    value, exposure = pool_value[pool], _exposures(exchange, pool)
    address = [exchange.addresses[row] for row in state.pool[pool, PoolColumn.ACCOUNT].tolist()]
    market = state.pool[pool, PoolColumn.ISOLATED_MARKET]
    is_one = len(exchange.dexs) == 1
    dex = [exchange.dexs[0]] * count if is_one else [_dex_of(exchange, row) for row in pool.tolist()]
    order = np.lexsort((np.array(address, "U42"), items.time_ms[first])) if count else np.zeros(0, np.int64)
    sums = {
        name: (np.bincount(where, getattr(items, name), count) / UUSD)[order]
        for name in ("sent", "filled", "backstop", "adl")
    }
    return Fates(
        address=tuple(address[row] for row in order.tolist()),
        market_index=market[order],
        dex=tuple(dex[row] for row in order.tolist()),
        first_ms=items.time_ms[first][order],
        stage=stage[order],
        sent=sums["sent"],
        filled=sums["filled"],
        backstop=sums["backstop"],
        adl=sums["adl"],
        value_left=value[order],
        exposure_left=exposure[order],
    )


def _dex_of(exchange: Exchange, pool: int) -> str | None:
    """Dex of the markets a pool backs; None where they are of several."""
    row = exchange.state.pool[pool]
    market = int(row[PoolColumn.ISOLATED_MARKET])
    if market != NO_ROW:
        return exchange.dexs[exchange.dex_of(market)]
    groups = exchange.state.market[:, exchange.state.account[row[PoolColumn.ACCOUNT], AccountColumn.GROUPED_BY]]
    found = np.unique(exchange.state.market[groups == row[PoolColumn.GROUP], MarketColumn.DEX])
    return exchange.dexs[int(found[0])] if len(found) == 1 else None


def _pools(exchange: Exchange, items: Items) -> Int64Array:
    """Pool of each item: the isolated one in its market, else the cross pool that backs the market."""
    state, markets = exchange.state, len(exchange.markets)
    is_named = np.zeros(len(state.account), np.bool_)
    is_named[items.account] = True
    pools = np.flatnonzero(is_named[state.pool[: int(state.clock[ClockColumn.POOL_COUNT]), PoolColumn.ACCOUNT]])
    rows = state.pool[pools]
    is_cross = rows[:, PoolColumn.ISOLATED_MARKET] == NO_ROW
    place = np.where(is_cross, markets + rows[:, PoolColumn.GROUP], rows[:, PoolColumn.ISOLATED_MARKET])
    key = rows[:, PoolColumn.ACCOUNT] * (2 * markets) + place
    order = np.argsort(key, kind="stable")
    group = state.market[items.market, state.account[items.account, AccountColumn.GROUPED_BY]]
    wanted = items.account * (2 * markets) + np.where(items.pool_market == NO_ROW, markets + group, items.pool_market)
    found: Int64Array = pools[order[np.searchsorted(key[order], wanted)]]
    return found


def pool_values(exchange: Exchange) -> Float64Array:
    """(A,) account value of every pool in USD at the present marks."""
    value, _ = exchange.pool_margin()
    return value / UUSD


def _exposures(exchange: Exchange, pools: Int64Array) -> Float64Array:
    """Abs notional of each of these pools in USD at the present marks."""
    state = exchange.state
    rows = state.pool[pools]
    count = rows[:, PoolColumn.COUNT]
    start = np.cumsum(count) - count
    at = np.arange(int(count.sum())) - np.repeat(start - rows[:, PoolColumn.START], count)
    position = state.position[at]
    notional = (
        np.abs(position[:, PositionColumn.LOTS]) * state.market[position[:, PositionColumn.MARKET], MarketColumn.MARK]
    )
    exposure = np.bincount(np.repeat(np.arange(len(pools)), count), notional.astype(np.float64), len(pools))
    return exposure / UUSD


def winners(exchange: Exchange, fills: Int64Array, marks: Marks, start_ms: int, horizon_ms: int) -> Winners:
    """ADL fills as their winners see them, in the order they happened."""
    fills = fills[fills[:, FillColumn.METHOD] == Method.ADL]
    is_loser_seller = fills[:, FillColumn.SELLER] == fills[:, FillColumn.LIQUIDATED]
    side = np.where(is_loser_seller, -1, 1)  # a loser who sells is long, so its counterparty was short
    winner = np.where(is_loser_seller, fills[:, FillColumn.BUYER], fills[:, FillColumn.SELLER])
    pnl = np.where(is_loser_seller, fills[:, FillColumn.BUYER_PNL], fills[:, FillColumn.SELLER_PNL])
    market, time = fills[:, FillColumn.MARKET], fills[:, FillColumn.TIME_MS] - start_ms
    decimals = exchange.state.market[market, MarketColumn.SIZE_DECIMALS]
    given_up = []
    for later in LATER_MS:
        gain = side * (marks.at(time + later, market) - fills[:, FillColumn.PRICE]) * fills[:, FillColumn.LOTS] / UUSD
        given_up.append(np.where(time + later <= horizon_ms, gain, np.nan))
    return Winners(
        time_ms=time,
        batch=fills[:, FillColumn.ADL_BATCH],
        rank=fills[:, FillColumn.SCORE_RANK],
        score=fills[:, FillColumn.SCORE] / SCORE_UNIT,
        address=tuple(exchange.addresses[row] for row in winner),
        loser=tuple(exchange.addresses[row] for row in fills[:, FillColumn.LIQUIDATED]),
        market_index=market,
        side=side,
        size=from_lots(fills[:, FillColumn.LOTS], decimals),
        price=fills[:, FillColumn.PRICE] / 10.0 ** (6 - decimals),
        closed_pnl=pnl / UUSD,
        given_up_1s=given_up[0],
        given_up_5s=given_up[1],
        given_up_60s=given_up[2],
    )
