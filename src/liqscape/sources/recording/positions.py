"""positions.parquet: one row per snapshot, address and coin.

snapshot_ts (ISO 8601, UTC), address (20 bytes hex), coin, szi (signed, coins), entry_px (USD), leverage (the
user's setting), position_value (USD at mark, > 0), liquidation_px (USD; null: the venue published none). Further
columns are not read. Order is free.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars

from liqscape.sources.recording.digits import decimals, resolution
from liqscape.sources.recording.parquet import LARGEST, NAME_RULE, SMALLEST, CheckedTable, is_name
from liqscape.sources.recording.times import TIME_RULE, is_time, parse_time_ms
from liqscape.units import Float64Array, Int64Array

FILE_NAME = "positions.parquet"
COLUMNS = ("snapshot_ts", "address", "coin", "szi", "entry_px", "leverage", "position_value", "liquidation_px")
MAX_LEVERAGE = 1_000.0
ADDRESS = re.compile(r"0[xX][0-9a-fA-F]{40}")
LEAST_AMOUNT, MOST_AMOUNT = 1e-12, LARGEST
"""Bounds of abs(szi), coins."""


@dataclass(frozen=True)
class RecordedPositions:
    """P rows sorted by time, address (lower case), coin.

    input_row (P,) row in the file. coins: distinct, sorted; coin (P,) row in it; addresses and address likewise.
    price is NaN where null was published. *_resolution: half a unit of the last printed digit.
    """

    input_row: Int64Array
    snapshot_text: tuple[str, ...]
    time_ms: Int64Array
    addresses: tuple[str, ...]
    address: Int64Array
    coins: tuple[str, ...]
    coin: Int64Array
    size: Float64Array
    entry_price: Float64Array
    leverage: Float64Array
    value: Float64Array
    price: Float64Array
    price_resolution: Float64Array
    value_resolution: Float64Array
    size_decimals: Int64Array  # by coin

    @property
    def mark(self) -> Float64Array:
        """(P,) mark in force when the row was read: position value / abs(size)."""
        return self.value / np.abs(self.size)


def read_positions(folder: Path) -> RecordedPositions:
    """Read and check positions.parquet of a folder. Raises InputError naming file, row, field, value and rule."""
    table = CheckedTable(folder / FILE_NAME, COLUMNS)
    table.need_text("snapshot_ts", is_time, TIME_RULE)
    table.need_text("address", _is_address, "must be 0x and 40 hexadecimal digits")
    table.need_text("coin", is_name, NAME_RULE)
    table.need_number("szi", least=-MOST_AMOUNT, most=MOST_AMOUNT)
    table.check("szi", polars.col("szi").abs() >= LEAST_AMOUNT, f"must not be zero (least amount {LEAST_AMOUNT:g})")
    table.need_number("entry_px", least=SMALLEST)
    table.need_number("leverage", least=1.0, most=MAX_LEVERAGE)
    table.need_number("position_value", least=SMALLEST)
    table.need_number("liquidation_px", least=SMALLEST, nullable=True)
    mark = polars.col("position_value") / polars.col("szi").abs()
    table.check("position_value", mark <= LARGEST, f"position_value / abs(szi), the mark, must be <= {LARGEST:g}")
    times = {text: parse_time_ms(text) for text in table.frame["snapshot_ts"].unique()}
    table.frame = table.frame.with_columns(
        polars.col("snapshot_ts").replace_strict(times, return_dtype=polars.Int64).alias("time_ms"),
        polars.col("address").str.to_lowercase(),
    ).with_row_index("input_row")
    table.need_unique(("time_ms", "address", "coin"))
    return _columns(table.frame.sort("time_ms", "address", "coin"))


def _columns(frame: polars.DataFrame) -> RecordedPositions:
    addresses, address = np.unique(frame["address"].to_numpy(), return_inverse=True)
    coins, coin = np.unique(frame["coin"].to_numpy(), return_inverse=True)
    size = frame["szi"].to_numpy()
    price = frame["liquidation_px"].fill_null(np.nan).to_numpy()
    value = frame["position_value"].to_numpy()
    size_decimals = np.zeros(len(coins), np.int64)
    np.maximum.at(size_decimals, coin, decimals(np.abs(size)))
    return RecordedPositions(
        frame["input_row"].to_numpy().astype(np.int64),
        tuple(frame["snapshot_ts"]),
        frame["time_ms"].to_numpy(),
        tuple(addresses.tolist()),
        address,
        tuple(coins.tolist()),
        coin,
        size,
        frame["entry_px"].to_numpy(),
        frame["leverage"].to_numpy(),
        value,
        price,
        resolution(price),
        resolution(value),
        size_decimals,
    )


def _is_address(text: str) -> bool:
    return ADDRESS.fullmatch(text) is not None
