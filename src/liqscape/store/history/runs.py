"""Runs: frames that follow one another from a keyframe on, whether in a part on disk or in head files.

Both kinds answer the same questions, so the reader does not care where a frame lies.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np

from liqscape.errors import CorruptSegment
from liqscape.heatmap.bands import Bands
from liqscape.model.accounts import Accounts
from liqscape.store.history.account_rows import accounts_of_rows
from liqscape.store.history.bands import key_bands, unpack_keys
from liqscape.store.history.manifest import Definition, PartEntry
from liqscape.store.history.parquet_edge import of_coin, within
from liqscape.store.history.parts import PartReader
from liqscape.store.history.schema import (
    ADDRESSES,
    BANDS,
    COINS,
    FRAMES,
    FUNDING,
    POOLS,
    POSITIONS,
    Batch,
    Table,
    empty_table,
    rows_between,
)
from liqscape.store.history.steps import snapshot_of, solve_bands
from liqscape.units import Float64Array, Int64Array

WINDOW_COLUMNS = ("time_ms", "band", "side", "quality", "size")
"""What names a row in a window."""


NEEDED = (f"{FRAMES}.parquet", f"{COINS}.parquet")


class Run(Protocol):
    """Frames of one UTC day and one definition."""

    definition: Definition
    first_ms: int
    last_ms: int

    def frames(self) -> Table:
        """All rows of FRAMES."""

    def coins_at(self, time_ms: int) -> Table:
        """COINS of the frame of exactly this time, in order of market."""

    def marks(self, market_index: int) -> Float64Array:
        """Mark of one market in every frame."""

    def accounts_at(self, time_ms: int) -> Accounts:
        """Accounts at a frame."""


class HeadRun:
    """The head files, held in memory."""

    def __init__(self, batch: Batch, definition: Definition) -> None:
        self.definition = definition
        self._batch = batch
        self.first_ms = int(batch[FRAMES]["time_ms"][0])
        self.last_ms = int(batch[FRAMES]["time_ms"][-1])

    def frames(self) -> Table:
        return self._batch[FRAMES]

    def coins_at(self, time_ms: int) -> Table:
        return rows_between(self._batch[COINS], time_ms, time_ms)

    def marks(self, market_index: int) -> Float64Array:
        """Mark of one market in every frame."""
        coins = self._batch[COINS]
        marks: Float64Array = coins["mark"][coins["market_index"] == market_index]
        return marks

    def accounts_at(self, time_ms: int) -> Accounts:
        return _accounts_at(self.frames(), self._batch, time_ms)


class PartRun:
    """A part on disk. Small tables are kept once read.

    Raises CorruptSegment where its frames or coins are damaged: without those nothing of it can be shown.
    """

    def __init__(self, folder: Path, entry: PartEntry, definition: Definition) -> None:
        self.definition = definition
        self.entry = entry
        self.first_ms, self.last_ms = entry.first_ms, entry.last_ms
        self.part = PartReader(folder, entry, definition.markets)
        for name in NEEDED:
            self.part.checked_path(name)
        self._frames: Table | None = None
        self._accounts: Batch | None = None

    def frames(self) -> Table:
        if self._frames is None:
            self._frames = self.part.read(FRAMES)
        return self._frames

    def coins_at(self, time_ms: int) -> Table:
        import polars as pl

        return self.part.read(COINS, None, within(time_ms, time_ms), former=pl.col("time_ms") == time_ms)

    def marks(self, market_index: int) -> Float64Array:
        """Mark of one market in every frame."""
        import polars as pl

        coin = self.definition.markets.coins[market_index]
        where, former = of_coin(coin), pl.col("market_index") == market_index
        marks: Float64Array = self.part.read(COINS, ["mark"], where, former=former)["mark"]
        return marks

    def accounts_at(self, time_ms: int) -> Accounts:
        if self._accounts is None:
            self._accounts = self.part.read_accounts(self.first_ms, self.last_ms)
        return _accounts_at(self.frames(), self._accounts, time_ms)


def bands_at(run: Run, time_ms: int) -> Bands:
    """Bands of all coins at a frame, solved again from its accounts."""
    definition = run.definition
    snapshot = snapshot_of(run.coins_at(time_ms), definition.markets, time_ms)
    return solve_bands(run.accounts_at(time_ms), snapshot, definition.tables)


def times_of_runs(runs: list[Run]) -> Int64Array:
    """Times of all frames."""
    parts = [run.frames()["time_ms"] for run in runs]
    return np.concatenate(parts) if parts else np.empty(0, np.int64)


def marks_of_runs(runs: list[Run], coin: str) -> Float64Array:
    """Mark of a coin in every frame; NaN where it was not listed."""
    parts: list[Float64Array] = []
    for run in runs:
        market_index = run.definition.markets.find(coin)
        if market_index is None:
            parts.append(np.full(len(run.frames()["time_ms"]), np.nan))
        else:
            parts.append(run.marks(market_index))
    return np.concatenate(parts) if parts else np.empty(0)


def band_rows_of_runs(
    runs: list[Run], coin: str, is_coarse: bool, base_bands: tuple[int, int], shown: list[Int64Array]
) -> list[Table | None]:
    """Of each run the changes of a coin's bands inside [first, end): WINDOW_COLUMNS, in order of time.

    is_coarse  every step of 15 minutes ends where one of the window does: stored bands are enough.
    shown      of each run the times of its frames that are shown, rising.

    None for a run whose file is damaged.
    """
    tables: list[Table | None] = []
    for run, times in zip(runs, shown, strict=True):
        market_index = run.definition.markets.find(coin)
        if market_index is None:
            tables.append({name: empty_table(BANDS)[name] for name in WINDOW_COLUMNS})
            continue
        try:
            if is_coarse and isinstance(run, PartRun):
                rows = run.part.read_bands(coin, base_bands) or empty_table(BANDS)
                tables.append({name: rows[name] for name in WINDOW_COLUMNS})
            else:
                tables.append(_solved_rows(run, market_index, base_bands, times))
        except CorruptSegment:
            tables.append(None)
    return tables


def _solved_rows(run: Run, market_index: int, base_bands: tuple[int, int], times: Int64Array) -> Table:
    """Rows of shown frames, solved one by one from their accounts; each gives all bands, and those that are gone."""
    before = np.empty(0, np.int64)
    parts: list[Table] = []
    for time_ms in np.unique(times).tolist():
        bands = bands_at(run, time_ms).of_market(market_index)
        bands = bands.select((bands.band >= base_bands[0]) & (bands.band < base_bands[1]))
        keyed = key_bands(bands)
        gone = np.setdiff1d(before, keyed.key)
        named = unpack_keys(np.concatenate((keyed.key, gone)))
        size = np.concatenate((bands.size, np.zeros(len(gone))))
        parts.append({**named, "size": size, "time_ms": np.full(len(size), time_ms, np.int64)})
        before = keyed.key
    joined = {name: [part[name] for part in parts] for name in WINDOW_COLUMNS}
    return {name: np.concatenate(joined[name]) if parts else empty_table(BANDS)[name] for name in WINDOW_COLUMNS}


def _accounts_at(frames: Table, tables: Batch, time_ms: int) -> Accounts:
    row = int(np.searchsorted(frames["time_ms"], time_ms))
    begin_ms = int(frames["time_ms"][np.flatnonzero(frames["is_keyframe"][: row + 1])[-1]])
    pools, positions, funding, addresses = (
        rows_between(tables[name], begin_ms, time_ms) for name in (POOLS, POSITIONS, FUNDING, ADDRESSES)
    )
    return accounts_of_rows(pools, positions, funding, tuple(addresses["address"].tolist()))
