"""GET /api/v1/sources."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from litestar import get
from litestar.di import NamedDependency

from liqscape.service.answers.sources import SourcesAnswer, no_sources
from liqscape.service.view import MapView
from liqscape.web.problems import PROBLEMS

AskSources = Callable[[], SourcesAnswer | None]
"""What the live market knows of its feed. Called on the event loop, which owns that state."""


@get("/sources", tags=["map"], summary="Where the data comes from", responses=PROBLEMS)
async def get_sources(view: NamedDependency[MapView], sources: NamedDependency[AskSources]) -> SourcesAnswer:
    """Connections, limits, coverage with its interval, delays and disk; state `none` where nothing is followed."""
    answer = sources()
    if answer is None:
        as_of_ms = (await asyncio.to_thread(view.status)).as_of_ms
        return no_sources(as_of_ms, await asyncio.to_thread(view.kinds))
    return answer
