"""Channel `userFills`: an account's fills; the first message holds the past and says so."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.wire.info.request import Example
from liqscape.wire.info.user_fills import Fill
from liqscape.wire.ws.subscription import Subscription


class UserFillsMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    """`isSnapshot` is absent or false after the first message."""

    user: str
    fills: tuple[Fill, ...]
    isSnapshot: bool | None = None


class UserFillsSubscription(Subscription[UserFillsMessage], frozen=True, tag="userFills"):
    """Fills of one account."""

    user: str
    aggregateByTime: bool | None = None

    example: ClassVar = Example(
        '{"type": "userFills", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        '{"user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", "fills": [{"coin": "BTC", "px": "100000.0", '
        '"sz": "0.05", "side": "B", "time": 1770000000000, "startPosition": "0.0", "dir": "Open Long", '
        '"closedPnl": "0.0", "hash": "0x0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e", '
        '"oid": 91, "crossed": true, "fee": "2.25", "tid": 7001, "feeToken": "USDC", "twapId": null}], '
        '"isSnapshot": true}',
    )
