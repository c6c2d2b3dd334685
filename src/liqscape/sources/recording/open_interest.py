"""Open interest of the exchange recorded by others: timestamp (UTC), venue, coin, oi_usd (USD, one side)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars

from liqscape.errors import InputError
from liqscape.sources.recording.parquet import NAME_RULE, CheckedTable, is_name
from liqscape.units import Float64Array, Int64Array

COLUMNS = ("timestamp", "venue", "coin", "oi_usd")
VENUE = "hyperliquid"
DEFAULT_FILE = Path("multivenue") / "open_interest.parquet"
AGE_MS = 3_600_000
"""Recorded hourly; nothing older is taken for present."""


class OpenInterestFile:
    """USD open interest by coin and time. Raises InputError naming file, row, field, value and rule."""

    def __init__(self, path: Path) -> None:
        self.path = path
        table = CheckedTable(path, COLUMNS)
        kind = table.frame.schema["timestamp"]
        if not isinstance(kind, polars.Datetime):
            raise InputError(f"{path}: column 'timestamp' holds {kind}, must hold times")
        table.check("timestamp", polars.col("timestamp").is_not_null(), "must not be null")
        table.need_text("venue", is_name, NAME_RULE)
        table.need_text("coin", is_name, NAME_RULE)
        table.need_number("oi_usd", least=0.0)
        frame = table.frame.filter(polars.col("venue") == VENUE).sort("coin", "timestamp")
        self._columns: dict[str, tuple[Int64Array, Float64Array]] = {
            str(coin): (rows["timestamp"].dt.timestamp("ms").to_numpy(), rows["oi_usd"].to_numpy())
            for (coin,), rows in frame.partition_by("coin", as_dict=True).items()
        }

    def fill(
        self, open_interest: Float64Array, time_ms: int, mark: Float64Array, coins: dict[str, int]
    ) -> Float64Array:
        """(M,) coins of open interest: as given where known, else recorded USD over the mark of the snapshot."""
        filled = open_interest.copy()
        for coin, (times, usd) in self._columns.items():
            market = coins.get(coin)
            if market is None or not np.isnan(filled[market]) or not mark[market] > 0.0:
                continue
            place = int(np.searchsorted(times, time_ms, "right")) - 1
            if place >= 0 and time_ms - times[place] <= AGE_MS:
                filled[market] = usd[place] / mark[market]
        return filled


def open_interest_beside(recording: Path) -> OpenInterestFile | None:
    """The file in its usual place beside a recording's folder; None where there is none."""
    path = recording.resolve().parent / DEFAULT_FILE
    return OpenInterestFile(path) if path.is_file() else None
