"""Standard deviation of a day's log return of every coin, from what prices there are before a moment.

    sigma_D^2 = sum(r_i^2) / sum(dt_i)        dt in days, over neighbouring prices at most MAX_STEP_MS apart

Steps may be of any length, so candles, stored marks and sparse snapshots are read alike.
"""

from __future__ import annotations

import math

import numpy as np

from liqscape.service.candles import VenueCandles
from liqscape.service.coin_betas import MAX_PATH_COINS, PATH_STEP_MS, MarkPaths
from liqscape.units import DAY_MS, Float64Array, Int64Array

WINDOW_MS = 30 * DAY_MS
MAX_STEP_MS = DAY_MS
MIN_SPAN_MS = DAY_MS // 4
FEWEST_STEPS = 8
"""With 8 steps a standard deviation is known to about a quarter."""


def realised_volatility(time_ms: Int64Array, price: Float64Array) -> float:
    """sigma_D of one coin; NaN where too little is known."""
    known = price > 0.0
    times, logs = time_ms[known], np.log(price[known])
    step = np.diff(times)
    is_near = (step > 0) & (step <= MAX_STEP_MS)
    span = int(step[is_near].sum())
    if int(is_near.sum()) < FEWEST_STEPS or span < MIN_SPAN_MS:
        return math.nan
    variance = float((np.diff(logs)[is_near] ** 2).sum()) * DAY_MS / span
    return math.sqrt(variance) if variance > 0.0 else math.nan


def candle_volatility(candles: VenueCandles, coins: tuple[str, ...], at_ms: int) -> Float64Array:
    """(M,) from another venue's closes known by `at_ms`; NaN for coins without candles."""
    step = candles.interval_ms
    result = np.full(len(coins), np.nan)
    for row, coin in enumerate(coins):
        if coin in candles.coins:
            rows = candles.read(coin, at_ms - WINDOW_MS, at_ms - step + 1)
            result[row] = realised_volatility(rows[:, 0].astype(np.int64), rows[:, 4])
    return result


def path_volatility(paths: MarkPaths, coins: tuple[str, ...], wanted: Int64Array, at_ms: int) -> Float64Array:
    """(M,) from stored marks; only rows named by `wanted` are read, the first MAX_PATH_COINS of them."""
    result = np.full(len(coins), np.nan)
    for row in wanted[:MAX_PATH_COINS].tolist():
        times, marks = paths.mark_path(coins[row], at_ms - WINDOW_MS, at_ms + 1)
        # One price a quarter of an hour: finer marks carry the noise of the touch.
        _, first = np.unique(times // PATH_STEP_MS, return_index=True)
        result[row] = realised_volatility(times[first], marks[first])
    return result


def read_volatility(
    coins: tuple[str, ...],
    wanted: Int64Array,
    at_ms: int,
    candles: VenueCandles | None,
    paths: MarkPaths | None,
) -> tuple[Float64Array, str]:
    """(M,) sigma_D and one sentence on where it is from: stored marks of our own first, then candles."""
    result = np.full(len(coins), np.nan)
    if paths is not None:
        result = path_volatility(paths, coins, wanted, at_ms)
    own = int(np.count_nonzero(result > 0.0))
    if candles is not None:
        other = candle_volatility(candles, coins, at_ms)
        result = np.where(result > 0.0, result, other)
    lent = int(np.count_nonzero(result > 0.0)) - own
    name = f" and {lent} from candles of {candles.name}" if candles is not None and lent else ""
    return result, f"daily volatility: {own} coins from this map's own marks{name}, at most 30 days back"
