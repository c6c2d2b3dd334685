"""The shipped table: what it says of a horizon, and how good it was on coins it was not made of (docs/odds.md)."""

from __future__ import annotations

import numpy as np

from liqscape.insight.odds import pooled_table
from liqscape.insight.odds.model import PooledHorizon
from liqscape.insight.odds.record import DecileRecord, OddsRecord, skill_of
from liqscape.insight.odds.volatility import POOLED_WEIGHTS

POOL_WORDS = (
    "shipped table of five coins on Binance, hourly, 2025-03-06 to 2026-03-05; judged on each coin by a table of the "
    "others' first half, in the half year after"
)
POOL_END_MS = pooled_table.END_MS
"""Its last candle ends then: of earlier times it knows what came."""


def pooled_horizon(horizon: int) -> PooledHorizon:
    """Of 1, 4 or 24 hours."""
    return PooledHorizon(
        weights=POOLED_WEIGHTS[horizon],
        survival=np.array(pooled_table.SURVIVAL[horizon]),
        end_ms=POOL_END_MS,
    )


def pooled_record(horizon: int) -> OddsRecord:
    """How good the table was on its own, of 1, 4 or 24 hours."""
    windows, days, first_ms, last_ms, brier, climatology = pooled_table.RECORD[horizon]
    return OddsRecord(
        source="pooled",
        windows=windows,
        days=days,
        first_ms=first_ms,
        last_ms=last_ms,
        brier=brier,
        climatology_brier=climatology,
        skill=skill_of(brier, climatology),
        reliability=tuple(
            DecileRecord(decile=decile, count=count, predicted=predicted, observed=observed, tolerance=tolerance)
            for decile, count, predicted, observed, tolerance in pooled_table.DECILES[horizon]
        ),
    )


def pooled_scores(horizon: int, sigmas: float) -> tuple[float, float]:
    """Brier score of the table and of climatology at distances like this one, in median sigmas of the coin."""
    place = int(np.searchsorted(pooled_table.SIGMA_EDGES, sigmas, side="right"))
    return pooled_table.AT_DISTANCE[horizon][place]
