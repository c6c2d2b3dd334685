"""Websocket channels: what is sent on subscribing, and after each block."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from liqscape.errors import RemoteWireError
from liqscape.sandbox.answers.bad_request import BadRequest
from liqscape.sandbox.answers.channels.channel import CHANNELS
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.state import SandboxState
from liqscape.wire.encode import to_wire
from liqscape.wire.modules import load_modules
from liqscape.wire.ws.channels import read_subscription
from liqscape.wire.ws.subscription import Subscription

if TYPE_CHECKING:
    from liqscape.exchange.output import BlockOutput

load_modules(__name__)

SUBSCRIPTIONS: frozenset[str] = frozenset(each.kind() for each in CHANNELS)
"""Subscription types that are served."""


def check_subscription(body: Mapping[str, object], sandbox: SandboxState) -> Subscription[Any]:
    """A subscription as it came. Raises BadRequest for an unknown type, coin, interval or a malformed address."""
    if not isinstance(body, Mapping):
        raise BadRequest(400, "Invalid subscription")
    try:
        subscription = read_subscription(body, "subscription")
        CHANNELS[type(subscription)].check(Question(subscription, sandbox))
    except (BadRequest, RemoteWireError, KeyError):
        raise BadRequest(400, f"Invalid subscription {msgspec.json.encode(body).decode()}") from None
    return subscription


def ws_snapshot(subscription: Subscription[Any], sandbox: SandboxState) -> list[object]:
    """`data` of the messages that follow the acknowledgement; may be empty."""
    channel = CHANNELS[type(subscription)]
    return [to_wire(record) for record in channel.snapshot(Question(subscription, sandbox))]


def ws_updates(subscription: Subscription[Any], sandbox: SandboxState, output: BlockOutput) -> list[object]:
    """`data` of the messages due after a block that `sandbox.observe` has seen; mostly empty.

    Depends on the subscription, the sandbox and the block only, so that one call serves all connections whose
    subscriptions are equal: make it once a block and subscription, for every block while anybody is subscribed.
    """
    channel = CHANNELS[type(subscription)]
    return [to_wire(record) for record in channel.update(Question(subscription, sandbox), output)]
