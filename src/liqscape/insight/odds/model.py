"""The no-fuel model of one horizon: sigma, the distribution of excursions, calibration (docs/odds.md, "The model").

p(touch d within H) = g(S(d / sigma_H)),   S = w S_own + (1 - w) S_pooled,   w = n / (n + k)

n counts the coin's own windows that do not overlap; k is the pool's worth in such windows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.insight.odds.calibration import AGREED, Curve, ForecastBins, isotonic_curve
from liqscape.insight.odds.excursions import MAX_Z, chance, excursions, survival
from liqscape.insight.odds.hours import HourBars
from liqscape.insight.odds.record import MIN_WINDOWS
from liqscape.insight.odds.volatility import HarWeights, fit_har, future_variance, har_ratios, sigma_of
from liqscape.units import Float64Array

POOL_WINDOWS = 50.0
"""k, in windows: see docs/odds.md, "Own data and the pool"."""
SIDED_HORIZONS = (1,)
"""Hours of the horizons whose excursions down were measured to be larger than those up: in sigmas by 0.035 (0.010 to
0.059) at 1 h, 0.045 (-0.000 to 0.088) at 4 h, 0.047 (-0.055 to 0.152) at 24 h. At the others both sides are one."""
MIN_FIT_HOURS = 168
"""A week of own hours before weights of volatility are fitted to them."""


@dataclass(frozen=True, kw_only=True)
class PooledHorizon:
    """What the pool knows of one horizon: weights and S (2, G). end_ms: of its last candle; it is not used before."""

    weights: HarWeights
    survival: Float64Array
    end_ms: int


@dataclass(frozen=True, kw_only=True)
class HorizonModel:
    """A model as fitted at one time. own_windows n and own_weight w of the own data in it."""

    horizon: int
    weights: HarWeights
    survival: Float64Array
    curve: Curve
    own_windows: int
    own_weight: float

    def raw(self, distance: Float64Array, is_down: Float64Array, sigma: Float64Array) -> Float64Array:
        """(J, C) S(z) of log distances (C,) at sigmas (J,), before calibration; NaN beyond MAX_Z."""
        z = distance[None, :] / sigma[:, None]
        return np.where(z <= MAX_Z, chance(self.survival, z, is_down), np.nan)

    def probability(self, distance: Float64Array, is_down: Float64Array, sigma: Float64Array) -> Float64Array:
        """(J, C) of reaching log distances (C,) up or down within the horizon at sigmas (J,)."""
        return self.curve.of(self.raw(distance, is_down, sigma))


@dataclass(frozen=True, kw_only=True)
class OwnHours:
    """What own hours give one horizon: (N,) RVw, RVh / RVw, RVd / RVw, variance that came; (N, 2) excursions."""

    horizon: int
    ratios: tuple[Float64Array, Float64Array, Float64Array]
    came: Float64Array
    excursions: Float64Array

    def sigma(self, weights: HarWeights, first: int, end: int) -> Float64Array:
        """(end - first,) sigma as of the end of each hour of [first, end)."""
        week, of_hour, of_day = (each[first:end] for each in self.ratios)
        return sigma_of((week, of_hour, of_day), self.horizon, weights)


def own_hours(bars: HourBars, horizon: int) -> OwnHours:
    """Figures of all hours of a path, each from itself and those before, and what came after it."""
    return OwnHours(
        horizon=horizon,
        ratios=har_ratios(bars),
        came=future_variance(bars, horizon),
        excursions=excursions(bars, horizon),
    )


def fit_model(own: OwnHours, until: int, pool: PooledHorizon | None, bins: ForecastBins) -> HorizonModel | None:
    """The model from hours [0, until) and the pool; None where both are too little.

    Of own windows only those that ended by then. bins: own forecasts judged by then.
    """
    end = max(0, until - own.horizon)
    is_known = np.isfinite(own.ratios[0][:end]) & np.isfinite(own.excursions[:end]).all(axis=1)
    hours = int(is_known.sum())
    windows = hours // own.horizon
    week, of_hour, of_day = (each[:end] for each in own.ratios)
    weights = fit_har([(week, of_hour, of_day, own.came[:end])]) if hours >= MIN_FIT_HOURS else None
    if pool is None:
        if weights is None or windows < MIN_WINDOWS:
            return None
        curve, weight = own_survival(own, weights, end), 1.0
    else:
        weight = windows / (windows + POOL_WINDOWS)
        weights = pool.weights if weights is None else blended(weights, pool.weights, weight)
        curve = pool.survival
        if windows:
            curve = weight * own_survival(own, weights, end) + (1.0 - weight) * curve
    return HorizonModel(
        horizon=own.horizon,
        weights=weights,
        survival=curve,
        curve=isotonic_curve(bins + AGREED),
        own_windows=windows,
        own_weight=weight,
    )


def own_survival(own: OwnHours, weights: HarWeights, end: int) -> Float64Array:
    """(2, G) S of the windows that began before `end`."""
    return sided(survival(own.excursions[:end] / own.sigma(weights, 0, end)[:, None]), own.horizon)


def sided(curve: Float64Array, horizon: int) -> Float64Array:
    """(2, G) S of both sides, as one where they were not measured to differ."""
    return curve if horizon in SIDED_HORIZONS else np.broadcast_to(curve.mean(axis=0), curve.shape).copy()


def blended(own: HarWeights, pooled: HarWeights, weight: float) -> HarWeights:
    """Weights of the own data at `weight`, of the pool at the rest."""

    def mix(mine: float, theirs: float) -> float:
        return weight * mine + (1.0 - weight) * theirs

    return HarWeights(
        constant=mix(own.constant, pooled.constant),
        hour=mix(own.hour, pooled.hour),
        day=mix(own.day, pooled.day),
        smear=mix(own.smear, pooled.smear),
    )
