"""GET /api/v1/status."""

from __future__ import annotations

from litestar import get
from litestar.di import NamedDependency

from liqscape.service.answers.status import StatusAnswer, with_disk
from liqscape.service.view import MapView
from liqscape.web.problems import PROBLEMS
from liqscape.web.routes.sources import AskSources


@get("/status", sync_to_thread=True, tags=["map"], summary="State of the map", responses=PROBLEMS)
def get_status(view: NamedDependency[MapView], sources: NamedDependency[AskSources]) -> StatusAnswer:
    """What the map is made of, how old, how complete, whether frames still arrive and whether they are stored."""
    status, answer = view.status(), sources()
    return status if answer is None else with_disk(status, answer.disk)
