"""Between the columns of memory and those of the Parquet files: what stands in a file can be read without us.

In memory unknown is NaN (-1 for times and ages, empty text), enums are small numbers, times are milliseconds. In files
unknown is null and never NaN, enums and coins are words, times are timestamps in UTC. Files of version 1 hold the
columns of memory as they were then (former.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from liqscape.model.accounts import PublishedState
from liqscape.model.liquidations import Evidence, LiquidationMethod
from liqscape.model.markets import Markets
from liqscape.model.minute_notes import ForcedFlow, MinuteKind
from liqscape.model.triggers import BUY, SELL, TriggerKind
from liqscape.store.history.schema import BANDS, DTYPES, MINUTE_PRICES, TRIGGERS, Table, TriggerNews
from liqscape.units import SIDE_WORDS, AnyArray, MarginSource, PoolMode

if TYPE_CHECKING:
    import polars as pl

UNKNOWN_INT = -1

NAMES = {
    "time_ms": "time",
    "observed_ms": "observed",
    "hour_ms": "hour",
    "known_at_ms": "known_at",
    "at_ms": "at",
    "since_ms": "since",
    "first_ms": "first",
    "last_ms": "last",
    "first_fill_ms": "first_fill",
    "last_fill_ms": "last_fill",
    "market_index": "coin",
    "mode": "margin_mode",
    "order_side": "side",
    "order_kind": "kind",
    "placed_ms": "placed",
    "seen_ms": "seen",
    "known_ms": "known",
    "listed_ms": "listed",
    **{f"{name}_ms": f"{name}_time" for name in MINUTE_PRICES},
}
"""Columns that are called otherwise in a file."""

WORDS: dict[str, dict[int, str]] = {
    "side": SIDE_WORDS,
    "direction": {code: code.name.lower() for code in ForcedFlow},
    "method": {code: code.name.lower() for code in LiquidationMethod},
    "evidence": {code: code.name.lower() for code in Evidence},
    "margin_source": {code: code.name.lower() for code in MarginSource},
    "mode": {code: code.name.lower() for code in PoolMode},
    "published": {code: code.name.lower() for code in PublishedState},
    "kind": {code: code.name.lower() for code in MinuteKind},
    "order_side": {SELL: "sell", BUY: "buy"},
    "order_kind": {code: code.name.lower() for code in TriggerKind},
    "news": {code: code.name.lower() for code in TriggerNews},
}

_TIMES = {"time_ms", "observed_ms", "hour_ms", "at_ms"}
_MAYBE_TIMES = {
    *("known_at_ms", "since_ms", "first_ms", "last_ms", "first_fill_ms", "last_fill_ms"),
    *("placed_ms", "seen_ms", "known_ms", "listed_ms"),
    *(f"{name}_ms" for name in MINUTE_PRICES),
}
_MAYBE_COUNTS = {"oldest_age_ms", "median_age_ms", "recovery_ms", "baseline_count"}
"""Durations and counts that may be unknown."""


def file_columns(columns: list[str]) -> list[str]:
    """Names of the given columns as a file calls them."""
    return [NAMES.get(column, column) for column in columns]


def to_file(name: str, rows: Table, markets: Markets) -> pl.DataFrame:
    """A table as it stands in a file."""
    import polars as pl

    frame = pl.DataFrame([_to_series(column, rows[column], markets) for column in DTYPES[name]])
    if name == BANDS:
        first = pl.col("first_order_size")
        frame = frame.with_columns(pl.when(first != pl.col("size")).then(first).alias("first_order_size"))
    if name == TRIGGERS:
        seen = pl.col("seen")
        frame = frame.with_columns(pl.when(seen.ne_missing(pl.col("placed"))).then(seen).alias("seen"))
    return frame


def from_file(name: str, frame: pl.DataFrame, markets: Markets, columns: list[str]) -> Table:
    """Columns of a table of a file that holds at least those."""
    import polars as pl

    if name == BANDS and "first_order_size" in columns:
        frame = frame.with_columns(pl.col("first_order_size").fill_null(pl.col("size")))
    if name == TRIGGERS and "seen_ms" in columns:
        frame = frame.with_columns(pl.col("seen").fill_null(pl.col("placed")))
    return {
        column: _from_series(column, frame[NAMES.get(column, column)], DTYPES[name][column], markets)
        for column in columns
    }


def within(first_ms: int, last_ms: int) -> pl.Expr:
    """Rows of times from `first_ms` to `last_ms`, both within."""
    import polars as pl

    first, last = (pl.lit(each, pl.Int64).cast(_timestamp()) for each in (first_ms, last_ms))
    return (pl.col("time") >= first) & (pl.col("time") <= last)


def of_coin(coin: str) -> pl.Expr:
    """Rows of a coin."""
    import polars as pl

    return pl.col("coin") == coin


def _to_series(column: str, values: AnyArray, markets: Markets) -> pl.Series:
    import polars as pl

    name = NAMES.get(column, column)
    if column == "market_index":
        return _worded(name, values, list(markets.coins))
    if column in WORDS:
        codes = np.array(list(WORDS[column]), np.int64)
        lowest = int(codes.min())
        place = np.zeros(int(codes.max()) - lowest + 1, np.uint32)
        place[codes - lowest] = np.arange(len(codes))
        return _worded(name, place[values.astype(np.int64) - lowest], list(WORDS[column].values()))
    if values.dtype == np.object_:
        return pl.Series(name, [each or None for each in values.tolist()], pl.String)
    series = pl.Series(name, values)
    if column in _TIMES:
        return series.cast(_timestamp())
    if column in _MAYBE_TIMES or column in _MAYBE_COUNTS:
        series = series.set(series == UNKNOWN_INT, None)
        return series.cast(_timestamp()) if column in _MAYBE_TIMES else series
    return series.fill_nan(None) if values.dtype.kind == "f" else series


def _from_series(column: str, series: pl.Series, dtype: type, markets: Markets) -> AnyArray:
    import polars as pl

    values: AnyArray
    if dtype is np.object_:
        values = np.empty(len(series), np.object_)
        values[:] = series.fill_null("").to_list()
        return values
    if column == "market_index":
        numbers = series.cast(pl.Enum(list(markets.coins))).to_physical().cast(pl.Int64).fill_null(UNKNOWN_INT)
        values = numbers.to_numpy().astype(dtype, copy=False)
        return values
    if column in WORDS:
        words = WORDS[column]
        place = series.cast(pl.Enum(list(words.values()))).to_physical().to_numpy()
        values = np.array(list(words), dtype)[place.astype(np.int64)]
        return values
    if column in _TIMES or column in _MAYBE_TIMES:
        series = series.cast(pl.Int64)
    if column in _MAYBE_TIMES or column in _MAYBE_COUNTS:
        series = series.fill_null(UNKNOWN_INT)
    elif series.dtype.is_float():
        series = series.fill_null(float("nan"))
    values = series.to_numpy().astype(dtype, copy=False)
    return values


def _worded(name: str, place: AnyArray, words: list[str]) -> pl.Series:
    """Words by their place; null for places below zero."""
    import polars as pl

    numbers = pl.Series(name, place.astype(np.int64))
    if len(place) and int(place.min()) < 0:
        numbers = numbers.set(numbers < 0, None)
    return pl.Series(name, words, pl.Enum(words)).gather(numbers.cast(pl.UInt32))


def _timestamp() -> pl.Datetime:
    import polars as pl

    return pl.Datetime("ms", "UTC")
