"""`{"type": "exchangeStatus"}`: the exchange's clock, and what is out of the ordinary."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.wire.info.request import Example, InfoRequest
from liqscape.wire.info.sizes import FEW_WORDS_BYTES
from liqscape.wire.info.weights import LIGHT_WEIGHT


class ExchangeStatus(msgspec.Struct, frozen=True):
    """Time in ms; null means nothing special."""

    time: int
    specialStatuses: tuple[str, ...] | None = None


class ExchangeStatusRequest(InfoRequest[ExchangeStatus], frozen=True, tag="exchangeStatus"):
    """What time it is there."""

    weight: ClassVar = LIGHT_WEIGHT
    max_bytes: ClassVar = FEW_WORDS_BYTES
    example: ClassVar = Example(
        '{"type": "exchangeStatus"}',
        '{"time": 1770000000000, "specialStatuses": null}',
    )
