"""What a scheduler needs to know of every address to choose whom to ask about next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.ledger.book import Book
from liqscape.ledger.columns import MOST_DEX_BITS, NEVER_MS, NO_ROW, Count, Person
from liqscape.ledger.people import People
from liqscape.model.accounts import Accounts
from liqscape.units import BoolArray, Float64Array, Int64Array

UNKNOWN_DISTANCE = 0.02
"""Of a position whose cash is not known and that has traded since it was read: it may be near, and reading tells."""


@dataclass(frozen=True)
class WatchColumns:
    """N addresses ever observed or seen trading, in order of first sight: rows never move, new ones come last.

    address          (N,)
    state_ms         (N,) venue time of the newest state; -1 where none is known.
    last_trade_ms    (N,) -1 where none was seen.
    is_dirty         (N,) traded, funded or in a gap since its state.
    is_unsure        (N,) what is known of it is in doubt: a gap, a fill that did not fit, funding without a rate; until
                     each dex it is known to be in was read since. Who was never looked for in others, `Planner` counts.
    is_known         (N,) has a state.
    notional         (N,) USD of its positions at the newest marks, unknown marks left out; with what a delisting took.
    nearest_distance (N,) least |level / mark - 1| of its positions; inf where none has a level, or none was given; 0
                     where a delisting took a position: who was settled at a price nobody told is read first;
                     UNKNOWN_DISTANCE where a position's cash is not known and its account has moved since its state.
    traded_notional  (N,) USD traded, halved with every hour since.
    dex_bits         (N,) dexs it is known to be in, by place in `dexs`: it holds something there or traded unread.
    dexs             names of the dexs, in the order of the bits.
    """

    address: tuple[str, ...]
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


def watch_columns(
    book: Book,
    people: People,
    known: Int64Array,
    accounts: Accounts,
    mark: Float64Array,
    root: Float64Array | None,
    dex_of_market: Int64Array,
    dexs: tuple[str, ...],
    listed_bits: int,
) -> WatchColumns:
    """What the book says of everybody.

    known (N,) persons by row of accounts.addresses; mark (M,) USD; root (P,) of risk.liquidation.solve_roots.
    dex_of_market (M,) places in `dexs`; listed_bits: those of them in which something is listed still.
    """
    from liqscape.ledger.kernels.trades import HALF_LIFE_MS

    count = int(book.counter[Count.PERSONS])
    person = book.person[:count]
    state_ms, trade_ms = person[:, Person.STATE_MS].copy(), person[:, Person.TRADE_MS].copy()
    is_dirty = person[:, Person.MOVED_MS] > state_ms
    distance = np.full(count, np.inf)
    notional: Float64Array = np.zeros(count)
    dex_bits = person[:, Person.UNREAD_DEXS] & np.int64(listed_bits)
    is_unread = dex_bits != 0
    oldest_ms = state_ms.copy()
    if accounts.position_count:
        holder = known[accounts.address_row[accounts.pool_of_position()]]
        price = mark[accounts.market_index]
        notional = np.bincount(holder, np.nan_to_num(np.abs(accounts.size) * price), count).astype(np.float64)
        starts = np.flatnonzero(np.concatenate(([True], holder[1:] != holder[:-1])))
        dex = dex_of_market[accounts.market_index]
        oldest_ms[holder[starts]] = np.minimum.reduceat(book.state_ms[holder, dex], starts)
        dex_bits[holder[starts]] |= np.bitwise_or.reduceat(_bits(dex), starts)
        if root is not None:
            with np.errstate(invalid="ignore", divide="ignore"):
                away = np.abs(root / price - 1.0)
            away[~((root > 0.0) & (away < np.inf))] = np.inf
            is_unknown = np.isnan(accounts.raw_usd[accounts.pool_of_position()])
            away[is_unknown & is_dirty[holder]] = UNKNOWN_DISTANCE
            distance[holder[starts]] = np.minimum.reduceat(away, starts)
    settled = person[:, Person.SETTLED_USD]
    notional = notional + settled
    distance[settled > 0] = 0.0
    idle_ms = np.maximum(0, book.counter[Count.NEWEST_MS] - trade_ms)
    is_known = person[:, Person.KNOWN_ROW] != NO_ROW
    return WatchColumns(
        address=people.listed()[:count],
        state_ms=state_ms,
        last_trade_ms=trade_ms,
        is_dirty=is_dirty,
        is_unsure=(person[:, Person.UNSURE_MS] > oldest_ms) | is_unread | (~is_known & (trade_ms != NEVER_MS)),
        is_known=is_known,
        notional=notional,
        nearest_distance=distance,
        traded_notional=book.traded[:count] * 0.5 ** (idle_ms / HALF_LIFE_MS),
        dex_bits=dex_bits,
        dexs=dexs,
    )


def _bits(dex: Int64Array) -> Int64Array:
    """(K,) the bit of each; 0 where it is beyond their number."""
    return np.where(dex < MOST_DEX_BITS, np.int64(1) << np.minimum(dex, MOST_DEX_BITS - 1), np.int64(0))
