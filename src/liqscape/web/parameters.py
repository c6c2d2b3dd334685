"""Query parameters: those that several routes share, with bounds and words for OpenAPI; unknown ones are refused."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin

from litestar.connection import ASGIConnection
from litestar.di import NamedDependency, Provide
from litestar.exceptions import ValidationException
from litestar.handlers import BaseRouteHandler
from litestar.params import PathParameter, QueryParameter

from liqscape.heatmap.grid import MAX_LEVEL
from liqscape.service.answers.liquidations import Method
from liqscape.service.asked_time import asked_ms
from liqscape.service.paging import MAX_CURSOR, MAX_ROWS
from liqscape.spelling import LIKENESS_OF_FEW, did_you_mean, none_of, shown

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
WithInterval = Annotated[
    bool,
    QueryParameter(description="Also what stands there at least and at most, by stated rules (docs/intervals.md)."),
]

SideWord = Literal["long", "short", "1", "-1"]
SideChoice = Annotated[
    SideWord | None, QueryParameter(description="Only long (or 1) or only short (or -1). Default: both.")
]

AddressChoice = Annotated[
    str | None,
    QueryParameter(min_length=42, max_length=42, description="Only this wallet, 0x and 40 hex digits. Default: all."),
]
MethodChoice = Annotated[Method | None, QueryParameter(description="How the position was closed. Default: any.")]
PriceEdge = Annotated[float | None, QueryParameter(description="Edge of a span of liquidation prices, USD.")]
ClusterChoice = Annotated[
    str | None,
    QueryParameter(min_length=1, max_length=120, description="Only of this cluster, by its identity. Default: all."),
]
HeldFor = Annotated[
    str | None,
    QueryParameter(
        max_length=MAX_TIME,
        description="Only clusters held for so long by their weighted age: 30min, 4h, 1d. Default: all.",
    ),
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


def read_at(at: At = None) -> int | None:
    """The time of `at`, None for now."""
    return None if at is None else asked_ms("at", at)


def read_span(start: Start = None, end: End = None) -> Span:
    """The range of `start` and `end`."""
    return Span(*(None if text is None else asked_ms(name, text) for name, text in (("start", start), ("end", end))))


def side_number(side: SideWord | None) -> int | None:
    """1 (long), -1 (short) or None (both)."""
    return None if side is None else 1 if side in ("long", "1") else -1


ASKED_TIMES = {"asked_ms": Provide(read_at, sync_to_thread=False), "span": Provide(read_span, sync_to_thread=False)}
"""What a route depends on that is asked for a time (`AskedMs`) or a range of it (`AskedSpan`)."""


def refuse_unknown_parameters(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Refuse a question with a query parameter that its route does not know, or a word that is none of its values,
    naming the nearest one it knows.

    Left unread, `att=2026-02-05T12:00:00Z` would be answered with the newest frame. Raises ValidationException.
    """
    words = known_parameters(handler)
    for name, value in connection.query_params.multi_items():
        if name not in words:
            otherwise = f"this address takes {', '.join(words)}" if words else "this address takes none"
            hint = did_you_mean(name, words, otherwise, likeness=LIKENESS_OF_FEW)
            raise ValidationException(f"unknown parameter {shown(name)}; {hint}")
        if words[name] and value not in words[name]:
            raise ValidationException(none_of(name, value, words[name], likeness=LIKENESS_OF_FEW))


@lru_cache(maxsize=256)
def known_parameters(handler: BaseRouteHandler) -> dict[str, tuple[str, ...]]:
    """Query parameters of a route, those it depends on too; with each the words it takes, () where it is open."""
    asked = handler.parsed_fn_signature.parameters
    given = handler.resolve_dependencies()
    signatures = [handler.parsed_fn_signature, *(given[name].parsed_fn_signature for name in asked if name in given)]
    return {
        name: _words(field.annotation)
        for signature in signatures
        for name, field in signature.parameters.items()
        if isinstance(field.kwarg_definition, QueryParameter)
    }


def _words(annotation: Any) -> tuple[str, ...]:
    """Those of a Literal, also of one that may be left out."""
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return next((words for each in get_args(annotation) if (words := _words(each))), ())
