"""Connections of bytes to a server of the tests: what an odd or a silent client sends, and what it hears."""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

GIVE_UP_S = 60
"""A test that waits so long has failed; nothing is measured by it."""
SUPPORT = Path(__file__).parent

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@contextmanager
def small_server(limits: dict[str, float] | None = None, token: str | None = None) -> Iterator[int]:
    """The port of `serve_small.py` in a process of its own; it must end cleanly and, but for warnings, silently."""
    command = [sys.executable, "-W", "error", str(SUPPORT / "serve_small.py"), "--limits", json.dumps(limits or {})]
    command += [] if token is None else ["--token", token]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
            process.terminate()
            said, errors = process.communicate(timeout=GIVE_UP_S)
            assert said == "server ended\n"
            assert "Traceback" not in errors
            assert " ERROR " not in errors
        finally:
            process.kill()


def get(path: str = "/api/v1/status", *headers: str, method: str = "GET") -> bytes:
    """A request's bytes."""
    return "\r\n".join((f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *headers, "", "")).encode("latin-1")


async def connect(port: int, sent: bytes = b"") -> Streams:
    """A connection that has sent some bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    return reader, writer


async def until_end(streams: Streams) -> bytes:
    """All bytes until the server ends the connection."""
    reader, writer = streams
    heard = b""
    try:
        async with asyncio.timeout(GIVE_UP_S):
            while more := await reader.read(65_536):
                heard += more
    except ConnectionError:
        pass  # an end too
    writer.close()
    return heard


async def ask(port: int, request: bytes | None = None) -> tuple[int, bytes]:
    """Status and the whole answer over a connection of its own."""
    heard = await until_end(await connect(port, request or get("/api/v1/status", "Connection: close")))
    return (int(heard.split()[1]) if heard.startswith(b"HTTP/1.1 ") else 0), heard


def room_for_connections() -> None:
    """Let this process have as many connections as the system allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
