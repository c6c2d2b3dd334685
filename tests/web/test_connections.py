"""Silent, slow and countless connections against the real server: each ends, and honest readers are served."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from raw_http import GIVE_UP_S, ask, connect, get, room_for_connections, small_server, until_end
from uvicorn.server import ServerState

from liqscape.web.connection_limits import ConnectionLimits
from liqscape.web.connections import BoundedHttp, WebConfig

SHORT = {"head_seconds": 0.5, "body_seconds": 0.5, "idle_seconds": 0.5, "write_seconds": 0.5, "ping_seconds": 0.3}
MANY = {"requests_ahead": 200}
TOKEN = "correct-horse-battery-staple"
LOGIN = b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
BEARER = f"Authorization: Bearer {TOKEN}"
UPGRADE = get(
    "/api/v1/stream",
    BEARER,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A server with the limits of the product."""
    with small_server() as port:
        yield port


@pytest.fixture(scope="module")
def hurried() -> Iterator[int]:
    """A server whose deadlines are short, with a login."""
    with small_server(SHORT | MANY, TOKEN) as port:
        yield port


def test_beside_a_thousand_silent_connections_honest_requests_are_served(port: int) -> None:
    room_for_connections()

    async def main() -> None:
        silent = [await connect(port) for _ in range(1_000)]
        for _ in range(10):
            assert (await ask(port))[0] == 200
        for _, writer in silent:
            writer.close()

    asyncio.run(main())


def test_beside_three_hundred_connections_kept_alive_honest_requests_are_served(port: int) -> None:
    async def main() -> None:
        kept = []
        for _ in range(300):
            reader, writer = await connect(port, get())
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
            kept.append(writer)
        assert (await ask(port))[0] == 200
        for writer in kept:
            writer.close()

    asyncio.run(main())


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"", b""),
        (b"GET / HT", b"HTTP/1.1 408 "),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-", b"HTTP/1.1 408 "),
        (LOGIN + b"Content-Length: 40\r\n\r\n", b"HTTP/1.1 408 "),
        (LOGIN + b"Content-Length: 40\r\n\r\ntoken=abc", b"HTTP/1.1 408 "),
        (LOGIN + b"Transfer-Encoding: chunked\r\n\r\n5\r\ntok", b"HTTP/1.1 408 "),
        (LOGIN + b"Content-Length: 40\r\nExpect: 100-continue\r\n\r\n", b"HTTP/1.1 100 "),
        (get("/login"), b"HTTP/1.1 200 "),
        (get("/login") + b"GET /lo", b"HTTP/1.1 200 "),
        # A body that no route reads: the answer comes, its end does not.
        (b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5000\r\n\r\nx", b"HTTP/1.1 413 "),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", b"HTTP/1.1 400 "),
        (b"PRI * HT", b"HTTP/1.1 408 "),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"HTTP/1.1 400 "),
        (
            get("/login", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"),
            b"HTTP/1.1 200 ",
        ),
    ],
    ids=[
        "silent", "half a line", "half a head", "no body", "half a body", "half a chunk", "body on demand",
        "idle", "half a second head", "refused body", "HTTP/2", "half of HTTP/2", "TLS", "HTTP/2 by upgrade",
    ],
)  # fmt: skip
def test_connection_that_does_not_go_on_ends(hurried: int, sent: bytes, said: bytes) -> None:
    async def main() -> None:
        heard = await until_end(await connect(hurried, sent))
        assert heard.startswith(said)
        assert bool(heard) == bool(said)
        assert b"HTTP/2" not in heard

    asyncio.run(main())


@pytest.mark.parametrize("after", [b"", b"\r\n", b"G"], ids=["nothing", "an empty line", "a letter"])
def test_bytes_after_an_answer_prolong_no_silence(hurried: int, after: bytes) -> None:
    async def main() -> None:
        reader, writer = await connect(hurried, get("/login"))
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split()[0])
        await reader.readexactly(length)
        writer.write(after)
        await until_end((reader, writer))

    asyncio.run(main())


@pytest.mark.parametrize("head", [b"GET / HTTP/1.1\r\nX-A: ", LOGIN + b"Content-Length: 900\r\n\r\n"])
def test_trickle_ends_like_silence(hurried: int, head: bytes) -> None:
    async def main() -> None:
        reader, writer = await connect(hurried, head)

        async def trickle() -> None:
            while True:
                writer.write(b"x")
                await asyncio.sleep(0.01)

        trickling = asyncio.create_task(trickle())
        await until_end((reader, writer))
        trickling.cancel()

    asyncio.run(main())


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="only Linux lists its connections there")
def test_reader_that_takes_nothing_of_its_answers_is_left(hurried: int) -> None:
    async def main() -> None:
        taker = socket.socket()
        taker.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        taker.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(taker, ("127.0.0.1", hurried))
        # Whole requests, so that nothing is waited for but their taking; more answers than the system's buffers hold.
        await loop.sock_sendall(taker, get("/schema/openapi.json", BEARER) * 150)
        async with asyncio.timeout(GIVE_UP_S):
            while is_established(hurried, taker.getsockname()[1]):
                await asyncio.sleep(0.02)
        taker.close()

    asyncio.run(main())


def test_requests_sent_ahead_are_answered_up_to_the_bound(port: int) -> None:
    async def main() -> None:
        last = get("/login", "Connection: close")  # there is none here: 404
        heard = await until_end(await connect(port, get() * (ConnectionLimits.requests_ahead - 1) + last))
        assert heard.count(b"HTTP/1.1 200 ") == ConnectionLimits.requests_ahead - 1
        assert heard.count(b"HTTP/1.1 404 ") == 1

    asyncio.run(main())


def test_countless_requests_ahead_end_the_connection_unanswered(port: int) -> None:
    async def main() -> None:
        heard = await until_end(await connect(port, get() * (ConnectionLimits.requests_ahead + 1)))
        assert heard == b""
        assert (await ask(port))[0] == 200

    asyncio.run(main())


def test_a_reader_that_goes_ends_all_that_it_asked_ahead() -> None:
    async def main() -> None:
        left = []

        async def app(_: object, receive: Callable[[], Awaitable[dict]], __: object) -> None:
            while (await receive())["type"] != "http.disconnect":
                continue
            left.append("left")

        loop = asyncio.get_running_loop()
        config = WebConfig(app, ConnectionLimits(), 10, lifespan="off", log_config=None)
        config.load()
        state = ServerState()
        server = await loop.create_server(lambda: BoundedHttp(config, state, {}), "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(get() * 3)
        while not state.tasks:
            await asyncio.sleep(0)
        for _ in range(100):
            await asyncio.sleep(0)
        writer.transport.abort()
        async with asyncio.timeout(GIVE_UP_S):
            while not left:
                await asyncio.sleep(0)
        server.close()
        del reader

    asyncio.run(main())


def is_established(port: int, peer: int) -> bool:
    """Whether the end of a connection at `port` is still open, as the system lists it."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return any(row[1].endswith(f":{port:04X}") and row[2].endswith(f":{peer:04X}") and row[3] == "01" for row in rows)


def test_reader_of_the_stream_that_answers_no_ping_is_left(hurried: int) -> None:
    async def main() -> None:
        heard = await until_end(await connect(hurried, UPGRADE))
        assert heard.startswith(b"HTTP/1.1 101 ")
        assert heard[-1000:].rpartition(b"\x88")[2][1:3] == struct.pack(">H", 1011)

    asyncio.run(main())


@pytest.mark.parametrize(
    "frame",
    [
        b"\x81\xff" + struct.pack(">Q", 16_000_000) + bytes(4),
        b"\x82\xfe" + struct.pack(">H", 1_001) + bytes(4),
        b"\x01\xfe" + struct.pack(">H", 600) + bytes(4) + b"a" * 600 + b"\x80\xfe" + struct.pack(">H", 600) + bytes(4),
    ],
    ids=["16 MB", "1,001 bytes", "two parts of 600"],
)
def test_message_over_the_bound_is_refused_by_its_head(port: int, frame: bytes) -> None:
    async def main() -> None:
        reader, writer = await connect(port, UPGRADE)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(frame)
        heard = await until_end((reader, writer))
        close = heard[heard.rindex(b"\x88") :]
        assert close[2:4] == struct.pack(">H", 1009)
        assert b"1000 bytes" in close

    asyncio.run(main())


@pytest.mark.parametrize(
    ("flood", "code"),
    [
        (b"\x89\x80" + bytes(4), 1008),
        (b"\x8a\x80" + bytes(4), 1008),
        (b"\x01\x80" + bytes(4) + (b"\x00\x80" + bytes(4)) * 20_000, 1008),
        (b"\x81\x81" + bytes(4) + b"x", 1008),
        (b"\x81\x82" + bytes(4) + b"\xff\xfe", 1007),
    ],
    ids=["pings", "pongs", "parts of nothing", "messages", "no text"],
)
def test_flood_of_the_stream_ends_it(port: int, flood: bytes, code: int) -> None:
    async def main() -> None:
        reader, writer = await connect(port, UPGRADE)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(flood * max(1, 120_000 // len(flood)))
        heard = await until_end((reader, writer))
        # Who goes on sending may lose the last words to the reset that follows; it did not end as a silent one does.
        assert struct.pack(">H", code) in heard[-40:] or code == 1008
        assert b"keepalive ping timeout" not in heard
        assert (await ask(port))[0] == 200

    asyncio.run(main())


@pytest.mark.parametrize(
    ("parts", "end"),
    [(1, b"\r\n\r\n"), (40, b"\r\n\r\n"), (1, b"")],
    ids=["at once", "in parts", "without an end"],
)
def test_head_over_the_bound_is_refused(port: int, parts: int, end: bytes) -> None:
    async def main() -> None:
        reader, writer = await connect(port, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        line = b"X-Long: " + b"x" * (120_000 // parts)
        for _ in range(parts - 1):
            writer.write(line + b"\r\n")
            await asyncio.sleep(0)
        writer.write(line + end)
        # Who goes on sending may lose the answer to the reset that follows.
        assert (await until_end((reader, writer)))[:13] in (b"HTTP/1.1 431 ", b"" if parts > 1 else b"HTTP/1.1 431 ")

    asyncio.run(main())


def test_a_full_house_ends_the_silent_and_serves_the_honest() -> None:
    room_for_connections()
    with small_server({"connections": 30, "head_seconds": 3_600.0}) as port:

        async def main() -> None:
            async with asyncio.timeout(GIVE_UP_S):
                stream = await connect(port, UPGRADE)
                await stream[0].readuntil(b"\r\n\r\n")
                silent = [await connect(port) for _ in range(100)]
                for _ in range(5):
                    assert (await ask(port))[0] == 200
                for reader, _ in silent[:65]:  # the oldest went first
                    assert await reader.read() == b""
                assert len(await stream[0].readexactly(100)) == 100  # a reader of the stream is not among them
                for _, writer in (stream, *silent):
                    writer.close()

        asyncio.run(main())
