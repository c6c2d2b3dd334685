"""`{"type": "maxMarketOrderNtls"}`: largest market order in USD, by maximum leverage."""

from __future__ import annotations

from typing import ClassVar

from liqscape.wire.info.request import Example, InfoRequest

MaxMarketOrderNtlsAnswer = tuple[tuple[int, float], ...]

CAPS = ((25, 30_000_000.0), (20, 5_000_000.0), (10, 2_000_000.0), (1, 500_000.0))
"""From this maximum leverage on (HL.DOC.CONTRACTS)."""


class MaxMarketOrderNtlsRequest(InfoRequest[MaxMarketOrderNtlsAnswer], frozen=True, tag="maxMarketOrderNtls"):
    """Largest market orders."""

    example: ClassVar = Example(
        '{"type": "maxMarketOrderNtls"}',
        '[[40, "30000000.0"], [20, "5000000.0"]]',
    )
