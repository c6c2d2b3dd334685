"""From (account, market) to the row of a position: open addressing, linear steps.

A slot holds the row and nothing else: whose it is stands in the row itself, which is read next anyway.
"""

from __future__ import annotations

import numpy as np

from liqscape.ledger.columns import (
    GONE_ROW,
    MARKET_BITS,
    MAX_DEX_BITS,
    NO_ROW,
    Count,
    LedgerAccountColumn,
    LedgerPoolColumn,
    LedgerPositionColumn,
)
from liqscape.ledger.tables import LedgerTables
from liqscape.risk.kernels.jit import compiled, merged


@merged
def bit_of(dex: int) -> int:
    """Of a dex in a column of bits; none where it is beyond their number."""
    return np.int64(1) << np.int64(dex) if dex < MAX_DEX_BITS else np.int64(0)


@merged
def first_place(tables: LedgerTables, account: int, market: int) -> int:
    """Where the search for a position begins."""
    spread = ((account << MARKET_BITS) | market) * 0x9E3779B97F4A7C1
    return (spread ^ (spread >> 29)) & (len(tables.slot) - 1)


@merged
def _place(tables: LedgerTables, account: int, market: int) -> int:
    """The slot of a position, or the empty one where the search for it ends."""
    mask = len(tables.slot) - 1
    place = first_place(tables, account, market)
    while True:
        row = np.int64(tables.slot[place])
        if row == NO_ROW:
            break
        if (
            row != GONE_ROW
            and tables.position[row, LedgerPositionColumn.ACCOUNT] == account
            and tables.position[row, LedgerPositionColumn.MARKET] == market
        ):
            break
        place = (place + 1) & mask
    return place


@merged
def find_position(tables: LedgerTables, account: int, market: int) -> int:
    """Row of an account's position in a market; NO_ROW where there is none."""
    return np.int64(tables.slot[_place(tables, account, market)])


@merged
def put_key(tables: LedgerTables, account: int, market: int, row: int) -> None:
    """Say where a position stands; its row is filled already. A slot whose position is gone is taken again."""
    place = _place(tables, account, market)
    if tables.slot[place] == NO_ROW:
        mask = len(tables.slot) - 1
        free = first_place(tables, account, market)
        while tables.slot[free] != GONE_ROW and free != place:
            free = (free + 1) & mask
        tables.counter[Count.KEYS] += free == place
        place = free
    tables.slot[place] = row


@merged
def drop_key(tables: LedgerTables, account: int, market: int, row: int) -> None:
    """The position is gone; nothing happens where another one of its account and market stands there by now."""
    place = _place(tables, account, market)
    if tables.slot[place] == row:
        tables.slot[place] = GONE_ROW


@compiled
def put_all_keys(tables: LedgerTables) -> None:
    """Fill empty slots from the positions there are."""
    tables.counter[Count.KEYS] = 0
    for account in range(tables.counter[Count.ACCOUNTS]):
        pool = tables.account[account, LedgerAccountColumn.FIRST_POOL]
        while pool != NO_ROW:
            row = tables.pool[pool, LedgerPoolColumn.FIRST]
            while row != NO_ROW:
                put_key(tables, account, tables.position[row, LedgerPositionColumn.MARKET], row)
                row = tables.position[row, LedgerPositionColumn.NEXT]
            pool = tables.pool[pool, LedgerPoolColumn.NEXT]
