"""What was said against what came, and the rising curve that brings the one to the other (docs/odds.md, "Calibration").

Forecasts are counted in bins; isotonic regression over the bins, weighted by their counts, is the curve.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.units import Float64Array

BIN_EDGES: Float64Array = np.array(
    [0.0, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, *np.arange(0.1, 0.901, 0.05), 0.925, 0.95, 0.97, 0.98, 0.99]
)
"""(B,) lower edges; the last bin ends with 1. Narrow where a point matters most, near 0 and 1."""


@dataclass(frozen=True)
class ForecastBins:
    """(B,) count of forecasts, their sum, and how often it came."""

    count: Float64Array
    forecast: Float64Array
    came: Float64Array

    def __add__(self, other: ForecastBins) -> ForecastBins:
        return ForecastBins(self.count + other.count, self.forecast + other.forecast, self.came + other.came)


NO_FORECASTS = ForecastBins(*(np.zeros(len(BIN_EDGES)) for _ in range(3)))
AGREED_COUNT = 50.0
_MIDDLE = (BIN_EDGES + np.append(BIN_EDGES[1:], 1.0)) / 2.0
AGREED = ForecastBins(np.full(len(BIN_EDGES), AGREED_COUNT), AGREED_COUNT * _MIDDLE, AGREED_COUNT * _MIDDLE)
"""Forecasts that were right, so that the curve departs from the diagonal only on evidence."""


@dataclass(frozen=True)
class Curve:
    """Rising knots from (0, 0) to (1, 1)."""

    said: Float64Array
    meant: Float64Array

    def of(self, forecast: Float64Array) -> Float64Array:
        """Forecasts brought to the frequency that came with them; NaN stays NaN."""
        return np.interp(forecast, self.said, self.meant)


IDENTITY = Curve(np.array([0.0, 1.0]), np.array([0.0, 1.0]))


def counted(forecast: Float64Array, came: Float64Array) -> ForecastBins:
    """Bins of forecasts in 0..1 and of what came, 0 or 1; both of one shape, NaN forecasts left out."""
    is_known = np.isfinite(forecast)
    said, hit = forecast[is_known], came[is_known]
    place = np.searchsorted(BIN_EDGES, said, side="right") - 1
    size = len(BIN_EDGES)
    return ForecastBins(
        np.bincount(place, minlength=size).astype(np.float64),
        np.bincount(place, said, size).astype(np.float64),
        np.bincount(place, hit, size).astype(np.float64),
    )


def isotonic_curve(bins: ForecastBins) -> Curve:
    """The rising curve nearest to the bins in weighted squares; IDENTITY without a forecast."""
    from scipy.optimize import isotonic_regression

    has = bins.count > 0.0
    if not has.any():
        return IDENTITY
    said = bins.forecast[has] / bins.count[has]
    meant = isotonic_regression(bins.came[has] / bins.count[has], weights=bins.count[has]).x
    inside = (said > 0.0) & (said < 1.0)
    return Curve(np.concatenate(([0.0], said[inside], [1.0])), np.concatenate(([0.0], meant[inside], [1.0])))
