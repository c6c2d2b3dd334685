"""Makes what the odds ship with from hourly candles of another venue: `python tools/odds_table.py candles.parquet`.

Writes src/liqscape/insight/odds/pooled_table.py. Only statistics leave the file (docs/sources.md, BIN.CANDLES.HOURLY):
weights of volatility and quantiles from all of it; the record from tables made of the first half without a coin, asked
about that coin in the second half.
"""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import numpy as np
import polars as pl

from liqscape.insight.odds.calibration import IDENTITY
from liqscape.insight.odds.excursions import Z_GRID, survival
from liqscape.insight.odds.hours import HourBars, hours_before
from liqscape.insight.odds.model import HorizonModel, OwnHours, own_hours, sided
from liqscape.insight.odds.record import brier_sums, record_of
from liqscape.insight.odds.volatility import HORIZONS, HarWeights, fit_har
from liqscape.insight.odds.walk import judged_columns
from liqscape.units import HOUR_MS, Float64Array, Int64Array

VENUE = "binance"
PLACE = Path(__file__).resolve().parent.parent / "src" / "liqscape" / "insight" / "odds" / "pooled_table.py"
SIGMA_EDGES = (0.375, 0.75, 1.25, 1.75, 2.5, 3.5, 5.0)
"""Between classes of distance in multiples of the coin's median sigma."""

Judged = tuple[Int64Array, Float64Array, Float64Array, Float64Array]
"""(J,) begin of windows, (J, C) forecasts and what came, (C,) distance in median sigmas."""


def read_hours(path: Path) -> dict[str, HourBars]:
    """Hours of each coin of the venue."""
    table = pl.read_parquet(path).filter(pl.col("venue") == VENUE).sort("coin", "timestamp")
    found = {}
    for (coin,), own in table.group_by("coin", maintain_order=True):
        times = own["timestamp"].dt.epoch("ms").to_numpy().astype(np.float64)
        rows = np.column_stack([times, *(own[name].to_numpy() for name in "ohlc")])
        found[str(coin)] = hours_before(rows, int(times[-1]) + HOUR_MS)
    return found


def pooled(own: list[tuple[OwnHours, int]]) -> tuple[HarWeights, Float64Array]:
    """Weights and S (2, G) of coins; of each the hours before a row."""
    ratios = []
    for each, end in own:
        week, of_hour, of_day = (column[:end] for column in each.ratios)
        ratios.append((week, of_hour, of_day, each.came[:end]))
    weights = fit_har(ratios)
    assert weights is not None
    standardised = [each.excursions[:end] / each.sigma(weights, 0, end)[:, None] for each, end in own]
    return weights, sided(survival(np.concatenate(standardised)), own[0][0].horizon)


def judge(hours: dict[str, HourBars], horizon: int) -> list[Judged]:
    """Of each coin: forecasts of the second half by a table of the other coins' first half."""
    columns = judged_columns()
    half_ms = (min(bars.first_ms for bars in hours.values()) + max(bars.end_ms for bars in hours.values())) // 2
    own = {coin: own_hours(bars, horizon) for coin, bars in hours.items()}
    found = []
    for coin, bars in hours.items():
        others = [
            (own[each], (half_ms - bars.first_ms) // HOUR_MS - horizon) for each, bars in hours.items() if each != coin
        ]
        weights, curve = pooled(others)
        model = HorizonModel(
            horizon=horizon, weights=weights, survival=curve, curve=IDENTITY, own_windows=0, own_weight=0.0
        )
        begin = bars.first_ms + (np.arange(len(bars)) + 1) * HOUR_MS
        sigma = own[coin].sigma(weights, 0, len(bars))
        is_judged = (begin >= half_ms) & (begin // HOUR_MS % horizon == 0) & np.isfinite(sigma)
        row = np.flatnonzero(is_judged & np.isfinite(own[coin].excursions).all(axis=1))
        forecast = np.nan_to_num(model.raw(columns.distance, columns.is_down, sigma[row]), nan=0.0)
        reached = own[coin].excursions[row][:, columns.is_down.astype(np.int64)] >= columns.distance
        found.append((begin[row], forecast, reached.astype(np.float64), columns.distance / np.median(sigma[row])))
    return found


def table_text(hours: dict[str, HourBars]) -> str:
    """The module."""
    first_ms, end_ms = min(bars.first_ms for bars in hours.values()), max(bars.end_ms for bars in hours.values())
    parts: dict[str, list[str]] = {"WEIGHTS": [], "SURVIVAL": [], "RECORD": [], "DECILES": [], "AT_DISTANCE": []}
    for horizon in HORIZONS.values():
        own = [(own_hours(bars, horizon), len(bars) - horizon) for bars in hours.values()]
        weights, curve = pooled(own)
        figures = (weights.constant, weights.hour, weights.day, weights.smear)
        parts["WEIGHTS"].append(f"    {horizon}: ({', '.join(f'{each:.3f}' for each in figures)}),")
        parts["SURVIVAL"].append("\n".join([f"    {horizon}: (", _row(curve[0]), _row(curve[1]), "    ),"]))
        judged = judge(hours, horizon)
        start = np.concatenate([each[0] for each in judged])
        forecast, came = (np.concatenate([each[place] for each in judged]) for place in (1, 2))
        order = np.argsort(start, kind="stable")
        record = record_of("pooled", start[order], horizon * HOUR_MS, forecast[order], came[order])
        sums = np.array([brier_sums(each[1], each[2]) for each in judged]).sum(axis=(0, 2)) / forecast.size
        parts["RECORD"].append(
            f"    {horizon}: ({record.windows}, {record.days}, {record.first_ms}, {record.last_ms}, "
            f"{sums[0]:.4f}, {sums[1]:.4f}),"
        )
        rows = [
            f"        ({each.decile}, {each.count}, {each.predicted:.4f}, {each.observed:.4f}, {each.tolerance:.4f}),"
            for each in record.reliability
        ]
        parts["DECILES"].append("\n".join([f"    {horizon}: (", *rows, "    ),"]))
        rows = [f"        ({brier:.4f}, {climatology:.4f})," for brier, climatology in _at_distance(judged)]
        parts["AT_DISTANCE"].append("\n".join([f"    {horizon}: (", *rows, "    ),"]))
    named = {name: "\n".join(rows) for name, rows in parts.items()}
    return HEAD.format(coins=tuple(sorted(hours)), first=first_ms, end=end_ms, edges=SIGMA_EDGES, **named)


def _at_distance(judged: list[Judged]) -> list[tuple[float, float]]:
    """Mean Brier scores of the forecasts and of climatology by class of distance."""
    sums, count = np.zeros((2, len(SIGMA_EDGES) + 1)), np.zeros(len(SIGMA_EDGES) + 1)
    for start, forecast, came, sigmas in judged:
        place = np.searchsorted(SIGMA_EDGES, sigmas, side="right")
        for row, each in enumerate(brier_sums(forecast, came)):
            sums[row] += np.bincount(place, each, sums.shape[1])
        count += np.bincount(place, minlength=len(count)) * len(start)
    return [(float(brier), float(climatology)) for brier, climatology in (sums / count).T]


def _row(values: Float64Array) -> str:
    assert len(values) == len(Z_GRID)
    numbers = ", ".join(f"{value:.5f}".rstrip("0") if value < 1.0 else "1.0" for value in values)
    lines = textwrap.wrap(numbers, 105, initial_indent=" " * 12, subsequent_indent=" " * 12)
    return "\n".join(["        (", *lines, "        ),"])


HEAD = '''"""Statistics of five coins over a year, made by tools/odds_table.py from BIN.CANDLES.HOURLY: do not edit."""

# fmt: off
COINS = {coins}
FIRST_MS, END_MS = {first}, {end}

WEIGHTS = {{
{WEIGHTS}
}}
"""By hours of the horizon: constant, of the hour, of the day, smear (volatility.py)."""

SURVIVAL = {{
{SURVIVAL}
}}
"""By hours: S up and S down at Z_GRID (excursions.py)."""

RECORD = {{
{RECORD}
}}
"""By hours: windows, days, begin, end, Brier score, that of climatology."""

DECILES = {{
{DECILES}
}}
"""By hours: decile, count, predicted, observed, tolerance."""

SIGMA_EDGES = {edges}
AT_DISTANCE = {{
{AT_DISTANCE}
}}
"""By hours and class of distance in the coin's median sigma: Brier score, that of climatology."""
'''


def main() -> None:
    """Write the module."""
    PLACE.write_text(table_text(read_hours(Path(sys.argv[1]))))


if __name__ == "__main__":
    main()
