"""How routes answer: cheap questions in their own threads, costly ones by admission, nothing large on the event loop.

A costly answer holds its place until it is sent, and its bytes are in memory once however many read it: the server
sends them piece by piece (delivery.py) and gives up a reader that takes nothing (connections.py). A reader that goes
away, waiting or reading, gives its place back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, cast

import msgspec
from litestar import Request, Response
from litestar.enums import MediaType
from litestar.exceptions import HTTPException
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

from liqscape.errors import Busy
from liqscape.service.costly import (
    JOINT_CELLS,
    MAX_LARGE_CELLS,
    MAX_SMALL_CELLS,
    PAST_CELLS,
    SMALL_CELLS,
    CostlyQuestions,
)
from liqscape.service.executors import Executors, beside
from liqscape.service.metrics import LiveMetrics
from liqscape.service.view import MapView
from liqscape.web.contents import Content, KeptContents, coding_for
from liqscape.web.deprecations import with_former_fields
from liqscape.web.guard import KEPT_BUT_ASKED, is_named, is_same_origin
from liqscape.web.parameters import MapMode

T = TypeVar("T")

OWN_SITES = ("none", "same-origin")
"""Of Sec-Fetch-Site: typed by the user, or asked by our own page."""


class Answering:
    """Questions of one map on their way through the threads of its server."""

    def __init__(self, view: MapView, executors: Executors, metrics: LiveMetrics) -> None:
        self._view = view
        self._executors = executors
        self._metrics = metrics
        self._kept = KeptContents()
        self._small: CostlyQuestions[Content] = CostlyQuestions(executors.windows, MAX_SMALL_CELLS)
        self._large: CostlyQuestions[Content] = CostlyQuestions(executors.heavy, MAX_LARGE_CELLS)
        metrics.follow_costly(lambda: self._small.count + self._large.count)

    async def cheap(self, request: Request[Any, Any, Any], question: Callable[[], T]) -> Response[T]:
        """Answer a cheap question as JSON: made, encoded, tagged and compressed beside the loop."""
        return await self._made(request, lambda: _as_json(question()))

    async def of_frame(self, request: Request[Any, Any, Any], question: Callable[[], T]) -> Response[T]:
        """The same of an answer of the newest frame, studied minute and risks alone: made once for all who ask it."""
        scope = request.scope

        def find() -> Content:
            view = self._view
            made_of = (view.sequence, view.studied.newest_ms, view.risks.version)
            key = (scope["path"], scope["query_string"], made_of)
            return self._kept.find(key, lambda: _as_json(question()))

        return await self._made(request, find)

    async def _made(self, request: Request[Any, Any, Any], make: Callable[[], Content]) -> Response[Any]:
        coding = coding_for(request.headers.getall("accept-encoding", []))
        body, headers = await beside(self._executors.questions, lambda: make().coded(coding))
        return Response(body, media_type=MediaType.JSON, headers=headers)

    def costly(self, request: Request[Any, Any, Any], cells: int, question: Callable[[], T]) -> Response[T]:
        """The answer as JSON, in its turn. Raises HTTPException (403) where a page of another origin asks."""
        return cast("Response[T]", self._in_turn(request, cells, lambda: _as_json(question()), MediaType.JSON))

    async def of_moment(
        self, request: Request[Any, Any, Any], at_ms: int | None, mode: MapMode, question: Callable[[], T]
    ) -> Response[T]:
        """The answer of one instant as JSON: cheap of the newest frame, costly of an earlier one or with all coins
        moving."""
        if mode == "joint":
            return self.costly(request, JOINT_CELLS, question)
        return await self.of_frame(request, question) if at_ms is None else self.costly(request, PAST_CELLS, question)

    def costly_bytes(
        self, request: Request[Any, Any, Any], cells: int, question: Callable[[], bytes], media_type: str
    ) -> Response[bytes]:
        """The same of an answer that makes its own bytes."""
        return self._in_turn(request, cells, lambda: Content(question()), media_type)

    def _in_turn(
        self, request: Request[Any, Any, Any], cells: int, make: Callable[[], Content], media_type: str
    ) -> Response[bytes]:
        refuse_other_sites(request)
        coding = coding_for(request.headers.getall("accept-encoding", []))
        questions = self._small if cells <= SMALL_CELLS else self._large

        async def answer(scope: Scope, send: Send) -> None:
            sequence = await beside(self._executors.questions, lambda: self._view.sequence)
            key = (scope["path"], scope["query_string"], sequence)
            try:
                async with questions.answer(key, cells, make) as content:
                    body, headers = await beside(questions.executor, content.coded, coding)
                    await _send(body, headers, media_type, request, send)
            except Busy:
                self._metrics.count_refused()
                raise

        return _InTurn(answer, media_type)


def refuse_other_sites(request: Request[Any, Any, Any]) -> None:
    """Raises HTTPException (403) where a page of another origin asks: it cannot read the answer, only cost time."""
    if not is_same_origin(request.headers) or request.headers.get("sec-fetch-site", "none") not in OWN_SITES:
        raise HTTPException(detail="a page of another origin may not ask for what is costly", status_code=403)


Answer = Callable[[Scope, Send], Coroutine[Any, Any, None]]


class _InTurn(Response[bytes]):
    def __init__(self, answer: Answer, media_type: str) -> None:
        super().__init__(b"", media_type=media_type)
        self._answer = answer

    def to_asgi_response(self, app: Any, request: Any, **_: Any) -> ASGIResponse:  # noqa: ARG002
        return _AnsweredInTurn(self._answer)


class _AnsweredInTurn(ASGIResponse):
    """Asks once the framework has let go of the handler: a failure before the first byte still becomes a problem."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answering = asyncio.create_task(self._answer(scope, send))
        leaving = asyncio.create_task(_until_gone(receive))
        try:
            await asyncio.wait((answering, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            is_answered = answering.done()
            answering.cancel()
            await asyncio.gather(answering, leaving, return_exceptions=True)
        if is_answered:
            answering.result()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


async def _send(
    body: bytes, headers: dict[str, str], media_type: str, request: Request[Any, Any, Any], send: Send
) -> None:
    is_held = is_named(headers["ETag"], request.headers.get("if-none-match", ""))
    headers = {**headers, "Cache-Control": KEPT_BUT_ASKED}
    if is_held:
        body = b""
        headers.pop("Content-Encoding", None)
    else:
        headers |= {"Content-Type": media_type, "Content-Length": str(len(body))}
    await send(
        {
            "type": "http.response.start",
            "status": 304 if is_held else 200,
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _as_json(answer: object) -> Content:
    return Content(msgspec.json.encode(with_former_fields(answer)))
