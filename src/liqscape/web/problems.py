"""Errors as RFC 9457 problem details: type, title, status, detail. Nothing of the inside of the server."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.openapi.datastructures import ResponseSpec
from litestar.types import ExceptionHandlersMap

from liqscape.errors import Busy, FrameGone, HistoryReplaced, KernelsMissing, NotFound, QuestionError
from liqscape.service.costly import RETRY_AFTER_S

log = logging.getLogger("liqscape.web")

MEDIA_TYPE = "application/problem+json"
TITLES: Mapping[int, str] = {
    400: "The question cannot be answered as asked",
    401: "Token needed",
    403: "Refused",
    404: "Not in this map",
    405: "Method not allowed",
    406: "No such coding",
    410: "Its frame is gone",
    413: "Too long",
    414: "Too long",
    415: "Media type not read here",
    421: "Wrong host",
    500: "The server failed",
    503: "Busy",
}
NAMES: Mapping[int, str] = {
    400: "bad-parameter",
    401: "token-needed",
    403: "refused",
    404: "no-route",
    405: "method-not-allowed",
    406: "no-such-coding",
    410: "frame-gone",
    413: "too-long",
    414: "too-long",
    415: "bad-media-type",
    421: "wrong-host",
    503: "busy",
}
OWN_TITLES: Mapping[str, str] = {"not-ready": "Not ready", "being-prepared": "Being prepared"}
"""Of problems, by the last part of their type, whose status says something else than they do."""
DETAILS: Mapping[int, str] = {404: "no such address on this server; /schema/openapi.json lists what there is"}
"""In place of the framework's own words."""

REPLACED = "what is stored is another history now than the one this server opened; it has to be started again"
FAILED = "see the server's log"
"""What is said of failures of ours: their own words name folders and files of the server."""


class Problem(msgspec.Struct, frozen=True):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str


PROBLEMS = {
    400: ResponseSpec(
        Problem, media_type=MEDIA_TYPE, description="A parameter is out of bounds.", generate_examples=False
    ),
    404: ResponseSpec(
        Problem, media_type=MEDIA_TYPE, description="Not in this map, or no frame yet.", generate_examples=False
    ),
}
"""What every route may answer besides its record, for OpenAPI."""

GONE = {
    410: ResponseSpec(
        Problem,
        media_type=MEDIA_TYPE,
        description="The frame of a cursor is held no more: ask for the first page again.",
        generate_examples=False,
    ),
}
"""Of lists in pages."""

COSTLY_PROBLEMS = {
    **PROBLEMS,
    403: ResponseSpec(
        Problem,
        media_type=MEDIA_TYPE,
        description="A page of another origin asks for what is costly.",
        generate_examples=False,
    ),
    503: ResponseSpec(
        Problem,
        media_type=MEDIA_TYPE,
        description="Too many costly questions are under way, or what this one needs is being compiled: ask again "
        "after the seconds of Retry-After.",
        generate_examples=False,
    ),
}
"""Of routes whose answers may take long."""


def problem_response(
    status: int, name: str, detail: str, headers: Mapping[str, str] | None = None
) -> Response[Problem]:
    """A problem of this map; `name` is the last part of its type."""
    title = OWN_TITLES.get(name) or TITLES.get(status, "The request failed")
    problem = Problem(f"urn:liqscape:problem:{name}", title, status, detail)
    return Response(problem, status_code=status, media_type=MEDIA_TYPE, headers=headers)


def _not_found(_: Request, error: NotFound) -> Response[Problem]:  # type: ignore[type-arg]
    return problem_response(404, "unknown-coin" if "coin" in error.context else "not-found", str(error))


def _gone(_: Request, error: FrameGone) -> Response[Problem]:  # type: ignore[type-arg]
    return problem_response(410, "frame-gone", str(error))


def _question(_: Request, error: QuestionError) -> Response[Problem]:  # type: ignore[type-arg]
    return problem_response(400, "bad-question", str(error))


def _busy(_: Request, error: Busy) -> Response[Problem]:  # type: ignore[type-arg]
    name = "being-prepared" if isinstance(error, KernelsMissing) else "busy"
    return problem_response(503, name, str(error), {"Retry-After": str(RETRY_AFTER_S)})


def _validation(_: Request, error: ValidationException) -> Response[Problem]:  # type: ignore[type-arg]
    parts = [
        f"{part.get('key', 'value')}: {part.get('message', 'not valid')}"
        for part in (error.extra if isinstance(error.extra, list) else [])
        if isinstance(part, dict)
    ]
    return problem_response(400, "bad-parameter", "; ".join(parts) or error.detail)


def _http(_: Request, error: HTTPException) -> Response[Problem]:  # type: ignore[type-arg]
    status = error.status_code
    return problem_response(status, NAMES.get(status, "http"), DETAILS.get(status) or error.detail, error.headers)


def _replaced(_: Request, error: HistoryReplaced) -> Response[Problem]:  # type: ignore[type-arg]
    log.error("%s", error)
    return problem_response(500, "history-replaced", REPLACED)


def _failed(request: Request, error: Exception) -> Response[Problem]:  # type: ignore[type-arg]
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return problem_response(500, "internal", FAILED)


EXCEPTION_HANDLERS: ExceptionHandlersMap = {
    HistoryReplaced: _replaced,
    NotFound: _not_found,
    FrameGone: _gone,
    QuestionError: _question,
    Busy: _busy,
    ValidationException: _validation,
    HTTPException: _http,
    Exception: _failed,
}
