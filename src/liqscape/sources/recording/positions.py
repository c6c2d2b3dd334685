"""positions.parquet: one row per snapshot, address and coin.

snapshot_ts (ISO 8601, UTC), address (20 bytes hex), coin, szi (signed, coins), entry_px (USD), leverage (the
user's setting), position_value (USD at mark, > 0), liquidation_px (USD; null: the venue published none). Entry price
and leverage decide no level: null is unknown. Further columns are not read. Order is free. Rows of size zero hold
nothing: they are left out and counted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars

from liqscape.errors import InputError
from liqscape.sources.recording.digits import decimals, resolution
from liqscape.sources.recording.parquet import LARGEST, NAME_RULE, ROW, SMALLEST, CheckedTable, is_name
from liqscape.sources.recording.times import TIME_RULE, is_time, parse_time_ms
from liqscape.units import AnyArray, Float64Array, Int64Array
from liqscape.wire.dex_names import dex_of

FILE_NAME = "positions.parquet"
COLUMNS = ("snapshot_ts", "address", "coin", "szi", "entry_px", "leverage", "position_value", "liquidation_px")
MAX_LEVERAGE = 1_000.0
ADDRESS = re.compile(r"0[xX][0-9a-fA-F]{40}")
MIN_AMOUNT, MAX_AMOUNT = 1e-12, LARGEST
"""Bounds of abs(szi), coins."""


@dataclass(frozen=True, kw_only=True)
class RecordedPositions:
    """P rows sorted by time, address (lower case), part, coin.

    input_row (P,) row in the file. coins: distinct, sorted; coin (P,) row in it; addresses and address likewise.
    part (P,) positions of one address, time and part may share their margin: of a standard account those of one dex.
    price is NaN where null was published. *_resolution: half a unit of the last printed digit.
    entry_price, leverage (P,) NaN where unknown. empty_rows: rows of size zero, left out.
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
    part: Int64Array
    empty_rows: int

    @property
    def mark(self) -> Float64Array:
        """(P,) mark in force when the row was read: position value / abs(size)."""
        return self.value / np.abs(self.size)

    def account_starts(self) -> Int64Array:
        """(A,) first row of every time, address and part."""
        is_first = np.ones(len(self.size), np.bool_)
        is_first[1:] = np.logical_or.reduce([np.diff(key) != 0 for key in (self.time_ms, self.address, self.part)])
        return np.flatnonzero(is_first)

    def take(self, rows: Int64Array) -> RecordedPositions:
        """The given rows, in the given order; names stay, so that rows keep pointing at theirs."""
        columns: dict[str, AnyArray] = {name: getattr(self, name)[rows] for name in ROW_COLUMNS}
        text = tuple(self.snapshot_text[row] for row in rows.tolist())
        return replace(self, snapshot_text=text, **columns)  # type: ignore[arg-type]

    def regrouped(self, part: Int64Array) -> RecordedPositions:
        """The same rows with other parts."""
        order = np.lexsort((part, self.address, self.time_ms))  # stable: the rest of the order stays
        return replace(self.take(order), part=part[order])


ROW_COLUMNS = (
    "input_row",
    "time_ms",
    "address",
    "coin",
    "size",
    "entry_price",
    "leverage",
    "value",
    "price",
    "price_resolution",
    "value_resolution",
    "part",
)
"""Columns of RecordedPositions with one value a row, besides snapshot_text."""


def read_positions(folder: Path) -> RecordedPositions:
    """Read and check positions.parquet of a folder. Raises InputError naming file, row, field, value and rule."""
    return check_positions(CheckedTable(folder / FILE_NAME, COLUMNS))


def check_positions(table: CheckedTable) -> RecordedPositions:
    """The same of a table with COLUMNS that was read already."""
    table.need_number("szi", least=-MAX_AMOUNT, most=MAX_AMOUNT)
    held = table.frame.filter(polars.col("szi") != 0.0)
    empty_rows = table.frame.height - held.height
    if not held.height:
        raise InputError(f"{table.path}: holds no position, all {empty_rows} rows are of size zero")
    table.frame = held
    table.check("szi", polars.col("szi").abs() >= MIN_AMOUNT, f"must be zero or at least {MIN_AMOUNT:g}")
    table.need_text("snapshot_ts", is_time, TIME_RULE)
    table.need_text("address", _is_address, "must be 0x and 40 hexadecimal digits")
    table.need_text("coin", is_name, NAME_RULE)
    table.need_number("entry_px", least=SMALLEST, nullable=True)
    table.need_number("leverage", least=1.0, most=MAX_LEVERAGE, nullable=True)
    table.need_number("position_value", least=SMALLEST)
    table.need_number("liquidation_px", least=SMALLEST, nullable=True)
    mark = polars.col("position_value") / polars.col("szi").abs()
    table.check("position_value", mark <= LARGEST, f"position_value / abs(szi), the mark, must be <= {LARGEST:g}")
    times = {text: parse_time_ms(text) for text in table.frame["snapshot_ts"].unique()}
    table.frame = table.frame.with_columns(
        polars.col("snapshot_ts").replace_strict(times, return_dtype=polars.Int64).alias("time_ms"),
        polars.col("address").str.to_lowercase(),
    )
    table.need_unique(("time_ms", "address", "coin"))
    dexs = {coin: dex_of(coin) for coin in table.frame["coin"].unique()}
    place = {dex: row for row, dex in enumerate(sorted(set(dexs.values())))}
    part = polars.col("coin").replace_strict(
        {coin: place[dex] for coin, dex in dexs.items()}, return_dtype=polars.Int64
    )
    frame = table.frame.with_columns(part.alias("part"))
    return _columns(frame.sort("time_ms", "address", "part", "coin"), empty_rows)


def _columns(frame: polars.DataFrame, empty_rows: int) -> RecordedPositions:
    addresses, address = np.unique(frame["address"].to_numpy(), return_inverse=True)
    coins, coin = np.unique(frame["coin"].to_numpy(), return_inverse=True)
    size = frame["szi"].to_numpy()
    price = frame["liquidation_px"].fill_null(np.nan).to_numpy()
    value = frame["position_value"].to_numpy()
    size_decimals = np.zeros(len(coins), np.int64)
    np.maximum.at(size_decimals, coin, decimals(np.abs(size)))
    return RecordedPositions(
        input_row=frame[ROW].to_numpy().astype(np.int64),
        snapshot_text=tuple(frame["snapshot_ts"]),
        time_ms=frame["time_ms"].to_numpy(),
        addresses=tuple(addresses.tolist()),
        address=address,
        coins=tuple(coins.tolist()),
        coin=coin,
        size=size,
        entry_price=frame["entry_px"].fill_null(np.nan).to_numpy(),
        leverage=frame["leverage"].fill_null(np.nan).to_numpy(),
        value=value,
        price=price,
        price_resolution=resolution(price),
        value_resolution=resolution(value),
        size_decimals=size_decimals,
        part=frame["part"].to_numpy(),
        empty_rows=empty_rows,
    )


def _is_address(text: str) -> bool:
    return ADDRESS.fullmatch(text) is not None
