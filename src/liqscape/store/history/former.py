"""Files of schema version 1, read as the tables of today.

There, all pools and positions of an address were written whenever anything of it changed, `pool` was a row of the
accounts of the frame, and bands were kept by coin in four levels of detail. Parts of it stay as they are; its heads
are sealed into parts of today.
"""

from __future__ import annotations

from urllib.parse import quote

import numpy as np

from liqscape.store.history.schema import (
    ADDRESSES,
    COINS,
    DTYPES,
    FRAMES,
    NO_POOL,
    POOL_DTYPES,
    POOLS,
    POSITION_DTYPES,
    POSITIONS,
    STEP_MINUTES,
    TABLES,
    Batch,
    Table,
    empty_table,
)
from liqscape.units import Int64Array

VERSION = "1"
_NAMES = {"margin_source": "quality"}
_KEYFRAME = "is_account_keyframe"
_THINNED = "thinned_count"

COLUMNS: dict[str, dict[str, type]] = {
    FRAMES: {
        _KEYFRAME if name == "is_keyframe" else name: dtype
        for name, dtype in TABLES[FRAMES].items()
        if name != _THINNED
    },
    COINS: TABLES[COINS],
    POOLS: {
        "time_ms": np.int64,
        "address_row": np.int32,
        "pool": np.int32,
        **POOL_DTYPES,
        "position_count": np.int32,
    },
    POSITIONS: {"time_ms": np.int64, "address_row": np.int32, "pool": np.int32, **POSITION_DTYPES},
    ADDRESSES: TABLES[ADDRESSES],
}
"""Columns that are read of its files; all of one file, as those that are wanted follow from several."""
BAND_COLUMNS: dict[str, type] = {
    "time_ms": np.int64,
    "market_index": np.int32,
    "band": np.int32,
    "side": np.int8,
    "margin_source": np.uint8,
    "size": np.float64,
    "first_order_size": np.float64,
    "position_count": np.int32,
}


def stored_name(column: str) -> str:
    """What files of version 1, and heads of any version, call a column."""
    return _NAMES.get(column, column)


def bands_name(coin: str, minutes: int = STEP_MINUTES) -> str:
    """File of a coin's bands; characters a file name cannot carry are percent-encoded."""
    return f"bands/{quote(coin, safe='')}.{minutes}m.parquet"


def frames_of(rows: Table) -> Table:
    """FRAMES."""
    now = {**rows, "is_keyframe": rows[_KEYFRAME], _THINNED: np.zeros(len(rows["time_ms"]), np.int32)}
    return {name: now[name] for name in TABLES[FRAMES]}


def pools_of(rows: Table) -> Table:
    """POOLS: every row is of a whole writing."""
    place = _places(rows)
    count = len(place)
    table = {**rows, "pool": place, "is_whole": np.ones(count, np.bool_), "is_moved": np.zeros(count, np.bool_)}
    return {name: table[name].astype(dtype, copy=False) for name, dtype in TABLES[POOLS].items()}


def positions_of(rows: Table, pools: Table) -> Table:
    """POSITIONS; pools: rows of POOLS, as pools_of gives them, of the same frames."""
    lengths = pools["position_count"].astype(np.int64)
    ends = np.cumsum(lengths)
    count = len(rows["time_ms"])
    slot = np.arange(count) - np.repeat(ends - lengths, lengths)
    table = {**rows, "pool": np.repeat(pools["pool"], lengths), "slot": slot, "level_at_write": np.full(count, np.nan)}
    return {name: table[name].astype(dtype, copy=False) for name, dtype in TABLES[POSITIONS].items()}


def batch_of(read: dict[str, Table]) -> Batch:
    """What a head held."""
    pools = pools_of(read[POOLS])
    batch = {name: empty_table(name) for name in TABLES}
    batch |= {FRAMES: frames_of(read[FRAMES]), COINS: read[COINS], ADDRESSES: read[ADDRESSES]}
    return batch | {POOLS: pools, POSITIONS: positions_of(read[POSITIONS], pools)}


def bands_of(rows: Table) -> Table:
    """BANDS of one coin's file of 15 minutes."""
    return {name: rows[name].astype(dtype, copy=False) for name, dtype in DTYPES["bands"].items()}


def _places(rows: Table) -> Int64Array:
    """(R,) place of each pool among those of its address and frame."""
    count = len(rows["time_ms"])
    order = np.lexsort((np.arange(count), rows["address_row"], rows["time_ms"]))
    time_ms, owner = rows["time_ms"][order], rows["address_row"][order]
    is_first = np.ones(count, np.bool_)
    is_first[1:] = (time_ms[1:] != time_ms[:-1]) | (owner[1:] != owner[:-1])
    begins = np.flatnonzero(is_first)
    place = np.empty(count, np.int64)
    place[order] = np.arange(count) - np.repeat(begins, np.diff(np.append(begins, count)))
    place[rows["pool"] == NO_POOL] = NO_POOL
    return place
