"""Forecasts as they would have been made: each from what was known when its window began (docs/odds.md, "Record").

The model is fitted again whenever the hours have grown by a twentieth, at least by a day.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from liqscape.insight.odds.calibration import NO_FORECASTS, counted
from liqscape.insight.odds.hours import HourBars
from liqscape.insight.odds.model import HorizonModel, OwnHours, PooledHorizon, fit_model, own_hours
from liqscape.insight.odds.volatility import MIN_HOURS
from liqscape.units import HOUR_MS, Float64Array, Int64Array

JUDGED_PERCENT = (0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 7.5, 10.0, 15.0, 20.0, 30.0)
"""Distances, up and down, at which every forecast is judged: the same for every coin and time."""
GROWTH, MIN_REFIT_HOURS = 1.05, 24


@dataclass(frozen=True)
class AskedLevels:
    """(C,) levels as log distances > 0, and whether each lies below."""

    distance: Float64Array
    is_down: Float64Array

    def __len__(self) -> int:
        return len(self.distance)


def judged_columns() -> AskedLevels:
    """JUDGED_PERCENT up, then down."""
    share = np.array(JUDGED_PERCENT) / 100.0
    distance = np.concatenate((np.log1p(share), -np.log1p(-share)))
    return AskedLevels(distance, np.repeat([0.0, 1.0], len(share)))


@dataclass(frozen=True, kw_only=True)
class WalkStep:
    """Windows [first, last) of a walk, the model known when they began, and their sigmas."""

    first: int
    last: int
    model: HorizonModel
    sigma: Float64Array


@dataclass(frozen=True, kw_only=True)
class OddsWalk:
    """(J,) begin of the windows that had a forecast, how far they went (J, 2); windows do not overlap.

    newest   the model fitted on all hours, for what comes after them; None: too little.
    """

    start_ms: Int64Array
    excursions: Float64Array
    steps: tuple[WalkStep, ...]
    newest: HorizonModel | None

    def judged(self, columns: AskedLevels) -> tuple[Float64Array, Float64Array]:
        """(J, C) forecasts of levels and what came, 0 or 1. Further than MAX_Z sigmas counts as a forecast of 0."""
        forecast = np.zeros((len(self.start_ms), len(columns)))
        for step in self.steps:
            forecast[step.first : step.last] = step.model.curve.of(_raw(step.model, columns, step.sigma))
        return forecast, _came(self.excursions, columns)


def walk_forward(bars: HourBars, horizon: int, pool: PooledHorizon | None) -> OddsWalk:
    """Walk through all hours. A pool is used from its end on."""
    own, judged = own_hours(bars, horizon), judged_columns()
    start = _window_starts(bars, own)
    raw = np.full((len(start), len(judged)), np.nan)
    came = _came(own.excursions[start], judged)
    bins, counted_to = NO_FORECASTS, 0
    steps: list[WalkStep] = []
    for until, next_until in _refits(len(bars)):
        ended = int(np.searchsorted(start, until - horizon))
        if ended > counted_to:
            bins = bins + counted(raw[counted_to:ended], came[counted_to:ended])
            counted_to = ended
        first, last = (int(row) for row in np.searchsorted(start, [until - 1, next_until - 1]))
        model = fit_model(own, until, _usable(pool, bars, until), bins) if first < last else None
        if model is not None:
            sigma = own.sigma(model.weights, 0, len(bars))[start[first:last]]
            raw[first:last] = _raw(model, judged, sigma)
            steps.append(WalkStep(first=first, last=last, model=model, sigma=sigma))
    bins = bins + counted(raw[counted_to:], came[counted_to:])
    skipped = steps[0].first if steps else len(start)
    return OddsWalk(
        start_ms=_end_of(bars, start[skipped:]),
        excursions=own.excursions[start[skipped:]],
        steps=tuple(replace(step, first=step.first - skipped, last=step.last - skipped) for step in steps),
        newest=fit_model(own, len(bars), _usable(pool, bars, len(bars)), bins),
    )


def _raw(model: HorizonModel, columns: AskedLevels, sigma: Float64Array) -> Float64Array:
    return np.nan_to_num(model.raw(columns.distance, columns.is_down, sigma), nan=0.0)


def _came(reached: Float64Array, columns: AskedLevels) -> Float64Array:
    return (reached[:, columns.is_down.astype(np.int64)] >= columns.distance).astype(np.float64)


def _window_starts(bars: HourBars, own: OwnHours) -> Int64Array:
    """(J,) rows of hours at whose end a window begins: those of a UTC clock's multiples of the horizon."""
    row = np.arange(len(bars))
    is_due = _end_of(bars, row) // HOUR_MS % own.horizon == 0
    is_known = np.isfinite(own.ratios[0]) & np.isfinite(own.excursions).all(axis=1)
    return np.flatnonzero(is_due & is_known)


def _refits(hours: int) -> list[tuple[int, int]]:
    """[(until, next until)]: the model of hours [0, until) serves windows that begin before the next one."""
    found, until = [], MIN_HOURS
    while until <= hours:
        following = max(until + MIN_REFIT_HOURS, int(until * GROWTH))
        found.append((until, following))
        until = following
    return found


def _usable(pool: PooledHorizon | None, bars: HourBars, until: int) -> PooledHorizon | None:
    """The pool, unless it knows what came after the hours [0, until)."""
    return pool if pool is not None and bars.first_ms + until * HOUR_MS >= pool.end_ms else None


def _end_of(bars: HourBars, row: Int64Array) -> Int64Array:
    return bars.first_ms + (row + 1) * HOUR_MS
