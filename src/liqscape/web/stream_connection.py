"""The connection of a reader of the stream: what it sends is bounded, and it takes what is sent to it."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import CloseCode
from websockets.http11 import Request

from liqscape.web.bounded_writes import BoundedWrites
from liqscape.web.connection_limits import LimitedConfig

if TYPE_CHECKING:
    from uvicorn._types import ASGISendEvent

STREAM_SECONDS = 10.0
"""In which what a reader of the stream sends is counted."""


SHARED_FRAMES = "liqscape.shared_frames"
"""Extension of the ASGI scope: writes a whole frame, made once for many readers, if the connection can take it now."""


class BoundedWebSocket(BoundedWrites, WebSocketsSansIOProtocol):
    """A stream whose reader has to take what is sent, and sends little."""

    config: LimitedConfig

    def __init__(
        self,
        config: LimitedConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.bound_writes(config.limits.write_seconds)
        self._stream_bytes = self._left_bytes = config.limits.stream_bytes
        self._since_s = -math.inf

    async def send(self, message: ASGISendEvent) -> None:
        """What the application sends; after an end it has not heard of yet there is nobody to send to."""
        try:
            await super().send(message)
        except RuntimeError:
            if self.close_sent:
                raise ClientDisconnected from None
            raise

    def handle_connect(self, event: Request) -> None:
        """Hand the connection to the application, with the way to write frames that are shared."""
        super().handle_connect(event)
        if hasattr(self, "scope"):
            self.scope["extensions"][SHARED_FRAMES] = self.write_shared  # type: ignore[assignment]

    def write_shared(self, frame: bytes) -> bool:
        """Write a whole frame at once; False where the reader has not taken what was written before, or is leaving.

        It is one that the protocol would make (a whole message, unmasked, no extension), so that its state stays right.
        """
        if not self.writable.is_set() or self.close_sent or self.disconnected or self.transport.is_closing():
            return False
        self.transport.write(frame)
        return True

    # What asyncio calls

    def data_received(self, data: bytes) -> None:
        if self.handshake_initiated:
            now = self.loop.time()
            if now - self._since_s >= STREAM_SECONDS:
                self._since_s, self._left_bytes = now, self._stream_bytes
            room, self._left_bytes = self._left_bytes, self._left_bytes - len(data)
            super().data_received(data[: max(0, room)])
            if self._left_bytes < 0:
                self._end(CloseCode.POLICY_VIOLATION, "too much is sent")
            return
        super().data_received(data)

    def send_receive_event_to_app(self) -> None:
        """Hand one message on; text that is none ends the stream without a line in the log."""
        if self.curr_msg_data_type == "text" and not _is_text(b"".join(self.frames)):
            self._end(CloseCode.INVALID_DATA, "text is not UTF-8")
            return
        super().send_receive_event_to_app()

    def _end(self, code: CloseCode, reason: str) -> None:
        if self.transport.is_closing():
            return
        self.conn.fail(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.transport.close()


def _is_text(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True
