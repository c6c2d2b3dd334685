"""Runs: frames that follow one another from a keyframe on, whether in a part on disk or in head files.

Both kinds answer the same questions, so the reader does not care where a frame lies.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Protocol

import numpy as np

from liqscape.errors import CorruptSegment
from liqscape.heatmap.bands import Bands
from liqscape.model.accounts import Accounts
from liqscape.store.history.accounts import accounts_of_rows
from liqscape.store.history.bands import bands_of_rows
from liqscape.store.history.detail import DETAILS, FINE
from liqscape.store.history.manifest import Definition, PartEntry
from liqscape.store.history.parts import PartReader, bands_name, collect_rows
from liqscape.store.history.schema import (
    ADDRESSES,
    BANDS,
    COINS,
    FRAMES,
    POOLS,
    POSITIONS,
    Batch,
    Table,
    join_tables,
    pick_rows,
)
from liqscape.units import MINUTE_MS, Float64Array, Int64Array

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

    def bands_at(self, time_ms: int) -> Bands:
        """Bands of all coins at a frame."""

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
        return pick_rows(self._batch[COINS], self._batch[COINS]["time_ms"] == time_ms)

    def marks(self, market_index: int) -> Float64Array:
        """Mark of one market in every frame."""
        coins = self._batch[COINS]
        marks: Float64Array = coins["mark"][coins["market_index"] == market_index]
        return marks

    def bands_at(self, time_ms: int) -> Bands:
        rows = self._batch[BANDS]
        return bands_of_rows(pick_rows(rows, slice(0, int(np.searchsorted(rows["time_ms"], time_ms, "right")))))

    def band_rows(self, market_index: int, base_bands: tuple[int, int]) -> Table:
        """Changes of one market's bands inside [first, end): WINDOW_COLUMNS."""
        rows = self._batch[BANDS]
        first, end = base_bands
        inside = (rows["market_index"] == market_index) & (rows["band"] >= first) & (rows["band"] < end)
        return pick_rows({name: rows[name] for name in WINDOW_COLUMNS}, np.flatnonzero(inside))

    def accounts_at(self, time_ms: int) -> Accounts:
        return _accounts_at(self.frames(), self._batch, time_ms)


class PartRun:
    """A part on disk. Small tables are kept once read; bands are not.

    Raises CorruptSegment where its frames or coins are damaged: without those nothing of it can be shown.
    """

    def __init__(self, folder: Path, entry: PartEntry, definition: Definition) -> None:
        self.definition = definition
        self.entry = entry
        self.first_ms, self.last_ms = entry.first_ms, entry.last_ms
        self.part = PartReader(folder, entry)
        for name in NEEDED:
            self.part.checked_path(name)
        self._frames: Table | None = None
        self._accounts: Batch | None = None

    def frames(self) -> Table:
        if self._frames is None:
            self._frames = self.part.read(f"{FRAMES}.parquet")
        return self._frames

    def coins_at(self, time_ms: int) -> Table:
        import polars as pl

        return self.part.read(f"{COINS}.parquet", where=pl.col("time_ms") == time_ms)

    def bands_at(self, time_ms: int) -> Bands:
        """Coarse files up to the last step that is over, finer ones from there: few rows of each are read."""
        import polars as pl

        time = pl.col("time_ms")
        tables = []
        begin_ms = 0
        for minutes in sorted(DETAILS, reverse=True):
            step_ms = minutes * MINUTE_MS
            end_ms = time_ms + 1 if minutes == FINE else (time_ms + 1) // step_ms * step_ms
            names = [bands_name(coin, minutes) for coin in self.definition.markets.coins]
            held = [name for name in names if self.part.has(name)]
            if held and begin_ms < end_ms and self.first_ms < end_ms:
                where = (time >= begin_ms) & (time < end_ms)
                try:
                    paths = [self.part.checked_path(name) for name in held]
                except CorruptSegment:
                    if minutes == FINE:
                        raise
                    continue  # the finer files hold the same and more
                tables.append(collect_rows(paths, BANDS, None, where))
            begin_ms = max(begin_ms, end_ms)
        return bands_of_rows(join_tables(tables, BANDS))

    def accounts_at(self, time_ms: int) -> Accounts:
        if self._accounts is None:
            self._accounts = {name: self.part.read(f"{name}.parquet") for name in (POOLS, POSITIONS, ADDRESSES)}
        return _accounts_at(self.frames(), self._accounts, time_ms)


def times_of_runs(runs: list[Run]) -> Int64Array:
    """Times of all frames."""
    parts = [run.frames()["time_ms"] for run in runs]
    return np.concatenate(parts) if parts else np.empty(0, np.int64)


def marks_of_runs(runs: list[Run], coin: str) -> Float64Array:
    """Mark of a coin in every frame; NaN where it was not listed."""
    parts: list[Float64Array] = []
    for market_index, group in groupby(runs, lambda run: run.definition.markets.find(coin)):
        held = list(group)
        on_disk = [run for run in held if isinstance(run, PartRun)]
        if market_index is None:
            parts.append(np.full(len(times_of_runs(held)), np.nan))
            continue
        if on_disk:
            parts.append(_marks_on_disk(on_disk, market_index))
        parts += [run.marks(market_index) for run in held if isinstance(run, HeadRun)]
    return np.concatenate(parts) if parts else np.empty(0)


def band_rows_of_runs(runs: list[Run], coin: str, minutes: int, base_bands: tuple[int, int]) -> list[Table | None]:
    """Of each run the changes of a coin's bands inside [first, end) at a detail or finer: WINDOW_COLUMNS.

    None for a part whose file is damaged. All files are read in one go, so that every core has work.
    """
    import polars as pl

    paths = []
    is_lost = []
    for run in runs:
        try:
            path = run.part.bands_path(coin, minutes) if isinstance(run, PartRun) else None
        except CorruptSegment:
            is_lost.append(True)
            continue
        is_lost.append(False)
        if path is not None:
            paths.append(path)
    first, end = base_bands
    where = (pl.col("band") >= first) & (pl.col("band") < end)
    rows = collect_rows(paths, BANDS, list(WINDOW_COLUMNS), where)
    tables: list[Table | None] = []
    for run, lost in zip(runs, is_lost, strict=True):
        if lost:
            tables.append(None)
        elif isinstance(run, PartRun):
            low, high = np.searchsorted(rows["time_ms"], (run.first_ms, run.last_ms + 1)).tolist()
            tables.append(pick_rows(rows, slice(low, high)))
        elif isinstance(run, HeadRun):
            market_index = run.definition.markets.find(coin)
            tables.append(run.band_rows(-1 if market_index is None else market_index, base_bands))
    return tables


def _marks_on_disk(runs: list[PartRun], market_index: int) -> Float64Array:
    import polars as pl

    paths = [run.part.checked_path(f"{COINS}.parquet") for run in runs]
    marks: Float64Array = collect_rows(paths, COINS, ["mark"], pl.col("market_index") == market_index)["mark"]
    return marks


def _accounts_at(frames: Table, tables: Batch, time_ms: int) -> Accounts:
    row = int(np.searchsorted(frames["time_ms"], time_ms))
    begin = frames["time_ms"][np.flatnonzero(frames["is_account_keyframe"][: row + 1])[-1]]
    spans = {}
    for name in (POOLS, POSITIONS, ADDRESSES):
        times = tables[name]["time_ms"]
        spans[name] = slice(int(np.searchsorted(times, begin)), int(np.searchsorted(times, time_ms, "right")))
    addresses = tables[ADDRESSES]["address"][spans[ADDRESSES]]
    return accounts_of_rows(
        pick_rows(tables[POOLS], spans[POOLS]), pick_rows(tables[POSITIONS], spans[POSITIONS]), tuple(addresses)
    )
