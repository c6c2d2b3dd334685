"""Positions that a sweep met, and where each of their lots went, minute by minute (docs/clusters.md, "Sweeps").

Exact in lots. Of a position that grows meanwhile, the lots of the entry are the last to go: they fall only once the
position is smaller than what is left of them. What was written down of a minute is taken in the order of its times.
A drop that nothing explains is of unknown cause.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from msgspec import Struct

from liqscape.insight.mark_path import MarkPath
from liqscape.insight.minute import Minute
from liqscape.insight.sweeps.own_stops import NOT_REACHED, OwnStops, SavedStops, first_reached
from liqscape.insight.sweeps.saved_columns import columns_as_bytes, columns_of_bytes
from liqscape.model.minute_notes import MinuteKind
from liqscape.units import AnyArray, Float64Array, Int64Array, Side

NO_ROW = -1


class Gone(IntEnum):
    """Columns of lots that went: how."""

    LIQUIDATED_BOOK = 0
    LIQUIDATED_BACKSTOP = 1
    DELEVERAGED = 2
    CLOSED_BEFORE = 3
    CLOSED_AFTER = 4
    UNREPORTED = 5


FORCED = {
    MinuteKind.LIQUIDATED_BOOK: Gone.LIQUIDATED_BOOK,
    MinuteKind.LIQUIDATED_BACKSTOP: Gone.LIQUIDATED_BACKSTOP,
    MinuteKind.DELEVERAGED: Gone.DELEVERAGED,
    MinuteKind.DELEVERAGED_AS_WINNER: Gone.DELEVERAGED,
}
MARGIN_KINDS = (MinuteKind.DEPOSIT, MinuteKind.WITHDRAWAL, MinuteKind.TRANSFER)
SIZE_KINDS = (MinuteKind.TRADE, *FORCED)
_IS_MARGIN, _MOVES_SIZE = (np.isin(np.arange(256), kinds) for kinds in (MARGIN_KINDS, SIZE_KINDS))
"""By code of a kind."""

_COLUMNS = {
    "key": "<i8",
    "entry_level": "<f8",
    "level": "<f8",
    "raw_usd": "<f8",
    "lots": "<i8",
    "held": "<i8",
    "remaining": "<i8",
    "reached_ms": "<i8",
    "book_ms": "<i8",
    "margin_usd": "<f8",
    "own_usd": "<f8",
    "other_usd": "<f8",
    "by_stop": "<i8",
}


class SavedMembers(Struct, frozen=True):
    """Members as bytes, little-endian."""

    columns: dict[str, bytes]
    gone: bytes
    stops: SavedStops | None


class Members:
    """N positions of one coin and side, by key of the owner.

    entry_level, level  (N,) USD, as of the entry and of the last frame; NaN: none, or unknown.
    raw_usd             (N,) of the pool at entry.
    lots, held, remaining  (N,) at entry; of the position now; of the lots at entry, those that are left.
    reached_ms          (N,) first mark at or beyond the level as it then was; NOT_REACHED.
    book_ms             (N,) last time a part was liquidated into the book; NOT_REACHED.
    margin_usd          (N,) told movements of cash since: deposits, withdrawals, transfers.
    own_usd, other_usd  (N,) cash moved since by all other kinds: in this coin, and in others. NaN: by nobody knows
                        what, so nothing is said of margin.
    by_stop             (N,) lots of those closed that own stops closed (own_stops.py).
    gone                (N, Gone) lots.
    stops               own stops that wait before the levels; None where trigger orders are unknown.
    """

    def __init__(self, columns: dict[str, AnyArray], gone: Int64Array, stops: OwnStops | None) -> None:
        self.key: Int64Array = columns["key"]
        self.entry_level: Float64Array = columns["entry_level"]
        self.level: Float64Array = columns["level"]
        self.raw_usd: Float64Array = columns["raw_usd"]
        self.lots: Int64Array = columns["lots"]
        self.held: Int64Array = columns["held"]
        self.remaining: Int64Array = columns["remaining"]
        self.reached_ms: Int64Array = columns["reached_ms"]
        self.book_ms: Int64Array = columns["book_ms"]
        self.margin_usd: Float64Array = columns["margin_usd"]
        self.own_usd: Float64Array = columns["own_usd"]
        self.other_usd: Float64Array = columns["other_usd"]
        self.by_stop: Int64Array = columns["by_stop"]
        self.gone = gone
        self.stops = stops

    @classmethod
    def of_span(cls, minute: Minute, market_index: int, side: Side, low: float, high: float) -> Members:
        """Those with a level in [low, high) at a frame."""
        held = minute.held(market_index, side)
        inside = slice(*np.searchsorted(held.level, (low, high)).tolist())
        lots = to_lots(minute, market_index, held.size[inside])
        rows = np.flatnonzero(lots > 0)
        rows = rows[np.argsort(held.key[inside][rows], kind="stable")]
        accounts, count = minute.accounts, len(rows)
        level = held.level[inside][rows]
        pool = accounts.pool_of_position()[held.row[inside][rows]]
        key = held.key[inside][rows]
        stops = None
        if count:
            stops = OwnStops.of_members(minute, market_index, side, key=key, level=level, lots=lots[rows])
        return cls(
            {
                "key": key,
                "entry_level": level,
                "level": level.copy(),
                "raw_usd": accounts.raw_usd[pool],
                "lots": lots[rows],
                "held": lots[rows],
                "remaining": lots[rows],
                "reached_ms": np.full(count, NOT_REACHED, np.int64),
                "book_ms": np.full(count, NOT_REACHED, np.int64),
                "margin_usd": np.zeros(count),
                "own_usd": np.zeros(count),
                "other_usd": np.zeros(count),
                "by_stop": np.zeros(count, np.int64),
            },
            np.zeros((count, len(Gone)), np.int64),
            stops,
        )

    @classmethod
    def load(cls, saved: SavedMembers) -> Members:
        """From bytes."""
        columns = columns_of_bytes(saved.columns, _COLUMNS)
        gone = np.frombuffer(saved.gone, "<i8").astype(np.int64).reshape(-1, len(Gone))
        return cls(columns, gone, None if saved.stops is None else OwnStops.load(saved.stops))

    def save(self) -> SavedMembers:
        """To bytes."""
        columns = columns_as_bytes(self, _COLUMNS)
        stops = None if self.stops is None else self.stops.save()
        return SavedMembers(columns, self.gone.astype("<i8").tobytes(), stops)

    @property
    def total(self) -> int:
        """Lots at entry."""
        return int(self.lots.sum())

    def advance(self, now: Minute, market_index: int, side: Side, path: MarkPath) -> None:
        """Take a minute in: its path, its rows, and what is held at its end."""
        if not len(self.key):
            return
        waiting = np.flatnonzero(self.reached_ms == NOT_REACHED)
        self.reached_ms[waiting] = first_reached(side, path, self.level[waiting])
        if self.stops is not None:
            self.stops.reach(side, path)
        self._take_rows(now, market_index, side)
        row = self.rows(now, market_index, side)
        is_held = row != NO_ROW
        if is_held.any():
            self.held = to_lots(now, market_index, np.where(is_held, np.abs(now.accounts.size[row]), 0.0))
            self.level = np.where(is_held, now.level[row], np.nan)
        else:
            self.held, self.level = np.zeros(len(row), np.int64), np.full(len(row), np.nan)
        left = np.minimum(self.remaining, self.held)
        self.gone[:, Gone.UNREPORTED] += self.remaining - left
        self.remaining = left

    def rows(self, now: Minute, market_index: int, side: Side) -> Int64Array:
        """(N,) position row of each at a frame; NO_ROW: it holds nothing on this side."""
        found = np.full(len(self.key), NO_ROW, np.int64)
        of_coin = now.index.positions(market_index)
        of_coin = of_coin[now.accounts.size[of_coin] * side > 0.0]
        if not len(of_coin) or not len(found):
            return found
        key = now.index.owner_key[of_coin]
        place = np.minimum(np.searchsorted(self.key, key), len(self.key) - 1)
        is_member = self.key[place] == key
        found[place[is_member]] = of_coin[is_member]
        return found

    def _take_rows(self, now: Minute, market_index: int, side: Side) -> None:
        found = now.index.account_rows(self.key)
        if found is None:
            return
        columns, row, place = found
        kind, market = columns["kind"][row], columns["market_index"][row]
        usd = columns["usd"][row]
        is_margin, is_own = _IS_MARGIN[kind], market == market_index
        for target, mask in (
            (self.margin_usd, is_margin),
            (self.own_usd, ~is_margin & is_own),
            (self.other_usd, ~is_margin & ~is_own),
        ):
            np.add.at(target, place[mask], usd[mask])
        moves = np.flatnonzero(is_own & _MOVES_SIZE[kind])
        moved = side * to_lots(now, market_index, columns["size"][row[moves]])
        last_ms = columns["last_ms"][row[moves]]
        for each, lots, at_ms in zip(moves.tolist(), moved.tolist(), last_ms.tolist(), strict=True):
            self._move(int(place[each]), MinuteKind(int(kind[each])), lots, at_ms)

    def _move(self, member: int, kind: MinuteKind, lots: int, last_ms: int) -> None:
        """A position moved by lots (< 0: smaller); what it then lacks of the lots at entry went this way."""
        held = int(self.held[member]) + lots
        self.held[member] = held
        if kind is MinuteKind.LIQUIDATED_BOOK:
            self.book_ms[member] = last_ms
        lost = int(self.remaining[member]) - max(0, min(int(self.remaining[member]), held))
        if lost <= 0:
            return
        reached_ms = int(self.reached_ms[member])
        is_after = reached_ms != NOT_REACHED and last_ms >= reached_ms
        how = FORCED.get(kind, Gone.CLOSED_AFTER if is_after else Gone.CLOSED_BEFORE)
        self.gone[member, how] += lost
        if kind is MinuteKind.TRADE and self.stops is not None:
            self.by_stop[member] += self.stops.take(member, lost, last_ms)
        self.remaining[member] -= lost


def to_lots(minute: Minute, market_index: int, size: Float64Array) -> Int64Array:
    """Coins in whole lots of the market."""
    lot = 10.0 ** minute.snapshot.markets.rows[market_index].size_decimals
    lots: Int64Array = np.rint(size * lot).astype(np.int64)
    return lots


def own_margin(members: Members, now: Minute, row: Int64Array) -> Float64Array:
    """(N,) USD that owners put behind each position since the entry (taken out: < 0); NaN unknown.

    What cash moved otherwise than by trades, funding and liquidations: so also margin that nobody told of, where the
    pool is all there is of its address, or holds this position alone. Else the told deposits, withdrawals, transfers.
    """
    accounts, position = now.accounts, np.maximum(row, 0)
    pool = accounts.pool_of_position()[position]
    pools_of_address = np.bincount(accounts.address_row, minlength=len(accounts.addresses))
    is_only_pool = pools_of_address[accounts.address_row[pool]] == 1
    is_alone = accounts.is_lone[position] == 1
    change = accounts.raw_usd[pool] - members.raw_usd - members.own_usd
    whole = change - np.where(is_only_pool, members.other_usd, 0.0)
    return np.where(is_only_pool | is_alone, whole, members.margin_usd)
