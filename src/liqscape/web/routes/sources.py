"""GET /api/v1/sources."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from liqscape.service.answers.sources import SourcesAnswer, limited, no_sources
from liqscape.service.paging import DEFAULT_ROWS
from liqscape.service.view import MapView
from liqscape.web.answering import Answering
from liqscape.web.parameters import Limit
from liqscape.web.problems import PROBLEMS

AskSources = Callable[[], SourcesAnswer | None]
"""What the live market knows of its feed. Called on the event loop, which owns that state."""


ListedCoin = Annotated[
    str | None,
    QueryParameter(min_length=1, max_length=60, description="A coin whose coverage is told in any case."),
]


@get("/sources", tags=["map"], summary="Where the data comes from", responses=PROBLEMS)
async def get_sources(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    view: NamedDependency[MapView],
    sources: NamedDependency[AskSources],
    limit: Limit = DEFAULT_ROWS,
    coin: ListedCoin = None,
) -> Response[SourcesAnswer]:
    """Connections, limits, coverage with its interval, delays and disk; state `none` where nothing is followed.

    `limit` bounds the lists by coin, `coverage` (largest first) and `reconcile`; the others are short.
    """
    answer = sources()
    return await answering.cheap(
        request, lambda: limited(answer or no_sources(view.status().as_of_ms, view.kinds()), limit, coin)
    )
