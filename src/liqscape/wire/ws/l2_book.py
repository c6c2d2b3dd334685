"""Channel `l2Book`: an order book, as in the request of this name."""

from __future__ import annotations

from typing import ClassVar

from liqscape.wire.info.l2_book import L2Book
from liqscape.wire.info.request import Example
from liqscape.wire.ws.subscription import Subscription


class L2BookSubscription(Subscription[L2Book], frozen=True, tag="l2Book"):
    """Order book of one coin."""

    coin: str
    nSigFigs: int | None = None
    mantissa: int | None = None
    fast: bool | None = None

    example: ClassVar = Example(
        '{"type": "l2Book", "coin": "BTC"}',
        '{"coin": "BTC", "time": 1770000000000, "levels": [[{"px": "99999.0", "sz": "0.5", "n": 2}], '
        '[{"px": "100001.0", "sz": "0.3", "n": 1}]]}',
    )
