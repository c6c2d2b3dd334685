"""`{"type": "fundingHistory", "coin", "startTime", "endTime"}`: hourly funding rates, oldest first, 500 a call."""

from __future__ import annotations

import msgspec

MAX_ROWS = 500
"""Elements a time-range request answers with."""


class FundingRate(msgspec.Struct, frozen=True):
    """Rate of the hour that ended at `time`, and the mean premium of it."""

    coin: str
    fundingRate: float
    premium: float
    time: int


FundingHistoryAnswer = tuple[FundingRate, ...]
