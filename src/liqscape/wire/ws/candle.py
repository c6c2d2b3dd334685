"""Channel `candle`: the candle under way."""

from __future__ import annotations

from typing import ClassVar

from liqscape.wire.info.candle_snapshot import Candle
from liqscape.wire.info.request import Example
from liqscape.wire.ws.subscription import Subscription


class CandleSubscription(Subscription[Candle], frozen=True, tag="candle"):
    """The candle under way of one coin."""

    coin: str
    interval: str

    example: ClassVar = Example(
        '{"type": "candle", "coin": "BTC", "interval": "1m"}',
        '{"t": 1770000000000, "T": 1770000059999, "s": "BTC", "i": "1m", "o": "100000.0", "c": "100050.0", '
        '"h": "100100.0", "l": "99990.0", "v": "12.5", "n": 40}',
    )
