"""The ledger's tables (new_tables.py) grown by doubling; kernels write in them in place."""

from __future__ import annotations

from typing import TypeVar

import numpy as np

from liqscape.ledger.columns import MARKET_BITS, NEVER_MS, NO_ROW, Count, LegColumn, LegValueColumn
from liqscape.ledger.lines import grown_lines
from liqscape.ledger.tables import LedgerTables
from liqscape.sparse import with_more
from liqscape.units import Float64Array, Int32Array, Int64Array, UInt32Array

MAX_LEGS = 1 << 20
"""Legs of prints kept at most; about 100 MB."""
KEEP_MS = 600_000
"""Legs older than this, by venue time, make room."""
SLACK = 8
"""The ring grows where letting go leaves less than this part of it free: or every batch would look for room."""

Table = TypeVar("Table", Float64Array, Int32Array, Int64Array, UInt32Array)


def with_room(
    tables: LedgerTables, *, accounts: int = 0, pools: int = 0, positions: int = 0, legs: int = 0
) -> LedgerTables:
    """The same tables with room for so many more rows of each kind; tables that have it stay the same objects."""
    count = tables.counter.tolist()
    if count[Count.ACCOUNTS] + accounts > len(tables.account):
        size = _doubled(len(tables.account), count[Count.ACCOUNTS] + accounts)
        account = grown_lines(tables.account, size)
        tables = tables._replace(
            account=account,
            account_value=account.view(np.float64),
            state_behind=_grown(tables.state_behind, size, 0),
            changed=with_more(tables.changed, size),
        )
    if count[Count.POOL_END] + pools > len(tables.pool):
        size = _doubled(len(tables.pool), count[Count.POOL_END] + pools)
        pool = grown_lines(tables.pool, size)
        tables = tables._replace(pool=pool, pool_time=pool.view(np.int64), pool_value=pool.view(np.float64))
    if count[Count.POSITION_END] + positions > len(tables.position):
        size = _doubled(len(tables.position), count[Count.POSITION_END] + positions)
        position = grown_lines(tables.position, size)
        tables = tables._replace(
            position=position, value=position.view(np.float64), stated=_grown(tables.stated, size, 0)
        )
    if 2 * (count[Count.KEYS] + positions) > len(tables.slot):
        tables = _with_slots(tables, positions)
    if count[Count.LEG_END] - count[Count.LEG_START] + legs > len(tables.leg):
        tables = _with_legs(tables, legs)
    return tables


def with_dexs(tables: LedgerTables, dexs: int) -> LedgerTables:
    """Room for the states of so many dexs; what an address holds on a new one is not known."""
    known = tables.state_behind.shape[1]
    if dexs <= known:
        return tables
    behind, used = np.zeros((len(tables.state_behind), dexs), np.uint32), int(tables.counter[Count.ACCOUNTS])
    behind[:used, :known] = tables.state_behind[:used]
    return tables._replace(state_behind=behind)


def with_markets(tables: LedgerTables, markets: int) -> LedgerTables:
    """Room for the funding and the memory of so many markets."""
    if markets >= 1 << MARKET_BITS or markets <= len(tables.due):
        return tables
    return tables._replace(due=_grown(tables.due, markets, 0), forgotten=_grown(tables.forgotten, markets, NEVER_MS))


def without_legs(tables: LedgerTables) -> None:
    """Forget every leg that is remembered: none of that time can be distinguished from a new one any more."""
    newest_ms = int(tables.counter[Count.NEWEST_MS])
    tables.counter[Count.LEG_START] = tables.counter[Count.LEG_END]
    tables.counter[Count.FORGOTTEN_MS] = newest_ms
    tables.forgotten[:] = newest_ms


def _with_slots(tables: LedgerTables, positions: int) -> LedgerTables:
    """Only slots of positions that are there, with room for more."""
    from liqscape.ledger.kernels.keys import put_all_keys

    live = int(tables.counter[Count.POSITION_END])
    size = _doubled(len(tables.slot) // 2, 2 * (live + positions))
    fresh = tables._replace(slot=np.full(size, NO_ROW, np.int32))
    put_all_keys(fresh)
    return fresh


def _with_legs(tables: LedgerTables, legs: int) -> LedgerTables:
    from liqscape.ledger.kernels.recent import free_legs, move_legs

    while free_legs(tables, KEEP_MS) < max(legs, len(tables.leg) // SLACK) and len(tables.leg) < MAX_LEGS:
        size = 2 * len(tables.leg)
        fresh = tables._replace(
            leg=np.empty((size, LegColumn.WIDTH), np.int64),
            leg_value=np.empty((size, LegValueColumn.WIDTH)),
            bucket=np.zeros(size, np.int64),
        )
        move_legs(tables, fresh)
        tables = fresh
    return tables


def _doubled(size: int, wanted: int) -> int:
    while size < wanted:
        size *= 2
    return size


def _grown(table: Table, rows: int, fill: int) -> Table:
    shape = (rows, *table.shape[1:])
    # Zeros of a new table take no memory before they are written to: half of a doubled table is not there yet.
    more = np.full(shape, fill, table.dtype) if fill else np.zeros(shape, table.dtype)
    more[: len(table)] = table
    return more
