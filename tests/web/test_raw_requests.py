"""Bytes that are no good HTTP, against the real server: a refusal or an end, nothing in the log, and it serves on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from raw_http import ask, get, small_server

HOST = b"Host: 127.0.0.1\r\n"
CLOSE = b"Connection: close\r\n\r\n"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with small_server({"head_seconds": 1.0, "body_seconds": 1.0}) as port:  # it fails where an error is logged
        yield port


@pytest.mark.parametrize(
    ("request_bytes", "statuses"),
    [
        (b"\r\n\r\n" + get("/api/v1/status", "Connection: close"), {200}),
        (b"GET http://127.0.0.1/api/v1/status HTTP/1.1\r\n" + HOST + CLOSE, {200}),
        (b"GET /api/v1/status HTTP/1.0\r\n" + HOST + b"\r\n", {200}),
        (b"GET /api/v1/status HTTP/1.1\r\n" + CLOSE, {421}),
        (b"GET /api/v1/status HTTP/1.1\r\n" + HOST + HOST + CLOSE, {400}),
        (b"GET /api/v1/status HTTP/1.1\r\n" + HOST + b"Origin: http://[\r\n" + CLOSE, {200}),
        (b"GET /api/v1/status HTTP/9.9\r\n" + HOST + CLOSE, {400}),
        (b"GET /api/v1/status\r\n\r\n", {400, 421}),
        (b"GET  HTTP/1.1\r\n" + HOST + CLOSE, {400}),
        (b"GET /\xff\xfe HTTP/1.1\r\n" + HOST + CLOSE, {400, 404}),
        (b"GET /%00%ff%zz HTTP/1.1\r\n" + HOST + CLOSE, {400, 404}),
        (b"GET //etc/passwd HTTP/1.1\r\n" + HOST + CLOSE, {400, 404}),
        (b"GET /assets/../../x HTTP/1.1\r\n" + HOST + CLOSE, {400, 404}),
        (b"GET /api/v1/status?x=" + b"x" * 5_000 + b" HTTP/1.1\r\n" + HOST + CLOSE, {414}),
        (b"GET /?\xe2\x80\xa8 HTTP/1.1\r\n" + HOST + CLOSE, {200, 400}),
        (b"OPTIONS * HTTP/1.1\r\n" + HOST + CLOSE, {400, 404, 204}),
        (b"CONNECT 127.0.0.1:80 HTTP/1.1\r\n" + HOST + CLOSE, {400, 404, 405}),
        (b"BREW /api/v1/status HTTP/1.1\r\n" + HOST + CLOSE, {400, 405}),
        (b"PUT /api/v1/status HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\n" + CLOSE + b"abc", {405}),
        (b"GET / HTTP/1.1\r\n" + HOST + b"X\0: y\r\n" + CLOSE, {400}),
        (b"GET / HTTP/1.1\r\n" + HOST + b"X: y\0z\r\n" + CLOSE, {400}),
        (b"GET / HTTP/1.1\r\n" + HOST + b"no colon\r\n" + CLOSE, {400}),
        (b"GET / HTTP/1.1\r\n" + HOST + b" folded: x\r\n" + CLOSE, {400, 421}),
        (b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: -1\r\n" + CLOSE, {400}),
        (b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\nContent-Length: 4\r\n" + CLOSE, {400}),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n" + CLOSE, {400}),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n" + CLOSE + b"zz\r\n", {400, 405}),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 99999999999999999999999\r\n" + CLOSE, {400, 413}),
        (get("/api/v1/stream", "Connection: Upgrade", "Upgrade: websocket"), {400, 426}),
        (get("/api/v1/stream", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 8"), {400, 426}),
        (get("/api/v1/stream", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
             "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "Origin: http://["), {403}),
        (get("/nothing", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
             "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="), {403}),
        (b"POST /api/v1/stream HTTP/1.1\r\n" + HOST + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n", {400, 405}),
        (bytes(range(256)), {400}),
    ],
)  # fmt: skip
def test_odd_request_is_refused_and_the_next_is_served(port: int, request_bytes: bytes, statuses: set[int]) -> None:
    async def main() -> None:
        status, heard = await ask(port, request_bytes)
        assert status in statuses, heard[:300]
        assert b"Traceback" not in heard
        assert (await ask(port))[0] == 200

    asyncio.run(main())


def test_head_leaves_the_connection_in_step(port: int) -> None:
    async def main() -> None:
        both = get("/api/v1/status", method="HEAD") + get("/api/v1/coins", "Connection: close")
        _, heard = await ask(port, both)
        head, _, rest = heard.partition(b"\r\n\r\n")
        assert int(head.lower().partition(b"content-length: ")[2].split()[0]) > 0
        assert rest.startswith(b"HTTP/1.1 200 ")
        assert rest.endswith(b"}")

    asyncio.run(main())
