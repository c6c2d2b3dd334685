"""Channel `user`, subscribed as `userEvents`: one of fills, funding, a liquidation, cancels not asked for."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.wire.info.request import Example
from liqscape.wire.info.user_fills import Fill
from liqscape.wire.ws.subscription import Subscription


class EventFunding(msgspec.Struct, frozen=True, kw_only=True):
    """usdc > 0 was received."""

    coin: str
    usdc: float
    szi: float
    fundingRate: float
    nSamples: int | None = None


class EventLiquidation(msgspec.Struct, frozen=True, kw_only=True):
    """Of the user or, for a liquidator, by it. USD."""

    lid: int
    liquidator: str
    liquidated_user: str
    liquidated_ntl_pos: float
    liquidated_account_value: float


class NonUserCancel(msgspec.Struct, frozen=True):
    coin: str
    oid: int


class UserEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """Exactly one field is there; kinds we do not read leave all absent."""

    fills: tuple[Fill, ...] | None = None
    funding: EventFunding | None = None
    liquidation: EventLiquidation | None = None
    nonUserCancel: tuple[NonUserCancel, ...] | None = None


class UserEventsSubscription(Subscription[UserEvent], frozen=True, tag="userEvents"):
    """Whatever befalls one account."""

    user: str

    example: ClassVar = Example(
        '{"type": "userEvents", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        '{"fills": [{"coin": "BTC", "px": "100000.0", "sz": "0.05", "side": "B", "time": 1770000000000, '
        '"startPosition": "0.0", "dir": "Open Long", "closedPnl": "0.0", '
        '"hash": "0x0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e", "oid": 91, '
        '"crossed": true, "fee": "2.25", "tid": 7001, "feeToken": "USDC", "twapId": null}]}',
    )

    @classmethod
    def channel(cls) -> str:
        """Not its type."""
        return "user"
