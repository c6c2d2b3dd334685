"""`{"type": "perpsAtOpenInterestCap", "dex"}`: coins that take no new open interest."""

from __future__ import annotations

from typing import ClassVar

from liqscape.wire.info.request import Dex, Example, InfoRequest

PerpsAtOpenInterestCapAnswer = tuple[str, ...]


class PerpsAtOpenInterestCapRequest(
    InfoRequest[PerpsAtOpenInterestCapAnswer], frozen=True, tag="perpsAtOpenInterestCap"
):
    """Coins of one dex that are full."""

    dex: Dex = ""

    example: ClassVar = Example(
        '{"type": "perpsAtOpenInterestCap"}',
        '["xyz:GOLD"]',
    )
