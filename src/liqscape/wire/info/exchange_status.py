"""`{"type": "exchangeStatus"}`: the exchange's clock, and what is out of the ordinary."""

from __future__ import annotations

import msgspec


class ExchangeStatus(msgspec.Struct, frozen=True):
    """Time in ms; null means nothing special."""

    time: int
    specialStatuses: tuple[str, ...] | None = None
