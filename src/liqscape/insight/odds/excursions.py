"""How far price went from each hour on, up and down, and how often it goes that far in units of its sigma.

M_up = max over the hours of H of ln(high / close before),  M_down = max of ln(close before / low),  z = M / sigma_H
S(z) = share of windows that went at least z                        (docs/odds.md, "Excursions")
"""

from __future__ import annotations

import numpy as np

from liqscape.insight.odds.hours import HourBars
from liqscape.units import Float64Array

UP, DOWN = 0, 1
Z_GRID: Float64Array = np.concatenate(
    ([0.0, 0.005, 0.02, 0.05], np.arange(0.1, 3.0, 0.1), np.arange(3.0, 6.0, 0.25), np.arange(6.0, 12.1, 1.0))
)
"""(G,) sigmas at which a distribution is kept; between them it is a straight line. Fine near 0: one hour in ten goes
one way only, so that S falls steeply there."""
MAX_Z = 12.0
"""Further than that the record has nothing to say."""


def excursions(bars: HourBars, horizon: int) -> Float64Array:
    """(N, 2) log distance up and down of the `horizon` hours after each hour, >= 0; NaN where one is not known."""
    found = np.full((len(bars), 2), np.nan)
    if len(bars) <= horizon:
        return found
    highest: Float64Array = _windows(bars.high[1:], horizon).max(axis=1)
    lowest: Float64Array = _windows(bars.low[1:], horizon).min(axis=1)
    start = bars.close[: len(highest)]
    found[: len(highest), UP] = np.log(highest / start)
    found[: len(highest), DOWN] = np.log(start / lowest)
    return found


def survival(standardised: Float64Array) -> Float64Array:
    """(2, G) S at Z_GRID of (N, 2) excursions in sigmas; rows with a NaN are left out, N > 0 of the others."""
    known = standardised[np.isfinite(standardised).all(axis=1)]
    ordered = np.sort(known, axis=0)
    count = len(ordered)
    upto = [np.searchsorted(ordered[:, side], Z_GRID, side="left") for side in (UP, DOWN)]
    found: Float64Array = 1.0 - np.stack(upto).astype(np.float64) / count
    found[:, 0] = 1.0
    return found


def chance(curve: Float64Array, z: Float64Array, is_down: Float64Array) -> Float64Array:
    """S(z) of the side of each column. curve (2, G), z (..., C), is_down (C,) 0 or 1; NaN stays NaN."""
    up: Float64Array = np.interp(z, Z_GRID, curve[UP])
    down: Float64Array = np.interp(z, Z_GRID, curve[DOWN])
    return np.where(is_down > 0, down, up)


def _windows(values: Float64Array, length: int) -> Float64Array:
    return np.lib.stride_tricks.sliding_window_view(values, length)
