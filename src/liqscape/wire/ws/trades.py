"""Channel `trades`: public prints of one coin; the first message holds the newest ones again."""

from __future__ import annotations

from typing import ClassVar

from liqscape.wire.info.recent_trades import RecentTradesAnswer
from liqscape.wire.info.request import Example
from liqscape.wire.ws.subscription import Subscription


class TradesSubscription(Subscription[RecentTradesAnswer], frozen=True, tag="trades"):
    """Prints of one coin."""

    coin: str

    example: ClassVar = Example(
        '{"type": "trades", "coin": "BTC"}',
        '[{"coin": "BTC", "side": "A", "px": "100000.0", "sz": "0.05", "time": 1770000000000, '
        '"hash": "0x0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e", "tid": 7001, '
        '"users": ["0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", "0xb2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2"]}]',
    )
