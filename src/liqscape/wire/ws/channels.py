"""All subscriptions by their `type`, wherever in this package one is defined, and a message to its record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from liqscape.wire.decode import decode_record
from liqscape.wire.modules import read_by_kind, types_by_kind
from liqscape.wire.ws.envelope import Envelope
from liqscape.wire.ws.subscription import Subscription

_found: dict[str, type[Subscription[Any]]] = {}
_by_channel: dict[str, type[Subscription[Any]]] = {}


class Message(NamedTuple):
    """`data` is the channel's record; None on channels without one (pong), plain JSON on those not listed."""

    channel: str
    data: Any


def subscription_types() -> dict[str, type[Subscription[Any]]]:
    """Records of every subscription that is known, by type. Raises TypeError where two have the same type."""
    return types_by_kind("liqscape.wire.ws", Subscription)


def read_subscription(body: Mapping[str, object], source: str) -> Subscription[Any]:
    """A subscription as it came. Raises RemoteWireError for a type that is not known, or fields of another shape."""
    return read_by_kind(body, lambda kind: _find(kind, _found), source, "subscription")


def parse_message(content: bytes, source: str) -> Message:
    """One message of the websocket. Raises RemoteWireError naming source, field path, value and rule."""
    envelope = decode_record(content, Envelope, source)
    subscription = _find(envelope.channel, _by_channel)
    if subscription is None:
        return Message(envelope.channel, msgspec.json.decode(envelope.data))
    return Message(envelope.channel, subscription.parse(bytes(envelope.data), f"{source} {envelope.channel}"))


def _find(name: str, known: dict[str, type[Subscription[Any]]]) -> type[Subscription[Any]] | None:
    if name not in known:
        _found.update(subscription_types())
        _by_channel.update((each.channel(), each) for each in _found.values())
    return known.get(name)
