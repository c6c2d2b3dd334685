"""Query parameters: those that several routes share, with bounds and words for OpenAPI; unknown ones are refused."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple

from litestar.connection import ASGIConnection
from litestar.di import NamedDependency, Provide
from litestar.exceptions import ValidationException
from litestar.handlers import BaseRouteHandler
from litestar.params import PathParameter, QueryParameter

from liqscape.errors import QuestionError
from liqscape.heatmap.grid import MAX_LEVEL
from liqscape.service.asked_time import asked_ms
from liqscape.service.paging import MAX_CURSOR, MAX_ROWS
from liqscape.service.questions import LAST_TIME_MS
from liqscape.spelling import did_you_mean, shown

MAX_TIME = 40
"""Characters of a time; ISO 8601 with microseconds and zone has 32."""

Coin = Annotated[
    str,
    PathParameter(description="Coin as the exchange spells it, such as BTC or kPEPE.", min_length=1, max_length=60),
]
ISO = "ISO 8601 (UTC where it says no zone) or milliseconds since 1970"
At = Annotated[
    str | None,
    QueryParameter(
        max_length=MAX_TIME,
        description=f"Answer from the last frame at or before this time, {ISO}. Default: the newest frame.",
    ),
]
Start = Annotated[
    str | None,
    QueryParameter(max_length=MAX_TIME, description=f"Start of the range, {ISO}. Default: the first there is."),
]
End = Annotated[
    str | None, QueryParameter(max_length=MAX_TIME, description=f"End of the range, {ISO}. Default: the last there is.")
]
AtMs = Annotated[
    int | None, QueryParameter(ge=0, le=LAST_TIME_MS, description="The same as `at`, in milliseconds since 1970 only.")
]
StartMs = Annotated[
    int | None,
    QueryParameter(ge=0, le=LAST_TIME_MS, description="The same as `start`, in milliseconds since 1970 only."),
]
EndMs = Annotated[
    int | None, QueryParameter(ge=0, le=LAST_TIME_MS, description="The same as `end`, in milliseconds since 1970 only.")
]


class Span(NamedTuple):
    """A range of time [start, end), ms UTC; None where nobody said."""

    start_ms: int | None
    end_ms: int | None


AskedMs = NamedDependency[int | None]
"""A time that was asked for, ms UTC, whichever way (`read_at`)."""
AskedSpan = NamedDependency[Span]
"""Start and end that were asked for, ms UTC (`read_span`)."""
Level = Annotated[
    int,
    QueryParameter(ge=0, le=MAX_LEVEL, description="Level of the price grid: merges 2^level bands of 5 bp."),
]
MapMode = Annotated[
    Literal["solo", "joint"],
    QueryParameter(description="solo: each coin moves alone. joint: all coins move with BTC by their betas."),
]

Limit = Annotated[
    int, QueryParameter(ge=1, le=MAX_ROWS, description="Rows of a page. Totals and counts are of the whole list.")
]
Cursor = Annotated[
    str | None,
    QueryParameter(
        min_length=1,
        max_length=MAX_CURSOR,
        description="`next_cursor` of the page before, with the same question: what follows, of the same frame.",
    ),
]


def read_at(at: At = None, at_ms: AtMs = None) -> int | None:
    """The time of `at` or `at_ms`, None for now."""
    return _one_of("at", at, at_ms)


def read_span(start: Start = None, end: End = None, start_ms: StartMs = None, end_ms: EndMs = None) -> Span:
    """The range of `start` and `end`, or of `start_ms` and `end_ms`."""
    return Span(_one_of("start", start, start_ms), _one_of("end", end, end_ms))


def _one_of(name: str, text: str | None, in_ms: int | None) -> int | None:
    if text is None:
        return in_ms
    if in_ms is not None:
        raise QuestionError(f"{name} and {name}_ms ask for the same; give {name}")
    return asked_ms(name, text)


ASKED_TIMES = {"asked_ms": Provide(read_at, sync_to_thread=False), "span": Provide(read_span, sync_to_thread=False)}
"""What a route depends on that is asked for a time (`AskedMs`) or a range of it (`AskedSpan`)."""

MIN_LIKENESS = 0.5
"""Of a parameter and a known one: there are few, so that a far one is still a help."""


def refuse_unknown_parameters(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Refuse a question with a query parameter that its route does not know, naming the nearest one it knows.

    Left unread, `at=2026-02-05T12:00:00Z` would be answered with the newest frame. Raises ValidationException.
    """
    asked = handler.parsed_fn_signature.parameters
    given = handler.resolve_dependencies()
    signatures = [handler.parsed_fn_signature, *(given[name].parsed_fn_signature for name in asked if name in given)]
    known = [
        name
        for signature in signatures
        for name, field in signature.parameters.items()
        if isinstance(field.kwarg_definition, QueryParameter)
    ]
    for name in connection.query_params:
        if name in known:
            continue
        otherwise = f"this address takes {', '.join(known)}" if known else "this address takes none"
        hint = did_you_mean(name, known, otherwise, likeness=MIN_LIKENESS)
        raise ValidationException(f"unknown parameter {shown(name)}; {hint}")
