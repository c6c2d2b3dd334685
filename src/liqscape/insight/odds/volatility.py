"""Volatility of the next hours from the last hour, day and week (docs/odds.md, "Volatility").

v   = ln(high / low)^2 / (4 ln 2)                  variance of an hour from its range (Parkinson 1980)
RVh, RVd, RVw                                      mean of v over the last 1, 24, 168 known hours
ln(RV_H / RVw) = c + b_h ln(RVh / RVw) + b_d ln(RVd / RVw)          heterogeneous autoregression (Corsi 2009)
sigma_H^2 = H s RVw e^(c + b_h ln(RVh / RVw) + b_d ln(RVd / RVw))   s: mean of e^residual (Duan 1983)

Only ratios enter, so the weights serve coins of any volatility.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from liqscape.errors import QuestionError
from liqscape.insight.odds import pooled_table
from liqscape.insight.odds.hours import HourBars, hours_before
from liqscape.units import HOUR_MS, BoolArray, Float64Array

HORIZONS = {"1h": 1, "4h": 4, "24h": 24}
"""Hours of each horizon that odds are told of."""
DAY, WEEK = 24, 168
MIN_HOURS = 24
"""Known hours of the last week: with fewer the week's level is a guess."""
MIN_DAY_HOURS = 12
MIN_RATIO = 0.01
"""An hour without any move stands for a hundredth of the week's variance: its logarithm has no bottom."""
MIN_VARIANCE = 1e-14
"""Of an hour: a path that moves less than a ten-millionth does not move."""


@dataclass(frozen=True)
class HarWeights:
    """Weights of one horizon: constant c, of the hour, of the day; smear s >= 1 brings the mean back."""

    constant: float
    hour: float
    day: float
    smear: float


POOLED_WEIGHTS = {horizon: HarWeights(*figures) for horizon, figures in pooled_table.WEIGHTS.items()}
"""By hours; of five coins on Binance, hourly, 2025-03-06 to 2026-03-05 (BIN.CANDLES.HOURLY, tools/odds_table.py)."""


def sigma_over(
    rows: Float64Array, at_ms: int, horizon_ms: int, weights: dict[int, HarWeights] | None = None
) -> float | None:
    """Standard deviation of the log return over the next horizon, as a share; None where too little is known.

    rows        (N, 5) time_ms of the start, open, high, low, close of candles of at most an hour, rising.
    horizon_ms  1 minute to 24 hours. Of one between those of HORIZONS: variance an hour of the longer.

    None below MIN_HOURS known hours in the last week, without the last hour, or where price never moved.
    Raises QuestionError for another horizon.
    """
    hours = horizon_ms / HOUR_MS
    if not 1.0 / 60.0 <= hours <= 24.0:
        raise QuestionError(f"horizon {horizon_ms} ms is outside 60000..{24 * HOUR_MS}")
    bars = hours_before(rows, at_ms)
    if not len(bars):
        return None
    longer = min(each for each in HORIZONS.values() if each >= hours)
    sigma = har_sigma(bars, longer, (weights or POOLED_WEIGHTS)[longer])[-1]
    return float(sigma * np.sqrt(hours / longer)) if np.isfinite(sigma) else None


def har_sigma(bars: HourBars, horizon: int, weights: HarWeights) -> Float64Array:
    """(N,) sigma of the `horizon` hours after each hour, from that hour and those before; NaN where not known."""
    return sigma_of(har_ratios(bars), horizon, weights)


def sigma_of(
    ratios: tuple[Float64Array, Float64Array, Float64Array], horizon: int, weights: HarWeights
) -> Float64Array:
    """(N,) sigma of the `horizon` hours from RVw, RVh / RVw and RVd / RVw, (N,) each."""
    week, of_hour, of_day = ratios
    log_ratio = weights.constant + weights.hour * np.log(of_hour) + weights.day * np.log(of_day)
    found: Float64Array = np.sqrt(horizon * weights.smear * week * np.exp(log_ratio))
    return found


def har_ratios(bars: HourBars) -> tuple[Float64Array, Float64Array, Float64Array]:
    """(N,) RVw, RVh / RVw and RVd / RVw as of the end of each hour; NaN where not known."""
    variance = hour_variance(bars)
    week, week_count = _trailing(variance, WEEK)
    day, day_count = _trailing(variance, DAY)
    is_known = (week_count >= MIN_HOURS) & (day_count >= MIN_DAY_HOURS) & np.isfinite(variance)
    week = np.where(is_known & (week > MIN_VARIANCE), week, np.nan)
    return week, np.fmax(variance / week, _min_ratio(week)), np.fmax(day / week, _min_ratio(week))


def hour_variance(bars: HourBars) -> Float64Array:
    """(N,) variance of each hour by Parkinson's range; NaN where the hour is not known."""
    width: Float64Array = np.log(bars.high / bars.low)
    return width * width / (4.0 * math.log(2.0))


def future_variance(bars: HourBars, horizon: int) -> Float64Array:
    """(N,) mean variance of the `horizon` hours after each hour; NaN where one of them is not known."""
    variance = hour_variance(bars)
    found = np.full(len(variance), np.nan)
    if len(variance) > horizon:
        windows = np.lib.stride_tricks.sliding_window_view(variance[1:], horizon)
        found[: len(windows)] = windows.mean(axis=1)
    return found


def fit_har(ratios: list[tuple[Float64Array, Float64Array, Float64Array, Float64Array]]) -> HarWeights | None:
    """Weights by least squares over one or more coins; None below MIN_HOURS rows.

    ratios  of each coin: RVw, RVh / RVw, RVd / RVw and the mean variance that came, (N,) each; NaN rows are left out.
    """
    rows = [_rows(*each) for each in ratios]
    given, came = np.concatenate([each[0] for each in rows]), np.concatenate([each[1] for each in rows])
    if len(came) < MIN_HOURS:
        return None
    found = np.linalg.lstsq(given, came, rcond=None)[0]
    smear = float(np.exp(came - given @ found).mean())
    constant, of_hour, of_day = (float(each) for each in found)
    return HarWeights(constant, of_hour, of_day, smear)


def _rows(
    week: Float64Array, of_hour: Float64Array, of_day: Float64Array, came: Float64Array
) -> tuple[Float64Array, Float64Array]:
    ratio = np.fmax(came / week, MIN_RATIO)
    is_known: BoolArray = np.isfinite(week) & np.isfinite(came)
    given = np.column_stack((np.ones(len(week)), np.log(of_hour), np.log(of_day)))
    return given[is_known], np.log(ratio)[is_known]


def _min_ratio(week: Float64Array) -> Float64Array:
    """MIN_RATIO where the week is known."""
    return np.where(np.isnan(week), np.nan, MIN_RATIO)


def _trailing(values: Float64Array, length: int) -> tuple[Float64Array, Float64Array]:
    """(N,) mean of the known ones of the last `length` values up to each, and how many those are."""
    is_known = np.isfinite(values)
    total = np.concatenate(([0.0], np.cumsum(np.where(is_known, values, 0.0))))
    count = np.concatenate(([0], np.cumsum(is_known)))
    at = np.arange(1, len(values) + 1)
    before = np.maximum(at - length, 0)
    known = (count[at] - count[before]).astype(np.float64)
    return (total[at] - total[before]) / np.maximum(known, 1.0), known
