"""Tables of the history and their columns (docs/data.md says what each means).

A *batch* is a run of frames as tables of columns: what one head file holds, and what one part holds as Parquet.
Rows are in order of time within a table; every row carries the venue time of the frame it belongs to.
"""

from __future__ import annotations

import numpy as np

from liqscape.heatmap.bands import OutsideReason
from liqscape.model.accounts import POOL_COLUMNS, POSITION_COLUMNS
from liqscape.units import AnyArray, Quality

SCHEMA_VERSION = 1
"""Raised with every change a reader of the former version would misread."""

Table = dict[str, AnyArray]
"""Columns of equal length by name."""

Batch = dict[str, Table]
"""Tables by name: FRAMES, COINS, BANDS, POOLS, POSITIONS, ADDRESSES."""

FRAMES, COINS, BANDS, POOLS, POSITIONS, ADDRESSES = "frames", "coins", "bands", "pools", "positions", "addresses"

SIDES = ("long", "short")
OUTSIDE_NAMES = tuple(f"outside_{side}_{reason.name.lower()}" for side in SIDES for reason in OutsideReason)
QUALITY_NAMES = tuple(f"notional_{quality.name.lower()}" for quality in Quality)

POOL_DTYPES: dict[str, type] = {
    "raw_usd": np.float64,
    "quality": np.uint8,
    "mode": np.uint8,
    "is_exempt": np.bool_,
    "observed_ms": np.int64,
}
POSITION_DTYPES: dict[str, type] = {
    "market_index": np.int32,
    "size": np.float64,
    "table_row": np.int32,
    "entry_price": np.float64,
    "leverage": np.float64,
    "observed_mark": np.float64,
    "published": np.uint8,
    "published_price": np.float64,
}
assert tuple(POOL_DTYPES) == POOL_COLUMNS
assert tuple(POSITION_DTYPES) == POSITION_COLUMNS

TABLES: dict[str, dict[str, type]] = {
    FRAMES: {
        "time_ms": np.int64,
        "market_count": np.int32,
        "is_band_keyframe": np.bool_,
        "is_account_keyframe": np.bool_,
        "listed_address_count": np.int32,
        "address_count": np.int64,
        "pool_count": np.int64,
        "oldest_age_ms": np.int64,
        "median_age_ms": np.int64,
        **dict.fromkeys(QUALITY_NAMES, np.float64),
    },
    COINS: {
        "time_ms": np.int64,
        "market_index": np.int32,
        "mark": np.float64,
        "oracle": np.float64,
        "open_interest": np.float64,
        "coverage": np.float64,
        **{f"{side}_size": np.float64 for side in SIDES},
        **{f"{side}_position_count": np.int64 for side in SIDES},
        **{f"{name}_size": np.float64 for name in OUTSIDE_NAMES},
        **{f"{name}_position_count": np.int64 for name in OUTSIDE_NAMES},
    },
    BANDS: {
        "time_ms": np.int64,
        "market_index": np.int32,
        "band": np.int32,
        "side": np.int8,
        "quality": np.uint8,
        "size": np.float64,
        "first_order_size": np.float64,
        "position_count": np.int32,
    },
    POOLS: {
        "time_ms": np.int64,
        "address_row": np.int32,
        "pool": np.int32,
        **POOL_DTYPES,
        "position_count": np.int32,
    },
    POSITIONS: {"time_ms": np.int64, "address_row": np.int32, "pool": np.int32, **POSITION_DTYPES},
    ADDRESSES: {"time_ms": np.int64, "address_row": np.int32, "address": np.object_},
}

NO_POOL = -1
"""`pool` of a row that says: this address has no pool from here on. Its other columns are 0, raw_usd NaN."""


def empty_table(name: str) -> Table:
    """No rows, all columns."""
    return {column: np.empty(0, dtype) for column, dtype in TABLES[name].items()}


def join_tables(tables: list[Table], name: str) -> Table:
    """Rows of all tables, in order."""
    if not tables:
        return empty_table(name)
    if len(tables) == 1:
        return tables[0]
    return {column: np.concatenate([table[column] for table in tables]) for column in TABLES[name]}


def join_batches(batches: list[Batch]) -> Batch:
    """One batch of several that follow one another."""
    return {name: join_tables([batch[name] for batch in batches], name) for name in TABLES}


def pick_rows(table: Table, rows: slice | AnyArray) -> Table:
    """Some rows of a table."""
    return {column: values[rows] for column, values in table.items()}
