"""Channel `user`, subscribed as `userEvents`: one of fills, funding, a liquidation, cancels not asked for."""

from __future__ import annotations

import msgspec

from liqscape.wire.info.user_fills import Fill


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
