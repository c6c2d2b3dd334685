"""A message of the websocket before its data is looked at."""

from __future__ import annotations

import re

import msgspec

_CHANNEL = re.compile(rb'\s*\{\s*"channel"\s*:\s*"(\w+)"')


class Envelope(msgspec.Struct, frozen=True):
    """channel says what the data are; without data (pong) they are null."""

    channel: str
    data: msgspec.Raw = msgspec.Raw(b"null")


def channel_of(content: bytes) -> str | None:
    """The channel of a message that begins with it, without reading the rest, which may be damaged; None where it
    begins otherwise."""
    found = _CHANNEL.match(content)
    return found[1].decode() if found else None
