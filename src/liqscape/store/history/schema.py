"""Tables of the history and their columns (docs/data.md says what each means).

A *batch* is a run of frames as tables of columns: what one head file holds, and what one part holds as Parquet
(parquet_edge.py maps the columns of memory to those of the files). Rows are in order of time within a table; every row
carries the venue time of the frame it belongs to.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

import numpy as np

from liqscape.heatmap.bands import OutsideReason
from liqscape.model.accounts import POOL_COLUMNS, POSITION_COLUMNS
from liqscape.units import HOUR_MS, MINUTE_MS, AnyArray, MarginSource

SCHEMA_VERSION = 3
"""Raised with every change a reader of the former version would misread."""
READ_VERSIONS = ("1", "2", "3")
"""Files of version 1 are read through former.py; those of version 2 lack some of what is written down by the minute."""

STEP_MINUTES = 15
STEP_MS = STEP_MINUTES * MINUTE_MS
"""Bands are stored once a step since 1970 UTC, as they stand at its last frame; finer ones follow from the accounts."""

CONFIRM_MS = HOUR_MS
"""A reading that tells nothing new is stored once so much time has passed since the stored one."""
RAW_NOISE_USD = 1e-5
"""Two readings of the same raw USD differ by less: it is a sum of printed decimals."""

Table = dict[str, AnyArray]
"""Columns of equal length by name."""

Batch = dict[str, Table]
"""Tables by name."""

FRAMES, COINS, BANDS, FUNDING = "frames", "coins", "bands", "funding"
POOLS, POSITIONS, ADDRESSES = "pools", "positions", "addresses"
COIN_MINUTES, MARK_PATH, ACCOUNT_MINUTES = "coin_minutes", "mark_path", "account_minutes"
LIQUIDATION_EVENTS = "liquidation_events"
TRIGGERS, TRIGGER_READS = "triggers", "trigger_reads"

SIDES = ("long", "short")
OUTSIDE_NAMES = tuple(f"outside_{side}_{reason.name.lower()}" for side in SIDES for reason in OutsideReason)
MARGIN_SOURCE_NAMES = tuple(f"notional_{margin_source.name.lower()}" for margin_source in MarginSource)

POOL_DTYPES: dict[str, type] = {
    "raw_usd": np.float64,
    "margin_source": np.uint8,
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

MINUTE_POINTS = ("first", "low", "high", "last")
MINUTE_PRICES = tuple(f"{price}_{point}" for price in ("mark", "mid") for point in MINUTE_POINTS)
IMPACT_SECONDS = (1, 10, 60)
DEPTHS = tuple(f"{side}_usd_{share}pct" for side in ("bid", "ask") for share in ("0_5", "1", "2"))

TABLES: dict[str, dict[str, type]] = {
    FRAMES: {
        "time_ms": np.int64,
        "market_count": np.int32,
        "is_keyframe": np.bool_,
        "thinned_count": np.int32,
        "listed_address_count": np.int32,
        "address_count": np.int64,
        "pool_count": np.int64,
        "oldest_age_ms": np.int64,
        "median_age_ms": np.int64,
        **dict.fromkeys(MARGIN_SOURCE_NAMES, np.float64),
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
    FUNDING: {"time_ms": np.int64, "market_index": np.int32, "hour_ms": np.int64, "due": np.float64},
    POOLS: {
        "time_ms": np.int64,
        "address_row": np.int32,
        "pool": np.int32,
        "is_whole": np.bool_,
        **POOL_DTYPES,
        "is_moved": np.bool_,
        "position_count": np.int32,
    },
    POSITIONS: {
        "time_ms": np.int64,
        "address_row": np.int32,
        "pool": np.int32,
        "slot": np.int32,
        **POSITION_DTYPES,
        "level_at_write": np.float32,
    },
    ADDRESSES: {"time_ms": np.int64, "address_row": np.int32, "address": np.object_},
    COIN_MINUTES: {
        "time_ms": np.int64,
        "market_index": np.int32,
        **dict.fromkeys(MINUTE_PRICES, np.float64),
        **{f"{name}_ms": np.int64 for name in MINUTE_PRICES},
        **dict.fromkeys(DEPTHS, np.float64),
        "since_ms": np.int64,
        "known_at_ms": np.int64,
    },
    MARK_PATH: {"time_ms": np.int64, "market_index": np.int32, "at_ms": np.int64, "mark": np.float64},
    ACCOUNT_MINUTES: {
        "time_ms": np.int64,
        "address_row": np.int32,
        "market_index": np.int32,
        "kind": np.uint8,
        "size": np.float64,
        "usd": np.float64,
        "first_ms": np.int64,
        "last_ms": np.int64,
        "known_at_ms": np.int64,
    },
    LIQUIDATION_EVENTS: {
        "time_ms": np.int64,
        "event_id": np.object_,
        "address": np.object_,
        "market_index": np.int32,
        "side": np.int8,
        "direction": np.int8,
        "method": np.uint8,
        "evidence": np.uint8,
        **dict.fromkeys(("size", "price", "notional", "mark", "liquidation_price"), np.float64),
        "first_fill_ms": np.int64,
        "last_fill_ms": np.int64,
        "pre_mid": np.float64,
        "measured_on": np.object_,
        "slippage_bp": np.float64,
        **{f"impact_{seconds}s_bp": np.float64 for seconds in IMPACT_SECONDS},
        "recovery_ms": np.int64,
        "depth_share": np.float64,
        "taken_by": np.object_,
        **{f"baseline_{seconds}s_bp": np.float64 for seconds in IMPACT_SECONDS},
        "baseline_count": np.int32,
        "burst_id": np.object_,
        "burst_usd": np.float64,
        "why_unknown": np.object_,
        "known_at_ms": np.int64,
    },
    TRIGGERS: {
        "time_ms": np.int64,
        "market_index": np.int32,
        "order_id": np.int64,
        "address": np.object_,
        "is_waiting": np.bool_,
        "order_side": np.int8,
        "order_kind": np.int8,
        "is_market": np.bool_,
        **dict.fromkeys(("trigger_price", "limit_price", "size"), np.float64),
        "is_whole_position": np.bool_,
        "is_reduce_only": np.bool_,
        "placed_ms": np.int64,
        "seen_ms": np.int64,
    },
    TRIGGER_READS: {
        "time_ms": np.int64,
        "news": np.uint8,
        "address": np.object_,
        "dex": np.object_,
        "market_index": np.int32,
        "known_ms": np.int64,
        "listed_ms": np.int64,
    },
}
"""What a head holds; a part also has BANDS."""


class TriggerNews(IntEnum):
    """What a row of TRIGGER_READS says: all before it is forgotten, something was read, nothing is known any more, all
    accounts that were ever read in a dex were read again."""

    BEGINS = 0
    READ = 1
    NOTHING = 2
    READ_AGAIN = 3


BAND_DTYPES: dict[str, type] = {
    "time_ms": np.int64,
    "market_index": np.int32,
    "band": np.int32,
    "side": np.int8,
    "margin_source": np.uint8,
    "size": np.float32,
    "first_order_size": np.float32,
    "position_count": np.int32,
}
DTYPES = {**TABLES, BANDS: BAND_DTYPES}

NOTES = (COIN_MINUTES, MARK_PATH, ACCOUNT_MINUTES, LIQUIDATION_EVENTS)
"""Tables of what only who listens can write down; files of theirs are there where something was given."""
OF_TRIGGERS = (TRIGGERS, TRIGGER_READS)
"""Tables of trigger orders (trigger_rows.py)."""
WHERE_GIVEN = (*NOTES, *OF_TRIGGERS)
"""Tables a part or a head may be without: then nobody gave any."""

NO_POOL = -1
"""`pool` of a row that says: this address has no pool from here on. Its other columns are 0, raw_usd NaN."""
GONE = -1
"""`slot` of a row that says: this address does not hold this coin any more. Its size is 0, the rest unknown."""


def unknown_values(dtype: type, count: int) -> AnyArray:
    """A column that is not known: NaN, empty text, -1, or 0 of those that cannot be negative."""
    unknown = np.nan if dtype is np.float64 else "" if dtype is np.object_ else 0 if dtype is np.uint8 else -1
    return np.full(count, unknown, dtype)


def empty_table(name: str) -> Table:
    """No rows, all columns."""
    return {column: np.empty(0, dtype) for column, dtype in DTYPES[name].items()}


def join_tables(tables: list[Table], name: str) -> Table:
    """Rows of all tables, in order."""
    if not tables:
        return empty_table(name)
    if len(tables) == 1:
        return tables[0]
    return {column: np.concatenate([table[column] for table in tables]) for column in DTYPES[name]}


def join_batches(batches: list[Batch], names: Iterable[str] = TABLES) -> Batch:
    """One batch of several that follow one another: all of a head's tables, or some."""
    return {name: join_tables([batch[name] for batch in batches], name) for name in names}


def pick_rows(table: Table, rows: slice | AnyArray) -> Table:
    """Some rows of a table."""
    return {column: values[rows] for column, values in table.items()}


def rows_between(table: Table, first_ms: int, last_ms: int) -> Table:
    """Rows of frames from `first_ms` to `last_ms`, both within."""
    times = table["time_ms"]
    return pick_rows(table, slice(*np.searchsorted(times, (first_ms, last_ms + 1)).tolist()))


def row_count(table: Table) -> int:
    """Rows of a table."""
    return len(table["time_ms"])
