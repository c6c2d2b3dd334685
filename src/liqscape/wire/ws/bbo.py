"""Channel `bbo`, subscribed by coin: best bid and ask, whenever they change with a block."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.wire.info.l2_book import BookLevel
from liqscape.wire.info.request import Example
from liqscape.wire.ws.subscription import Subscription


class Bbo(msgspec.Struct, frozen=True):
    """Bid, ask; null where the side is empty."""

    coin: str
    time: int
    bbo: tuple[BookLevel | None, BookLevel | None]


class BboSubscription(Subscription[Bbo], frozen=True, tag="bbo"):
    """Best bid and ask of one coin."""

    coin: str

    example: ClassVar = Example(
        '{"type": "bbo", "coin": "BTC"}',
        '{"coin": "BTC", "time": 1770000000000, "bbo": [{"px": "99999.0", "sz": "0.5", "n": 2}, null]}',
    )
