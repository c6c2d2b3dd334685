"""Whose pools are whose: the accounts of a market that is known as margin pools (docs/exchange.md, "Loading").

An address becomes one account whose cross pools each back another group of markets: a dex, a collateral token, or all.
Where two of its pools back the same group (nobody can say which is right) it becomes a second account.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.exchange.columns import MarketColumn
from liqscape.model.accounts import Accounts
from liqscape.units import AnyArray, Int64Array, PoolMode


@dataclass(frozen=True, kw_only=True)
class Owners:
    """N accounts of O ordered pools.

    of_pool     (O,) account of each pool.
    group       (O,) PoolColumn.GROUP of each; of an isolated pool the one that its cross pool must have.
    address_row (N,) row of the account's address.
    mode        (N,) PoolMode.
    grouped_by  (N,) AccountColumn.GROUPED_BY.
    empty_owner, empty_group  cross pools that isolated pools need and nobody gave: account and group of each.
    """

    of_pool: Int64Array
    group: Int64Array
    address_row: Int64Array
    mode: Int64Array
    grouped_by: Int64Array
    empty_owner: Int64Array
    empty_group: Int64Array


def owners_of(accounts: Accounts, order: Int64Array, market: Int64Array) -> Owners:
    """Accounts of the ordered pools, in which those of an address stand together. market (M, MarketColumn.WIDTH).

    Isolated pools join the first account of their address.
    """
    address = accounts.address_row[order].astype(np.int64)
    is_isolated = accounts.mode[order] == int(PoolMode.ISOLATED)
    grouped_by, group = _groups(accounts, order, market)
    mode = np.where(is_isolated, int(PoolMode.CROSS), accounts.mode[order])
    rank = np.cumsum(_is_new(address)) - 1
    repeat = np.where(is_isolated, 0, _repeats(np.stack((rank, mode, grouped_by, group, is_isolated))))
    wide = np.array([len(PoolMode), int(MarketColumn.WIDTH), int(repeat.max(initial=0)) + 1])
    key = ((rank * wide[0] + mode) * wide[1] + grouped_by) * wide[2] + repeat
    is_joining = is_isolated & np.isin(rank, rank[~is_isolated])
    accounts_found, first, owner = np.unique(key[~is_joining], return_index=True, return_inverse=True)
    of_pool = np.zeros(len(order), np.int64)
    of_pool[~is_joining] = owner
    of_pool[is_joining] = np.searchsorted(accounts_found // int(wide.prod()), rank[is_joining])
    opener = np.flatnonzero(~is_joining)[first]
    first_market = _first_markets(accounts)[order]
    group = np.where(is_isolated, market[first_market, grouped_by[opener][of_pool]], group)
    empty_owner, empty_group = _missing(of_pool, group, is_isolated)
    return Owners(
        of_pool=of_pool,
        group=group,
        address_row=address[opener],
        mode=mode[opener].astype(np.int64),
        grouped_by=grouped_by[opener],
        empty_owner=empty_owner,
        empty_group=empty_group,
    )


def _groups(accounts: Accounts, order: Int64Array, market: Int64Array) -> tuple[Int64Array, Int64Array]:
    """(AccountColumn.GROUPED_BY, group) of each ordered pool, by mode where its markets allow it, else a wider one."""
    mode = accounts.mode[order]
    by_dex = np.full(len(order), int(MarketColumn.DEX))
    first = _first_markets(accounts)[order]
    if int(market[:, MarketColumn.DEX].max()) == 0:
        by_dex[mode == int(PoolMode.UNIFIED)] = int(MarketColumn.COLLATERAL)
        by_dex[mode == int(PoolMode.PORTFOLIO)] = int(MarketColumn.ANY)
        return by_dex, np.zeros(len(order), np.int64)
    is_one_dex = _is_one(accounts, market[:, MarketColumn.DEX])[order]
    is_one_token = _is_one(accounts, market[:, MarketColumn.COLLATERAL])[order]
    column = np.where((mode == int(PoolMode.UNIFIED)) | ~is_one_dex, int(MarketColumn.COLLATERAL), by_dex)
    column = np.where((mode == int(PoolMode.PORTFOLIO)) | ~is_one_token, int(MarketColumn.ANY), column)
    column[mode == int(PoolMode.ISOLATED)] = int(MarketColumn.DEX)
    return column, market[first, column]


def _first_markets(accounts: Accounts) -> Int64Array:
    """(A,) market of each pool's first position; 0 where it holds none."""
    first = np.zeros(accounts.pool_count, np.int64)
    has_any = np.diff(accounts.offsets) > 0
    first[has_any] = accounts.market_index[accounts.offsets[:-1][has_any]]
    return first


def _is_one(accounts: Accounts, column: Int64Array) -> AnyArray:
    """(A,) whether all positions of a pool have one value of a market column."""
    is_one = np.ones(accounts.pool_count, np.bool_)
    has_any = np.diff(accounts.offsets) > 0
    if has_any.any():
        values, starts = column[accounts.market_index], accounts.offsets[:-1][has_any]
        is_one[has_any] = np.minimum.reduceat(values, starts) == np.maximum.reduceat(values, starts)
    return is_one


def _repeats(keys: Int64Array) -> Int64Array:
    """How many columns to the left of each equal it."""
    count = keys.shape[1]
    place = np.lexsort((np.arange(count), *keys))
    is_new = _is_new(keys[:, place])
    start = np.maximum.accumulate(np.where(is_new, np.arange(count), 0))
    repeats = np.zeros(count, np.int64)
    repeats[place] = np.arange(count) - start
    return repeats


def _is_new(keys: Int64Array) -> AnyArray:
    """Whether each column differs from the one before it."""
    table = keys if keys.ndim == 2 else keys[None]
    is_new = np.ones(table.shape[1], np.bool_)
    is_new[1:] = (table[:, 1:] != table[:, :-1]).any(axis=0)
    return is_new


def _missing(of_pool: Int64Array, group: Int64Array, is_isolated: AnyArray) -> tuple[Int64Array, Int64Array]:
    """(account, group) of cross pools that isolated pools need and that are not among the given ones, each once."""
    wide = int(group.max(initial=0)) + 1
    key = of_pool * wide + group
    is_missing = np.zeros(int(key.max(initial=-1)) + 1, np.bool_)
    is_missing[key[is_isolated]] = True
    is_missing[key[~is_isolated]] = False
    missing = np.flatnonzero(is_missing)
    return missing // wide, missing % wide
