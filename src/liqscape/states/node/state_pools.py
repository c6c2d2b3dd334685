"""Positions and cash of a node's state as margin pools (docs/node.md, "Pools").

    standard, or dex abstraction     one cross pool a dex,              raw USD = u of that dex
    unified account                  one cross pool a collateral token, raw USD = spot balance + sum of u
    portfolio margin                 one cross pool,                    raw USD not known (its cash is lent out)
    isolated position                a pool of its own in every mode,   raw USD = its pocket's u

Where a number that decides raw USD is not there, the pool is there with NaN and UNKNOWN, never with a guess.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from liqscape.model.accounts import Accounts
from liqscape.units import AnyArray, BoolArray, Float64Array, Int64Array, MarginSource, PoolMode, UInt8Array
from liqscape.wire.decode import refuse
from liqscape.wire.node.state_book import StateBook
from liqscape.wire.node.state_checks import MICRO
from liqscape.wire.node.state_layout import Places
from liqscape.wire.node.state_lists import DexUsers, StateAddressTable, read_modes, read_spot

SPOT_PER_MICRO = 100
"""Spot balances of USDC count in 1e-8."""
USDC = 0
ASSETS_A_DEX = 10_000
"""Asset ids of later dexs begin at multiples of it; within a dex they count from zero."""
DEFAULT_LEVERAGE = 20
"""Of a position that names none, or the market's maximum where that is less."""
NOTHING = -(1 << 61)
"""Below it a column says that there is no number."""


@dataclass(frozen=True, kw_only=True)
class Positions:
    """P positions of all dexs, in the order of the file."""

    keys: Int64Array  # (P, 3) addresses
    dex: Int64Array
    market: Int64Array
    lots: Int64Array
    entry: Float64Array  # notional, USD; NaN unknown
    is_isolated: AnyArray
    leverage: Float64Array
    pocket: Int64Array
    table_row: Int64Array


def join_positions(users: list[DexUsers], book: StateBook, source: str) -> Positions:
    """Positions of all dexs on the rows of the book. Raises RemoteWireError for assets and tables not listed."""
    parts = []
    leverage_limit = np.array([min(DEFAULT_LEVERAGE, row.max_leverage) for row in book.rows], np.float64)
    isolated_only = np.array([row.is_isolated_only for row in book.rows], np.bool_)
    own_table = np.array([row.table_row for row in book.rows], np.int64)
    for dex, each in enumerate(users):
        asset = each.asset % ASSETS_A_DEX
        count = book.starts[dex + 1] - book.starts[dex]
        if len(asset) and (each.asset.min() < 0 or int(asset.max()) >= count):
            path = f"{book.paths[dex]}.user_states.user_to_state"
            raise refuse(source, path, int(asset.max()), f"is a position's asset, the dex lists {count}")
        market = book.starts[dex] + asset
        table = own_table[market] if len(market) else np.zeros(0, np.int64)
        for table_id in np.unique(each.table_id[each.has_table]).tolist():
            row = book.table_row(dex, table_id, f"{book.paths[dex]}.user_states.user_to_state: M")
            table[each.has_table & (each.table_id == table_id)] = row
        is_isolated = np.where(each.names_margin, each.is_isolated, isolated_only[market])
        leverage = np.where(each.leverage > 0, each.leverage, leverage_limit[market])
        dexs = np.full(len(market), dex, np.int64)
        parts.append(
            Positions(
                keys=each.holder_keys,
                dex=dexs,
                market=market,
                lots=each.lots,
                entry=each.entry,
                is_isolated=is_isolated,
                leverage=leverage,
                pocket=each.pocket,
                table_row=table,
            )
        )
    return Positions(
        **{each.name: np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(Positions)}
    )


@dataclass(frozen=True, kw_only=True)
class _Money:
    """N holders, D dexs: mode, cash by dex (micro-USD) and spot balance (1e-8 USDC), and which of them are known."""

    mode: UInt8Array
    cash: Int64Array  # (N, D)
    is_cash_known: BoolArray  # (N, D)
    spot: Int64Array
    is_spot_known: BoolArray
    other_letters: dict[str, int]


def build_accounts(
    places: Places, users: list[DexUsers], held: Positions, book: StateBook, time_ms: int
) -> tuple[Accounts, tuple[str, ...]]:
    """(every pool with a position, remarks). Raises RemoteWireError for users and positions that stand twice."""
    table = StateAddressTable(len(held.keys))
    owner = table.add(held.keys)
    money = _read_money(places, users, table)
    tokens = np.array(book.collateral, np.int64)

    part = _part_of_account(held, money.mode[owner], tokens)
    pool_key = owner * (len(users) + len(book.rows)) + part
    order = np.lexsort((held.market, pool_key))
    key = pool_key[order]
    _refuse_doubles(key, held.market[order], places.source)
    begins = np.ones(len(key), np.bool_)
    begins[1:] = key[1:] != key[:-1]
    first = order[begins]
    raw_usd = _raw_usd(owner[first], held.dex[first], held.is_isolated[first], held.pocket[first], money, tokens)

    decimals = np.array([row.size_decimals for row in book.rows], np.int64)[held.market]
    size = held.lots / 10.0**decimals
    is_unknown = np.isnan(raw_usd)
    accounts = Accounts.build(
        addresses=table.names(),
        address_row=owner[first],
        raw_usd=raw_usd,
        offsets=np.append(np.flatnonzero(begins), len(key)),
        market_index=held.market[order],
        size=size[order],
        table_row=held.table_row[order],
        margin_source=np.where(is_unknown, MarginSource.UNKNOWN, MarginSource.STATE),
        mode=np.where(held.is_isolated[first], PoolMode.ISOLATED, money.mode[owner[first]]),
        observed_ms=np.full(len(first), time_ms, np.int64),
        entry_price=(held.entry / np.abs(size))[order],
        leverage=held.leverage[order],
    )
    return accounts, _remarks(users, money.mode, is_unknown, money.other_letters)


def _read_money(places: Places, users: list[DexUsers], table: StateAddressTable) -> _Money:
    mode, other_letters = read_modes(places, "exchange.locus.ust", table)
    cash = np.zeros((len(table), len(users)), np.int64)
    is_cash_known = np.ones(cash.shape, np.bool_)
    for dex, each in enumerate(users):
        rows = table.find(each.keys)
        here = rows >= 0
        rows = rows[here]
        repeats = len(rows) - int(np.count_nonzero(np.bincount(rows)))  # np.unique would hash: 70 times slower
        if repeats:
            path = f"exchange.locus.cls[{dex}].user_states.user_to_state"
            raise refuse(places.source, path, repeats, "users stand there twice")
        cash[rows, dex] = np.where(each.is_cash_known, each.cash, 0)[here]
        is_cash_known[rows, dex] = each.is_cash_known[here]
    spot, is_spot_known = read_spot(places, "exchange.locus.scl.user_states", table)
    return _Money(
        mode=mode,
        cash=cash,
        is_cash_known=is_cash_known,
        spot=spot,
        is_spot_known=is_spot_known,
        other_letters=other_letters,
    )


def _part_of_account(held: Positions, mode: UInt8Array, tokens: Int64Array) -> Int64Array:
    """(P,) which pool of its owner a position is in: cross ones by dex, by collateral (unified), all in one
    (portfolio), from 0; isolated ones by market, from the number of dexs on."""
    _, token_of_dex = np.unique(tokens, return_inverse=True)
    part = held.dex.copy()
    is_unified = mode == PoolMode.UNIFIED
    part[is_unified] = token_of_dex[held.dex[is_unified]]
    part[mode == PoolMode.PORTFOLIO] = 0
    return np.where(held.is_isolated, len(tokens) + held.market, part)


def _raw_usd(
    owner: Int64Array, dex: Int64Array, is_pocket: BoolArray, pocket: Int64Array, money: _Money, tokens: Int64Array
) -> Float64Array:
    """(A,) USD of pools given by owner and dex; NaN where the state does not say."""
    raw_usd = np.full(len(owner), np.nan)
    mode = money.mode[owner]
    is_known = is_pocket & (pocket > NOTHING)
    raw_usd[is_known] = pocket[is_known] / MICRO

    is_standard = ~is_pocket & (mode == PoolMode.CROSS) & money.is_cash_known[owner, dex]
    raw_usd[is_standard] = money.cash[owner, dex][is_standard] / MICRO

    in_usdc = tokens == USDC
    is_reported: BoolArray = money.is_spot_known & money.is_cash_known[:, in_usdc].all(axis=1)
    is_unified = ~is_pocket & (mode == PoolMode.UNIFIED) & in_usdc[dex] & is_reported[owner]
    total = (money.spot + SPOT_PER_MICRO * money.cash[:, in_usdc].sum(axis=1))[owner[is_unified]]
    # Whole micro-USD apart from the rest, so that what is whole is as exact as in a standard account.
    raw_usd[is_unified] = total // SPOT_PER_MICRO / MICRO + total % SPOT_PER_MICRO / (SPOT_PER_MICRO * MICRO)
    return raw_usd


def _refuse_doubles(key: Int64Array, market: Int64Array, source: str) -> None:
    double = (key[1:] == key[:-1]) & (market[1:] == market[:-1])
    if double.any():
        path = "exchange.locus.cls[].user_states.user_to_state"
        raise refuse(source, path, int(double.sum()), "positions stand a second time in the same market of a user")


def _remarks(
    users: list[DexUsers], mode: AnyArray, is_unknown: AnyArray, other_letters: dict[str, int]
) -> tuple[str, ...]:
    found = []
    if is_unknown.any():
        portfolio = int((mode == PoolMode.PORTFOLIO).sum())
        found.append(f"raw USD of {int(is_unknown.sum())} pools is not in the state ({portfolio} portfolio accounts)")
    for letter, count in other_letters.items():
        found.append(f"{count} users have the unknown mode {letter!r}: their cross pools are left open")
    without = sum(int(np.count_nonzero(~each.has_table)) for each in users)
    if without:
        found.append(f"{without} positions name no margin table: their market's present one is taken")
    return tuple(found)
