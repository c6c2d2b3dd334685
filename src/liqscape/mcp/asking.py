"""The API a tool asks: one that is served somewhere, or the application itself in this process, without a socket.

Both give the bytes of an answer, or raise `ApiRefused` with the sentence of the refusal. A cascade answers with lines:
each is handed on as it comes, and the last one is the answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol
from urllib.parse import unquote

import msgspec

from liqscape.errors import LiqscapeError, RequestFailed
from liqscape.service.asking import MAX_ANSWER, MapServer, as_part, question_path

NOT_FOUND = "urn:liqscape:problem:not-found"
HOST = b"127.0.0.1"

OnLine = Callable[[bytes], Awaitable[None]]
"""Is handed each line of an answer in lines."""

AsgiMessage = MutableMapping[str, Any]
AsgiApp = Callable[[Any, Any, Any], Awaitable[None]]
"""Any application of the ASGI standard; its own types differ by framework."""


class ApiRefused(LiqscapeError):
    """The API refused a question. status: of HTTP; kind: the type of its problem, "" where it gave none."""

    def __init__(self, sentence: str, status: int, kind: str) -> None:
        super().__init__(sentence, status=status, kind=kind)
        self.status = status
        self.kind = kind


class AskApi(Protocol):
    """Asks the API of one map."""

    async def read(self, path: str, on_line: OnLine | None = None) -> bytes:
        """The body of an answer; with `on_line` its last line. Raises ApiRefused, RequestFailed."""


def api_path(template: str, query: dict[str, str]) -> str:
    """A path of the API with what was asked: names in braces are taken from the query."""
    rest = dict(query)
    path = template
    for name in query:
        if f"{{{name}}}" in path:
            path = path.replace(f"{{{name}}}", as_part(rest.pop(name)))
    return question_path(path, rest)


class ServedApi:
    """The API of a map that is served at an address."""

    def __init__(self, server: MapServer) -> None:
        self._server = server

    async def read(self, path: str, on_line: OnLine | None = None) -> bytes:
        """Asks beside the event loop; an answer in lines is handed on line by line."""
        try:
            if on_line is None:
                return await asyncio.to_thread(self._server.read, path)
            return await self._last_line(path, on_line)
        except RequestFailed as error:
            detail, status = error.context.get("detail"), error.context.get("status")
            if detail is None or not isinstance(status, int):
                raise
            raise ApiRefused(str(detail), status, str(error.context.get("kind") or "")) from None

    async def _last_line(self, path: str, on_line: OnLine) -> bytes:
        loop = asyncio.get_running_loop()

        def read() -> bytes:
            last = b""
            for line in self._server.lines(path):
                asyncio.run_coroutine_threadsafe(_handed(on_line, line), loop).result()
                last = line
            return last

        return await asyncio.to_thread(read)


async def _handed(on_line: OnLine, line: bytes) -> None:
    await on_line(line)


class InProcessApi:
    """The API of an application in this process."""

    def __init__(self, app: AsgiApp) -> None:
        self._app = app

    async def read(self, path: str, on_line: OnLine | None = None) -> bytes:
        """Asks the application as its server would; a question that is given up is given up there too."""
        exchange = _Exchange(on_line)
        asking = asyncio.ensure_future(self._app(_scope(path), exchange.receive, exchange.send))
        try:
            await asyncio.shield(asking)
        except asyncio.CancelledError:
            exchange.leave()
            await asyncio.wait((asking,))
            raise
        if exchange.status != 200:
            raise _refusal(exchange.status, exchange.body)
        return exchange.body


class _Exchange:
    """One request without a body, and what came back."""

    def __init__(self, on_line: OnLine | None) -> None:
        self.status = 500
        self._pieces: list[bytes] = []
        self._size = 0
        self._rest = b""
        """Of an answer in lines, what no line end came after: a long line comes in pieces."""
        self._on_line = on_line
        self._is_asked = False
        self._gone = asyncio.Event()

    @property
    def body(self) -> bytes:
        """Of an answer in lines the last one."""
        return b"".join(self._pieces)

    def leave(self) -> None:
        """The reader goes away."""
        self._gone.set()

    async def receive(self) -> AsgiMessage:
        if not self._is_asked:
            self._is_asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: AsgiMessage) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            return
        if not message.get("more_body", False):
            self._gone.set()  # as a server has it: what waits for the reader to leave ends with the answer
        piece = bytes(message.get("body", b""))
        self._size += len(piece)
        if self._size > MAX_ANSWER:
            raise RequestFailed(f"the answer is longer than the {MAX_ANSWER} bytes that are read")
        if self._on_line is None or self.status != 200:
            self._pieces.append(piece)
            return
        *lines, self._rest = (self._rest + piece).split(b"\n")
        if not message.get("more_body", False):
            lines.append(self._rest)
        for line in filter(None, lines):
            self._pieces = [line]
            await self._on_line(line)


def _scope(path: str) -> dict[str, Any]:
    plain, _, query = path.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": unquote(plain),
        "raw_path": plain.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", HOST)],
        "client": (HOST.decode(), 0),
        "server": (HOST.decode(), 0),
        "extensions": {},
        "state": {},
    }


def _refusal(status: int, body: bytes) -> LiqscapeError:
    try:
        problem = msgspec.json.decode(body, type=dict[str, object])
    except msgspec.MsgspecError:
        return RequestFailed(f"the map answered HTTP {status} and does not say why", status=status)
    return ApiRefused(str(problem.get("detail", "it does not say why")), status, str(problem.get("type", "")))
