"""How answers leave: a HEAD is a GET without its body, a large body goes in pieces, each once the last is taken, and
each is counted with the template of its route.

So a reader that is slow or gone holds one piece in the server's buffers beside the answer, and a long answer
leaves the event loop to others between two pieces.
"""

from __future__ import annotations

import asyncio
import time

from litestar import Litestar
from litestar.enums import ScopeType
from litestar.types import Message, Receive, Scope, Send

from liqscape.service.door_metrics import DoorMetrics

PIECE_BYTES = 1 << 18


class Application(Litestar):
    """Litestar's application with HEAD on every GET, and bodies sent in pieces.

    doors  where answered requests are counted; None: nowhere.
    """

    doors: DoorMetrics | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # type: ignore[override]
        """Answer one request."""
        if scope["type"] != ScopeType.HTTP:
            await super().__call__(scope, receive, send)
            return
        method, status, began = scope["method"], _Status(send), time.perf_counter()
        if method == "HEAD":
            # The server's own scope stays as it is: it still knows that no body may follow.
            scope = {**scope, "method": "GET"}
            send = _head_only(status)
        else:
            send = _in_pieces(status)
        try:
            await super().__call__(scope, receive, send)
        finally:
            if self.doors is not None:
                route = scope.get("path_template")
                self.doors.count_request(route, method, status.code, time.perf_counter() - began)


class _Status:
    """Sends on and remembers the status; None where none was sent."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.code: int | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.code = message["status"]
        await self._send(message)


def _head_only(send: Send) -> Send:
    """Sends the head with an empty body at once; a stream of lines ends there, as if its reader had left."""

    async def send_head(message: Message) -> None:
        if message["type"] == "http.response.start":
            await send(message)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    return send_head


def _in_pieces(send: Send) -> Send:
    async def send_pieces(message: Message) -> None:
        if message["type"] != "http.response.body" or len(message["body"]) <= PIECE_BYTES:
            await send(message)
            return
        body, has_more = message["body"], message.get("more_body", False)
        for start in range(0, len(body), PIECE_BYTES):
            piece = body[start : start + PIECE_BYTES]
            is_last = start + PIECE_BYTES >= len(body)
            await send({"type": "http.response.body", "body": piece, "more_body": has_more or not is_last})
            await asyncio.sleep(0)

    return send_pieces
