"""One message of the stream as it travels: its bytes, and the WebSocket frame around them, each made once for all."""

from __future__ import annotations

import struct

Payload = str | bytes
"""A text or a binary message."""

TEXT, BINARY = 0x81, 0x82
"""First byte of a frame that is a whole message (RFC 6455 section 5.2)."""
MAX_SHORT, MAX_TWO_BYTES = 125, 0xFFFF


class Packet:
    """A message that many readers get; nothing in it may change."""

    __slots__ = ("_frame", "content", "payload")

    def __init__(self, payload: Payload) -> None:
        self.payload = payload
        self.content = payload.encode() if isinstance(payload, str) else payload
        self._frame: bytes | None = None

    @property
    def size(self) -> int:
        """Bytes of the message."""
        return len(self.content)

    @property
    def frame(self) -> bytes:
        """The frame a server sends it in: whole and unmasked, so that it is the same for every reader."""
        if self._frame is None:
            self._frame = frame_head(len(self.content), is_text=isinstance(self.payload, str)) + self.content
        return self._frame


def frame_head(size: int, *, is_text: bool) -> bytes:
    """What stands before a message of so many bytes."""
    first = TEXT if is_text else BINARY
    if size <= MAX_SHORT:
        return bytes((first, size))
    if size <= MAX_TWO_BYTES:
        return struct.pack("!BBH", first, 126, size)
    return struct.pack("!BBQ", first, 127, size)
