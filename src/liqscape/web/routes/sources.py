"""GET /api/v1/sources."""

from __future__ import annotations

from collections.abc import Callable

from litestar import Response, get
from litestar.di import NamedDependency

from liqscape.service.answers.sources import SourcesAnswer, no_sources
from liqscape.service.view import MapView
from liqscape.web.answering import Answering
from liqscape.web.problems import PROBLEMS

AskSources = Callable[[], SourcesAnswer | None]
"""What the live market knows of its feed. Called on the event loop, which owns that state."""


@get("/sources", tags=["map"], summary="Where the data comes from", responses=PROBLEMS)
async def get_sources(
    answering: NamedDependency[Answering], view: NamedDependency[MapView], sources: NamedDependency[AskSources]
) -> Response[SourcesAnswer]:
    """Connections, limits, coverage with its interval, delays and disk; state `none` where nothing is followed."""
    answer = sources()
    return await answering.cheap(lambda: answer or no_sources(view.status().as_of_ms, view.kinds()))
