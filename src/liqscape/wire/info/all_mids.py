"""`{"type": "allMids", "dex"}`: mid by coin, USD; the last trade where a side of the book is empty."""

from __future__ import annotations

from typing import ClassVar

from liqscape.wire.info.request import Dex, Example, InfoRequest
from liqscape.wire.info.weights import LIGHT_WEIGHT

AllMidsAnswer = dict[str, float]


class AllMidsRequest(InfoRequest[AllMidsAnswer], frozen=True, tag="allMids"):
    """Mids of one dex."""

    dex: Dex = ""

    weight: ClassVar = LIGHT_WEIGHT
    example: ClassVar = Example(
        '{"type": "allMids"}',
        '{"BTC": "100000.5", "ETH": "3000.25"}',
    )
