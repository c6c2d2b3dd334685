"""`{"type": "fundingHistory", "coin", "startTime", "endTime"}`: hourly funding rates, oldest first, 500 a call."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.wire.info.request import Example, InfoRequest, Milliseconds

MAX_ROWS = 500
"""Elements a time-range request answers with."""


class FundingRate(msgspec.Struct, frozen=True):
    """Rate of the hour that ended at `time`, and the mean premium of it."""

    coin: str
    fundingRate: float
    premium: float
    time: int


FundingHistoryAnswer = tuple[FundingRate, ...]


class FundingHistoryRequest(InfoRequest[FundingHistoryAnswer], frozen=True, tag="fundingHistory"):
    """Funding rates of one coin."""

    coin: str
    startTime: Milliseconds
    endTime: Milliseconds | None = None

    items_per_weight: ClassVar = 20
    max_items: ClassVar = MAX_ROWS
    example: ClassVar = Example(
        '{"type": "fundingHistory", "coin": "BTC", "startTime": 1770000000000, "endTime": 1770003600000}',
        '[{"coin": "BTC", "fundingRate": "0.0000125", "premium": "0.0001", "time": 1770000000000}]',
    )
