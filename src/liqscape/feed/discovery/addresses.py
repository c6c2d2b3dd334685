"""Addresses known so far, as columns that grow; rows never move (docs/coverage.md, "Discovery").

What an unread address may hold is guessed from what is known of it from outside:

    expected = LEVERAGE * account value * share of such accounts that hold positions + HELD_SHARE * traded notional

Traded notional fades by half every HALF_LIFE_MS. Only the order of these guesses matters to the scheduler, and their
rough size against positions that are known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from liqscape.errors import ModelError
from liqscape.feed.discovery.columns import AddressFigures, RegisterColumns, seconds_of
from liqscape.ledger.address_table import AddressTable
from liqscape.model.address_words import names_of
from liqscape.model.addresses import AddressSource
from liqscape.model.trades import Trades
from liqscape.units import HOUR_MS, Float64Array, Int32Array, Int64Array, UInt8Array

HALF_LIFE_MS = 6 * HOUR_MS
"""Of traded notional: a position opened this morning is likelier to stand than one of yesterday."""
LEVERAGE = 2.0
"""Notional per USD of account value where positions are held: between a hedger's 1 and a gambler's 10."""
ACTIVE_SHARE, MONTH_SHARE, IDLE_SHARE = 1.0, 0.3, 0.03
"""Share of listed accounts with positions, if they traded this week, this month, or not: prior guesses."""
HELD_SHARE = 0.5
"""Of what was traded, what is still held: opening and closing prints are about equally many."""
GIVEN_USD = 1e9
"""Addresses the user names come first, whatever they hold."""
MAX_DEXS = 63
"""Bits of a signed 64-bit number that are not its sign."""
MAX_CHANGED = 20_000
"""Rows handed over at once, as objects of some 600 bytes each while they are written."""


class AddressBook:
    """All known addresses, about 65 bytes each; beyond `most` rows new addresses are not kept.

    One thread at a time.
    """

    def __init__(self, most: int = 5_000_000) -> None:
        self._table = AddressTable(most)
        self._room = AddressFigures()
        self._dex_of_market: Int32Array = np.zeros(0, np.int32)
        self.vaults: frozenset[str] = frozenset()
        """Flagged addresses. Replaced as a whole when one is new, so that any thread may read it."""

    def __len__(self) -> int:
        return len(self._table)

    @property
    def refused_count(self) -> int:
        """Additions for which there was no room, or that were no address."""
        return self._table.refused_count

    @property
    def addresses(self) -> Sequence[str]:
        """In order of first sight; grows at the end. Each is made when it is asked for."""
        return self._table

    def names(self, rows: Int64Array) -> list[str]:
        """Addresses of the given rows, (K,)."""
        return self._table.names(rows)

    def row(self, address: str) -> int | None:
        """Row of an address; None where it is not known."""
        row = int(self._table.rows((address,))[0])
        return None if row < 0 else row

    def rows(self, addresses: Iterable[str]) -> Int64Array:
        """Rows of addresses, (K,); -1 where not known."""
        return self._table.rows(addresses)

    def reserve(self, count: int) -> None:
        """Make room for this many rows in all, where it is known that they will come."""
        self._table.reserve(count)
        self._room.reserve(count, len(self))

    def markets_are(self, dex_of_market: Int32Array) -> None:
        """Set the dex of each market, (M,) with 0 the first dex. Raises ModelError beyond MAX_DEXS."""
        if len(dex_of_market) and int(dex_of_market.max()) >= MAX_DEXS:
            raise ModelError(f"{int(dex_of_market.max()) + 1} dexs, at most {MAX_DEXS} are told apart")
        self._dex_of_market = dex_of_market

    def add(self, addresses: Iterable[str], source: AddressSource, now_ms: int) -> Int64Array:
        """Add addresses found by a source and return their rows; -1 where there was no room."""
        first = len(self)
        rows = self._table.add(addresses)
        self._begin(first, now_ms)
        kept, room = rows[rows >= 0], self._room
        before = room.sources[kept]
        room.sources[kept] |= np.uint8(source)
        room.is_changed[kept] |= room.sources[kept] != before
        return rows

    def observe_trades(self, trades: Trades) -> None:
        """Note both users of every public print."""
        if not len(trades):
            return
        newest_ms = int(trades.time_ms.max())
        rows = self.add(trades.addresses, AddressSource.TRADES, newest_ms)
        usd = trades.price * trades.size
        count = len(rows)
        traded = np.bincount(trades.buyer, usd, count) + np.bincount(trades.seller, usd, count)
        latest: Int64Array = np.full(count, -1, np.int64)
        np.maximum.at(latest, trades.buyer, trades.time_ms)
        np.maximum.at(latest, trades.seller, trades.time_ms)
        bits: Int64Array = np.zeros(count, np.int64)
        is_listed = trades.market_index < len(self._dex_of_market)
        dex = (
            np.where(is_listed, self._dex_of_market[np.where(is_listed, trades.market_index, 0)], 0)
            if len(self._dex_of_market)
            else np.zeros(len(trades), np.int32)
        )
        bit = np.int64(1) << dex.astype(np.int64)
        np.bitwise_or.at(bits, trades.buyer, bit)
        np.bitwise_or.at(bits, trades.seller, bit)
        is_kept = (rows >= 0) & (latest >= 0)
        rows, room = rows[is_kept], self._room
        faded = _faded(room.traded_usd[rows], room.activity_ms(rows), newest_ms)
        room.traded_usd[rows] = faded + traded[is_kept]
        room.last_activity_s[rows] = seconds_of(newest_ms)
        room.dex_bits.join(rows, bits[is_kept])
        room.is_changed[rows] = True

    def observe_listed(
        self,
        addresses: Iterable[str],
        account_value: Float64Array,
        week_volume: Float64Array,
        month_volume: Float64Array,
        now_ms: int,
    ) -> Int64Array:
        """Note rows of the leaderboard (USD) and return their rows in this book."""
        rows = self.add(addresses, AddressSource.LEADERBOARD, now_ms)
        is_kept = rows >= 0
        kept = rows[is_kept]
        for column, values in (
            (self._room.account_value, account_value),
            (self._room.week_volume, week_volume),
            (self._room.month_volume, month_volume),
        ):
            column[kept] = np.nan_to_num(values[is_kept], nan=0.0, posinf=0.0, neginf=0.0)
        self._room.is_changed[kept] = True
        return rows

    def flag(
        self, addresses: Iterable[str], now_ms: int, *, is_exempt: bool, account_value: Float64Array | None = None
    ) -> None:
        """Vaults, known from a list, their details or their margin table. Exempt ones stay exempt.

        account_value (K,) USD in each, where the list says it; the leaderboard's figure is never lowered by it.
        """
        names = tuple(addresses)
        rows = self.add(names, AddressSource.VAULT, now_ms)
        kept = rows[rows >= 0]
        self.note_vaults(names)
        self._room.is_vault[kept] = True
        self._room.is_exempt[kept] |= is_exempt
        if account_value is not None:
            column = self._room.account_value
            column[kept] = np.maximum(column[kept], np.nan_to_num(account_value[rows >= 0], posinf=0.0))
        self._room.is_changed[kept] = True

    def expected_usd(self, now_ms: int, rows: Int64Array | None = None) -> Float64Array:
        """(K,) notional guessed from outside, read or not; of everybody unless rows are given."""
        room, which = self._room, self._which(rows)
        value = np.maximum(0.0, room.account_value[which].astype(np.float64))
        is_active, is_monthly = room.week_volume[which] > 0.0, room.month_volume[which] > 0.0
        share = np.where(is_active, ACTIVE_SHARE, np.where(is_monthly, MONTH_SHARE, IDLE_SHARE))
        traded = _faded(room.traded_usd[which], room.activity_ms(which), now_ms)
        is_given = (room.sources[which] & np.uint8(AddressSource.GIVEN)) != 0
        return LEVERAGE * share * value + HELD_SHARE * traded + np.where(is_given, GIVEN_USD, 0.0)

    def groups(self, rows: Int64Array | None = None) -> Int64Array:
        """(K,) 0 to 7: seen trading or not; not listed, listed and idle, with volume this month, this week."""
        room, which = self._room, self._which(rows)
        sources = room.sources[which]
        is_listed = (sources & np.uint8(AddressSource.LEADERBOARD)) != 0
        is_seen = (sources & np.uint8(AddressSource.TRADES)) != 0
        activity = 1 + (room.month_volume[which] > 0.0) + (room.week_volume[which] > 0.0)
        groups: Int64Array = np.where(is_listed, activity, 0) + 4 * is_seen.astype(np.int64)
        return groups

    def columns(self) -> RegisterColumns:
        """All columns of all addresses, as copies."""
        return self._taken(np.arange(len(self)))

    def take_changed(self, most: int = MAX_CHANGED) -> RegisterColumns:
        """Rows that changed since the last call, at most so many: what a register on disk has to write."""
        rows = np.flatnonzero(self._room.is_changed[: len(self)])[:most]
        self._room.is_changed[rows] = False
        return self._taken(rows)

    def change_all(self) -> None:
        """Mark every row as changed: the register on disk was begun anew and has to be written in full."""
        self._room.is_changed[: len(self)] = True

    def restore(self, columns: RegisterColumns) -> None:
        """What a register on disk had, each row once: as if it had been known before what was found meanwhile.

        What is known already is joined: what was traded then fades and adds up, and of lists the newer one counts.
        """
        first = len(self)
        rows = self._table.add_keys(columns.key)
        self._room.reserve(len(self), first)
        is_kept = rows >= 0
        rows, room = rows[is_kept], self._room
        is_listed = (room.sources[rows] & np.uint8(AddressSource.LEADERBOARD)) != 0
        first_ms, theirs_ms = columns.first_seen_ms[is_kept], columns.last_activity_ms[is_kept]
        ours_s, theirs_s = room.first_seen_s[rows], seconds_of(first_ms)
        room.first_seen_s[rows] = np.where(ours_s > 0, np.minimum(ours_s, theirs_s), theirs_s)
        ours_ms = room.activity_ms(rows)
        newest_ms = np.maximum(ours_ms, theirs_ms)
        traded = _faded(columns.traded_usd[is_kept], theirs_ms, newest_ms)
        room.traded_usd[rows] = _faded(room.traded_usd[rows], ours_ms, newest_ms) + traded
        room.last_activity_s[rows] = seconds_of(newest_ms)
        for name in ("account_value", "week_volume", "month_volume"):
            ours, theirs = getattr(room, name), getattr(columns, name)[is_kept]
            ours[rows] = np.where(is_listed, ours[rows], np.maximum(ours[rows], theirs))
        for name in ("sources", "is_vault", "is_exempt"):
            getattr(room, name)[rows] |= getattr(columns, name)[is_kept]
        room.dex_bits.join(rows, columns.dex_bits[is_kept])
        self.note_vaults(names_of(columns.key[columns.is_vault]))

    def sources_of(self, addresses: Iterable[str]) -> UInt8Array:
        """(K,) AddressSource bits, 0 where not known."""
        rows = self.rows(addresses)
        return np.where(rows >= 0, self._room.sources[np.maximum(rows, 0)], np.uint8(0))

    def sources(self, rows: Int64Array) -> UInt8Array:
        """(K,) AddressSource bits of each of the rows."""
        return self._room.sources[rows]

    def dex_bits(self, rows: Int64Array) -> Int64Array:
        """(K,) dexs each of the rows was seen in; the first dex always among them."""
        return self._room.dex_bits[rows] | np.int64(1)

    def note_dex(self, rows: Int64Array, number: int) -> None:
        """These rows hold positions in a dex, by its row: they are to be read there too."""
        self._room.dex_bits.join(rows, np.int64(1) << np.int64(number))
        self._room.is_changed[rows] = True

    def counts(self) -> dict[AddressSource, int]:
        """Addresses each discovery has found."""
        sources = self._room.sources[: len(self)]
        return {source: int(np.count_nonzero(sources & np.uint8(source))) for source in AddressSource}

    def note_vaults(self, names: Iterable[str]) -> None:
        """Note that these addresses are vaults, whether they have rows yet or not."""
        joined = self.vaults.union(names)
        if len(joined) > len(self.vaults):
            self.vaults = joined

    def _begin(self, first: int, now_ms: int) -> None:
        """Initialise the columns of new rows, from `first` on."""
        count = len(self)
        if count > first:
            self._room.reserve(count, first)
            self._room.first_seen_s[first:count] = seconds_of(now_ms)
            self._room.is_changed[first:count] = True

    def _which(self, rows: Int64Array | None) -> Int64Array | slice:
        return slice(len(self)) if rows is None else rows

    def _taken(self, rows: Int64Array) -> RegisterColumns:
        return self._room.taken(self._table.keys(rows), rows)


def _faded(usd: Float64Array, since_ms: Int64Array, now_ms: Int64Array | int) -> Float64Array:
    age_ms = np.where(since_ms < 0, 0, np.maximum(0, now_ms - since_ms))
    return usd * 0.5 ** (age_ms / HALF_LIFE_MS)
