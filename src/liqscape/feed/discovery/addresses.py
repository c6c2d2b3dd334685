"""Addresses known so far, as columns that grow; rows never move (docs/coverage.md, "Discovery").

What an unread address may hold is guessed from what is known of it from outside:

    expected = LEVERAGE * account value * share of such accounts that hold positions + HELD_SHARE * traded notional

Traded notional fades by half every HALF_LIFE_MS. Only the order of these guesses matters to the scheduler, and their
rough size against positions that are known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from liqscape.errors import ModelError
from liqscape.model.addresses import AddressSource
from liqscape.model.trades import Trades
from liqscape.units import HOUR_MS, BoolArray, Float64Array, Int32Array, Int64Array, UInt8Array

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
MOST_DEXS = 63
"""Bits of a signed 64-bit number that are not its sign."""
FIRST_ROOM = 1_024


@dataclass(frozen=True)
class RegisterColumns:
    """K addresses as they are kept on disk; times -1 where never.

    sources           (K,) AddressSource bits.
    first_seen_ms     (K,)
    last_activity_ms  (K,) newest print.
    traded_usd        (K,) faded to last_activity_ms.
    account_value     (K,) USD as the leaderboard has it, 0 unknown.
    week_volume, month_volume  (K,) USD, likewise.
    dex_bits          (K,) dexs it traded in, bit by row of the dexs.
    is_vault          (K,)
    is_exempt         (K,) cannot be liquidated in practice.
    """

    address: tuple[str, ...]
    sources: UInt8Array
    first_seen_ms: Int64Array
    last_activity_ms: Int64Array
    traded_usd: Float64Array
    account_value: Float64Array
    week_volume: Float64Array
    month_volume: Float64Array
    dex_bits: Int64Array
    is_vault: BoolArray
    is_exempt: BoolArray


COLUMNS = tuple(name for name in RegisterColumns.__dataclass_fields__ if name != "address")


class AddressBook:
    """Everybody known. `most` bounds the rows: beyond it new addresses are counted in `refused_count`, not kept."""

    def __init__(self, most: int = 5_000_000) -> None:
        self._most = most
        self._row: dict[str, int] = {}
        self._address: list[str] = []
        self._room = _empty(FIRST_ROOM)
        self._is_changed = np.zeros(FIRST_ROOM, np.bool_)
        self._dex_of_market: Int32Array = np.zeros(0, np.int32)
        self.refused_count = 0
        self.vaults: frozenset[str] = frozenset()
        """Flagged addresses. Replaced as a whole when one is new, so that any thread may read it."""

    def __len__(self) -> int:
        return len(self._address)

    @property
    def addresses(self) -> Sequence[str]:
        """In order of first sight; grows at the end."""
        return self._address

    def row(self, address: str) -> int | None:
        """None where it is not known."""
        return self._row.get(address)

    def rows(self, addresses: Iterable[str]) -> Int64Array:
        """(K,) rows, -1 where not known."""
        find = self._row.get
        return np.array([find(address, -1) for address in addresses], np.int64)

    def markets_are(self, dex_of_market: Int32Array) -> None:
        """(M,) row of the dex of each market, 0 the first dex. Raises ModelError beyond MOST_DEXS."""
        if len(dex_of_market) and int(dex_of_market.max()) >= MOST_DEXS:
            raise ModelError(f"{int(dex_of_market.max()) + 1} dexs, at most {MOST_DEXS} are told apart")
        self._dex_of_market = dex_of_market

    def add(self, addresses: Iterable[str], source: AddressSource, now_ms: int) -> Int64Array:
        """Rows of addresses found so; -1 where there was no room."""
        rows = self._rows_of(addresses, now_ms)
        kept = rows[rows >= 0]
        before = self._room.sources[kept]
        self._room.sources[kept] |= np.uint8(source)
        self._is_changed[kept] |= self._room.sources[kept] != before
        return rows

    def observe_trades(self, trades: Trades) -> None:
        """Both users of every print."""
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
        faded = _faded(room.traded_usd[rows], room.last_activity_ms[rows], newest_ms)
        room.traded_usd[rows] = faded + traded[is_kept]
        room.last_activity_ms[rows] = newest_ms
        room.dex_bits[rows] |= bits[is_kept]
        self._is_changed[rows] = True

    def observe_listed(
        self,
        addresses: Iterable[str],
        account_value: Float64Array,
        week_volume: Float64Array,
        month_volume: Float64Array,
        now_ms: int,
    ) -> Int64Array:
        """Rows of the leaderboard, USD. Returns their rows here."""
        rows = self.add(addresses, AddressSource.LEADERBOARD, now_ms)
        is_kept = rows >= 0
        kept = rows[is_kept]
        for column, values in (
            (self._room.account_value, account_value),
            (self._room.week_volume, week_volume),
            (self._room.month_volume, month_volume),
        ):
            column[kept] = np.nan_to_num(values[is_kept], nan=0.0, posinf=0.0, neginf=0.0)
        self._is_changed[kept] = True
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
        self._note_vaults(names)
        self._room.is_vault[kept] = True
        self._room.is_exempt[kept] |= is_exempt
        if account_value is not None:
            column = self._room.account_value
            column[kept] = np.maximum(column[kept], np.nan_to_num(account_value[rows >= 0], posinf=0.0))
        self._is_changed[kept] = True

    def expected_usd(self, now_ms: int) -> Float64Array:
        """(N,) notional guessed from outside, of everybody, read or not."""
        count, room = len(self), self._room
        value, week = np.maximum(0.0, room.account_value[:count]), room.week_volume[:count]
        share = np.where(week > 0.0, ACTIVE_SHARE, np.where(room.month_volume[:count] > 0.0, MONTH_SHARE, IDLE_SHARE))
        traded = _faded(room.traded_usd[:count], room.last_activity_ms[:count], now_ms)
        is_given = (room.sources[:count] & np.uint8(AddressSource.GIVEN)) != 0
        return LEVERAGE * share * value + HELD_SHARE * traded + np.where(is_given, GIVEN_USD, 0.0)

    def groups(self) -> Int64Array:
        """(N,) 0 to 7: seen trading or not; not listed, listed and idle, with volume this month, this week."""
        count, room = len(self), self._room
        sources = room.sources[:count]
        is_listed = (sources & np.uint8(AddressSource.LEADERBOARD)) != 0
        is_seen = (sources & np.uint8(AddressSource.TRADES)) != 0
        activity = 1 + (room.month_volume[:count] > 0.0) + (room.week_volume[:count] > 0.0)
        groups: Int64Array = np.where(is_listed, activity, 0) + 4 * is_seen.astype(np.int64)
        return groups

    def columns(self) -> RegisterColumns:
        """Everybody, as copies."""
        return self._taken(np.arange(len(self)))

    def take_changed(self, most: int = 100_000) -> RegisterColumns:
        """Rows that changed since the last call, at most so many: what a register on disk has to write."""
        rows = np.flatnonzero(self._is_changed[: len(self)])[:most]
        self._is_changed[rows] = False
        return self._taken(rows)

    def restore(self, columns: RegisterColumns) -> None:
        """What a register on disk had; times and flags join what is known already."""
        rows = self._rows_of(columns.address, 0)
        is_kept = rows >= 0
        kept, room = rows[is_kept], self._room
        changed = self._is_changed[kept].copy()
        for name in COLUMNS:
            ours, theirs = getattr(room, name), getattr(columns, name)[is_kept]
            if name in ("sources", "dex_bits", "is_vault", "is_exempt"):
                ours[kept] |= theirs
            elif name == "first_seen_ms":
                ours[kept] = np.where(ours[kept] > 0, np.minimum(ours[kept], theirs), theirs)
            else:
                ours[kept] = np.maximum(ours[kept], theirs)
        self._is_changed[kept] = changed
        self._note_vaults(columns.address[row] for row in np.flatnonzero(columns.is_vault).tolist())

    def sources_of(self, addresses: Iterable[str]) -> UInt8Array:
        """(K,) AddressSource bits, 0 where not known."""
        rows = self.rows(addresses)
        return np.where(rows >= 0, self._room.sources[np.maximum(rows, 0)], np.uint8(0))

    def dex_bits(self, rows: Int64Array) -> Int64Array:
        """(K,) dexs each of the rows was seen in; the first dex always among them."""
        return self._room.dex_bits[rows] | np.int64(1)

    def note_dex(self, rows: Int64Array, number: int) -> None:
        """These rows hold positions in a dex, by its row: they are to be read there too."""
        self._room.dex_bits[rows] |= np.int64(1) << np.int64(number)
        self._is_changed[rows] = True

    def counts(self) -> dict[AddressSource, int]:
        """Addresses each discovery has found."""
        sources = self._room.sources[: len(self)]
        return {source: int(np.count_nonzero(sources & np.uint8(source))) for source in AddressSource}

    def _note_vaults(self, names: Iterable[str]) -> None:
        joined = self.vaults.union(names)
        if len(joined) > len(self.vaults):
            self.vaults = joined

    def _rows_of(self, addresses: Iterable[str], now_ms: int) -> Int64Array:
        find, first = self._row, len(self)
        rows = []
        for address in addresses:
            row = find.get(address)
            if row is None:
                if len(self._address) >= self._most:
                    self.refused_count += 1
                    row = -1
                else:
                    row = find[address] = len(self._address)
                    self._address.append(address)
            rows.append(row)
        if len(self) > first:
            self._grow(len(self))
            self._room.first_seen_ms[first : len(self)] = now_ms
            self._is_changed[first : len(self)] = True
        return np.array(rows, np.int64)

    def _grow(self, count: int) -> None:
        room = len(self._is_changed)
        if count <= room:
            return
        larger = _empty(max(count, 2 * room))
        for name in COLUMNS:
            getattr(larger, name)[:room] = getattr(self._room, name)
        self._room = larger
        self._is_changed = np.concatenate((self._is_changed, np.zeros(len(larger.sources) - room, np.bool_)))

    def _taken(self, rows: Int64Array) -> RegisterColumns:
        names = tuple(self._address[row] for row in rows.tolist())
        return RegisterColumns(names, **{name: getattr(self._room, name)[rows] for name in COLUMNS})


def _empty(count: int) -> RegisterColumns:
    zeros, never = np.zeros, np.full(count, -1, np.int64)
    return RegisterColumns(
        (),
        zeros(count, np.uint8),
        zeros(count, np.int64),
        never,
        zeros(count),
        zeros(count),
        zeros(count),
        zeros(count),
        zeros(count, np.int64),
        zeros(count, np.bool_),
        zeros(count, np.bool_),
    )


def _faded(usd: Float64Array, since_ms: Int64Array, now_ms: int) -> Float64Array:
    age_ms = np.where(since_ms < 0, 0, np.maximum(0, now_ms - since_ms))
    return usd * 0.5 ** (age_ms / HALF_LIFE_MS)
