"""Channels whose messages nothing here reads. Clients of a sandbox subscribe to them."""

from __future__ import annotations

from typing import Any, ClassVar

from liqscape.wire.info.request import Dex, Example
from liqscape.wire.ws.subscription import Subscription

Object = dict[str, Any]


class AssetCtxsSubscription(Subscription[Object], frozen=True, tag="assetCtxs"):
    """Figures of the coins of one dex."""

    dex: Dex = ""

    example: ClassVar = Example(
        '{"type": "assetCtxs"}',
        '{"dex": "", "ctxs": [{"funding": "0.0000125", "openInterest": "30000.5", "prevDayPx": "98000.0", '
        '"dayNtlVlm": "1000000.0", "premium": "0.0001", "oraclePx": "100010.0", "markPx": "100000.0", '
        '"midPx": "100000.5", "impactPxs": ["99999.0", "100002.0"], "dayBaseVlm": "10.0"}]}',
    )


class OutcomeMetaUpdatesSubscription(Subscription[Object], frozen=True, tag="outcomeMetaUpdates"):
    """Outcome markets that come and go."""

    example: ClassVar = Example(
        '{"type": "outcomeMetaUpdates"}',
        '{"outcomes": []}',
    )


class TwapStatesSubscription(Subscription[Object], frozen=True, tag="twapStates"):
    """Orders under way that one account spreads over time."""

    user: str
    dex: Dex = ""

    example: ClassVar = Example(
        '{"type": "twapStates", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        '{"dex": "", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", "states": []}',
    )


class UserHistoricalOrdersSubscription(Subscription[Object], frozen=True, tag="userHistoricalOrders"):
    """Orders of one account, with what became of them."""

    user: str

    example: ClassVar = Example(
        '{"type": "userHistoricalOrders", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        '{"isSnapshot": true, "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", "orderHistory": []}',
    )


class UserTwapHistorySubscription(Subscription[Object], frozen=True, tag="userTwapHistory"):
    """Orders that one account spread over time."""

    user: str

    example: ClassVar = Example(
        '{"type": "userTwapHistory", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        '{"isSnapshot": true, "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", "history": []}',
    )


class UserTwapSliceFillsSubscription(Subscription[Object], frozen=True, tag="userTwapSliceFills"):
    """Fills of such orders."""

    user: str

    example: ClassVar = Example(
        '{"type": "userTwapSliceFills", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        '{"isSnapshot": true, "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", "twapSliceFills": []}',
    )
