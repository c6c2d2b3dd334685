"""Calls of an application as a server makes them, with headers no HTTP client of the tests would send."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

Headers = Sequence[tuple[bytes, bytes]]
ADDRESS = "http://127.0.0.1:8417"
HOST = (b"host", b"127.0.0.1:8417")


@dataclass
class Heard:
    """What the application sent."""

    messages: list[dict[str, Any]] = field(default_factory=list)

    @property
    def status(self) -> int:
        """Status of an HTTP answer; of a WebSocket 101 where it was accepted, else 403, as servers say it."""
        first = self.messages[0]
        if first["type"] == "http.response.start":
            return int(first["status"])
        return 101 if first["type"] == "websocket.accept" else 403

    @property
    def headers(self) -> dict[str, str]:
        """Headers of an HTTP answer by their names in small letters."""
        return {name.decode().lower(): value.decode() for name, value in self.messages[0]["headers"]}

    @property
    def body(self) -> bytes:
        """Body of an HTTP answer."""
        return b"".join(message.get("body", b"") for message in self.messages[1:])


async def call(app: Any, path: str, headers: Headers = (HOST,), *, method: str = "GET", body: bytes = b"") -> Heard:
    """An HTTP request's answer."""
    plain, _, query = path.partition("?")
    scope = {
        "type": "http", "method": method, "http_version": "1.1", "scheme": "http",
        "path": unquote(plain), "raw_path": plain.encode(), "query_string": query.encode(),
        "headers": list(headers), "client": ("127.0.0.1", 50_000), "server": ("127.0.0.1", 8417), "state": {},
    }  # fmt: skip
    coming: list[dict[str, Any]] = [{"type": "http.request", "body": body, "more_body": False}]
    return await _run(app, scope, coming, {"type": "http.disconnect"})


async def connect_stream(app: Any, headers: Headers = (HOST,), path: str = "/api/v1/stream") -> Heard:
    """What a WebSocket that leaves at once hears."""
    scope = {
        "type": "websocket", "http_version": "1.1", "scheme": "ws", "path": path, "raw_path": path.encode(),
        "query_string": b"", "headers": list(headers), "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 8417), "subprotocols": [], "state": {},
    }  # fmt: skip
    return await _run(app, scope, [{"type": "websocket.connect"}], {"type": "websocket.disconnect", "code": 1001})


async def _run(app: Any, scope: dict[str, Any], coming: list[dict[str, Any]], end: dict[str, Any]) -> Heard:
    heard, is_answered = Heard(), asyncio.Event()

    async def receive() -> dict[str, Any]:
        if coming:
            return coming.pop(0)
        if end["type"] == "http.disconnect":  # a reader waits for its answer
            await is_answered.wait()
        return end

    async def send(message: dict[str, Any]) -> None:
        heard.messages.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            is_answered.set()

    await app(scope, receive, send)
    return heard
