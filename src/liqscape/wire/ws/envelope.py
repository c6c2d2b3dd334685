"""A message of the websocket before its data is looked at."""

from __future__ import annotations

import msgspec


class Envelope(msgspec.Struct, frozen=True):
    """channel says what the data are; without data (pong) they are null."""

    channel: str
    data: msgspec.Raw = msgspec.Raw(b"null")
