"""markets.parquet: all markets at some instants; may be absent.

snapshot_ts, coin, mark_px (USD), oracle_px (USD), open_interest_coins (base units, one side), max_leverage. Further
columns are not read.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars

from liqscape.model.margin_tables import MAX_LEVERAGE_LIMIT
from liqscape.sources.recording.parquet import LARGEST, NAME_RULE, SMALLEST, CheckedTable, is_name
from liqscape.sources.recording.times import TIME_RULE, is_time, parse_time_ms
from liqscape.units import HOUR_MS, MINUTE_MS, Float64Array, Int64Array

FILE_NAME = "markets.parquet"
COLUMNS = ("snapshot_ts", "coin", "mark_px", "oracle_px", "open_interest_coins", "max_leverage")

MARK_AGE_MS = 10 * MINUTE_MS
"""A mark or oracle price of markets.parquet stands in for this long; marks of positions are preferred."""

OPEN_INTEREST_AGE_MS = 6 * HOUR_MS
"""Open interest is carried this long from its instant, then unknown: it moved by a third within 24 hours of the
crash of February 2026."""


@dataclass(frozen=True, kw_only=True)
class RecordedMarkets:
    """R rows sorted by time and coin; coin names as text."""

    time_ms: Int64Array
    coin: tuple[str, ...]
    mark: Float64Array
    oracle: Float64Array
    open_interest: Float64Array
    max_leverage: dict[str, int]

    def at(self, time_ms: int, coins: dict[str, int]) -> tuple[Float64Array, Float64Array, Float64Array]:
        """(M,) mark, oracle, open interest at a time: the newest instant at or before it, within the stated ages."""
        result = tuple(np.full(len(coins), np.nan) for _ in range(3))
        ages = (MARK_AGE_MS, MARK_AGE_MS, OPEN_INTEREST_AGE_MS)
        past = self.time_ms[self.time_ms <= time_ms]
        if len(past):
            latest = int(past[-1])
            first, last = np.searchsorted(self.time_ms, [latest, latest + 1])
            rows = [coins[coin] for coin in self.coin[first:last]]
            for target, values, age in zip(result, (self.mark, self.oracle, self.open_interest), ages, strict=True):
                if time_ms - latest <= age:
                    target[rows] = values[first:last]
        return result[0], result[1], result[2]


NO_MARKETS = RecordedMarkets(
    time_ms=np.empty(0, np.int64),
    coin=(),
    mark=np.empty(0),
    oracle=np.empty(0),
    open_interest=np.empty(0),
    max_leverage={},
)


def read_markets(folder: Path) -> RecordedMarkets:
    """Read and check markets.parquet; NO_MARKETS where there is none. Raises InputError like read_positions."""
    path = folder / FILE_NAME
    if not path.exists():
        return NO_MARKETS
    table = CheckedTable(path, COLUMNS)
    table.need_text("snapshot_ts", is_time, TIME_RULE)
    table.need_text("coin", is_name, NAME_RULE)
    table.need_number("mark_px", least=SMALLEST)
    table.need_number("oracle_px", least=SMALLEST, nullable=True)
    table.need_number("open_interest_coins", least=0.0, most=LARGEST, nullable=True)
    table.need_number("max_leverage", least=1.0, most=float(MAX_LEVERAGE_LIMIT))
    table.check("max_leverage", polars.col("max_leverage") % 1.0 == 0.0, "must be a whole number")
    times = {text: parse_time_ms(text) for text in table.frame["snapshot_ts"].unique()}
    table.frame = table.frame.with_columns(
        polars.col("snapshot_ts").replace_strict(times, return_dtype=polars.Int64).alias("time_ms")
    )
    table.need_unique(("time_ms", "coin"))
    frame = table.frame.sort("time_ms", "coin")
    # The last instant's leverage: the file is a short look at markets whose tables seldom change.
    leverage = {coin: int(value) for coin, value in zip(frame["coin"], frame["max_leverage"], strict=True)}
    return RecordedMarkets(
        time_ms=frame["time_ms"].to_numpy(),
        coin=tuple(frame["coin"]),
        mark=frame["mark_px"].to_numpy(),
        oracle=frame["oracle_px"].to_numpy(),
        open_interest=frame["open_interest_coins"].to_numpy(),
        max_leverage=leverage,
    )
