"""How good forecasts were: Brier score, skill against climatology, reliability by decile (docs/odds.md, "Record").

Brier = mean((p - o)^2)        skill = 1 - Brier / Brier of climatology
climatology of a distance and direction: the share of all windows of the record that went so far
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from liqscape.units import DAY_MS, Float64Array, Int64Array

MIN_WINDOWS = 20
TOLERANCE, STANDARD_ERRORS = 0.02, 2.0
"""A decile is reliable within two points or two standard errors, whichever is more."""
DECILES = 10

Source = Literal["own", "pooled"]


@dataclass(frozen=True, kw_only=True)
class DecileRecord:
    """Forecasts of one tenth: mean said, share that came, and how far apart they may be."""

    decile: int
    count: int
    predicted: float
    observed: float
    tolerance: float

    @property
    def is_within(self) -> bool:
        """Whether what came agrees with what was said."""
        return abs(self.observed - self.predicted) <= self.tolerance


@dataclass(frozen=True, kw_only=True)
class OddsRecord:
    """Of one horizon.

    source      own: of forecasts for this coin on its own prices; pooled: of the shipped table on coins it was not
                made of, in the half year after.
    windows     that do not overlap; days: UTC days they began on; first_ms, last_ms: begin of the first, end of the
                last.
    brier, climatology_brier   means over windows, distances and directions; skill None where climatology is perfect.
    """

    source: Source
    windows: int
    days: int
    first_ms: int
    last_ms: int
    brier: float
    climatology_brier: float
    skill: float | None
    reliability: tuple[DecileRecord, ...]

    @property
    def is_reliable(self) -> bool:
        """Whether every decile is within its tolerance."""
        return all(each.is_within for each in self.reliability)


def record_of(
    source: Source, start_ms: Int64Array, horizon_ms: int, forecast: Float64Array, came: Float64Array
) -> OddsRecord:
    """start_ms (J,) of windows, J > 0; forecast and came (J, C), came 0 or 1."""
    brier, climatology = brier_sums(forecast, came)
    total, of_climatology = float(brier.sum()) / forecast.size, float(climatology.sum()) / forecast.size
    return OddsRecord(
        source=source,
        windows=len(start_ms),
        days=len(np.unique(start_ms // DAY_MS)),
        first_ms=int(start_ms[0]),
        last_ms=int(start_ms[-1]) + horizon_ms,
        brier=total,
        climatology_brier=of_climatology,
        skill=skill_of(total, of_climatology),
        reliability=reliability_of(forecast, came, start_ms // DAY_MS),
    )


def skill_of(brier: float, climatology: float) -> float | None:
    """1 of a forecast without error, 0 of one as good as climatology; None where climatology has no error either."""
    return 1.0 - brier / climatology if climatology > 0.0 else None


def brier_sums(forecast: Float64Array, came: Float64Array) -> tuple[Float64Array, Float64Array]:
    """(C,) sums over windows of squared errors of the forecasts, and of the share that came. (J, C) each."""
    share = came.mean(axis=0)
    return ((forecast - came) ** 2).sum(axis=0), ((share - came) ** 2).sum(axis=0)


def reliability_of(forecast: Float64Array, came: Float64Array, block: Int64Array) -> tuple[DecileRecord, ...]:
    """By tenths of the forecast, empty ones left out; what came in one block (J,) is counted as one piece of evidence.

    standard error = sqrt(sum over blocks of (sum of o - p)^2) / count
    """
    tenth = np.minimum((forecast * DECILES).astype(np.int64), DECILES - 1)
    _, row = np.unique(block, return_inverse=True)
    blocks = int(row.max()) + 1 if len(row) else 0
    found = []
    for decile in range(DECILES):
        is_here = tenth == decile
        count = int(is_here.sum())
        if not count:
            continue
        off = np.where(is_here, came - forecast, 0.0).sum(axis=1)
        error = float(np.sqrt((np.bincount(row, off, blocks) ** 2).sum())) / count
        found.append(
            DecileRecord(
                decile=decile,
                count=count,
                predicted=float(forecast[is_here].mean()),
                observed=float(came[is_here].mean()),
                tolerance=max(TOLERANCE, STANDARD_ERRORS * error),
            )
        )
    return tuple(found)
