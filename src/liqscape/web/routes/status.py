"""GET /api/v1/status."""

from __future__ import annotations

from litestar import get
from litestar.di import NamedDependency

from liqscape.service.answers.status import StatusAnswer
from liqscape.service.view import MapView
from liqscape.web.problems import PROBLEMS


@get("/status", sync_to_thread=True, tags=["map"], summary="State of the map", responses=PROBLEMS)
def get_status(view: NamedDependency[MapView]) -> StatusAnswer:
    """What the map is made of, how old, how complete, and whether frames still arrive."""
    return view.status()
