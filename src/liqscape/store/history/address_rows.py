"""Rows of one address out of a run: from a part of the whole exchange a few hundred, and no others in memory.

An address stands under another number after each keyframe, which lists all addresses anew; what is read is of one
keyframe and numbered 0, so that accounts_of_rows (account_rows.py) makes the pools of this address alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from liqscape.model.accounts import Accounts
from liqscape.store.history.account_rows import accounts_of_rows
from liqscape.store.history.parquet_edge import within
from liqscape.store.history.part_accounts import POSITION_COLUMNS, joined
from liqscape.store.history.parts import PartReader
from liqscape.store.history.schema import (
    ADDRESSES,
    DTYPES,
    FUNDING,
    POOLS,
    POSITIONS,
    Batch,
    Table,
    pick_rows,
    rows_between,
)


@dataclass(frozen=True)
class RowsOfAddress:
    """Rows of POOLS and POSITIONS of one address, and those of FUNDING, in order of time from a keyframe on.

    listed_ms  time of the frame since which the address is known to the map.
    """

    listed_ms: int
    pools: Table
    positions: Table
    funding: Table

    def counts_at(self, time_ms: int) -> tuple[int, int, int]:
        """How many rows of each table are of a time or before it: while they are the same, so are the accounts."""
        pools, positions, funding = (
            int(np.searchsorted(table["time_ms"], time_ms, "right"))
            for table in (self.pools, self.positions, self.funding)
        )
        return pools, positions, funding

    def accounts_after(self, counts: tuple[int, int, int], address: str) -> Accounts:
        """Pools of the address after so many rows of each table."""
        pools, positions, funding = (
            pick_rows(table, slice(0, count))
            for table, count in zip((self.pools, self.positions, self.funding), counts, strict=True)
        )
        return accounts_of_rows(pools, positions, funding, (address,))


def read_address(part: PartReader, address: str, begin_ms: int, until_ms: int) -> RowsOfAddress | None:
    """Rows between two times, the first that of a keyframe; None where the address is not listed.

    Of files of today. Raises CorruptSegment.
    """
    import polars as pl

    inside = within(begin_ms, until_ms)
    listed = part.read(ADDRESSES, ["time_ms", "address_row"], inside & (pl.col("address") == address))
    if not len(listed["time_ms"]):
        return None
    theirs = inside & (pl.col("address_row") == int(listed["address_row"][0]))
    return _of_one(
        int(listed["time_ms"][0]),
        part.read(POOLS, list(DTYPES[POOLS]), theirs),
        part.read(POSITIONS, POSITION_COLUMNS, theirs),
        part.read(FUNDING, None, inside),
    )


def pick_address(
    batches: Sequence[Batch], funding: Table, address: str, begin_ms: int, until_ms: int
) -> RowsOfAddress | None:
    """As read_address, of tables in memory that follow one another, and the rows of FUNDING of all of them."""
    for batch in batches:
        listed = rows_between(batch[ADDRESSES], begin_ms, until_ms)
        found = np.flatnonzero(listed["address"] == address)
        if len(found):
            break
    else:
        return None
    row = int(listed["address_row"][found[0]])
    picked: list[Table] = []
    for name, columns in ((POOLS, list(DTYPES[POOLS])), (POSITIONS, POSITION_COLUMNS)):
        between = [rows_between(batch[name], begin_ms, until_ms) for batch in batches]
        own = [(rows, rows["address_row"] == row) for rows in between]
        picked.append(joined([{column: rows[column][is_own] for column in columns} for rows, is_own in own]))
    listed_ms, paid = int(listed["time_ms"][found[0]]), rows_between(funding, begin_ms, until_ms)
    return _of_one(listed_ms, picked[0], picked[1], paid)


def _of_one(listed_ms: int, pools: Table, positions: Table, funding: Table) -> RowsOfAddress:
    """Numbered 0, with the funding of the coins it ever holds: what others pay changes nothing of it."""
    for table in (pools, positions):
        table["address_row"] = np.zeros(len(table["address_row"]), np.int32)
    held = np.unique(positions["market_index"])
    return RowsOfAddress(listed_ms, pools, positions, pick_rows(funding, np.isin(funding["market_index"], held)))
