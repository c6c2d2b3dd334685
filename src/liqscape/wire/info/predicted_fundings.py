"""`{"type": "predictedFundings"}`: the rate each venue would charge next, by coin."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.wire.info.request import Example, InfoRequest

OWN_VENUE = "HlPerp"


class PredictedFunding(msgspec.Struct, frozen=True, omit_defaults=True):
    """A fraction for an interval."""

    fundingRate: float
    nextFundingTime: int
    fundingIntervalHours: int | None = None


PredictedFundingsAnswer = tuple[tuple[str, tuple[tuple[str, PredictedFunding | None], ...]], ...]


class PredictedFundingsRequest(InfoRequest[PredictedFundingsAnswer], frozen=True, tag="predictedFundings"):
    """Next funding rates."""

    example: ClassVar = Example(
        '{"type": "predictedFundings"}',
        '[["BTC", [["HlPerp", {"fundingRate": "0.0000125", "nextFundingTime": 1770003600000, '
        '"fundingIntervalHours": 1}], ["OtherPerp", null]]]]',
    )
