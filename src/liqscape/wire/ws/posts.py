"""What a client sends over the websocket: subscribe, unsubscribe, ping, and requests of POST /info (`post`)."""

from __future__ import annotations

from typing import Any

import msgspec

from liqscape.wire.info.request import InfoRequest
from liqscape.wire.ws.subscription import Subscription


class Subscribe(msgspec.Struct, frozen=True, tag_field="method", tag="subscribe"):
    """Begin a feed."""

    subscription: Subscription[Any]


class Unsubscribe(msgspec.Struct, frozen=True, tag_field="method", tag="unsubscribe"):
    """End a feed."""

    subscription: Subscription[Any]


class Ping(msgspec.Struct, frozen=True, tag_field="method", tag="ping"):
    """Answered on channel `pong`."""


class PostedInfo(msgspec.Struct, frozen=True, tag_field="type", tag="info"):
    """A request as it is posted."""

    payload: InfoRequest[Any]


class Post(msgspec.Struct, frozen=True, tag_field="method", tag="post"):
    """A request whose answer comes on channel `post` under the same number."""

    id: int
    request: PostedInfo


def method_text(message: Subscribe | Unsubscribe | Ping | Post) -> str:
    """The message as JSON text."""
    return msgspec.json.encode(message).decode()
