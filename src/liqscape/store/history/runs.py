"""Runs: frames that follow one another from a keyframe on, whether in a part on disk or in head files.

Both kinds answer the same questions, so the reader does not care where a frame lies.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol
from weakref import ref

import numpy as np

from liqscape.heatmap.bands import Bands
from liqscape.ledger.triggers import StandingTriggers
from liqscape.model.accounts import Accounts
from liqscape.store.history.account_rows import accounts_of_rows, rows_of_accounts
from liqscape.store.history.address_rows import RowsOfAddress, pick_address, read_address
from liqscape.store.history.address_share import AddressShare
from liqscape.store.history.manifest import Definition, PartEntry
from liqscape.store.history.parquet_edge import of_coin
from liqscape.store.history.part_accounts import pick_holders, read_accounts_at, read_holders
from liqscape.store.history.parts import PartReader
from liqscape.store.history.schema import (
    ADDRESSES,
    COINS,
    FRAMES,
    FUNDING,
    POOLS,
    POSITIONS,
    Table,
    empty_table,
    join_tables,
    rows_between,
)
from liqscape.store.history.small_tables import SmallTables
from liqscape.store.history.steps import snapshot_of, solve_bands
from liqscape.store.history.trigger_standing import read_standing
from liqscape.units import HOUR_MS, Float64Array, Int32Array, Int64Array

NEEDED = (f"{FRAMES}.parquet", f"{COINS}.parquet")


NEAR_MS = HOUR_MS
"""Who goes through the frames of a day, or clicks on the next minute, asks for what differs little from the last."""


class ShownRun(Protocol):
    """What the columns of a window ask of frames of one UTC day and one definition, or of the last one of each step."""

    definition: Definition
    first_ms: int
    last_ms: int

    def frames(self) -> Table:
        """Rows of FRAMES, or of them what tells which frame a column shows."""

    def marks(self, market_index: int, /) -> Float64Array:
        """Mark of one market in each of them."""


class Run(ShownRun, Protocol):
    """All frames of one UTC day and one definition."""

    def coins_at(self, time_ms: int) -> Table:
        """COINS of the frame of exactly this time, in order of market."""

    def rows_of_market(self, market_index: int, columns: list[str]) -> Table:
        """Some columns of COINS of one market in every frame."""

    def marks_at(self, times: Int64Array) -> Float64Array:
        """(M, T) marks of all markets in frames of rising times."""

    def rows_of_coin(self, market_index: int, begin_ms: int, until_ms: int) -> tuple[Table, Table, Table]:
        """Rows of POOLS and POSITIONS of all who ever hold a coin, and of FUNDING: what heatmap/through_time needs.

        Those from the keyframe of `begin_ms` on up to a time. Raises CorruptSegment.
        """

    def rows_of_address(self, address: str, begin_ms: int, until_ms: int) -> RowsOfAddress | None:
        """Rows of one address from the keyframe of `begin_ms` on up to a time; None where it is not listed.

        Raises CorruptSegment.
        """

    def funding(self) -> Table:
        """All rows of FUNDING."""

    def accounts_at(self, time_ms: int) -> Accounts:
        """Accounts at a frame."""

    def addresses_at(self, time_ms: int) -> tuple[str, ...]:
        """Addresses listed at a frame, in the order that rows of accounts name them by."""

    def standing_at(self, time_ms: int) -> StandingTriggers | None:
        """Trigger orders that stood at a frame; None where none were known. Raises CorruptSegment."""


class PartRun:
    """A part on disk. Of its files only the rows of FRAMES are kept once read.

    Raises CorruptSegment where its frames or coins are damaged: without those nothing of it can be shown.
    """

    def __init__(
        self, folder: Path, entry: PartEntry, definition: Definition, share: AddressShare, small: SmallTables
    ) -> None:
        self.definition = definition
        self.entry = entry
        self.first_ms, self.last_ms = entry.first_ms, entry.last_ms
        self.part = PartReader(folder, entry, definition.markets)
        for name in NEEDED:
            self.part.checked_path(name)
        self._frames: Table | None = None
        self._share = share
        self._small = small
        self._newest: tuple[int, int, ref[Accounts] | None] = (-1, -1, None)

    def frames(self) -> Table:
        if self._frames is None:
            self._frames = self.part.read(FRAMES)
        return self._frames

    def coins_at(self, time_ms: int) -> Table:
        return self.part.read_between(COINS, None, time_ms, time_ms)

    def marks(self, market_index: int) -> Float64Array:
        """Mark of one market in every frame."""
        marks: Float64Array = self.rows_of_market(market_index, ["mark"])["mark"]
        return marks

    def rows_of_market(self, market_index: int, columns: list[str]) -> Table:
        import polars as pl

        coin = self.definition.markets.coins[market_index]
        where, former = of_coin(coin), pl.col("market_index") == market_index
        return self.part.read(COINS, columns, where, former=former)

    def marks_at(self, times: Int64Array) -> Float64Array:
        rows = self.part.read(COINS, ["time_ms", "market_index", "mark"])
        return marks_at(rows, times, len(self.definition.markets))

    def rows_of_coin(self, market_index: int, begin_ms: int, until_ms: int) -> tuple[Table, Table, Table]:
        tables = self._small.of(self.part)
        if tables is None:
            return read_holders(self.part, market_index, begin_ms, until_ms)
        pools, positions = pick_holders([tables], market_index, begin_ms, until_ms)
        return pools, positions, rows_between(tables[FUNDING], begin_ms, until_ms)

    def rows_of_address(self, address: str, begin_ms: int, until_ms: int) -> RowsOfAddress | None:
        tables = self._small.of(self.part)
        if tables is None and not self.part.is_former:
            return read_address(self.part, address, begin_ms, until_ms)
        tables = self.part.read_accounts(begin_ms, until_ms) if tables is None else tables
        return pick_address([tables], tables[FUNDING], address, begin_ms, until_ms)

    def funding(self) -> Table:
        return empty_table(FUNDING) if self.part.is_former else self.part.read(FUNDING)

    def addresses_at(self, time_ms: int) -> tuple[str, ...]:
        frames = self.frames()
        begin_ms, listed = keyframe_before(frames, time_ms), listed_at(frames, time_ms)
        name = f"{self.entry.name}@{begin_ms}"
        return self._share.first_of(name, listed, lambda: self._addresses_from(begin_ms))

    def accounts_at(self, time_ms: int) -> Accounts:
        begin_ms, addresses = keyframe_before(self.frames(), time_ms), self.addresses_at(time_ms)
        tables = self._small.of(self.part)
        if tables is None:
            return self._streamed(begin_ms, time_ms, addresses)
        pools, positions, funding = (
            rows_between(tables[name], begin_ms, time_ms) for name in (POOLS, POSITIONS, FUNDING)
        )
        return accounts_of_rows(pools, positions, funding, addresses)

    def standing_at(self, time_ms: int) -> StandingTriggers | None:
        return read_standing(self.part, time_ms)

    def _streamed(self, begin_ms: int, time_ms: int, addresses: tuple[str, ...]) -> Accounts:
        """From the accounts of a frame shortly before, where somebody still holds them; else from the files alone."""
        former_begin_ms, former_ms, held = self._newest
        before = None if held is None else held()
        is_near = former_begin_ms == begin_ms and former_ms <= time_ms <= former_ms + NEAR_MS
        if before is not None and is_near and not self.part.is_former:
            rows = self.part.read_accounts(former_ms + 1, time_ms)
            pools, positions = rows_of_accounts(before, former_ms)
            accounts = accounts_of_rows(
                join_tables([pools, rows[POOLS]], POOLS),
                join_tables([positions, rows[POSITIONS]], POSITIONS),
                rows[FUNDING],
                addresses,
            )
        else:
            accounts = read_accounts_at(self.part, begin_ms, time_ms, addresses)
        self._newest = begin_ms, time_ms, ref(accounts)
        return accounts

    def _addresses_from(self, begin_ms: int) -> list[str]:
        """All that are listed from a keyframe on, until the next one lists them anew."""
        times = self.frames()["time_ms"][self.frames()["is_keyframe"]]
        later = times[times > begin_ms]
        last_ms = int(later[0]) - 1 if len(later) else self.last_ms
        rows = self.part.read_between(ADDRESSES, ["address"], begin_ms, last_ms)
        listed: list[str] = rows["address"].tolist()
        return listed


def bands_at(run: Run, time_ms: int) -> Bands:
    """Bands of all coins at a frame, solved again from its accounts."""
    definition = run.definition
    snapshot = snapshot_of(run.coins_at(time_ms), definition.markets, time_ms)
    return solve_bands(run.accounts_at(time_ms), snapshot, definition.tables)


def times_of_runs(runs: Sequence[ShownRun]) -> Int64Array:
    """Times of all frames."""
    parts = [run.frames()["time_ms"] for run in runs]
    return np.concatenate(parts) if parts else np.empty(0, np.int64)


def thinned_of_runs(runs: Sequence[ShownRun]) -> Int32Array:
    """Frames that were taken out before each, of all frames."""
    parts = [run.frames()["thinned_count"] for run in runs]
    return np.concatenate(parts) if parts else np.empty(0, np.int32)


def marks_of_runs(runs: Sequence[ShownRun], coin: str) -> Float64Array:
    """Mark of a coin in every frame; NaN where it was not listed."""
    parts: list[Float64Array] = []
    for run in runs:
        market_index = run.definition.markets.find(coin)
        if market_index is None:
            parts.append(np.full(len(run.frames()["time_ms"]), np.nan))
        else:
            parts.append(run.marks(market_index))
    return np.concatenate(parts) if parts else np.empty(0)


def keyframe_before(frames: Table, time_ms: int) -> int:
    """Time of the last frame at or before one that gives all accounts."""
    row = int(np.searchsorted(frames["time_ms"], time_ms))
    return int(frames["time_ms"][np.flatnonzero(frames["is_keyframe"][: row + 1])[-1]])


def listed_at(frames: Table, time_ms: int) -> int:
    """Addresses listed at a frame."""
    return int(frames["listed_address_count"][np.searchsorted(frames["time_ms"], time_ms)])


def marks_at(coins: Table, times: Int64Array, markets: int) -> Float64Array:
    """(M, T) marks in frames of rising times, of rows of COINS in any order."""
    mark = np.full((markets, len(times)), np.nan)
    if len(times):
        column = np.minimum(np.searchsorted(times, coins["time_ms"]), len(times) - 1)
        rows = np.flatnonzero(times[column] == coins["time_ms"])
        mark[coins["market_index"][rows], column[rows]] = coins["mark"][rows]
    return mark
