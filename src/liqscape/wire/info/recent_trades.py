"""`{"type": "recentTrades", "coin"}` and channel `trades`: public prints with both sides' addresses, newest first.

No mark tells a liquidation apart. `tid` is unique only together with time and coin; a zero hash is a TWAP slice.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.wire.info.request import Example, InfoRequest


class Trade(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One print. side is the aggressor's: B bought, A sold. users: buyer, seller; absent in old recordings."""

    coin: str
    side: str
    px: float
    sz: float
    time: int
    hash: str
    tid: int
    users: tuple[str, str] | None = None


RecentTradesAnswer = tuple[Trade, ...]


class RecentTradesRequest(InfoRequest[RecentTradesAnswer], frozen=True, tag="recentTrades"):
    """Newest prints of one coin."""

    coin: str

    items_per_weight: ClassVar = 20
    example: ClassVar = Example(
        '{"type": "recentTrades", "coin": "BTC"}',
        '[{"coin": "BTC", "side": "A", "px": "100000.0", "sz": "0.05", "time": 1770000000000, '
        '"hash": "0x0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e", "tid": 7001, '
        '"users": ["0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", "0xb2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2"]}]',
    )
