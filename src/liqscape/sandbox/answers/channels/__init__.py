"""Websocket channels: what is sent on subscribing, and after each block."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from liqscape.sandbox.answers.bad_request import BadRequest
from liqscape.sandbox.answers.channels import (
    books,
    candle,
    contexts,
    idle,
    mids,
    orders,
    states,
    trades,
    user_events,
    user_history,
)
from liqscape.sandbox.answers.channels.channel import Channel
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.state import SandboxState
from liqscape.wire.encode import to_wire

if TYPE_CHECKING:
    from liqscape.exchange.output import BlockOutput

_CHANNELS: dict[str, Channel] = {
    "activeAssetCtx": contexts.ACTIVE_ASSET_CTX,
    "activeAssetData": states.ACTIVE_ASSET_DATA,
    "allDexsAssetCtxs": contexts.ALL_DEXS_ASSET_CTXS,
    "allDexsClearinghouseState": states.ALL_DEXS_CLEARINGHOUSE_STATE,
    "allMids": mids.ALL_MIDS,
    "bbo": books.BBO,
    "candle": candle.CHANNEL,
    "clearinghouseState": states.CLEARINGHOUSE_STATE,
    "fastAssetCtxs": mids.FAST_ASSET_CTXS,
    "l2Book": books.L2_BOOK,
    "notification": user_events.NOTIFICATION,
    "openOrders": orders.OPEN_ORDERS,
    "orderUpdates": orders.ORDER_UPDATES,
    "spotAssetCtxs": contexts.SPOT_ASSET_CTXS,
    "spotState": states.SPOT_STATE,
    "trades": trades.CHANNEL,
    "userEvents": user_events.USER_EVENTS,
    "userFills": user_history.USER_FILLS,
    "userFundings": user_history.USER_FUNDINGS,
    "userNonFundingLedgerUpdates": user_history.USER_LEDGER,
    "webData2": states.WEB_DATA2,
    "webData3": states.WEB_DATA3,
}

CHANNELS: frozenset[str] = frozenset(_CHANNELS)
"""Subscription types that are served; IDLE_CHANNELS are those besides that a map has no use for."""
IDLE_CHANNELS: frozenset[str] = frozenset(idle.IDLE)
_SERVED = {**_CHANNELS, **idle.IDLE}

Subscription = Mapping[str, object]


def check_subscription(subscription: Subscription, sandbox: SandboxState) -> None:
    """Raises BadRequest for an unknown type, coin, interval or a malformed address. Call it before subscribing."""
    if not isinstance(subscription, Mapping):
        raise BadRequest(400, "Invalid subscription")
    channel = _SERVED.get(str(subscription.get("type")))
    try:
        if channel is None:
            raise BadRequest(400, "unknown type")
        channel.check(Question(subscription, sandbox))
    except BadRequest:
        raise BadRequest(400, f"Invalid subscription {msgspec.json.encode(subscription).decode()}") from None


def channel_name(subscription: Subscription) -> str:
    """`channel` of its messages: the type itself, but `user` for `userEvents`."""
    kind = str(subscription["type"])
    return "user" if kind == "userEvents" else kind


def subscription_key(subscription: Subscription) -> str:
    """Canonical text of a subscription: equal for equal ones, whatever the order of keys or case of addresses."""
    parts = {
        name: value.lower() if name == "user" and isinstance(value, str) else value
        for name, value in subscription.items()
        if value is not None
    }
    return msgspec.json.encode(parts, order="sorted").decode()


def user_of(subscription: Subscription) -> str | None:
    """Lower-case address a user feed follows, for the limit on unique users; None for the other feeds."""
    if not _SERVED[str(subscription["type"])].is_user_feed:
        return None
    return str(subscription["user"]).lower()


def ws_snapshot(subscription: Subscription, sandbox: SandboxState) -> list[object]:
    """`data` of the messages that follow the acknowledgement; may be empty."""
    channel = _SERVED[str(subscription["type"])]
    return [to_wire(record) for record in channel.snapshot(Question(subscription, sandbox))]


def ws_updates(subscription: Subscription, sandbox: SandboxState, output: BlockOutput) -> list[object]:
    """`data` of the messages due after a block that `sandbox.observe` has seen; mostly empty.

    Depends on the subscription, the sandbox and the block only, so that one call serves all connections that share a
    `subscription_key`: make it once a block and key, for every block while anybody is subscribed.
    """
    channel = _SERVED[str(subscription["type"])]
    return [to_wire(record) for record in channel.update(Question(subscription, sandbox), output)]
