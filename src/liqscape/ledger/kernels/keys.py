"""From (account, market) to the row of a position: open addressing, linear steps; keys stay when positions go."""

from __future__ import annotations

import numpy as np

from liqscape.ledger.columns import (
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
def _place(tables: LedgerTables, key: int) -> int:
    """Where a key is, or the empty place it belongs."""
    mask = len(tables.key) - 1
    spread = key * 0x9E3779B97F4A7C1
    place = (spread ^ (spread >> 29)) & mask
    while tables.key[place] != NO_ROW and tables.key[place] != key:
        place = (place + 1) & mask
    return place


@merged
def find_position(tables: LedgerTables, account: int, market: int) -> int:
    """Row of an account's position in a market; NO_ROW where there is none."""
    return tables.key_row[_place(tables, (account << MARKET_BITS) | market)]


@merged
def put_key(tables: LedgerTables, account: int, market: int, row: int) -> None:
    """Say where a position stands."""
    key = (account << MARKET_BITS) | market
    place = _place(tables, key)
    if tables.key[place] == NO_ROW:
        tables.key[place] = key
        tables.counter[Count.KEYS] += 1
    tables.key_row[place] = row


@merged
def drop_key(tables: LedgerTables, account: int, market: int, row: int) -> None:
    """The position is gone; nothing happens where the key has come to stand for another one."""
    place = _place(tables, (account << MARKET_BITS) | market)
    if tables.key_row[place] == row:
        tables.key_row[place] = NO_ROW


@compiled
def put_all_keys(tables: LedgerTables) -> None:
    """Fill empty key tables from the positions there are."""
    tables.counter[Count.KEYS] = 0
    for account in range(tables.counter[Count.ACCOUNTS]):
        pool = tables.account[account, LedgerAccountColumn.FIRST_POOL]
        while pool != NO_ROW:
            row = tables.pool[pool, LedgerPoolColumn.FIRST]
            while row != NO_ROW:
                put_key(tables, account, tables.position[row, LedgerPositionColumn.MARKET], row)
                row = tables.position[row, LedgerPositionColumn.NEXT]
            pool = tables.pool[pool, LedgerPoolColumn.NEXT]
