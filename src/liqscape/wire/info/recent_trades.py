"""`{"type": "recentTrades", "coin"}` and channel `trades`: public prints with both sides' addresses, newest first.

No mark tells a liquidation apart. `tid` is unique only together with time and coin; a zero hash is a TWAP slice.
"""

from __future__ import annotations

import msgspec


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
