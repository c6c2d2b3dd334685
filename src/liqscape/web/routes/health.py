"""GET /healthz and /readyz: whether the process answers, and whether there is a map to ask. They ask for no token.

A supervisor asks the first (a process that does not answer is started again), a balancer of load the second. Neither
tells what the map is of: they are answered to anybody, under any name, since a prober comes by the machine's address.
"""

from __future__ import annotations

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery

from liqscape.errors import LiqscapeError
from liqscape.service.view import MapView
from liqscape.web.access import HEALTH_PATHS
from liqscape.web.parameters import refuse_unknown_parameters
from liqscape.web.problems import Problem, problem_response

HEADERS = {"Cache-Control": "no-store"}
RETRY_S = 5
ALIVE, READY = sorted(HEALTH_PATHS)


def health_routes(view: MapView) -> list[HTTPRouteHandler]:
    """Handlers about one map."""

    @get(ALIVE, include_in_schema=False, sync_to_thread=False, guards=[refuse_unknown_parameters])
    def get_health() -> Response[bytes]:
        """The process answers."""
        return Response(b"ok\n", media_type="text/plain", headers=HEADERS)

    @get(READY, include_in_schema=False, sync_to_thread=False, guards=[refuse_unknown_parameters])
    def get_readiness(live: FromQuery[bool] = False) -> Response[bytes] | Response[Problem]:
        """There is a map to ask; with `live=true` also that it is of now."""
        reason = not_ready(view, live=live)
        if reason is None:
            return Response(b"ready\n", media_type="text/plain", headers=HEADERS)
        return problem_response(503, "not-ready", reason, {**HEADERS, "Retry-After": str(RETRY_S)})

    return [get_health, get_readiness]


def not_ready(view: MapView, *, live: bool = False) -> str | None:
    """Why a map cannot be asked yet, in one sentence; None where it can. `live`: nor one that is not of now."""
    try:
        if not view.has_frame:
            return "the map has no frame yet"
    except LiqscapeError:
        return "the stored history cannot be read; the log says why"
    standing = view.standing
    if live and not standing.is_live:
        return f"the map is not live: {'nothing is followed' if standing.feed == 'none' else standing.feed}"
    return None
