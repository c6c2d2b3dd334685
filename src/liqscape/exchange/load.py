"""A whole market, known in natural units, as the state of an exchange (docs/exchange.md, "Loading").

Accounts come in order of address, so the order of the given rows changes nothing. Sizes are rounded to lots and marks
to ticks; cash is set so that every pool keeps its account value at those marks. Sizes that do not sum to zero (nobody
sees every account) are held against by one declared account.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from liqscape.errors import ModelError
from liqscape.exchange.addresses import address_keys
from liqscape.exchange.build import empty_state
from liqscape.exchange.columns import NO_ROW, Account, Clock, Flow, Market, Pool, Position, Role
from liqscape.exchange.output import LoadReport
from liqscape.exchange.scale import LARGEST_UUSD, UUSD, largest_notional, marks_to_ticks, to_lots
from liqscape.model.accounts import Accounts
from liqscape.model.markets import MarketSnapshot
from liqscape.units import AnyArray, Int64Array, PoolMode

if TYPE_CHECKING:
    from liqscape.exchange.exchange import Exchange

REST_CASH = LARGEST_UUSD // 2
"""Cash of the rest account and the room it leaves to gain and lose."""


def load_accounts(
    exchange: Exchange, accounts: Accounts, snapshot: MarketSnapshot, rest_address: str, exempt_role: int
) -> LoadReport:
    """Fill an exchange that has no accounts yet. Raises ModelError if it has, or if amounts pass the bounds."""
    if exchange.addresses:
        raise ModelError(f"the exchange already has {len(exchange.addresses)} accounts")
    if snapshot.markets != exchange.markets:
        raise ModelError("the snapshot is of other markets than the exchange")
    decimals = exchange.state.market[:, Market.SIZE_DECIMALS]
    ticks = marks_to_ticks(snapshot.mark, decimals)
    lots = to_lots(accounts.size, decimals[accounts.market_index])
    pool_of_position = accounts.pool_of_position()
    has_mark = ticks[accounts.market_index] > 0
    is_known = ~np.isnan(accounts.raw_usd)
    is_known[pool_of_position[~has_mark]] = False
    kept_position = is_known[pool_of_position] & (lots != 0)
    dropped = int(np.count_nonzero(is_known[pool_of_position] & (lots == 0)))
    order = _canonical_order(accounts, is_known)
    account_of_pool, addresses = _accounts_of_pools(accounts, order)

    cash = _cash(accounts, snapshot, lots, ticks, kept_position)
    counts = np.bincount(pool_of_position[kept_position], minlength=accounts.pool_count)[order]
    rows = _position_rows(accounts, order, kept_position)
    liquidators = 1  # the rest account; liquidators are opened by the caller afterwards
    spare = 8 * len(exchange.markets)
    most = len(addresses) + len(order) + liquidators + 16
    state = empty_state(
        exchange.markets,
        exchange.tables,
        exchange.rules,
        time_ms=exchange.time_ms,
        book_kind=int(exchange.state.market[0, Market.BOOK_KIND]),
        can_trade=False,
        most_accounts=most,
        most_orders=1,
        most_fills=4 * len(rows) + 65_536,
        position_rows=len(rows) + spare + 16 * len(exchange.markets),
    )
    state.market[:, [Market.BOOK_KIND]] = exchange.state.market[:, [Market.BOOK_KIND]]
    exchange.state = state
    exchange.start_prices(ticks)
    _fill_accounts(exchange, accounts, order, account_of_pool, addresses, exempt_role)
    _fill_pools(exchange, accounts, order, account_of_pool, counts, cash)
    _fill_positions(exchange, accounts, rows, lots, ticks)
    state.flow[Flow.DEPOSITED] = int(cash[order].sum())
    residual = -np.bincount(accounts.market_index[rows], lots[rows].astype(np.float64), len(exchange.markets)).astype(
        np.int64
    )
    exchange.addresses.extend(addresses)
    exchange._row.update(zip(reversed(addresses), range(len(addresses) - 1, -1, -1), strict=True))
    state.account[: len(addresses), Account.ADDRESS_KEY] = address_keys(addresses)
    _open_rest(exchange, rest_address, residual, ticks)
    _check_bounds(exchange)
    pool_row = np.full(accounts.pool_count, NO_ROW, np.int64)
    pool_row[order] = np.arange(len(order))
    return LoadReport(pool_row, int(np.count_nonzero(~is_known)), dropped, residual)


def _canonical_order(accounts: Accounts, is_known: AnyArray) -> Int64Array:
    """Known pools by address, the cross pool first, then by the coin of their first position and size of cash."""
    address = np.array(accounts.addresses, "U42")[accounts.address_row] if accounts.addresses else np.empty(0, "U42")
    starts = accounts.offsets[:-1]
    first = np.full(accounts.pool_count, -1, np.int64)
    has_any = np.diff(accounts.offsets) > 0
    first[has_any] = np.minimum.reduceat(accounts.market_index, starts[has_any]) if has_any.any() else -1
    is_isolated = accounts.mode == int(PoolMode.ISOLATED)
    order = np.lexsort((accounts.raw_usd, first, is_isolated, address))
    return order[is_known[order]].astype(np.int64)


def _accounts_of_pools(accounts: Accounts, order: Int64Array) -> tuple[Int64Array, list[str]]:
    """(account row of each ordered pool, addresses): one account for every shared pool; isolated pools join the first
    of their address, and the first of them opens it where the address has no shared pool."""
    owner = accounts.address_row[order]
    is_first = np.ones(len(order), np.bool_)
    is_first[1:] = owner[1:] != owner[:-1]
    opens = is_first | (accounts.mode[order] != int(PoolMode.ISOLATED))
    rows = np.cumsum(opens) - 1
    first = rows[np.maximum.accumulate(np.where(is_first, np.arange(len(order)), 0))] if len(order) else rows
    names = accounts.addresses
    addresses = [names[row] for row in owner[opens].tolist()]
    return np.where(opens, rows, first).astype(np.int64), addresses


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
    pool = place[accounts.pool_of_position()]
    rows = np.lexsort((accounts.size, accounts.market_index, pool))
    return rows[kept[rows]].astype(np.int64)


def _fill_accounts(
    exchange: Exchange,
    accounts: Accounts,
    order: Int64Array,
    account_of_pool: Int64Array,
    addresses: list[str],
    exempt_role: int,
) -> None:
    state = exchange.state
    account = state.account[: len(addresses)]
    account[:, [Account.FIRST_ISOLATED, Account.FIRST_ORDER, Account.CROSS_POOL]] = NO_ROW
    account[:, Account.TAKER_RATE] = exchange.rules.taker_rate
    account[:, Account.MAKER_RATE] = exchange.rules.maker_rate
    account[:, Account.COOLDOWN_UNTIL_MS] = -(2**62)
    role = np.where(accounts.is_exempt[order], exempt_role, Role.USER)
    account[account_of_pool, Account.ROLE] = role
    shared = accounts.mode[order] != int(PoolMode.ISOLATED)
    account[account_of_pool[shared], Account.MODE] = accounts.mode[order][shared]
    state.clock[Clock.ACCOUNT_COUNT] = len(addresses)


def _fill_pools(
    exchange: Exchange,
    accounts: Accounts,
    order: Int64Array,
    account_of_pool: Int64Array,
    counts: Int64Array,
    cash: Int64Array,
) -> None:
    """Pools in order, then an empty cross pool for every account that came with isolated pools only."""
    state = exchange.state
    total = len(order)
    pool = state.pool[:total]
    pool[:, Pool.ACCOUNT] = account_of_pool
    pool[:, Pool.CASH] = cash[order]
    pool[:, Pool.COUNT] = pool[:, Pool.CAPACITY] = counts
    pool[:, Pool.START] = np.cumsum(counts) - counts
    pool[:, Pool.IS_OPEN] = 1
    pool[:, Pool.NEXT] = NO_ROW
    is_isolated = accounts.mode[order] == int(PoolMode.ISOLATED)
    first_market = np.zeros(accounts.pool_count, np.int64)
    has_any = np.diff(accounts.offsets) > 0
    first_market[has_any] = accounts.market_index[accounts.offsets[:-1][has_any]]
    pool[:, Pool.ISOLATED_MARKET] = np.where(is_isolated, first_market[order], NO_ROW)
    shared = np.flatnonzero(~is_isolated)
    state.account[account_of_pool[shared], Account.CROSS_POOL] = shared
    pockets = np.flatnonzero(is_isolated)
    owner = account_of_pool[pockets]
    place = np.argsort(owner, kind="stable")
    pockets, owner = pockets[place], owner[place]
    is_same = owner[1:] == owner[:-1]
    pool[pockets[:-1][is_same], Pool.NEXT] = pockets[1:][is_same]
    is_head = np.ones(len(pockets), np.bool_)
    is_head[1:] = ~is_same
    state.account[owner[is_head], Account.FIRST_ISOLATED] = pockets[is_head]
    state.clock[Clock.POOL_COUNT] = total
    state.clock[Clock.POSITION_END] = int(counts.sum())
    without = np.flatnonzero(state.account[: state.clock[Clock.ACCOUNT_COUNT], Account.CROSS_POOL] == NO_ROW)
    empty = state.pool[total : total + len(without)]
    empty[:, Pool.ACCOUNT], empty[:, Pool.IS_OPEN] = without, 1
    empty[:, [Pool.ISOLATED_MARKET, Pool.NEXT]] = NO_ROW
    empty[:, Pool.START] = state.clock[Clock.POSITION_END]
    state.account[without, Account.CROSS_POOL] = total + np.arange(len(without))
    state.clock[Clock.POOL_COUNT] = total + len(without)


def _fill_positions(
    exchange: Exchange, accounts: Accounts, rows: Int64Array, lots: Int64Array, ticks: Int64Array
) -> None:
    state = exchange.state
    market = accounts.market_index[rows].astype(np.int64)
    size = np.abs(lots[rows])
    position = state.position[: len(rows)]
    position[:, Position.MARKET], position[:, Position.LOTS] = market, lots[rows]
    position[:, Position.TABLE] = accounts.table_row[rows]
    entry = accounts.entry_price[rows] * np.abs(accounts.size[rows]) * UUSD
    at_mark = (size * ticks[market]).astype(np.float64)
    is_usable = np.isfinite(entry) & (entry >= 0.5) & (entry < LARGEST_UUSD)
    position[:, Position.ENTRY] = np.rint(np.where(is_usable, entry, at_mark)).astype(np.int64)
    leverage = accounts.leverage[rows]
    default = np.minimum(20, state.market[market, Market.MAX_LEVERAGE])
    position[:, Position.LEVERAGE] = np.where(leverage >= 1.0, np.nan_to_num(leverage), default)
    np.add.at(state.market[:, Market.OPEN_LOTS], market, np.maximum(lots[rows], 0))


def _open_rest(exchange: Exchange, address: str, residual: Int64Array, ticks: Int64Array) -> None:
    """The account that holds the other side of what is not seen, and of what a what-if's makers trade."""
    row = exchange.open_account(address, REST_CASH, Role.MAKER)
    exchange.state.clock[Clock.MAKER] = row
    pool = exchange.state.pool[exchange.cross_pool(row)]
    held = np.flatnonzero(residual)
    start = int(pool[Pool.START])
    position = exchange.state.position[start : start + len(held)]
    position[:, Position.MARKET], position[:, Position.LOTS] = held, residual[held]
    position[:, Position.ENTRY] = np.abs(residual[held]) * ticks[held]
    position[:, Position.TABLE] = exchange.state.market[held, Market.TABLE]
    position[:, Position.LEVERAGE] = 1
    pool[Pool.COUNT] = len(held)
    paid = int((residual[held] * ticks[held]).sum())
    pool[Pool.CASH] -= paid
    exchange.state.flow[Flow.DEPOSITED] -= paid
    exchange.state.market[held, Market.OPEN_LOTS] += np.maximum(residual[held], 0)


def _check_bounds(exchange: Exchange) -> None:
    """Raises ModelError if a pool the margin rule applies to holds more than maintenance can be counted of."""
    state = exchange.state
    pool = state.pool[: state.clock[Clock.POOL_COUNT]]
    rows = np.repeat(np.arange(len(pool)), pool[:, Pool.COUNT])
    offset = np.arange(len(rows)) - np.repeat(np.cumsum(pool[:, Pool.COUNT]) - pool[:, Pool.COUNT], pool[:, Pool.COUNT])
    position = state.position[pool[rows, Pool.START] + offset]
    worth = np.abs(position[:, Position.LOTS].astype(np.float64))
    worth *= state.market[position[:, Position.MARKET], Market.MARK]
    share = worth / largest_notional(state.tier)[position[:, Position.TABLE]]
    used = np.bincount(rows, share, len(pool))
    used[state.account[pool[:, Pool.ACCOUNT], Account.ROLE] == int(Role.MAKER)] = 0.0
    if len(used) and used.max() > 1.0:
        worst = int(used.argmax())
        address, held = exchange.addresses[int(pool[worst, Pool.ACCOUNT])], worth[rows == worst].sum() / UUSD
        raise ModelError(f"{address} holds {held:.0f} USD, {used.max():.1f} times what the exchange can count")
