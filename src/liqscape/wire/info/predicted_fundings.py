"""`{"type": "predictedFundings"}`: the rate each venue would charge next, by coin."""

from __future__ import annotations

import msgspec

OWN_VENUE = "HlPerp"


class PredictedFunding(msgspec.Struct, frozen=True, omit_defaults=True):
    """A fraction for an interval."""

    fundingRate: float
    nextFundingTime: int
    fundingIntervalHours: int | None = None


PredictedFundingsAnswer = tuple[tuple[str, tuple[tuple[str, PredictedFunding | None], ...]], ...]
