"""A whole market, known in natural units, as the state of an exchange (docs/exchange.md, "Loading").

Accounts come in order of address, so the order of the given rows changes nothing. Sizes are rounded to lots and marks
to ticks; cash is set so that every pool keeps its account value at those marks. Sizes that do not sum to zero (nobody
sees every account) are held against by one declared account.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import numpy as np

from liqscape.errors import ModelError
from liqscape.exchange.addresses import address_keys
from liqscape.exchange.build import empty_state
from liqscape.exchange.columns import (
    NO_ROW,
    RATE_UNIT,
    AccountColumn,
    ClockColumn,
    FlowColumn,
    MarketColumn,
    PoolColumn,
    PositionColumn,
    Role,
)
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.output import LoadReport
from liqscape.exchange.owners import Owners, owners_of
from liqscape.exchange.scale import LARGEST_UUSD, UUSD, largest_notional, marks_to_ticks, to_lots
from liqscape.exchange.state import State
from liqscape.model.accounts import Accounts
from liqscape.model.collateral import Collateral
from liqscape.model.markets import MarketSnapshot
from liqscape.units import AnyArray, Float64Array, Int64Array, PoolMode

REST_ADDRESS = "0x" + "f" * 40
"""The account that stands for everybody not modelled."""
REST_CASH = LARGEST_UUSD // 2
"""Cash of each pool of the rest account and the room it leaves to gain and lose."""
MAX_LIQUIDATORS = 80
"""Liquidators that may be opened after loading."""


def load_accounts(
    exchange: Exchange,
    accounts: Accounts,
    snapshot: MarketSnapshot,
    *,
    rest_address: str = REST_ADDRESS,
    exempt_role: int = Role.MAKER,
    collateral: Collateral | None = None,
) -> LoadReport:
    """Fill an exchange that has no accounts yet with a whole market.

    rest_address  of the account that stands for everybody not modelled. exempt_role is the role of exempt accounts.

    Raises ModelError if it has accounts, or if amounts pass the bounds.
    """
    collateral = collateral or Collateral.none()
    if exchange.addresses:
        raise ModelError(f"the exchange already has {len(exchange.addresses)} accounts")
    if snapshot.markets != exchange.markets:
        raise ModelError("the snapshot is of other markets than the exchange")
    decimals = exchange.state.market[:, MarketColumn.SIZE_DECIMALS]
    ticks = marks_to_ticks(snapshot.mark, decimals)
    lots = to_lots(accounts.size, decimals[accounts.market_index])
    pool_of_position = accounts.pool_of_position()
    has_mark = ticks[accounts.market_index] > 0
    is_known = ~np.isnan(accounts.raw_usd)
    is_known[pool_of_position[~has_mark]] = False
    is_known[collateral.pool[ticks[collateral.market_index] <= 0]] = False
    kept_position = is_known[pool_of_position] & (lots != 0)
    dropped = int(np.count_nonzero(is_known[pool_of_position] & (lots == 0)))
    names = tuple(accounts.addresses)
    order = _canonical_order(accounts, _ranks(names), is_known)
    owners = owners_of(accounts, order, exchange.state.market)
    addresses: list[str] = np.array(names, np.object_)[owners.address_row].tolist()

    cash = _cash(accounts, snapshot, lots, ticks, kept_position)
    counts = np.bincount(pool_of_position[kept_position], minlength=accounts.pool_count)[order]
    rows = _position_rows(accounts, order, kept_position)
    count, dexs = len(exchange.markets), len(exchange.dexs)
    later = dexs + MAX_LIQUIDATORS  # pools of the rest account, and of liquidators that the caller opens afterwards
    most = max(len(addresses), len(order) + len(owners.empty_owner)) + later
    state = empty_state(
        exchange.markets,
        exchange.tables,
        exchange.rules,
        time_ms=exchange.time_ms,
        book_kind=int(exchange.state.market[0, MarketColumn.BOOK_KIND]),
        can_trade=False,
        max_accounts=most,
        max_orders=1,
        max_fills=4 * len(rows) + 65_536,
        position_rows=len(rows) + len(owners.empty_owner) + (1 + MAX_LIQUIDATORS) * count,
    )
    state.market[:, [MarketColumn.BOOK_KIND]] = exchange.state.market[:, [MarketColumn.BOOK_KIND]]
    exchange.adopt(state, addresses)
    exchange.start_prices(ticks)
    _fill_accounts(exchange, accounts, order, owners, exempt_role)
    _fill_pools(exchange, accounts, order, owners, counts, cash)
    _fill_positions(exchange, accounts, rows, lots, ticks)
    state.flow[FlowColumn.DEPOSITED] = int(cash[order].sum())
    residual = -np.bincount(accounts.market_index[rows], lots[rows].astype(np.float64), len(exchange.markets)).astype(
        np.int64
    )
    state.account[: len(addresses), AccountColumn.ADDRESS_KEY] = address_keys(addresses)
    _open_rest(exchange, rest_address, residual, ticks)
    _check_bounds(exchange)
    pool_row = np.full(accounts.pool_count, NO_ROW, np.int64)
    pool_row[order] = np.arange(len(order))
    _fill_collateral(exchange, collateral, pool_row)
    return LoadReport(pool_row, int(np.count_nonzero(~is_known)), dropped, residual)


def _canonical_order(accounts: Accounts, rank: Int64Array, is_known: AnyArray) -> Int64Array:
    """Known pools by address, the cross pool first, then by the coin of their first position and size of cash.

    rank (N,) of each address.
    """
    address = rank[accounts.address_row]
    starts = accounts.offsets[:-1]
    first = np.full(accounts.pool_count, -1, np.int64)
    has_any = np.diff(accounts.offsets) > 0
    first[has_any] = np.minimum.reduceat(accounts.market_index, starts[has_any]) if has_any.any() else -1
    is_isolated = accounts.mode == int(PoolMode.ISOLATED)
    key = (2 * address + is_isolated) * (int(first.max(initial=0)) + 2) + first + 1
    order = _sorted_by(key, accounts.raw_usd)
    return order[is_known[order]]


def _ranks(addresses: Sequence[str]) -> Int64Array:
    """(N,) place of each address among them in order; equal ones share one.

    Lower-case addresses that differ in their first 62 bits, which is nearly always, are in the order of those.
    """
    joined = "".join(addresses)
    if joined == joined.lower():
        with suppress(ModelError):  # what is no address is refused where it is opened
            keys = address_keys(addresses)
            ordered = np.sort(keys)
            if (ordered[1:] != ordered[:-1]).all():
                return np.searchsorted(ordered, keys).astype(np.int64)
    return np.unique(np.array(addresses, "U42"), return_inverse=True)[1].astype(np.int64)


def _sorted_by(key: Int64Array, tie: Float64Array) -> Int64Array:
    """Rows in order of key, then tie, then row. Whole keys are nearly always distinct: then one fast sort does."""
    order = np.argsort(key)
    ordered = key[order]
    if (ordered[1:] == ordered[:-1]).any():
        order = np.lexsort((tie, key))
    return order.astype(np.int64)


def _cash(
    accounts: Accounts, snapshot: MarketSnapshot, lots: Int64Array, ticks: Int64Array, kept: AnyArray
) -> Int64Array:
    """(A,) micro-USD that give each pool its account value at the rounded marks and sizes."""
    pool = accounts.pool_of_position()
    exposure = accounts.size * snapshot.mark[accounts.market_index]
    value = accounts.raw_usd + np.bincount(pool, np.nan_to_num(exposure), accounts.pool_count)
    if np.nanmax(np.abs(value), initial=0.0) * UUSD > LARGEST_UUSD:
        raise ModelError(f"a pool is worth {np.nanmax(np.abs(value)):.0f} USD, more than the exchange can count")
    whole = np.zeros(accounts.pool_count, np.int64)
    np.add.at(whole, pool[kept], (lots * ticks[accounts.market_index])[kept])
    return np.rint(np.nan_to_num(value) * UUSD).astype(np.int64) - whole


def _position_rows(accounts: Accounts, order: Int64Array, kept: AnyArray) -> Int64Array:
    """Position rows in the order of pools, inside a pool by market."""
    place = np.full(accounts.pool_count, -1, np.int64)
    place[order] = np.arange(len(order))
    count = int(accounts.market_index.max(initial=0)) + 1
    rows = np.flatnonzero(kept)
    key = place[accounts.pool_of_position()[rows]] * count + accounts.market_index[rows]
    return rows[_sorted_by(key, accounts.size[rows])]


def _fill_accounts(
    exchange: Exchange,
    accounts: Accounts,
    order: Int64Array,
    owners: Owners,
    exempt_role: int,
) -> None:
    state = exchange.state
    account = state.account[: len(owners.address_row)]
    account[:, [AccountColumn.FIRST_ISOLATED, AccountColumn.FIRST_ORDER, AccountColumn.CROSS_POOL]] = NO_ROW
    account[:, AccountColumn.TAKER_RATE] = exchange.rules.taker_rate
    account[:, AccountColumn.MAKER_RATE] = exchange.rules.maker_rate
    account[:, AccountColumn.COOLDOWN_UNTIL_MS] = -(2**62)
    role = np.where(accounts.is_exempt[order], exempt_role, Role.USER)
    account[owners.of_pool, AccountColumn.ROLE] = role
    account[:, AccountColumn.MODE], account[:, AccountColumn.GROUPED_BY] = owners.mode, owners.grouped_by
    state.clock[ClockColumn.ACCOUNT_COUNT] = len(owners.address_row)


def _fill_pools(
    exchange: Exchange,
    accounts: Accounts,
    order: Int64Array,
    owners: Owners,
    counts: Int64Array,
    cash: Int64Array,
) -> None:
    """Pools in order, then an empty cross pool for every isolated one whose account came without it."""
    state = exchange.state
    total = len(order)
    pool = state.pool[:total]
    pool[:, PoolColumn.ACCOUNT] = owners.of_pool
    pool[:, PoolColumn.CASH] = cash[order]
    pool[:, PoolColumn.COUNT] = pool[:, PoolColumn.CAPACITY] = counts
    pool[:, PoolColumn.START] = np.cumsum(counts) - counts
    pool[:, PoolColumn.IS_OPEN] = 1
    pool[:, PoolColumn.NEXT] = NO_ROW
    is_isolated = accounts.mode[order] == int(PoolMode.ISOLATED)
    first_market = np.zeros(accounts.pool_count, np.int64)
    has_any = np.diff(accounts.offsets) > 0
    first_market[has_any] = accounts.market_index[accounts.offsets[:-1][has_any]]
    pool[:, PoolColumn.ISOLATED_MARKET] = np.where(is_isolated, first_market[order], NO_ROW)
    pool[:, PoolColumn.GROUP] = np.where(is_isolated, NO_ROW, owners.group)
    state.clock[ClockColumn.POSITION_END] = int(counts.sum())
    state.clock[ClockColumn.POOL_COUNT] = total + len(owners.empty_owner)
    empty = state.pool[total : state.clock[ClockColumn.POOL_COUNT]]
    empty[:, PoolColumn.ACCOUNT], empty[:, PoolColumn.IS_OPEN] = owners.empty_owner, 1
    empty[:, [PoolColumn.ISOLATED_MARKET, PoolColumn.NEXT]] = NO_ROW
    empty[:, PoolColumn.START], empty[:, PoolColumn.GROUP] = state.clock[ClockColumn.POSITION_END], owners.empty_group
    cross = np.concatenate((np.flatnonzero(~is_isolated), np.arange(total, total + len(empty))))
    _chain(state, cross, AccountColumn.CROSS_POOL)
    _chain(state, np.flatnonzero(is_isolated), AccountColumn.FIRST_ISOLATED)


def _chain(state: State, pools: Int64Array, head: AccountColumn) -> None:
    """Hang every account's pools among the given ones into one chain, in their order."""
    owner = state.pool[pools, PoolColumn.ACCOUNT]
    place = np.argsort(owner, kind="stable")
    pools, owner = pools[place], owner[place]
    is_same = owner[1:] == owner[:-1]
    state.pool[pools[:-1][is_same], PoolColumn.NEXT] = pools[1:][is_same]
    is_head = np.ones(len(pools), np.bool_)
    is_head[1:] = ~is_same
    state.account[owner[is_head], head] = pools[is_head]


def _fill_positions(
    exchange: Exchange, accounts: Accounts, rows: Int64Array, lots: Int64Array, ticks: Int64Array
) -> None:
    state = exchange.state
    market = accounts.market_index[rows].astype(np.int64)
    size = np.abs(lots[rows])
    position = state.position[: len(rows)]
    position[:, PositionColumn.MARKET], position[:, PositionColumn.LOTS] = market, lots[rows]
    position[:, PositionColumn.TABLE] = accounts.table_row[rows]
    entry = accounts.entry_price[rows] * np.abs(accounts.size[rows]) * UUSD
    at_mark = (size * ticks[market]).astype(np.float64)
    is_usable = np.isfinite(entry) & (entry >= 0.5) & (entry < LARGEST_UUSD)
    position[:, PositionColumn.ENTRY] = np.rint(np.where(is_usable, entry, at_mark)).astype(np.int64)
    leverage = accounts.leverage[rows]
    default = np.minimum(20, state.market[market, MarketColumn.MAX_LEVERAGE])
    position[:, PositionColumn.LEVERAGE] = np.where(leverage >= 1.0, np.nan_to_num(leverage), default)
    np.add.at(state.market[:, MarketColumn.OPEN_LOTS], market, np.maximum(lots[rows], 0))


def _fill_collateral(exchange: Exchange, collateral: Collateral, pool_row: Int64Array) -> None:
    """Holdings in whole lots; the cash gives up what it held of them, their value after the haircut."""
    from liqscape.exchange.kernels.collateral import set_holding

    if not len(collateral):
        return
    state = exchange.state
    decimals = state.market[collateral.market_index, MarketColumn.SIZE_DECIMALS]
    lots = to_lots(collateral.size, decimals)
    rates = np.rint(collateral.maintenance_rate * RATE_UNIT).astype(np.int64)
    rows = pool_row[collateral.pool]
    for at in np.flatnonzero((rows != NO_ROW) & (lots > 0)).tolist():
        row, market = int(rows[at]), int(collateral.market_index[at])
        set_holding(state, row, market, int(lots[at]), int(rates[at]))
        worth = int(lots[at]) * int(state.market[market, MarketColumn.MARK])
        held = worth - worth * int(rates[at]) // RATE_UNIT
        state.pool[row, PoolColumn.CASH] -= held
        state.flow[FlowColumn.DEPOSITED] -= held


def _open_rest(exchange: Exchange, address: str, residual: Int64Array, ticks: Int64Array) -> None:
    """The account that holds the other side of what is not seen, and of what a what-if's makers trade."""
    state = exchange.state
    row = exchange.open_account(address, role=Role.MAKER)
    state.clock[ClockColumn.MAKER] = row
    for dex in range(len(exchange.dexs)):
        exchange.deposit(row, REST_CASH, dex)
        pool = state.pool[exchange.cross_pool(row, dex)]
        held = np.flatnonzero((residual != 0) & (state.market[:, MarketColumn.DEX] == dex))
        start = int(pool[PoolColumn.START])
        position = state.position[start : start + len(held)]
        position[:, PositionColumn.MARKET], position[:, PositionColumn.LOTS] = held, residual[held]
        position[:, PositionColumn.ENTRY] = np.abs(residual[held]) * ticks[held]
        position[:, PositionColumn.TABLE] = state.market[held, MarketColumn.TABLE]
        position[:, PositionColumn.LEVERAGE] = 1
        pool[PoolColumn.COUNT] = len(held)
        paid = int((residual[held] * ticks[held]).sum())
        pool[PoolColumn.CASH] -= paid
        state.flow[FlowColumn.DEPOSITED] -= paid
        state.market[held, MarketColumn.OPEN_LOTS] += np.maximum(residual[held], 0)


def _check_bounds(exchange: Exchange) -> None:
    """Raises ModelError if a pool the margin rule applies to holds more than maintenance can be counted of."""
    state = exchange.state
    pool = state.pool[: state.clock[ClockColumn.POOL_COUNT]]
    rows = np.repeat(np.arange(len(pool)), pool[:, PoolColumn.COUNT])
    offset = np.arange(len(rows)) - np.repeat(
        np.cumsum(pool[:, PoolColumn.COUNT]) - pool[:, PoolColumn.COUNT], pool[:, PoolColumn.COUNT]
    )
    position = state.position[pool[rows, PoolColumn.START] + offset]
    worth = np.abs(position[:, PositionColumn.LOTS].astype(np.float64))
    worth *= state.market[position[:, PositionColumn.MARKET], MarketColumn.MARK]
    share = worth / largest_notional(state.tier)[position[:, PositionColumn.TABLE]]
    used = np.bincount(rows, share, len(pool))
    used[state.account[pool[:, PoolColumn.ACCOUNT], AccountColumn.ROLE] == int(Role.MAKER)] = 0.0
    if len(used) and used.max() > 1.0:
        worst = int(used.argmax())
        address, held = exchange.addresses[int(pool[worst, PoolColumn.ACCOUNT])], worth[rows == worst].sum() / UUSD
        raise ModelError(f"{address} holds {held:.0f} USD, {used.max():.1f} times what the exchange can count")
