"""Makes what the odds ship with from hourly candles of another venue: `python tools/odds_table.py candles.parquet`.

Only statistics leave the file (docs/sources.md, BIN.CANDLES.HOURLY).
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import polars as pl

from liqscape.insight.odds.hours import HourBars, hours_before
from liqscape.insight.odds.volatility import HORIZONS, HarWeights, fit_har, future_variance, har_ratios
from liqscape.units import HOUR_MS

VENUE = "binance"


def read_hours(path: Path) -> dict[str, HourBars]:
    """Hours of each coin of the venue."""
    table = pl.read_parquet(path).filter(pl.col("venue") == VENUE).sort("coin", "timestamp")
    found = {}
    for (coin,), own in table.group_by("coin", maintain_order=True):
        times = own["timestamp"].dt.epoch("ms").to_numpy().astype(np.float64)
        rows = np.column_stack([times, *(own[name].to_numpy() for name in "ohlc")])
        found[str(coin)] = hours_before(rows, int(times[-1]) + HOUR_MS)
    return found


def pooled_weights(hours: dict[str, HourBars]) -> dict[int, HarWeights]:
    """Weights of each horizon over all coins."""
    ratios = [har_ratios(bars) for bars in hours.values()]
    found = {}
    for horizon in HORIZONS.values():
        came = [future_variance(bars, horizon) for bars in hours.values()]
        weights = fit_har([(*given, future) for given, future in zip(ratios, came, strict=True)])
        assert weights is not None
        found[horizon] = weights
    return found


def main() -> None:
    """Print the weights as they stand in volatility.py."""
    for horizon, weights in pooled_weights(read_hours(Path(sys.argv[1]))).items():
        print(f"    {horizon}: HarWeights(", end="")
        print(f"{weights.constant:.3f}, {weights.hour:.3f}, {weights.day:.3f}, {weights.smear:.3f}),")


if __name__ == "__main__":
    main()
