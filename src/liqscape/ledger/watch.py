"""What a scheduler needs to know of every address to choose whom to ask about next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

import numpy as np

from liqscape.ledger.columns import MAX_DEX_BITS, NEVER_MS, NO_ROW, AccountValueColumn, LedgerAccountColumn
from liqscape.ledger.state_times import state_times
from liqscape.ledger.tables import LedgerTables
from liqscape.model.accounts import Accounts
from liqscape.steps import Steps, blocks
from liqscape.units import BoolArray, Float64Array, Int64Array

Solve: TypeAlias = Callable[[Accounts], Float64Array]
COLUMNS = (
    LedgerAccountColumn.STATE_MS,
    LedgerAccountColumn.TRADE_MS,
    LedgerAccountColumn.MOVED_MS,
    LedgerAccountColumn.UNSURE_MS,
    LedgerAccountColumn.KNOWN_ROW,
    LedgerAccountColumn.SETTLED_USD,
    LedgerAccountColumn.UNREAD_DEXS,
)

UNKNOWN_DISTANCE = 0.02
"""Of a position whose cash is not known and that has traded since it was read: it may be near, and reading tells."""


@dataclass(frozen=True, kw_only=True)
class WatchColumns:
    """N addresses ever observed or seen trading, in order of first sight: rows never move, new ones come last.

    address          (N,) and, where new ones have come meanwhile, more.
    state_ms         (N,) venue time of the newest state; -1 where none is known.
    last_trade_ms    (N,) -1 where none was seen.
    is_dirty         (N,) traded, funded or in a gap since its state.
    is_unsure        (N,) what is known of it is in doubt: a gap, a fill that did not fit, funding without a rate; until
                     each dex it is known to be in was read since. Who was never looked for in others, `Planner` counts.
    is_known         (N,) has a state.
    notional         (N,) USD of its positions at the newest marks, unknown marks left out; with what a delisting took.
    nearest_distance (N,) least |level / mark - 1| of its positions; inf where none has a level, or none was given; 0
                     where a delisting took a position: who was settled at a price nobody reported is read first;
                     UNKNOWN_DISTANCE where a position's cash is not known and its account has moved since its state.
    traded_notional  (N,) USD traded, halved with every hour since.
    dex_bits         (N,) dexs it is known to be in, by place in `dexs`: it holds something there or traded unread.
    dexs             names of the dexs, in the order of the bits.
    """

    address: Sequence[str]
    state_ms: Int64Array
    last_trade_ms: Int64Array
    is_dirty: BoolArray
    is_unsure: BoolArray
    is_known: BoolArray
    notional: Float64Array
    nearest_distance: Float64Array
    traded_notional: Float64Array
    dex_bits: Int64Array
    dexs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class WatchTerms:
    """What watching starts from: nothing of it changes meanwhile.

    names          of accounts, in order; may go on growing at the end.
    count          accounts looked at, N.
    known          (K,) accounts by row of accounts.addresses.
    mark           (M,) USD.
    dex_of_market  (M,) places in `dexs`; listed_bits: those of them in which something is listed still.
    newest_ms      newest time of any print.
    """

    names: Sequence[str]
    count: int
    known: Int64Array
    accounts: Accounts
    mark: Float64Array
    dex_of_market: Int64Array
    dexs: tuple[str, ...]
    listed_bits: int
    newest_ms: int


@dataclass(frozen=True, kw_only=True)
class _Positions:
    """Of accounts, in their order: holder and dex (P,), first position of each holder, USD, distance of the level."""

    holder: Int64Array
    dex: Int64Array
    starts: Int64Array
    usd: Float64Array
    away: Float64Array | None
    is_unknown: BoolArray


def watch_steps(terms: WatchTerms, tables: Callable[[], LedgerTables], solve: Solve | None) -> Steps[WatchColumns]:
    """What the tables say of everybody: read in blocks of rows, put together in work on copies.

    tables the tables as they are now; they are replaced as they grow.
    solve  roots (P,) of risk.liquidation.solve_roots at the newest marks; None: nobody has a level.
    """
    held: _Positions = yield partial(_positions, terms, solve)
    count = terms.count
    account: dict[LedgerAccountColumn, Int64Array] = {column: np.empty(count, np.int64) for column in COLUMNS}
    traded: Float64Array = np.empty(count)
    for rows in blocks(count):
        table = tables()
        for column, copied in account.items():
            copied[rows] = table.account[rows, column]
        traded[rows] = table.account_value[rows, AccountValueColumn.TRADED]
        yield None
    state_ms: Int64Array = np.empty(len(held.holder), np.int64)
    for rows in blocks(len(state_ms)):
        state_ms[rows] = state_times(tables(), held.holder[rows], held.dex[rows])
        yield None
    columns: WatchColumns = yield partial(_columns, terms, held, account, traded, state_ms)
    return columns


def _positions(terms: WatchTerms, solve: Solve | None) -> _Positions:
    accounts = replace(terms.accounts)  # what is derived of a copy of the record goes with it: 5 bytes a position
    pool = accounts.pool_of_position()
    holder = terms.known[accounts.address_row[pool]]
    price = terms.mark[accounts.market_index]
    root = None if solve is None or not len(holder) else solve(accounts)
    away = None
    if root is not None:
        with np.errstate(invalid="ignore", divide="ignore"):
            away = np.abs(root / price - 1.0)
        away[~((root > 0.0) & (away < np.inf))] = np.inf
    return _Positions(
        holder=holder,
        dex=terms.dex_of_market[accounts.market_index],
        starts=np.flatnonzero(np.concatenate(([True], holder[1:] != holder[:-1]))[: len(holder)]),
        usd=np.nan_to_num(np.abs(accounts.size) * price),
        away=away,
        is_unknown=np.isnan(accounts.raw_usd[pool]),
    )


def _columns(
    terms: WatchTerms,
    held: _Positions,
    account: dict[LedgerAccountColumn, Int64Array],
    traded: Float64Array,
    held_state_ms: Int64Array,
) -> WatchColumns:
    """held_state_ms (P,): newest state of each position's holder in its dex."""
    from liqscape.ledger.kernels.legs import HALF_LIFE_MS

    count, holder, starts = terms.count, held.holder, held.starts
    state_ms, trade_ms = account[LedgerAccountColumn.STATE_MS], account[LedgerAccountColumn.TRADE_MS]
    is_dirty = account[LedgerAccountColumn.MOVED_MS] > state_ms
    distance = np.full(count, np.inf)
    notional: Float64Array = np.zeros(count)
    dex_bits = account[LedgerAccountColumn.UNREAD_DEXS] & np.int64(terms.listed_bits)
    is_unread = dex_bits != 0
    oldest_ms = state_ms.copy()
    if len(holder):
        notional = np.bincount(holder, held.usd, count).astype(np.float64)
        oldest_ms[holder[starts]] = np.minimum.reduceat(held_state_ms, starts)
        dex_bits[holder[starts]] |= np.bitwise_or.reduceat(_bits(held.dex), starts)
        if held.away is not None:
            away = held.away
            away[held.is_unknown & is_dirty[holder]] = UNKNOWN_DISTANCE
            distance[holder[starts]] = np.minimum.reduceat(away, starts)
    settled = account[LedgerAccountColumn.SETTLED_USD]
    notional = notional + settled
    distance[settled > 0] = 0.0
    idle_ms = np.maximum(0, terms.newest_ms - trade_ms)
    is_known = account[LedgerAccountColumn.KNOWN_ROW] != NO_ROW
    return WatchColumns(
        address=terms.names,
        state_ms=state_ms,
        last_trade_ms=trade_ms,
        is_dirty=is_dirty,
        is_unsure=(account[LedgerAccountColumn.UNSURE_MS] > oldest_ms)
        | is_unread
        | (~is_known & (trade_ms != NEVER_MS)),
        is_known=is_known,
        notional=notional,
        nearest_distance=distance,
        traded_notional=traded * 0.5 ** (idle_ms / HALF_LIFE_MS),
        dex_bits=dex_bits,
        dexs=terms.dexs,
    )


def _bits(dex: Int64Array) -> Int64Array:
    """(K,) the bit of each; 0 where it is beyond their number."""
    return np.where(dex < MAX_DEX_BITS, np.int64(1) << np.minimum(dex, MAX_DEX_BITS - 1), np.int64(0))
