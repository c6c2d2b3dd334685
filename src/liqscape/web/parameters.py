"""Query parameters: those that several routes share, with bounds and words for OpenAPI; unknown ones are refused."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Annotated, Any, Literal

from litestar.connection import ASGIConnection
from litestar.exceptions import ValidationException
from litestar.handlers import BaseRouteHandler
from litestar.params import PathParameter, QueryParameter

from liqscape.heatmap.grid import MAX_LEVEL
from liqscape.service.paging import MAX_CURSOR, MAX_ROWS
from liqscape.service.questions import LAST_TIME_MS

Coin = Annotated[
    str,
    PathParameter(description="Coin as the exchange spells it, such as BTC or kPEPE.", min_length=1, max_length=60),
]
AtMs = Annotated[
    int | None,
    QueryParameter(
        ge=0,
        le=LAST_TIME_MS,
        description="Answer from the last frame at or before this time (ms, UTC). Default: the newest frame.",
    ),
]
StartMs = Annotated[
    int | None,
    QueryParameter(ge=0, le=LAST_TIME_MS, description="Start of the range, ms UTC. Default: first stored frame."),
]
EndMs = Annotated[
    int | None,
    QueryParameter(ge=0, le=LAST_TIME_MS, description="End of the range, ms UTC. Default: last stored frame."),
]
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

LONGEST_NAME = 60
"""Characters of an unknown parameter that are said back."""
LEAST_LIKENESS = 0.5
"""From 0 to 1; `at` and `at_ms` are alike by 0.57."""


def refuse_unknown_parameters(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Refuse a question with a query parameter that its route does not know, naming the nearest one it knows.

    Left unread, `at=2026-02-05T12:00:00Z` would be answered with the newest frame. Raises ValidationException.
    """
    parameters = handler.parsed_fn_signature.parameters.items()
    known = [name for name, field in parameters if isinstance(field.kwarg_definition, QueryParameter)]
    for name in connection.query_params:
        if name in known:
            continue
        shown = name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}..."
        near = get_close_matches(name, known, n=1, cutoff=LEAST_LIKENESS)
        if near:
            hint = f"did you mean {near[0]}?"
        else:
            hint = f"this address takes {', '.join(known)}" if known else "this address takes none"
        raise ValidationException(f"unknown parameter {shown!r}; {hint}")
