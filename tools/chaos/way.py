"""What the way between the product and the exchange does to bytes: nothing, until a fault stands in it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

LATENCY_S = 0.05

Late = list[tuple[float, bytes]]
"""Messages with the seconds each is under way; none where it is lost."""


@dataclass(frozen=True)
class Reply:
    """An answer over HTTP. status 0: the connection breaks instead, after so long."""

    status: int
    body: bytes
    seconds: float = LATENCY_S
    headers: dict[str, str] = field(default_factory=dict)


class Way:
    """Passes everything on. A fault overrides what it touches, draws from `chance` and counts what it did."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.count = 0

    def connects(self) -> bool:
        """Whether a connection can be made now."""
        return True

    def to_server(self, text: bytes) -> Late:
        """What the product says on a socket."""
        return [(LATENCY_S, text)]

    def to_client(self, channel: str, text: bytes) -> Late:
        """What the exchange says on a socket."""
        del channel
        return [(LATENCY_S, text)]

    def asked(self, request: dict[str, Any]) -> Reply | None:
        """Instead of the exchange's answer; None: it is asked."""
        del request
        return None

    def reply(self, request: dict[str, Any], reply: Reply) -> Reply:
        """The exchange's answer on its way."""
        del request
        return reply

    def grants(self, subscription: dict[str, Any]) -> bool:
        """Whether the exchange takes a subscription."""
        del subscription
        return True

    def is_hit(self, share: float) -> bool:
        """Draw whether the fault happens to this one; counted."""
        is_hit = self.chance.random() < share
        self.count += is_hit
        return is_hit
