"""Whether the map tells more than was known without it: Brier scores out of sample (docs/attraction.md, "Forecast")."""

from __future__ import annotations

import numpy as np

from liqscape.insight.attraction.family import HeldOut
from liqscape.insight.attraction.logit import MAX_INDEX, fit_logit
from liqscape.insight.attraction.records import AttractionForecast
from liqscape.insight.attraction.sample import TrialSample
from liqscape.insight.statistics import DayDraws
from liqscape.units import Float64Array

BLOCK_DAYS = 7
"""What lasts for days is in one block."""


def forecast(sample: TrialSample, held: HeldOut, seed: int = 0) -> AttractionForecast | None:
    """Fit without and with A on what came before the hold-out, and score both on it; None where it cannot be fitted."""
    design = np.column_stack([sample.asymmetry, sample.controls])
    learns = sample.learns
    fit = fit_logit(design[learns], sample.outcome[learns], sample.coin[learns], sample.coins)
    if fit is None:
        return None
    index = np.clip(fit.of_rows(design[held.place], held.coin), -MAX_INDEX, MAX_INDEX)
    outcome = sample.outcome[held.place]
    without = held.surprise**2
    beside = (outcome - 1.0 / (1.0 + np.exp(-index))) ** 2
    _, block = np.unique(held.day // BLOCK_DAYS, return_inverse=True)
    sums: Float64Array = np.bincount(block, without - beside).astype(np.float64)
    counts: Float64Array = np.bincount(block).astype(np.float64)
    low, high = DayDraws(f"{seed}/brier/{sample.distance}", len(sums)).ratio(sums, counts)
    return AttractionForecast(
        distance_sigma=sample.distance,
        count=len(outcome),
        day_count=held.day_count,
        brier_without=float(without.mean()),
        brier_with=float(beside.mean()),
        gain=float((without - beside).mean()),
        low=low,
        high=high,
    )
