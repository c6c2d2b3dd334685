"""Connections of the web server: each wait for a reader has an end, and the silent give way to those who ask.

Uvicorn bounds idle connections and messages of a stream. What it has no bound for is added to its two protocols (the
stream's is in stream_connection.py): the first request's head, every body, a reader that takes nothing of an answer,
the size of a head, how many requests are sent ahead of their answers, how much is sent to a stream, and the number of
connections. Where the house is full, the connection that has waited longest without a request ends, so that no number
of silent ones keeps an honest one out.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import deque
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from liqscape.web.bounded_writes import BoundedWrites
from liqscape.web.connection_limits import ConnectionLimits, LimitedConfig
from liqscape.web.stream_connection import BoundedWebSocket

log = logging.getLogger("liqscape.web")

REQUEST_TIMEOUT = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
HEAD_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
SAID_EVERY_S = 60.0
"""A full house is said this often while it lasts."""


class WebConfig(LimitedConfig):
    """Uvicorn's settings, the limits, and who waits for what."""

    def __init__(self, app: Any, limits: ConnectionLimits, places: int, **settings: Any) -> None:
        super().__init__(
            app,
            http=BoundedHttp,
            ws=BoundedWebSocket,
            ws_max_size=limits.message_bytes,
            ws_ping_interval=limits.ping_seconds,
            ws_ping_timeout=limits.write_seconds,
            ws_per_message_deflate=False,
            timeout_keep_alive=math.ceil(limits.idle_seconds),
            **settings,
        )
        self.limits = limits
        self.places = places
        self.waiting: dict[BoundedHttp, None] = {}
        """Connections whose next bytes are due, the one that has waited longest first."""
        self._said_at = -math.inf

    def make_room(self, connected: int, now: float) -> None:
        """End the connection that has waited longest for a request, where more are open than there are places."""
        if connected <= self.places:
            return
        if now - self._said_at >= SAID_EVERY_S:
            self._said_at = now
            log.warning(
                "%d connections are open, at most %d: those that waited longest without a request are closed",
                connected,
                self.places,
            )
        for each in self.waiting:
            each.transport.abort()
            each.wait_for_bytes(None)
            return


class BoundedHttp(BoundedWrites, HttpToolsProtocol):
    """HTTP/1.1 with a deadline for every wait, and a bound for the head."""

    config: WebConfig

    def __init__(
        self,
        config: WebConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._limits = config.limits
        self.bound_writes(config.limits.write_seconds)
        self._timer: asyncio.TimerHandle | None = None
        self._is_in_head = False
        self._is_in_body = False
        self._head_bytes = 0
        self._cycles: deque[RequestResponseCycle] = deque()
        """Requests without their whole answer, oldest first."""

    def wait_for_bytes(self, seconds: float | None) -> None:
        """The reader has to send what is due within so many seconds; None where it is our turn."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self.config.waiting.pop(self, None)
        if seconds is not None:
            self._timer = self.loop.call_later(seconds, self._end_wait)
            self.config.waiting[self] = None

    def _end_wait(self) -> None:
        self.wait_for_bytes(None)
        if self._is_in_body and self.cycle.response_complete:
            self.transport.close()
            return
        before = len(self._cycles) - int(self._is_in_body)  # a refusal would be read as part of their answers
        is_answering = self._is_in_body and self.cycle.response_started
        if before or is_answering or not (self._is_in_head or self._is_in_body):
            self.transport.abort()
            return
        self._refuse(REQUEST_TIMEOUT)

    def _refuse(self, answer: bytes) -> None:
        self.wait_for_bytes(None)
        self.transport.write(answer)
        self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """What uvicorn says of bytes that are no HTTP/1.1."""
        if not self.transport.is_closing():
            super().send_400_response(msg)

    # What asyncio calls

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=0)  # "paused" is then: something is not taken yet
        self.wait_for_bytes(self._limits.head_seconds)
        self.config.make_room(len(self.connections), self.loop.time())

    def connection_lost(self, exc: Exception | None) -> None:
        self.wait_for_bytes(None)
        super().connection_lost(exc)
        for cycle in self._cycles:  # uvicorn tells the newest one only
            cycle.disconnected = True
            cycle.message_event.set()

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self._is_in_head and not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > self._limits.head_bytes:
                self._refuse(HEAD_TOO_LARGE)

    # What the parser calls

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_in_head = True
        self._head_bytes = 0
        self.wait_for_bytes(self._limits.head_seconds)

    def on_headers_complete(self) -> None:
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > self._limits.head_bytes:
            self._refuse(HEAD_TOO_LARGE)
            raise ValueError("head too large")  # the parser stops; what is sent after a close is not written
        if len(self._cycles) >= self._limits.requests_ahead:
            self.transport.abort()
            raise ValueError("too many requests ahead of their answers")
        self._is_in_head, self._is_in_body = False, True
        self.wait_for_bytes(self._limits.body_seconds)
        before = self.cycle
        super().on_headers_complete()
        if self.cycle is not before:  # an upgrade begins none
            self._cycles.append(self.cycle)

    def on_message_complete(self) -> None:
        self._is_in_body = False
        self.wait_for_bytes(None)
        super().on_message_complete()
        if self.cycle is not None and self.cycle.response_complete:
            self.wait_for_bytes(self._limits.idle_seconds)

    def on_response_complete(self) -> None:
        self._cycles.popleft()
        super().on_response_complete()
        if not (self._is_in_head or self._is_in_body or self.pipeline or self.transport.is_closing()):
            self.wait_for_bytes(self._limits.idle_seconds)

    def handle_websocket_upgrade(self) -> None:
        self.wait_for_bytes(None)
        super().handle_websocket_upgrade()
