"""Parts of a day that follow one another as one, row group by row group.

Rows pass through as they stand in the files, but where one part ends and the next begins: the keyframe a later part
begins with becomes what changed since the last frame of the one before, and bands of the step both have frames of are
those of the later one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from liqscape.model.accounts import Accounts
from liqscape.store.history.accounts import changed_accounts
from liqscape.store.history.address_share import AddressShare
from liqscape.store.history.bands import bands_of_rows, key_bands
from liqscape.store.history.funding import pay_funding, split_funding
from liqscape.store.history.manifest import Definition, HistoryStanding, PartEntry
from liqscape.store.history.parquet_edge import to_file, within
from liqscape.store.history.part_writer import RowSource, write_lazily
from liqscape.store.history.parts import PartReader
from liqscape.store.history.runs import PartRun
from liqscape.store.history.schema import (
    ADDRESSES,
    BANDS,
    COINS,
    FRAMES,
    FUNDING,
    NOTES,
    OF_TRIGGERS,
    POOLS,
    POSITIONS,
    STEP_MS,
    Batch,
    Table,
    empty_table,
    join_tables,
    row_count,
    rows_between,
)
from liqscape.store.history.small_tables import SmallTables
from liqscape.store.history.steps import band_rows, levels_at_write, snapshot_of
from liqscape.store.history.trigger_changes import trigger_tables

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class _Junction:
    """What stands in the place of a later part's first frame: FRAMES, POOLS, POSITIONS, ADDRESSES, OF_TRIGGERS."""

    first_ms: int
    rows: Batch


def merge_parts(
    folder: Path,
    readers: Sequence[PartReader],
    definition: Definition,
    standing: HistoryStanding,
    serial: int,
    step_ms: int,
) -> PartEntry:
    """Write parts, all files of which were checked, as one that no manifest names yet. Durable on return."""
    import polars as pl

    share = AddressShare()
    runs = [PartRun(folder, reader.entry, definition, share, SmallTables()) for reader in readers]
    junctions = [_junction(before, after) for before, after in pairwise(runs)]
    markets = definition.markets
    tables: dict[str, pl.LazyFrame] = {}
    for name in (FRAMES, POOLS, POSITIONS, ADDRESSES):
        pieces = [_file(readers[0], name)]
        for reader, junction in zip(readers[1:], junctions, strict=True):
            pieces.append(to_file(name, junction.rows[name], markets).lazy())
            pieces.append(_file(reader, name).filter(within(junction.first_ms + 1, reader.entry.last_ms)))
        tables[name] = pl.concat(pieces)
    for name in OF_TRIGGERS:
        pieces = []
        for reader, before in zip(readers, (None, *junctions), strict=True):
            if before is not None:
                pieces.append(to_file(name, before.rows[name], markets).lazy())
            if reader.has(f"{name}.parquet"):
                own = _file(reader, name)
                pieces.append(own if before is None else own.filter(within(before.first_ms + 1, reader.entry.last_ms)))
        if any(reader.has(f"{name}.parquet") for reader in readers):
            tables[name] = pl.concat(pieces)
    for name in (FUNDING, *NOTES):
        files = [_file(reader, name) for reader in readers if reader.has(f"{name}.parquet")]
        if files:
            tables[name] = pl.concat(files)
    coins = join_tables([reader.read(COINS) for reader in readers], COINS)
    order = np.lexsort((coins["time_ms"], coins["market_index"]))
    tables[COINS] = to_file(COINS, {name: values[order] for name, values in coins.items()}, markets).lazy()
    bands = RowSource(BANDS, _bands(readers, runs, markets.coins), markets)
    tables[BANDS] = bands.rows
    times = np.concatenate([run.frames()["time_ms"] for run in runs])
    return write_lazily(folder, tables, [bands], times, standing, serial, step_ms=step_ms)


def following(last: Accounts, batch: Batch, accounts: Accounts, time_ms: int) -> Batch:
    """A keyframe's FRAMES, POOLS, POSITIONS and ADDRESSES as what changed since the frame before, to the bit."""
    for each in split_funding(batch[FUNDING]):
        last = pay_funding(last, each)
    change = changed_accounts(last, accounts, time_ms, is_keyframe=False, is_exact=True)
    frames = {**batch[FRAMES], "is_keyframe": np.array([change.is_keyframe])}
    return {FRAMES: frames, POOLS: change.pools, POSITIONS: change.positions, ADDRESSES: change.addresses}


def _junction(before: PartRun, after: PartRun) -> _Junction:
    first_ms, definition = after.first_ms, after.definition
    accounts = after.accounts_at(first_ms)
    batch = {
        FRAMES: rows_between(after.frames(), first_ms, first_ms),
        FUNDING: rows_between(after.funding(), first_ms, first_ms),
    }
    rows = following(before.accounts_at(before.last_ms), batch, accounts, first_ms)
    snapshot = snapshot_of(after.coins_at(first_ms), definition.markets, first_ms)
    level = levels_at_write(accounts, rows[POSITIONS], snapshot, definition.tables)
    orders = trigger_tables(
        before.standing_at(before.last_ms), after.standing_at(first_ms), first_ms, definition.markets
    )
    return _Junction(first_ms, {**rows, **orders, POSITIONS: {**rows[POSITIONS], "level_at_write": level}})


def _bands(readers: Sequence[PartReader], runs: Sequence[PartRun], coins: Sequence[str]) -> Iterator[Table]:
    """Rows of each coin in turn."""
    begins = []
    for run in runs:
        times = run.frames()["time_ms"]
        begins.append(int(times[times // STEP_MS == times[0] // STEP_MS][-1]))
    for coin in coins:
        rows = readers[0].read_bands(coin) or empty_table(BANDS)
        for reader, begin_ms in zip(readers[1:], begins[1:], strict=True):
            rows = _joined(rows, reader.read_bands(coin) or empty_table(BANDS), begin_ms)
        if row_count(rows):
            yield rows


def _joined(before: Table, after: Table, begin_ms: int) -> Table:
    """Rows of a coin in two parts. begin_ms: of the first step of the later one, whose rows give all its bands."""
    step_ms = begin_ms // STEP_MS * STEP_MS
    kept = rows_between(before, 0, step_ms - 1)
    begun = rows_between(after, begin_ms, begin_ms)
    changed = band_rows(key_bands(bands_of_rows(kept)), key_bands(bands_of_rows(begun)), begin_ms)
    return join_tables([kept, changed, rows_between(after, begin_ms + 1, 2**62)], BANDS)


def _file(reader: PartReader, name: str) -> pl.LazyFrame:
    import polars as pl

    return pl.scan_parquet(reader.checked_path(f"{name}.parquet"), glob=False, cache=False)
