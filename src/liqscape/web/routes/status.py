"""GET /api/v1/status."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from liqscape.service.answers.status import StatusAnswer, with_disk
from liqscape.service.view import MapView
from liqscape.web.answering import Answering
from liqscape.web.problems import PROBLEMS
from liqscape.web.routes.sources import AskSources


@get("/status", tags=["map"], summary="State of the map", responses=PROBLEMS)
async def get_status(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    view: NamedDependency[MapView],
    sources: NamedDependency[AskSources],
) -> Response[StatusAnswer]:
    """What the map is made of, how old, how complete, whether frames still arrive and whether they are stored."""
    answer = sources()

    def ask() -> StatusAnswer:
        return view.status() if answer is None else with_disk(view.status(), answer.disk)

    return await answering.cheap(request, ask)
