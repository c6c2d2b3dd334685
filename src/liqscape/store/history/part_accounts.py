"""Accounts at one moment from the files of a part, with no more in memory than they take themselves.

A part of a day holds several rows of most positions, with all columns a hundred bytes each. So it is read twice: first
the few columns that say which rows are in force at the moment, then, a chunk of rows after the other, those rows alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from liqscape.model.accounts import Accounts
from liqscape.store.history import former
from liqscape.store.history.account_rows import accounts_of_rows
from liqscape.store.history.parquet_edge import file_columns, from_file, of_coin, within
from liqscape.store.history.parts import PartReader
from liqscape.store.history.schema import (
    DTYPES,
    FUNDING,
    NO_POOL,
    POOLS,
    POSITIONS,
    Batch,
    Table,
    empty_table,
    pick_rows,
    rows_between,
)
from liqscape.units import AnyArray, BoolArray, Int64Array

if TYPE_CHECKING:
    import polars as pl

CHUNK_ROWS = 1 << 18
"""Four row groups: some 25 MB with all columns."""

HOLDER_POOLS = ["time_ms", "address_row", "pool", "is_whole", "raw_usd", "is_exempt"]
HOLDER_POSITIONS = ["time_ms", "address_row", "pool", "slot", "market_index", "size", "table_row"]
POOL_KEYS = ["time_ms", "address_row", "pool", "is_whole", "is_moved"]
POSITION_KEYS = ["time_ms", "address_row", "pool", "slot"]
POSITION_COLUMNS = [name for name in DTYPES[POSITIONS] if name != "level_at_write"]


def read_accounts_at(part: PartReader, begin_ms: int, time_ms: int, addresses: tuple[str, ...]) -> Accounts:
    """Accounts after all rows up to `time_ms`; those before the keyframe of `begin_ms` are passed over.

    addresses: as listed at the moment. Raises CorruptSegment where a file that is needed is damaged.
    """
    if part.is_former:
        return _of_former(part, begin_ms, time_ms, addresses)
    until = within(0, time_ms)
    listed = len(addresses)
    first, keys = _from_keyframe(part.read(POOLS, POOL_KEYS, until), begin_ms)
    whole_ms, is_wanted = _pools_in_force(keys, listed)
    pools = _chosen_rows(part, POOLS, first, is_wanted, list(DTYPES[POOLS]))
    first, keys = _from_keyframe(part.read(POSITIONS, POSITION_KEYS, until), begin_ms)
    positions = _chosen_rows(part, POSITIONS, first, _positions_in_force(keys, whole_ms), POSITION_COLUMNS)
    funding = rows_between(part.read(FUNDING, None, until), begin_ms, time_ms)
    return accounts_of_rows(pools, positions, funding, addresses)


def read_holders(part: PartReader, market_index: int, begin_ms: int, until_ms: int) -> tuple[Table, Table, Table]:
    """Rows of POOLS and POSITIONS of all who ever hold a coin between two times, and of FUNDING.

    HOLDER_POOLS and HOLDER_POSITIONS alone. Of files of today. Raises CorruptSegment.
    """
    import polars as pl

    inside = within(begin_ms, until_ms)
    of_it = inside & of_coin(part.markets.coins[market_index])
    holders = np.unique(part.read(POSITIONS, ["address_row"], of_it)["address_row"])
    theirs = inside & pl.col("address_row").is_in(pl.Series(holders).implode())
    pools = part.read(POOLS, HOLDER_POOLS, theirs)
    return pools, part.read(POSITIONS, HOLDER_POSITIONS, theirs), part.read(FUNDING, None, inside)


def pick_holders(batches: Sequence[Batch], market_index: int, begin_ms: int, until_ms: int) -> tuple[Table, Table]:
    """As read_holders, of tables in memory that follow one another."""
    between = [
        {name: rows_between(batch[name], begin_ms, until_ms) for name in (POOLS, POSITIONS)} for batch in batches
    ]
    owners = [rows["address_row"] for tables in between for rows in tables.values()]
    is_holder = np.zeros(max(int(each.max(initial=-1)) for each in owners) + 1, np.bool_)
    for tables in between:
        positions = tables[POSITIONS]
        is_holder[positions["address_row"][positions["market_index"] == market_index]] = True
    picked: list[Table] = []
    for name, columns in ((POOLS, HOLDER_POOLS), (POSITIONS, HOLDER_POSITIONS)):
        theirs = [(tables[name], is_holder[tables[name]["address_row"]]) for tables in between]
        picked.append(joined([{column: rows[column][chosen] for column in columns} for rows, chosen in theirs]))
    return picked[0], picked[1]


def joined(tables: Sequence[Table]) -> Table:
    """Concatenate tables of the same columns, in order."""
    if len(tables) == 1:
        return tables[0]
    return {column: np.concatenate([table[column] for table in tables]) for column in tables[0]}


def _from_keyframe(keys: Table, begin_ms: int) -> tuple[int, Table]:
    """(place of the first row, rows) from a time on."""
    first = int(np.searchsorted(keys["time_ms"], begin_ms))
    return first, pick_rows(keys, slice(first, None))


def _pools_in_force(keys: Table, listed: int) -> tuple[Int64Array, BoolArray]:
    """((N,) time since when the rows of each address count, (R,) rows that say what its pools are).

    Those are the last of each pool, the last that says it was moved, and the whole writing all of them begin with.
    """
    time_ms, owner, is_whole = keys["time_ms"], keys["address_row"], keys["is_whole"]
    whole_ms = np.full(listed, -1, np.int64)
    whole_ms[owner[is_whole]] = time_ms[is_whole]  # of equal indices the last one stays
    is_valid = time_ms >= whole_ms[owner]
    is_wanted = is_whole & is_valid
    rows = np.flatnonzero(is_valid & (keys["pool"] != NO_POOL))
    place = _numbers(owner[rows], keys["pool"][rows], listed)
    is_moved = keys["is_moved"][rows]
    is_wanted[_last_of_each(rows, place)] = True
    is_wanted[_last_of_each(rows[is_moved], place[is_moved])] = True
    return whole_ms, is_wanted


def _positions_in_force(keys: Table, whole_ms: Int64Array) -> BoolArray:
    """(R,) the last row of each position."""
    owner = keys["address_row"]
    rows = np.flatnonzero((keys["slot"] >= 0) & (keys["time_ms"] >= whole_ms[owner]))
    pool = _numbers(owner[rows], keys["pool"][rows], len(whole_ms))
    place = _numbers(pool, keys["slot"][rows], int(pool.max(initial=-1)) + 1)
    is_wanted = np.zeros(len(owner), np.bool_)
    is_wanted[_last_of_each(rows, place)] = True
    return is_wanted


def _numbers(owner: AnyArray, place: AnyArray, owners: int) -> Int64Array:
    """(R,) one number for each (owner, place), small enough for a table of them."""
    counts = np.zeros(owners, np.int64)
    np.maximum.at(counts, owner, place.astype(np.int64) + 1)
    numbers: Int64Array = (np.cumsum(counts) - counts)[owner] + place
    return numbers


def _last_of_each(rows: Int64Array, number: Int64Array) -> Int64Array:
    last = np.full(int(number.max(initial=-1)) + 1, -1, np.int64)
    last[number] = rows
    return last[last >= 0]


def _chosen_rows(part: PartReader, table: str, first: int, is_wanted: BoolArray, columns: list[str]) -> Table:
    """Rows of a file of today from row `first` on, chunk by chunk."""
    count = int(np.count_nonzero(is_wanted))
    chosen: Table = {name: np.empty(count, DTYPES[table][name]) for name in columns}
    place = 0
    for frame in _chunks(part, table, first, is_wanted, file_columns(columns)):
        for name, values in from_file(table, frame, part.markets, columns).items():
            chosen[name][place : place + len(values)] = values
        place += len(frame)
    return chosen


def _chunks(
    part: PartReader, table: str, first: int, is_wanted: BoolArray, columns: list[str]
) -> Iterator[pl.DataFrame]:
    for begin in range(0, len(is_wanted), CHUNK_ROWS):
        wanted = is_wanted[begin : begin + CHUNK_ROWS]
        if wanted.any():
            yield part.read_chunk(table, columns, first + begin, wanted)


def _of_former(part: PartReader, begin_ms: int, time_ms: int, addresses: tuple[str, ...]) -> Accounts:
    """In files of version 1 each change of an address writes all of it: the rows of the last time are in force."""
    tables = {}
    last_ms = np.full(len(addresses), -1, np.int64)
    for table in (POOLS, POSITIONS):
        first, keys = _from_keyframe(part.read_former(table, ["time_ms", "address_row"], time_ms), begin_ms)
        if table == POOLS:
            last_ms[keys["address_row"]] = keys["time_ms"]
        is_wanted = keys["time_ms"] == last_ms[keys["address_row"]]
        dtypes = former.COLUMNS[table]
        frames = list(_chunks(part, table, first, is_wanted, [former.stored_name(name) for name in dtypes]))
        tables[table] = {
            name: np.concatenate(
                [
                    np.empty(0, dtype),
                    *(frame[former.stored_name(name)].to_numpy().astype(dtype, copy=False) for frame in frames),
                ]
            )
            for name, dtype in dtypes.items()
        }
    pools = former.pools_of(tables[POOLS])
    positions = former.positions_of(tables[POSITIONS], pools)
    return accounts_of_rows(pools, positions, empty_table(FUNDING), addresses)
